#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Our changes fit each other version of ngtcp2 that some are written for (NN-name.VERSION.ed), and it compiles with them: all of
# them, or --ngtcp2 builds it as released. Nothing is fetched: the source is in ROAM_TARBALLS, or in a prefix of tools/setup that has it as released,
# which 'tools/changes diff ngtcp2 VERSION' leaves.
set -euo pipefail
source "$(dirname "$0")/command.sh"

# released VERSION: leaves its source in the directory VERSION, or fails when there is none.
released() {
    local file prefix
    mkdir "$1"
    for file in "${ROAM_TARBALLS:-/dev/null}/ngtcp2_$1".orig.tar.[gx]z; do
        [[ ! -e $file ]] || { tar -xf "$file" --strip-components=1 -C "$1" && return; }
    done
    for prefix in "${XDG_CACHE_HOME:-$HOME/.cache}"/roam/*; do
        [[ -e $prefix/.complete && -d $prefix/src/ngtcp2-$1 ]] || continue
        ! grep -q '^changes of roam to ngtcp2: none' "$prefix/provenance.txt" || { cp -a "$prefix/src/ngtcp2-$1/." "$1" && return; }
    done
    return 1
}

# compiles DIRECTORY: every source file, as far as names and types go; without configure, which is slow.
compiles() {
    local file
    for file in "$1"/lib/*.c; do
        "${CC:-cc}" -fsyntax-only -Werror=implicit-function-declaration -Werror=incompatible-pointer-types -I "$1/lib/includes" \
            -I "$1/lib" -D{HAVE_ARPA_INET_H,HAVE_NETINET_IN_H,HAVE_ENDIAN_H,HAVE_DECL_BE64TOH,HAVE_DECL_BSWAP_64}=1 "$file" || return
    done
}

looked_at=0
while read -r version; do
    released "$version" || continue
    "$root/tools/changes" apply ngtcp2 "$version" "$version" >/dev/null 2>misfit || fail "ngtcp2 $version: $(<misfit)"
    compiles "$version" 2>misfit || fail "ngtcp2 $version: $(<misfit)"
    looked_at=$((looked_at + 1))
    echo "looked at ngtcp2 $version"
done < <(cd "$root/core/ngtcp2" && printf '%s\n' *.ed | sed -n 's/^[^.]*\.\([0-9.]*\)\.ed$/\1/p' | sort -u)
((looked_at)) || { echo "no such source is here: tools/changes diff ngtcp2 VERSION" && exit 77; }

exit $failed
