#!/bin/sh
# For each minute on standard input: two ticks that claim it at once. Prints the minute of each run.
set -eu

touch /tmp/runs
while read -r MINUTE; do
    export MINUTE
    rm -f /tmp/go /tmp/ready.*
    for RACER in one two; do
        RACER=$RACER CONTAINER_MODE=schedule SCHEDULE_TIME=$MINUTE /app/docker/entrypoint.sh < /dev/null >> /tmp/output 2>&1 &
    done
    while [ ! -e /tmp/ready.one ] || [ ! -e /tmp/ready.two ]; do sleep 0.01; done
    touch /tmp/go
    wait
done
cat /tmp/runs
