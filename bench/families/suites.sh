# shellcheck shell=bash disable=SC2154 # variables: see begin_family in lib.sh
# suites: one image on two releases of Debian four years apart: nearly nothing is shared. Built with
# umoci alone: it compares the tree on disk with the image, and compresses with pgzip.

umoci init --layout "$out/oci"
for suite in bullseye trixie; do
  image=$out/oci:$suite bundle=$context/$suite
  tar=$(base_tar "$suite")
  say "umoci repack $suite"
  umoci new --image "$image"
  umoci unpack --image "$image" "$bundle"
  tar -C "$bundle/rootfs" --numeric-owner -xpf "$tar"
  umoci repack --refresh-bundle --image "$image" "$bundle"

  chroot "$bundle/rootfs" sh -c 'apt-get -qq update &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      ca-certificates curl openssh-client sqlite3' >"$work/build.log" 2>&1 ||
    fail "apt-get in $suite failed, see $work/build.log"
  forget_apt "$bundle/rootfs"
  umoci repack --image "$image" "$bundle"
  umoci config --image "$image" --config.cmd bash
  rm -rf "$bundle"
done
