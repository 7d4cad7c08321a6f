#!/usr/bin/env bash
# build.sh [FAMILY…]: builds the families named, or all six, unless the cache has them already.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=lib.sh
source "$here/lib.sh"

all=(seed rebuild node python web suites) # in the order in which they are most useful
wanted=("$@")
((${#wanted[@]})) || wanted=("${all[@]}")

missing=()
for family in "${wanted[@]}"; do
  [[ " ${all[*]} " == *" $family "* ]] || fail "no family '$family'; there are: ${all[*]}"
  if [[ -f $cache/$family/family.json ]]; then
    say "$family is there: $cache/$family"
  else
    missing+=("$family")
  fi
done
((${#missing[@]})) || exit 0

((EUID == 0)) || fail "root is needed: debootstrap and dockerd cannot do without"
mkdir -p "$work"
exec 9>"$work/lock"
flock -n 9 || fail "another build is using $cache"

trap stop_daemons EXIT
trap 'exit 130' INT TERM
need docker.io docker-registry buildah umoci skopeo debootstrap jq xz-utils
need_command docker docker-cli

for family in "${missing[@]}"; do
  SECONDS=0
  start_daemons # and stop them after each family: their copies would add up
  # A subshell each: what one family sets does not reach the next.
  (
    begin_family "$family"
    # shellcheck source=/dev/null
    source "$here/$family.sh"
    finish_family
  )
  stop_daemons
  say "$family took $SECONDS s"
done
