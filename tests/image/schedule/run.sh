#!/bin/sh
# Runs ticks one after the other, each with a clock of its own; then prints what ran.
#
#   run.sh ours|plain < "NUMBER CLOCK MINUTE" lines
#
# `ours` goes through the image's entrypoint; `plain` is Laravel's scheduler, without what app/Ecs adds.
set -eu

faketime() { # faketime CLOCK COMMAND: the clock is seconds since 1970, and how fast it runs
    FAKETIME="@$(date -u -d "@${1%x*}" '+%Y-%m-%d %H:%M:%S') x${1#*x}" FAKETIME_DONT_RESET=1 LD_PRELOAD=/faketime/libfaketime.so.1 "$2" $3 $4
}

touch /tmp/runs
mkdir -p /tmp/app
cp -R /app/bootstrap/cache/image/. /tmp/app
while read -r number clock minute; do
    export TICK="$number"
    case $1 in
        ours) CONTAINER_MODE=schedule SCHEDULE_TIME="$minute" faketime "$clock" /app/docker/entrypoint.sh '' '' ;;
        plain) faketime "$clock" php artisan schedule:run ;;
    esac >> /tmp/output 2>&1 < /dev/null || echo "tick $number failed with $?" >> /tmp/output
done
sleep 2 # for what plain Laravel left running in the background
echo '── output'
tail -c 20000 /tmp/output
echo '── runs'
cat /tmp/runs
