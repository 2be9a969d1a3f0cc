#!/bin/sh
# Starts the one process that CONTAINER_MODE names, and becomes it wherever a signal should reach it.
#
#   web            PHP-FPM, behind the proxy container of the same task
#   proxy          nginx on port 8080: static files, everything else to PHP-FPM
#   queue          a queue worker
#   schedule       one run of the scheduler, then the container ends
#   schedule-loop  the scheduler, every minute, for ever
#   migrate        the migrations, once; exit code 75 while another run is at it
#   artisan        any artisan command: the container's arguments
#
# Exit codes of its own are sysexits: 64 wrong mode, 69 a service is unreachable, 78 wrong settings.
set -eu

mode=${CONTAINER_MODE:-}
log_format=${LOG_FORMAT:-json}
modes='web, proxy, queue, schedule, schedule-loop, migrate, artisan'

# As JSON, every line has to be JSON, also of programs that cannot write it: this script starts once
# more, under a filter that wraps their lines, hands signals on and keeps the exit code. A person at a
# terminal reads plain lines.
if [ "$log_format" = json ] && [ -z "${LOG_FILTERED:-}" ] && [ ! -t 1 ]; then
    export LOG_FILTERED=1
    exec php -n /app/docker/log-lines.php "$0" "$@"
fi
unset LOG_FILTERED

fail() { # fail EXIT_CODE MESSAGE
    printf 'error: %s\n' "$2" >&2 # echo would make a new line of a \n in it
    exit "$1"
}

shown() { # shown VALUE: what somebody set, fit for one line
    printf '%.60s' "$1" | tr '[:cntrl:]' ' '
}

case $log_format in
    json | line) ;;
    *) fail 78 "LOG_FORMAT must be json or line, not '$(shown "$log_format")'" ;;
esac

whole_number() { # whole_number NAME VALUE: 1 to 99999
    case $2 in
        '' | *[!0-9]* | 0* | ??????*) fail 78 "$1 must be a whole number, 1 to 99999, not '$(shown "$2")'" ;;
    esac
}

queue_names() { # queue_names VALUE: names apart by commas
    case $1 in
        *[!A-Za-z0-9_.:/{}@,-]* | ,* | *, | *,,*)
            fail 78 "QUEUES must be names of queues like default,mail (letters, digits, _ . : / { } @ -), not '$(shown "$1")'"
            ;;
    esac
}

require_key() {
    [ -n "${APP_KEY:-}" ] || fail 78 'APP_KEY is not set. Make one with "php artisan key:generate --show" and hand it to the container as a secret.'
}

restore_caches() { # what docker/build.sh cached, to where the container may write
    mkdir -p /tmp/app
    cp -R /app/bootstrap/cache/image/. /tmp/app
}

# PHP's command line takes what docker/build.sh compiled (docker/php.ini). Not PHP-FPM, whose processes share
# what the first of them compiles. OPCACHE_CLI=0 does without.
take_compiled() {
    export OPCACHE_CLI="${OPCACHE_CLI:-1}" OPCACHE_FILES=/tmp/app/opcache
}

artisan() {
    require_key
    restore_caches
    take_compiled
    exec php artisan "$@"
}

# A tick or a migration that has begun runs to its end. Laravel's scheduler ends on a signal whatever
# it inherits, so here this shell stays in front of it and ignores what ECS sends.
artisan_to_its_end() {
    trap '' QUIT TERM
    keep_output
    require_key
    restore_caches
    take_compiled
    php artisan "$@"
}

# What the scheduler starts has its output in /dev/null. Files 3 and 4, which every process inherits, are the
# container's own: app/Ecs/Logging/ContainerOutput.php writes there.
keep_output() {
    exec 3>&1 4>&2
    export CONTAINER_STDOUT=3 CONTAINER_STDERR=4
}

# A long-lived mode first checks its services and caches configuration, which takes a second boot:
# a mode that ends in seconds would only lose by it.
prepare() {
    require_key
    restore_caches
    (take_compiled && exec php artisan ecs:prepare) || exit $?
}

# What your application sets before anything starts, in every mode. Updates never touch that file. Where it fails
# or exits, the container says so and ends.
if [ -f /app/docker/before-start.sh ]; then
    trap 'fail 78 "docker/before-start.sh ended with exit code $?"' EXIT
    # shellcheck source=/dev/null
    . /app/docker/before-start.sh
    trap - EXIT
fi

case ${DB_TLS:-false} in
    true | false) ;;
    *) fail 78 "DB_TLS must be true or false, not '$(shown "$DB_TLS")'" ;;
esac

