# shellcheck shell=bash disable=SC2154 # variables: see begin_family in lib.sh
# python: the same packages three times: in one order, in the other, and in one layer. The content
# is equal, no layer above the interpreter is. Built with buildah, compressed with pgzip.

need_command pip3 python3-pip
ln "$(base_tar bookworm)" "$context/root.tar"

# Wheels for Debian 12's Python 3.11, fetched here: the builds then need no network for pip.
wheels=$work/wheels
say "pip download"
pip3 download --quiet --dest "$wheels" --only-binary=:all: --python-version 3.11 \
  --platform manylinux2014_x86_64 \
  numpy==2.0.2 pandas==2.2.2 django==4.2.16 requests==2.32.3 sqlalchemy==2.0.35 flask==3.0.3

buildah_build python:runtime "$context" <<'EOF'
FROM scratch
ADD root.tar /
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip \
 && rm -rf /var/lib/apt/lists/*
ENV PIP_BREAK_SYSTEM_PACKAGES=1 PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels \
    PIP_NO_COMPILE=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
CMD ["python3"]
EOF

# with_layers NAME REQUIREMENTS…: a layer for each argument. --no-compile, as images usually have
# it: bytecode holds the time of its source, and would differ in every build.
with_layers() {
  local name=$1 requirements
  shift
  {
    echo "FROM localhost/python:runtime"
    for requirements; do echo "RUN pip3 install --quiet $requirements"; done
  } | buildah_build "python:$name" "$context" --volume "$wheels:/wheels:ro"
}

with_layers order-a "numpy==2.0.2 pandas==2.2.2" "django==4.2.16 requests==2.32.3" \
  "sqlalchemy==2.0.35 flask==3.0.3"
with_layers order-b "sqlalchemy==2.0.35 flask==3.0.3" "django==4.2.16 requests==2.32.3" \
  "numpy==2.0.2 pandas==2.2.2"
with_layers one-layer "numpy==2.0.2 pandas==2.2.2 django==4.2.16 requests==2.32.3 \
sqlalchemy==2.0.35 flask==3.0.3"

buildah_keep order-a order-b one-layer
