#!/bin/sh
# Builds the front end into public/build, which stays empty where there is none.
set -eu

mkdir -p public/build bootstrap/cache storage/framework/views
[ -f package.json ] || exit 0

COMPOSER_ALLOW_SUPERUSER=1 composer dump-autoload --no-dev --no-scripts --no-interaction
npm run build --if-present
