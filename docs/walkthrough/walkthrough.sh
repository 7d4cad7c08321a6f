#!/bin/sh
# Two images of one family, from a Dockerfile to a registry and back. Needs `shale`, and the registry that REGISTRY names:
#
#     docker-registry serve config.yml &
#     REGISTRY=localhost:5000 docs/walkthrough/walkthrough.sh
#
# With a store of its own, which is gone in the end.
set -eu
here=$(dirname "$0")
SHALE_STORE=$(mktemp -d)/store
export SHALE_STORE
trap 'rm -rf "$(dirname "$SHALE_STORE")"' EXIT
say() { printf '\n## %s\n' "$*"; }

say "Two images that differ in their last layer"
shale build --build-arg SITE=site-a -t site:a "$here"
shale build --build-arg SITE=site-b -t site:b "$here"
shale images

say "Eight layers in two images, five of which are kept: the steps before the last are the same"
shale df --json

say "How an image came about: EXPOSE has no layer, and three layers are shared"
shale history site:b

say "A name is only a name: the same image id"
shale tag site:a "$REGISTRY/team/site:a"
shale tag site:b "$REGISTRY/team/site:b"
shale images --format '{{.ID}} {{.Repository}}:{{.Tag}}'

say "The first push sends everything, the second one layer"
shale push "$REGISTRY/team/site:a"
shale push "$REGISTRY/team/site:b"

say "To another repository nothing is sent: its layers are mounted"
shale tag site:b "$REGISTRY/mirror/site:b"
shale push "$REGISTRY/mirror/site:b"

say "Another name for what is there: nothing is sent at all"
shale tag site:b "$REGISTRY/team/site:latest"
shale push "$REGISTRY/team/site:latest"

say "Names go one by one, and the image with the last"
shale rmi site:b "$REGISTRY/team/site:b" "$REGISTRY/mirror/site:b" "$REGISTRY/team/site:latest"
shale gc

say "What comes back is the same image; the layers that were pushed for site:a are here, and not fetched"
shale pull "$REGISTRY/team/site:b"
shale images --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}'

say "And every byte is what it was"
shale verify
