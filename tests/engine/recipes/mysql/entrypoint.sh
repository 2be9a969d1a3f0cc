#!/bin/bash
# What the official image's entrypoint does for the settings that the tests use.
set -euo pipefail
[[ ${1:-} != -* ]] || set -- mysqld "$@"
[[ ${1:-} == mysqld ]] || exec "$@"

data=/var/lib/mysql
if [[ $(id -u) == 0 ]]; then
    install -d -o mysql -g mysql -m 750 "$data" /run/mysqld
    exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
fi

# A string of SQL, whatever the value holds.
quoted() { printf "'%s'" "$(sed "s/\\\\/\\\\\\\\/g; s/'/''/g" <<< "$1")"; }

if [[ ! -d $data/mysql ]]; then
    : "${MYSQL_ROOT_PASSWORD:?set it to the password of root}"
    mariadb-install-db --datadir="$data" --skip-test-db --auth-root-authentication-method=normal > /dev/null
    {
        echo 'FLUSH PRIVILEGES;'
        echo "ALTER USER root@localhost IDENTIFIED BY $(quoted "$MYSQL_ROOT_PASSWORD");"
        echo "CREATE USER root@'%' IDENTIFIED BY $(quoted "$MYSQL_ROOT_PASSWORD");"
        echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
        if [[ -n ${MYSQL_DATABASE:-} ]]; then
            echo "CREATE DATABASE \`$MYSQL_DATABASE\`;"
        fi
        if [[ -n ${MYSQL_USER:-} ]]; then
            echo "CREATE USER $(quoted "$MYSQL_USER")@'%' IDENTIFIED BY $(quoted "$MYSQL_PASSWORD");"
            echo "GRANT ALL ON \`${MYSQL_DATABASE:-%}\`.* TO $(quoted "$MYSQL_USER")@'%';"
        fi
    } | mariadbd --datadir="$data" --bootstrap
fi
shift
exec mariadbd --datadir="$data" --bind-address=0.0.0.0 --character-set-server=utf8mb4 "$@"
