#!/bin/sh
# A tick for each minute on standard input. It runs in two containers at once, which meet in /race: there it
# keeps the minute of each run, and what a tick printed that failed.
set -u

while read -r MINUTE; do
    export MINUTE
    CONTAINER_MODE=schedule SCHEDULE_TIME=$MINUTE /app/docker/entrypoint.sh < /dev/null > /tmp/output 2>&1 ||
        cat /tmp/output >> /race/failed
done
