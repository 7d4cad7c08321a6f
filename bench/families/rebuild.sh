# shellcheck shell=bash disable=SC2154 # variables: see begin_family in lib.sh
# rebuild: one Dockerfile, three builds, nothing cached in between, as a nightly job does it.
#   r1  the release as it was published
#   r2  the same with the security updates and point updates applied
#   r3  the same again, minutes later: every layer has a new digest, hardly a file has changed

# Security updates live in another archive, so that leaving it out gives the older state.
updated_root() {
  make_root bookworm "$1"
  cat >>"$1/etc/apt/sources.list" <<EOF
deb $(main_mirror) bookworm-updates main
deb $(security_mirror) bookworm-security main
EOF
  chroot "$1" sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -y -qq upgrade' \
    >"$work/upgrade.log" 2>&1 || fail "upgrade failed, see $work/upgrade.log"
  forget_apt "$1"
}

build() {
  local name=$1 make=$2
  rm -rf "${context:?}"/*
  "$make" "$context/root"
  pack_root "$context/root" "$context/root.tar"
  rm -rf "$context/root"
  # A fresh checkout: the application's files are the same, their times are not.
  pip3 install --quiet --no-compile --no-deps --root-user-action=ignore --target "$context/app" \
    django==4.2.16 djangorestframework==3.15.2 sqlalchemy==1.4.54

  docker_build "rebuild:$name" "$context" --no-cache <<'EOF'
FROM scratch
ADD root.tar /
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates curl git openssh-client openssl python3 \
 && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless \
 && rm -rf /var/lib/apt/lists/*
COPY app /srv/app
RUN useradd --system app && chown -R app: /srv/app
RUN install -d -o app /var/lib/app && date > /etc/build-date
USER app
CMD ["python3", "-m", "django", "runserver"]
EOF
  docker_keep "$name"
}

need_command pip3 python3-pip
older_root() { make_root bookworm "$1"; }
build r1 older_root
build r2 updated_root
build r3 updated_root
