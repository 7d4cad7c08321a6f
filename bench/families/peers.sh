#!/usr/bin/env bash
# peers.sh: installs the programs that the benchmarks compare with, where they are missing.
set -euo pipefail

missing=()
for package in restic borgbackup casync zstd openssl gzip pigz libdeflate-tools isal zopfli; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1 | grep -qx installed ||
    missing+=("$package")
done
((${#missing[@]})) || exit 0

((EUID == 0)) || {
  echo "peers: root is needed to install ${missing[*]}" >&2
  exit 1
}
echo "peers: installing ${missing[*]}" >&2
apt-get update -qq || echo "peers: apt-get update had errors; going on with the lists there are" >&2
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
