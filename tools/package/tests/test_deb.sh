#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian packages: the same bytes each time, all that is installed in one of the two, checksums that hold, dependencies as
# dpkg-shlibdeps finds them, and a program that runs from what is unpacked.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
build=${ROAM_BUILD:?}
command -v dpkg-shlibdeps >/dev/null || { echo 'skipped: no dpkg-dev' && exit 77; }
cmake --build "$build" --target roam_command roam_shared roam_live_shared >build.log 2>&1 || { cat build.log && exit 1; }
export SOURCE_DATE_EPOCH=1700000000
status 0 "$root/tools/package/deb" --build "$build" --out one
mapfile -t packages <out
same "${#packages[@]}" 2 'packages'
status 0 "$root/tools/package/deb" --build "$build" --out two
for package in "${packages[@]}"; do
    cmp "$package" "two/${package##*/}" || fail "${package##*/}: other bytes the second time"
    name=$(dpkg-deb -f "$package" Package)
    mkdir "$name" && dpkg-deb -R "$package" "$name"
    (cd "$name" && md5sum --quiet -c DEBIAN/md5sums) || fail "$name: its checksums do not hold"
    same "$(cd "$name" && find usr -type f | wc -l)" "$(wc -l <"$name/DEBIAN/md5sums")" "files with a checksum in $name"
    same "$(dpkg-deb -c "$package" | grep -vc '2023-11-14 22:13\| -> ')" 0 "$name: entries with another time"
    same "$(dpkg-deb -c "$package" | awk '$2 != "root/root"' | wc -l)" 0 "$name: entries that are not root's"
    [[ -s $name/usr/share/doc/$name/copyright && -s $name/usr/share/doc/$name/changelog.gz ]] || fail "$name: no copyright, or no changelog"
    [[ ! -e $name/DEBIAN/conffiles ]] || fail "$name: it has conffiles"
done
says roam/DEBIAN/control 'libns3.37'
says roam/DEBIAN/control 'libjansson4'
if grep -q 'libns3' libroam-dev/DEBIAN/control; then fail 'libroam-dev needs ns-3'; fi

# What is installed is in one of them, but for the licences, which are one file there, and what is packed.
DESTDIR=$scratch/installed status 0 cmake --install "$build" --prefix /usr
(cd installed && find usr -type f -o -type l) | grep -v '^usr/share/doc/roam/\(LICENSE\|ngtcp2\|wolfssl\)' | sort >expected
{ (cd roam && find usr -type f -o -type l) && (cd libroam-dev && find usr -type f -o -type l); } |
    grep -v '^usr/share/doc/[^/]*/\(copyright\|changelog.gz\)$' | sed '/share\/man/s/\.gz$//' | sort >packed
cmp expected packed || fail "packed and installed differ: $(diff expected packed | head -n 5)"
for library in libroam-dev/usr/lib/*.so.*.*; do
    if readelf -S "$library" | grep -q '\.debug_info'; then fail "$library is not stripped"; fi
done

status 0 roam/usr/bin/roam run wifi-to-cellular
says out 'passed: wifi-to-cellular: 5 of 5 expectations held'
status 2 "$root/tools/package/deb" --colour
status 3 "$root/tools/package/deb" --build "$scratch" --out three
exit "$failed"
