#!/usr/bin/env bash
# describe.sh FAMILY DIR: what a family holds, as JSON, read back from the files themselves.
set -euo pipefail
name=$1 dir=$2

blob() { cat "$dir/oci/blobs/${1/://}"; }

# diffID and size of every layer in the archive of one image, from the tar's own table of contents.
tar_sizes() {
  tar --numeric-owner -tvf "$1" |
    awk '$1 ~ /^-/ && $6 ~ /^[0-9a-f]+\.tar$/ { sub(/\.tar$/, "", $6); print "sha256:" $6, $3 }' |
    jq -R 'split(" ") | { (.[0]): (.[1] | tonumber) }' | jq -s 'add'
}

image() {
  local ref=$1 digest=$2 manifest config
  manifest=$(blob "$digest")
  config=$(blob "$(jq -r .config.digest <<<"$manifest")")
  jq -n --arg ref "$ref" --arg digest "$digest" --arg archive "$name/$ref.docker.tar" \
    --argjson manifest "$manifest" --argjson config "$config" \
    --argjson tarBytes "$(tar_sizes "$dir/$ref.docker.tar")" '
    { name: $ref, manifest: $digest, archive: $archive,
      layers: [ $manifest.layers, $config.rootfs.diff_ids ] | transpose | map(
        { digest: .[0].digest, diffId: .[1], mediaType: .[0].mediaType,
          gzipBytes: .[0].size, tarBytes: $tarBytes[.[1]] }) }'
}

images() {
  local ref digest
  jq -r '.manifests[] | [.annotations["org.opencontainers.image.ref.name"], .digest] | @tsv' \
    "$dir/oci/index.json" | while read -r ref digest; do image "$ref" "$digest"; done | jq -s .
}

tools() {
  dpkg-query -W -f '${Package}\t${Version}\n' docker.io buildah umoci skopeo docker-registry \
    debootstrap | jq -R 'split("\t") | { (.[0]): .[1] }' | jq -s add
}

jq -n --arg name "$name" --arg builtAt "$(date -u +%FT%TZ)" \
  --argjson images "$(images)" --argjson tools "$(tools)" '
  [ $images[].layers[] ] as $all
  | { name: $name, builtAt: $builtAt, tools: $tools,
      layers: ($all | length),
      uniqueLayers: ($all | unique_by(.digest) | length),
      uniqueTarBytes: ($all | unique_by(.diffId) | map(.tarBytes) | add),
      uniqueGzipBytes: ($all | unique_by(.digest) | map(.gzipBytes) | add),
      images: $images }'
