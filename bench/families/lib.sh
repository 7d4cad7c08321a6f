# shellcheck shell=bash
# What the family scripts share: where things go, root file systems from Debian, the three builders,
# and one way to finish a family. Sourced by build.sh, which has `set -euo pipefail` and $here.
# shellcheck disable=SC2154

cache=${SHALE_FAMILIES:-${XDG_CACHE_HOME:-$HOME/.cache}/shale-families}
work=$cache/.work # kept between runs: downloads and base file systems

say() { printf '%s families: %s\n' "$(date +%T)" "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# ---------------------------------------------------------------------------------------- tools

# need PACKAGE…: installs the Debian packages that are missing, in one apt-get run.
need() {
  local package missing=()
  for package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1 | grep -qx installed ||
      missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return
  say "installing ${missing[*]}"
  apt-get update -qq || say "apt-get update had errors; going on with the lists there are"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    >"$work/apt-install.log" 2>&1 || fail "apt-get install failed, see $work/apt-install.log"
}

# need_command COMMAND PACKAGE: for tools that people often have from elsewhere than Debian.
need_command() { command -v "$1" >/dev/null || need "$2"; }

# mirror PATTERN: the first archive this machine's own apt uses whose release name matches.
mirror() {
  # shellcheck disable=SC2016 # apt expands these, not the shell
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' |
    awk -v pattern="$1" '$1 ~ pattern { uri = $2; exit } END { print uri; exit uri == "" }'
}
main_mirror() {
  echo "${SHALE_MIRROR:-$(mirror '^(bullseye|bookworm|trixie|forky)$')}"
}
security_mirror() { echo "${SHALE_SECURITY_MIRROR:-$(mirror '-security$')}"; }

# --------------------------------------------------------------------------- root file systems

# make_root SUITE DIR: a minimal Debian, without what the official images leave out as well.
make_root() {
  local suite=$1 root=$2
  rm -rf "$root"
  mkdir -p "$work/debs"
  say "debootstrap $suite"
  debootstrap --variant=minbase --cache-dir="$work/debs" "$suite" "$root" "$(main_mirror)" \
    >"$work/debootstrap.log" 2>&1 || fail "debootstrap failed, see $work/debootstrap.log"
  # As in the official images: apt keeps no copies, or every apt layer would carry 100 MB of cache.
  cat >"$root/etc/apt/apt.conf.d/docker-clean" <<'EOF'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
EOF
  forget_apt "$root"
}

forget_apt() {
  rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/archives/*.deb "$1"/var/cache/apt/*.bin
}

# pack_root DIR TAR: sorted, so that the same tree gives the same order of files.
pack_root() { tar -C "$1" --numeric-owner --sort=name -cf "$2" .; }

# base_tar SUITE: path of a tar of that suite's root file system, made once.
base_tar() {
  local tar=$work/base-$1.tar
  if [[ ! -f $tar ]]; then
    make_root "$1" "$work/root"
    pack_root "$work/root" "$tar.partial"
    rm -rf "$work/root"
    mv "$tar.partial" "$tar"
  fi
  echo "$tar"
}

# unpack_deb SUITE PACKAGE DIR: a package's files, of any suite, without installing it. apt gets
# directories of its own, so that this machine's suites and lists stay as they are.
unpack_deb() {
  local suite=$1 package=$2 dir=$3 state=$work/apt-$1
  local options=(
    -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State="$state" -o Dir::State::status=/dev/null -o Dir::Cache="$state"
    -o APT::Sandbox::User=root
  )
  if [[ ! -f $state/updated ]]; then
    mkdir -p "$state/lists/partial" "$state/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(main_mirror) $suite main" \
      >"$state/sources.list"
    apt-get "${options[@]}" -qq update
    touch "$state/updated"
  fi
  rm -f "$state/archives/$package"_*.deb
  (cd "$state/archives" && apt-get "${options[@]}" -qq download "$package")
  dpkg-deb -x "$state/archives/$package"_*.deb "$dir"
}

# ------------------------------------------------------------------------------------- builders

# Daemons of our own in a directory of their own: nothing of the machine's docker is touched.
start_daemons() {
  run=$(mktemp -d /tmp/shale-families.XXXXXX) # short, because unix socket paths are
  export DOCKER_HOST=unix://$run/docker.sock DOCKER_CONFIG=$run/config
  export DOCKER_BUILDKIT=0 # the classic builder needs no plugin, and makes a layer for each RUN
  registry=127.0.0.1:$(free_port)
  mkdir -p "$work/docker" "$work/registry" "$DOCKER_CONFIG"
  echo '{}' >"$DOCKER_CONFIG/config.json" # buildah wants the file to exist

  # No bridge and no iptables: RUN uses the host's network, so a sandbox's rights are enough.
  dockerd --iptables=false --bridge=none --data-root="$work/docker" --exec-root="$run/exec" \
    --pidfile="$run/docker.pid" --host="$DOCKER_HOST" >"$run/docker.log" 2>&1 9>&- &
  cat >"$run/registry.yml" <<EOF
version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: $work/registry } }
http: { addr: "$registry" }
EOF
  docker-registry serve "$run/registry.yml" >"$run/registry.log" 2>&1 9>&- &
  registry_pid=$!

  local tries
  for ((tries = 0; tries < 60; tries++)); do
    docker version >/dev/null 2>&1 && return
    sleep 0.5
  done
  tail -n 20 "$run/docker.log" >&2
  fail "dockerd did not start"
}

free_port() {
  local port
  for port in {5600..5699}; do
    (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# stop_daemons: ends what start_daemons started and removes its data. Safe to call at any point.
stop_daemons() {
  [[ -n ${run:-} ]] || return 0
  local mount pid
  pid=$(cat "$run/docker.pid" 2>/dev/null || true)
  for pid in $pid ${registry_pid:-}; do kill "$pid" 2>/dev/null || true; done
  wait || true
  mount | awk -v run="$run/" 'index($3, run) == 1 { print $3 }' |
    while read -r mount; do umount "$mount"; done
  rm -rf "$run" "$work/docker" "$work/registry" "$work/buildah"
  run=
}

# docker_build IMAGE CONTEXT [OPTION…] <Dockerfile
docker_build() {
  local image=$1 context=$2
  shift 2
  say "docker build $image"
  docker build --network=host "$@" -t "$image" -f - "$context" >"$work/build.log" 2>&1 ||
    fail "docker build $image failed, see $work/build.log"
}

# docker_keep NAME…: pushes $family:NAME, which compresses it (Go's gzip), and copies the blobs as
# they are.
docker_keep() {
  local name
  for name; do
    say "docker push $family:$name"
    docker tag "$family:$name" "$registry/$family:$name"
    docker push --quiet "$registry/$family:$name" >/dev/null
    skopeo copy --quiet --src-tls-verify=false \
      "docker://$registry/$family:$name" "oci:$out/oci:$name"
  done
}

# docker_base: the image debian:bookworm, the same for every family that docker builds.
docker_base() {
  docker image inspect debian:bookworm >/dev/null 2>&1 && return
  local context=$work/base-context tar
  tar=$(base_tar bookworm)
  rm -rf "$context"
  mkdir "$context"
  ln "$tar" "$context/root.tar"
  docker_build debian:bookworm "$context" <<'EOF'
FROM scratch
ADD root.tar /
CMD ["bash"]
EOF
  rm -rf "$context"
}

# in_buildah ARG…: buildah with storage of its own.
in_buildah() {
  buildah --root "$work/buildah/root" --runroot "$work/buildah/run" "$@"
}

# buildah_build IMAGE CONTEXT [OPTION…] <Dockerfile; a layer for each RUN, as docker does. Chroot
# isolation needs neither runc nor a bridge.
buildah_build() {
  local image=$1 context=$2
  shift 2
  say "buildah build $image"
  in_buildah build --isolation=chroot --network=host --layers "$@" -t "$image" -f - "$context" \
    >"$work/build.log" 2>&1 || fail "buildah build $image failed, see $work/build.log"
}

# buildah_keep NAME…: compresses with pgzip.
buildah_keep() {
  local name
  for name; do
    say "buildah push $family:$name"
    in_buildah push --quiet "$family:$name" "oci:$out/oci:$name"
  done
}

# --------------------------------------------------------------------------------------- finish

# begin_family FAMILY: sets $out, a directory that no reader takes for a finished family, and
# $context, an empty build context.
begin_family() {
  family=$1 out=$cache/.partial-$1 context=$work/context-$1
  rm -rf "$out" "$context"
  mkdir -p "$out" "$context"
}

# finish_family: a docker archive of each image, family.json, and the name that marks it finished.
finish_family() {
  local name
  jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' "$out/oci/index.json" |
    while read -r name; do
      say "docker archive of $family:$name"
      skopeo copy --quiet "oci:$out/oci:$name" "docker-archive:$out/$name.docker.tar:$family:$name"
    done
  "$here/describe.sh" "$family" "$out" >"$out/family.json"
  rm -rf "$context" "${cache:?}/$family"
  mv "$out" "$cache/$family"
  jq -s '{ families: . }' "$cache"/*/family.json >"$cache/families.json.partial"
  mv "$cache/families.json.partial" "$cache/families.json"
  say "$(jq -r '"\(.name) is finished: \(.images | length) images, \(.layers) layers, "
    + "\(.uniqueLayers) unique, \(.uniqueTarBytes / 1e6 | round) MB of tars, "
    + "\(.uniqueGzipBytes / 1e6 | round) MB of gzip"' "$cache/$family/family.json")"
}
