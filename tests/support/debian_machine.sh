# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# debian_machine.sh - the packages that tests/installed installs, and the machine it does that in: a Debian of
# debootstrap, on which an overlay takes what changes. Sourced, with here, place, base, debs, top, root, machine, older,
# rows_small and rows_large set. `inside` runs a command in it; at the end of the shell it is gone.
# shellcheck disable=SC2154 # set by who sources it

# ---- three packages

repack() { # repack <package tree> <version> <file>
    sed -i "s/^Version: .*/Version: $2/" "$1/DEBIAN/control"
    rm -f "$1/DEBIAN/md5sums"
    dpkg-deb --root-owner-group -Zgzip -b "$1" "$3" >/dev/null
}

make_this() {
    (cd "$here" && deploy/quickstart --deb) >"$place/this.log"
    cp "$(tail -n 1 "$place/this.log")" "$debs/this.deb"
}

# Its programs where ours are, and of its unit what its head says an administrator does with it.
make_older() {
    local tree=$place/older package=$place/older.package
    rm -rf "$tree" "$package"
    mkdir -p "$tree" "$package"/{DEBIAN,usr/bin,usr/lib/playbus/bin,lib/systemd/system}
    git -C "$here" archive "$older" | tar -xC "$tree"
    cmake -S "$tree" -B "$tree/build" -G Ninja -DPLAYBUS_TESTS=OFF >"$place/older.log"
    ninja -C "$tree/build" >>"$place/older.log"
    cp "$tree"/build/bin/playbus* "$package/usr/lib/playbus/bin/"
    cp -r "$tree/build/web" "$package/usr/lib/playbus/"
    ln -s ../lib/playbus/bin/playbus "$package/usr/bin/playbus"
    sed 's|/usr/local/|/usr/|' "$tree/deploy/systemd/playbus.service" >"$package/lib/systemd/system/playbus.service"
    dpkg-deb -f "$debs/this.deb" Package Version Architecture Maintainer Depends Description >"$package/DEBIAN/control"
    for script in preinst prerm; do # as debhelper's do
        # shellcheck disable=SC2016 # theirs
        printf '#!/bin/sh\ncase $1 in\nupgrade | remove) systemctl stop playbus || true ;;\nesac\n' >"$package/DEBIAN/$script"
    done
    cat >"$package/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
id playbus >/dev/null 2>&1 || useradd --system --home-dir /var/lib/playbus --shell /usr/sbin/nologin playbus
systemctl daemon-reload
systemctl enable --now playbus
END
    chmod 755 "$package"/DEBIAN/p*
    repack "$package" 0.1.0-1 "$debs/older.deb"
}

make_next() {
    local tree=$place/next package=$place/next.package known
    known=$(sed -n 's/^STORE(history, .*, \([0-9]*\))/\1/p' "$here/proto/store/stores.def")
    rm -rf "$tree" "$package"
    mkdir -p "$tree"
    git -C "$here" ls-files -z | (cd "$here" && tar --null --ignore-failed-read -T - -c) | tar -xC "$tree"
    sed -i "/^STORE(history/s/$known/$((known + 1))/" "$tree/proto/store/stores.def"
    sed -i '/steps_of_history\[\] = {/,/^};/s/^};/    {.sql = "CREATE TABLE of_the_next (a)"},\n};/' "$tree/actors/history/migrations.c"
    cmake -S "$tree" -B "$tree/build" -G Ninja -DPLAYBUS_TESTS=OFF -DPLAYBUS_WEB=OFF >"$place/next.log"
    ninja -C "$tree/build" playbus-history >>"$place/next.log"
    dpkg-deb -R "$debs/this.deb" "$package"
    cp "$tree/build/bin/playbus-history" "$package/usr/lib/playbus/bin/"
    sed -i "s/history.db:$known/history.db:$((known + 1))/" "$package/DEBIAN/preinst"
    repack "$package" 99.0.0-1 "$debs/next.deb"
}

make_base() {
    install_missing debootstrap
    rm -rf "$base"
    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,ca-certificates,curl,jq,sqlite3 bookworm "$base" \
        "$(sed -n 's/^URIs: *\(http[^ ]*debian\)$/\1/p' /etc/apt/sources.list.d/* 2>/dev/null | grep . || echo http://deb.debian.org/debian)" >"$place/base.log"
}

install_missing "${build_packages[@]}" "${deb_packages[@]}" git
make_all() {
    if [ ! -e "$debs/next.deb" ] || [ -z "${KEEP:-}" ]; then
        make_this
        make_older
        make_next
    fi
    [ -e "$base/made" ] || make_base
    mkdir -p "$base/debs" "$base/opt/tautulli"
    cp "$debs"/*.deb "$base/debs/"
    "$place/older/build/bin/make-tautulli" "$base/opt/tautulli/small.db" --rows "$rows_small"
    "$place/older/build/bin/make-tautulli" "$base/opt/tautulli/large.db" --rows "$rows_large" --seed 7 --start 1100000000
    # All that it depends on is there before the network goes.
    chroot "$base" apt-get update -qq
    chroot "$base" apt-get install -qq -y --download-only --no-install-recommends /debs/this.deb
    touch "$base/made"
}

# ---- the machine

by_podman() {
    local runtime
    for runtime in crun runc; do
        # Limits below this process's own: raising them is not everybody's.
        podman --runtime $runtime run --detach --rm --name "$machine" --systemd=always --privileged --network none \
            --ulimit nofile=10000:10000 --ulimit nproc=10000:10000 --rootfs "$root" /sbin/init >>"$place/podman.log" 2>&1 &&
            leader=$(podman inspect -f '{{.State.Pid}}' "$machine") && engine="podman with $runtime" && return 0
        podman rm --force "$machine" >/dev/null 2>&1 || true
    done
    return 1
}

by_nspawn() {
    systemd-nspawn --quiet --register=no --keep-unit --private-network --boot -D "$root" --machine="$machine" \
        >"$place/nspawn.log" 2>&1 </dev/null &
    local outer=$!
    for _ in {1..50}; do leader=$(pgrep -P $outer) && break; sleep 0.1; done
    engine="systemd-nspawn"
}

end() {
    podman rm --force --time 5 "$machine" >/dev/null 2>&1 || true
    [ -z "${leader:-}" ] || kill -9 "$leader" 2>/dev/null || true
    umount "$root" || umount --lazy "$root"
    rm -rf "$top" "$root"
}

inside() { nsenter -t "$leader" -m -u -i -n -p env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

start_machine() {
    rm -rf "$top" "$root"
    mkdir -p "$top"/{upper,work} "$root"
    mount -t overlay overlay -o "lowerdir=$base,upperdir=$top/upper,workdir=$top/work" "$root"
    trap end EXIT
    { [ -z "${NSPAWN:-}" ] && by_podman; } || by_nspawn
    for _ in {1..100}; do inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded' && break; sleep 0.2; done
    echo "process 1 is systemd $(inside systemctl --version | sed -n '1s/systemd \([0-9]*\).*/\1/p'), in a machine by $engine"
}
