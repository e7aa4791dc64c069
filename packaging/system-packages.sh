#!/bin/sh
# Sees to Debian packages: installs the missing ones when it may, else says the exact command.
# usage: sh packaging/system-packages.sh NAME...
set -eu

missing=""
for name in "$@"; do
    dpkg-query --show --showformat '${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' ||
        missing="$missing $name"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "Accolade needs these system packages, and may not install them here. Please run:" >&2
    echo "    sudo apt-get update && sudo apt-get install --yes$missing" >&2
    exit 1
fi

echo "Installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update --quiet=2
# shellcheck disable=SC2086  # the names are a list on purpose
$as_root apt-get install --yes --quiet=2 --no-install-recommends $missing >/dev/null
