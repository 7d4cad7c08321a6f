# shellcheck shell=bash disable=SC2154 # variables: see begin_family in lib.sh
# seed: two sites on one web server. Small, and shaped like most images: shared below, own on top.

docker_base
docker_build seed:apache "$context" <<'EOF'
FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends apache2 \
 && rm -rf /var/lib/apt/lists/*
EXPOSE 80
CMD ["apache2ctl", "-D", "FOREGROUND"]
EOF

# Two manuals in HTML stand for the sites: real pages, with markup that repeats as pages' does.
unpack_deb bookworm apache2-doc "$context/site-a"
unpack_deb bookworm postgresql-doc-15 "$context/site-b"
for site in site-a site-b; do
  docker_build "seed:$site" "$context/$site" <<'EOF'
FROM seed:apache
COPY usr/share/doc/ /var/www/html/
EOF
done

docker_keep site-a site-b
