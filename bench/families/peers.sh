#!/usr/bin/env bash
# peers.sh: installs the programs that the benchmarks compare with, where they are missing: Debian's packages, and
# distribution 3 by Go's own client. zot is taken as it is found: its project publishes programs, see README.md.
set -euo pipefail

distribution=v3.0.0
zot=2.1.20
PATH=$PATH:/usr/local/go/bin # where Go's own installer puts it

say() { echo "peers: $*" >&2; }
fail() {
  say "$*"
  exit 1
}
need_root() { ((EUID == 0)) || fail "root is needed to install $*"; }

install_packages() {
  local package missing=()
  for package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1 | grep -qx installed ||
      missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  need_root "${missing[*]}"
  say "installing ${missing[*]}"
  apt-get update -qq || say "apt-get update had errors; going on with the lists there are"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# It needs Go 1.21 or newer, which fetches the release that the module asks for. Debian 12 has 1.19.
install_distribution() {
  local said minor
  said=$(registry --version 2>&1) || said=
  [[ " $said" == *" $distribution"* ]] && return 0
  need_root "distribution $distribution"
  minor=$(go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  ((${minor:-0} >= 21)) || fail "distribution $distribution needs Go 1.21 or newer, from https://go.dev/dl/"
  say "installing distribution $distribution"
  GOBIN=/usr/local/bin go install "github.com/distribution/distribution/v3/cmd/registry@$distribution"
}

install_packages restic borgbackup casync zstd openssl gzip pigz libdeflate-tools isal zopfli \
  docker-registry skopeo wrk
install_distribution
command -v zot >/dev/null ||
  say "zot is not there: \`pnpm bench registry\` has no row of it; that of release $zot goes to /usr/local/bin/zot"
