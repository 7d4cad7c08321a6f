# shellcheck shell=bash disable=SC2154 # variables: see begin_family in lib.sh
# node: four versions of an application with its node_modules, and the last one once more after a
# chown -R, which copies every file for the sake of its owner.

need_command npm npm
docker_base
docker_build node:runtime "$context" <<'EOF'
FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates curl git tini \
 && rm -rf /var/lib/apt/lists/*
RUN apt-get update && apt-get install -y --no-install-recommends nodejs \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
EOF

# package.json of version $1: one column of exact versions each, a few of which move at a time.
package_json() {
  local column=$1
  awk -v column="$((column + 1))" -v version="$column.0.0" '
    NF { deps = deps (deps ? "," : "") sprintf("\n    \"%s\": \"%s\"", $1, $column) }
    END {
      printf "{\n  \"name\": \"shop\",\n  \"version\": \"%s\",\n  \"private\": true,\n", version
      printf "  \"dependencies\": {%s\n  }\n}\n", deps
    }' <<'EOF'
@aws-sdk/client-s3  3.540.0  3.540.0  3.575.0  3.600.0
@mui/material       5.15.7   5.15.17  5.15.17  5.15.20
axios               1.6.7    1.6.8    1.6.8    1.7.2
core-js             3.35.1   3.35.1   3.37.0   3.37.1
date-fns            3.3.1    3.6.0    3.6.0    3.6.0
esbuild             0.20.0   0.20.0   0.21.2   0.21.5
express             4.18.2   4.19.2   4.19.2   4.19.2
lodash              4.17.21  4.17.21  4.17.21  4.17.21
mongoose            8.1.1    8.3.4    8.3.4    8.4.1
pg                  8.11.5   8.11.5   8.11.5   8.11.5
react               18.2.0   18.2.0   18.3.1   18.3.1
react-dom           18.2.0   18.2.0   18.3.1   18.3.1
rxjs                7.8.1    7.8.1    7.8.1    7.8.1
sass                1.70.0   1.77.1   1.77.1   1.77.5
sequelize           6.35.2   6.35.2   6.37.3   6.37.3
typescript          5.3.3    5.3.3    5.4.5    5.4.5
webpack             5.90.0   5.90.0   5.91.0   5.92.0
EOF
}

# The dependencies come from npm on this machine, as they would from an earlier build stage.
# --ignore-scripts: install scripts fetch from places that are no package registry.
application() {
  local dir=$1 version=$2
  mkdir "$dir"
  package_json "$version" >"$dir/package.json"
  cat >"$dir/server.js" <<EOF
const express = require("express");
const app = express();
app.get("/", (_, response) => response.send("shop, version $version"));
app.listen(8080);
EOF
  say "npm install, version $version"
  (cd "$dir" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error \
    --cache "$work/npm" >/dev/null)
}

for version in 1 2 3 4; do
  application "$context/v$version" "$version"
  docker_build "node:v$version" "$context/v$version" <<'EOF'
FROM node:runtime
COPY node_modules ./node_modules
COPY package.json package-lock.json server.js ./
CMD ["tini", "--", "node", "server.js"]
EOF
  docker_keep "v$version"
done

docker_build node:v4-chown "$context/v4" <<'EOF'
FROM node:v4
RUN useradd --system node && chown -R node: /app
USER node
EOF
docker_keep v4-chown
