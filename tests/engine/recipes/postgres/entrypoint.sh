#!/bin/bash
# What the official image's entrypoint does for the settings that the tests use.
set -euo pipefail
[[ ${1:-} != -* ]] || set -- postgres "$@"
[[ ${1:-} == postgres ]] || exec "$@"

if [[ $(id -u) == 0 ]]; then
    install -d -o postgres -g postgres -m 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [[ ! -s $PGDATA/PG_VERSION ]]; then
    user=${POSTGRES_USER:-postgres} database=${POSTGRES_DB:-${POSTGRES_USER:-postgres}}
    : "${POSTGRES_PASSWORD:?set it to the password of the superuser}"
    initdb --username="$user" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth-local=trust --auth-host=scram-sha-256
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    if [[ $database != postgres ]]; then
        pg_ctl --options='-c listen_addresses=' --wait start
        createdb --username="$user" "$database"
        pg_ctl --mode=fast --wait stop
    fi
fi
exec "$@"
