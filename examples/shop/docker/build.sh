#!/bin/sh
# The last step of the image: the autoloader, and caches that hold nothing of the environment.
set -eu

compiled=/app/bootstrap/cache/opcache
mkdir -p /tmp/app/views "$compiled" storage/framework/views

# PHP that keeps what it compiles in the image. Else it would take the autoloader, which is seconds old, for
# a file that may change yet.
compile() {
    php -d opcache.enable_cli=1 -d opcache.file_cache_only=1 -d opcache.file_cache="$compiled" \
        -d opcache.validate_timestamps=1 -d opcache.file_update_protection=0 "$@"
}

COMPOSER_ALLOW_SUPERUSER=1 composer dump-autoload --no-dev --optimize --no-interaction

commands=$(compile artisan list --raw)
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

# PHP wants a folder that it may write to, which at run time is /tmp/app/opcache; what lies behind the link it
# can only read. Without what it compiled of /tmp: those files are a container's own.
compile docker/compile.php || echo 'warning: not everything is compiled; starts will take longer' >&2
rm -rf "$compiled"/*/tmp
chmod -R a+rX "$compiled"
mkdir /tmp/app/opcache
ln -s "$compiled"/* /tmp/app/opcache

# What PHP-FPM loads before its first request, tried once: with a list that PHP does not take, it would not start.
list_preloaded() { # list_preloaded FILE
    php docker/preload.php > "$1" &&
        php -d opcache.enable_cli=1 -d opcache.preload="$1" -d opcache.preload_user=www-data -r ''
}
list_preloaded /app/bootstrap/cache/preload.php || {
    echo 'warning: nothing is preloaded; pages will take longer' >&2
    : > /app/bootstrap/cache/preload.php
}

mv /tmp/app /app/bootstrap/cache/image

# `artisan down` insists on writing this file. Nobody reads it here: maintenance mode lies in Valkey.
ln -sf /tmp/maintenance.php storage/framework/maintenance.php
