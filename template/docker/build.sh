#!/bin/sh
# The last step of the image: the autoloader, and caches that hold nothing of the environment.
set -eu

mkdir -p /tmp/app/views bootstrap/cache storage/framework/views

COMPOSER_ALLOW_SUPERUSER=1 composer dump-autoload --no-dev --optimize --no-interaction

commands=$(php artisan list --raw)
case $commands in
    *ecs:prepare*) ;;
    *)
        echo 'error: App\Ecs\EcsServiceProvider is not registered.' >&2
        echo 'Add this line to the list in bootstrap/providers.php:' >&2
        echo '    App\Ecs\EcsServiceProvider::class,' >&2
        exit 1
        ;;
esac

php artisan event:cache
# An application without views of its own, such as an API, has nothing to compile.
[ ! -d resources/views ] || php artisan view:cache

mv /tmp/app /app/bootstrap/cache/image

# `artisan down` insists on writing this file. Nobody reads it here: maintenance mode lies in Valkey.
ln -sf /tmp/maintenance.php storage/framework/maintenance.php
