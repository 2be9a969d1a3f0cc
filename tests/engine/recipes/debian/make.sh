#!/bin/sh
# make.sh TAR SOURCES: Debian trixie's root file system, as slim as the official image.
set -eu
tar=$1 sources=$2
set --
for folder in doc groff info linda lintian locale man; do
    set -- "$@" "--dpkgopt=path-exclude=/usr/share/$folder/*"
done
# As in the official image, apt leaves nothing behind and packages start no services.
# shellcheck disable=SC2016 # mmdebstrap hands the hooks their $1, the root file system
exec mmdebstrap --variant=minbase "$@" \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --aptopt='Acquire::Languages "none"' \
    --aptopt='Dir::Cache::pkgcache ""' \
    --aptopt='Dir::Cache::srcpkgcache ""' \
    --customize-hook='echo "APT::Keep-Downloaded-Packages \"false\";" > "$1/etc/apt/apt.conf.d/docker-clean"' \
    --customize-hook='printf "#!/bin/sh\nexit 101\n" > "$1/usr/sbin/policy-rc.d"' \
    --customize-hook='chmod 755 "$1/usr/sbin/policy-rc.d"' \
    trixie "$tar" - < "$sources"
