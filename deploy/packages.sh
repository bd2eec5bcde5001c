# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# packages.sh - which Debian 12 packages Playbus needs, and how a missing one is installed. Sourced
# by deploy/quickstart and tests/run. What is there already is left alone, so that the second run
# asks neither apt nor sudo for anything.

# What is used at run time: the supervisor, the common passwords that are refused, and the
# authorities that vouch for servers.
run_packages=(s6 cracklib-runtime ca-certificates)
# shellcheck disable=SC2034 # read by the scripts that source this file
build_packages=(
    gcc libc6-dev cmake ninja-build pkg-config
    libczmq-dev libzmq3-dev libmicrohttpd-dev libwebsockets-dev libsodium-dev libjansson-dev
    libmsgpack-dev libarchive-dev libcurl4-openssl-dev libssl-dev libxxhash-dev libsqlite3-dev libcrack2-dev
    libutf8proc-dev libyajl-dev "${run_packages[@]}"
)
# shellcheck disable=SC2034
deb_packages=(debhelper dpkg-dev fakeroot lintian po-debconf)
# The panel is built with Node. One that came from elsewhere conflicts with Debian's packages and is
# new enough: it is left alone.
command -v node >/dev/null || build_packages+=(nodejs)
command -v npm >/dev/null || build_packages+=(npm)
# shellcheck disable=SC2034
test_packages=(
    clang clang-format clang-tidy libclang-rt-14-dev llvm-14 libcmocka-dev shellcheck
    git sqlite3 curl jq zip unzip xz-utils procps nginx-light haproxy chromium
    spin iproute2 nftables
)

[ -z "${LONG:-}" ] || test_packages+=(wrk) # the long runs measure too

# install_missing <package>... : one apt-get call for all that is not installed, none if all is.
install_missing() {
    local package missing=() as_root=()
    for package in "$@"; do
        installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "These packages are missing: ${missing[*]}. Install them, or run this as root." >&2
            return 1
        }
        as_root=(sudo)
    fi
    echo "Installing ${#missing[@]} packages: ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq >&2 </dev/null || return
    # RUNLEVEL=1 asks init scripts (nginx, haproxy) not to start their service and take a port.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y \
        --no-install-recommends "${missing[@]}" >&2 </dev/null
}

# Is it there, under its own name or a bigger sibling's?
installed() {
    case $1 in
    nginx-light) command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] ;;
    chromium) command -v chromium >/dev/null ;;
    *) [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ] ;;
    esac
}

# Where this machine has its packages from, for a debootstrap.
debian_mirror() {
    local said
    said=$(sed -n 's/^URIs: *\(http[^ ]*debian\)$/\1/p;s/^deb \(http[^ ]*debian\)\/\{0,1\} .*/\1/p' \
        /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1 || true)
    echo "${said:-http://deb.debian.org/debian}"
}
