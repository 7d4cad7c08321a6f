# shellcheck shell=bash disable=SC2154 # variables: see begin_family in lib.sh
# web: a base, nginx, PHP, and three versions of an application on PHP. Two tools' gzip in one
# image: docker pushes the layers below, umoci adds the application's (pgzip).

docker_base
docker tag debian:bookworm web:base
docker_build web:nginx "$context" <<'EOF'
FROM web:base
RUN apt-get update && apt-get install -y --no-install-recommends nginx \
 && rm -rf /var/lib/apt/lists/*
CMD ["nginx", "-g", "daemon off;"]
EOF
docker_build web:php "$context" <<'EOF'
FROM web:base
RUN apt-get update && apt-get install -y --no-install-recommends \
      php-cli php-fpm php-mysql php-gd php-xml php-mbstring php-curl php-intl \
 && rm -rf /var/lib/apt/lists/*
CMD ["php-fpm8.2", "-F"]
EOF
docker_keep base nginx php

# The application is WordPress, as three releases of Debian have it: years of changes apart.
# repack compares the tree with the image unpacked, so each version is one layer on PHP. (insert
# would be shorter, but umoci 0.4.7 then leaves the tar without its last padding and its end, and
# GNU tar refuses it.)
bundle=$context/bundle
umoci unpack --image "$out/oci:php" "$bundle"
mkdir -p "$bundle/rootfs/var/www"
version=1
for suite in bullseye bookworm trixie; do
  say "umoci repack, $suite's application as app-v$version"
  unpack_deb "$suite" wordpress "$context/$suite"
  rm -rf "$bundle/rootfs/var/www/html"
  cp -a "$context/$suite/usr/share/wordpress" "$bundle/rootfs/var/www/html"
  umoci repack --image "$out/oci:app-v$version" "$bundle"
  version=$((version + 1))
done