case $mode in
    web)
        cpu=${WORKLOAD_CPU:-256}
        memory=${WORKLOAD_MEMORY:-512}
        whole_number WORKLOAD_CPU "$cpu"
        whole_number WORKLOAD_MEMORY "$memory"
        # A sixth of the memory for compiled code, 64 to 256 MB; 128 MB for the log filter, FPM itself and
        # uploads in /tmp. A PHP process needs some 48 MB and mostly waits, so 32 of them share a vCPU; at
        # least two, so that one slow page blocks nobody.
        opcache=$((memory / 6))
        [ "$opcache" -ge 64 ] || opcache=64
        [ "$opcache" -le 256 ] || opcache=256
        children=$(((memory - opcache - 128) / 48))
        [ "$children" -le $((cpu / 32)) ] || children=$((cpu / 32))
        [ "$children" -ge 2 ] || children=2
        export OPCACHE_MEMORY="${OPCACHE_MEMORY:-$opcache}" FPM_CHILDREN="${FPM_CHILDREN:-$children}"
        export PHP_MEMORY_LIMIT="${PHP_MEMORY_LIMIT:-128M}"
        whole_number OPCACHE_MEMORY "$OPCACHE_MEMORY"
        whole_number FPM_CHILDREN "$FPM_CHILDREN"
        prepare
        # Laravel is in memory before the first request (docker/preload.php). OPCACHE_PRELOAD= does without.
        export OPCACHE_PRELOAD="${OPCACHE_PRELOAD-/app/bootstrap/cache/preload.php}"
        exec "php-fpm$PHP_VERSION" --nodaemonize --fpm-config /app/docker/php-fpm.conf
        ;;
    proxy)
        mkdir -p /tmp/nginx
        echo "access_log /dev/stdout $log_format if=\$logged;" > /tmp/nginx/access_log.conf
        exec nginx -c /app/docker/nginx.conf
        ;;
    queue)
        memory=${WORKLOAD_MEMORY:-512}
        whole_number WORKLOAD_MEMORY "$memory"
        # A quarter of the memory may be files in /tmp, and 64 MB are for the log filter and PHP itself. The
        # rest is a job's, at least 128 MB; a worker that has grown to three quarters of that ends after its
        # job, before one reaches the limit and is killed in its middle.
        limit=$((memory - memory / 4 - 64))
        [ "$limit" -ge 128 ] || limit=128
        export PHP_MEMORY_LIMIT="${PHP_MEMORY_LIMIT:-${limit}M}" QUEUE_MEMORY="${QUEUE_MEMORY:-$((limit * 3 / 4))}"
        # So many jobs take longer than the minute that ECS wants between two restarts (restartAttemptPeriod).
        export QUEUE_MAX_JOBS="${QUEUE_MAX_JOBS:-50000}" QUEUE_MAX_TIME="${QUEUE_MAX_TIME:-3600}"
        # Not shorter than that minute either: whoever has waited in vain is restarted, and waits again.
        export QUEUE_PATIENCE="${QUEUE_PATIENCE:-60}"
        whole_number QUEUE_MAX_JOBS "$QUEUE_MAX_JOBS"
        whole_number QUEUE_MAX_TIME "$QUEUE_MAX_TIME"
        whole_number QUEUE_MEMORY "$QUEUE_MEMORY"
        whole_number QUEUE_PATIENCE "$QUEUE_PATIENCE"
        whole_number QUEUE_SLEEP "${QUEUE_SLEEP:-}"
        whole_number QUEUE_TIMEOUT "${QUEUE_TIMEOUT:-}"
        whole_number QUEUE_TRIES "${QUEUE_TRIES:-}"
        [ -z "${STOP_TIMEOUT:-}" ] || whole_number STOP_TIMEOUT "$STOP_TIMEOUT"
        queue_names "${QUEUES-default}"
        prepare
        # Up to a tenth longer, so that workers which started together do not end together.
        random=$(od -A n -N 2 -t u2 /dev/urandom)
        # Without QUEUES, the queue that the application's connection names.
        exec php artisan queue:work ${QUEUES:+"--queue=$QUEUES"} \
            --sleep="$QUEUE_SLEEP" --tries="$QUEUE_TRIES" --timeout="$QUEUE_TIMEOUT" \
            --max-time="$((QUEUE_MAX_TIME + random % (QUEUE_MAX_TIME / 10 + 1)))" \
            --max-jobs="$QUEUE_MAX_JOBS" --memory="$QUEUE_MEMORY"
        ;;
    schedule)
        artisan_to_its_end schedule:run --no-interaction
        ;;
    schedule-loop)
        keep_output
        artisan schedule:work
        ;;
    migrate)
        artisan_to_its_end migrate --force --isolated=75
        ;;
    artisan)
        artisan "$@"
        ;;
    *)
        fail 64 "CONTAINER_MODE is '$(shown "$mode")'; it must be one of: $modes"
        ;;
esac
