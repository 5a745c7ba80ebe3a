#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tools/setup decides and says, with the package tools played by stand-ins, and libraries of two lines.
set -euo pipefail

source "$(dirname "$0")/command.sh"
status=0

# stand_in NAME BODY: a program in front of the machine's own.
stand_in() {
    mkdir -p "$scratch/bin"
    printf '#!/bin/bash\n%s\n' "$2" >"$scratch/bin/$1"
    chmod +x "$scratch/bin/$1"
}

# Every package but those named in $scratch/absent is installed; apt-get notes how it was called and installs them all.
fresh() {
    rm -rf "${scratch:?}"/*
    touch "$scratch/absent"
    mkdir "$scratch/tarballs"
    stand_in dpkg-query 'for name; do
        [[ $name == -* || $name == *{* ]] && continue
        grep -qx "$name" '"$scratch/absent"' || echo "installed $name"
    done; [[ ! -s '"$scratch/absent"' ]]'
    stand_in apt-get 'echo "$*" >>'"$scratch/apt-calls"'
        case $1 in install) : >'"$scratch/absent"' ;; update) exit 100 ;; esac'
    stand_in id 'echo 0'
}

setup() {
    status=0
    env -u ROAM_TARBALLS -u CC PATH="$scratch/bin:$PATH" XDG_CACHE_HOME="$scratch/cache" "$@" \
        >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
}

complain() {
    printf '%s\n  status %d\n' "$1" "$status"
    sed 's/^/  out| /' "$scratch/out"
    sed 's/^/  err| /' "$scratch/err"
    failed=1
}

is() { # NAME ACTUAL EXPECTED
    [[ $2 == "$3" ]] || complain "$1: '$2', expected '$3'"
}

says() { # NAME FILE TEXT
    grep -qF -- "$3" "$scratch/$2" || complain "$1: does not say '$3' in $2"
}

never_called_apt() {
    [[ ! -e $scratch/apt-calls ]] || complain "$1: called apt-get $(tr '\n' ';' <"$scratch/apt-calls")"
}

# pretend_built: a finished prefix where setup looks for one.
pretend_built() {
    prefix=$(env -u ROAM_TARBALLS -u CC PATH="$scratch/bin:$PATH" XDG_CACHE_HOME="$scratch/cache" \
        ROAM_TARBALLS="$scratch/tarballs" "$root/tools/setup" --dry-run | sed -n 's/.* in //p')
    mkdir -p "$prefix"
    touch "$prefix/.complete"
}

fresh
setup "$root/tools/setup" --help
is 'help' $status 0
says 'help' out 'ROAM_TARBALLS'
setup "$root/tools/setup" --nonsense
is 'unknown option' $status 2
says 'unknown option' err "'--nonsense'"

fresh
echo libcunit1-dev >"$scratch/absent"
setup "$root/tools/setup" --dry-run
is 'dry run' $status 0
says 'dry run' out 'would install: libcunit1-dev'
says 'dry run' out 'would build'
[[ ! -e $scratch/cache ]] || complain 'dry run: touched the cache'
! grep -q install "$scratch/apt-calls" || complain 'dry run: installed'

fresh
printf '%s\n' libcunit1-dev tshark >"$scratch/absent"
stand_in id 'echo 1000'
setup "$root/tools/setup"
is 'ordinary user' $status 3
says 'ordinary user' err 'as root: apt-get install --no-install-recommends libcunit1-dev tshark'
never_called_apt 'ordinary user'

# What the adapters need is installed when it is asked for, and then alone.
fresh
pretend_built
printf '%s\n' libngtcp2-dev librust-quinn-proto-dev >"$scratch/absent"
setup "$root/tools/setup"
is 'without endpoints' $status 0
never_called_apt 'without endpoints'
setup "$root/tools/setup" --endpoints --dry-run
is 'with endpoints, dry run' "$status $(head -n 1 "$scratch/out")" '0 would install: libngtcp2-dev librust-quinn-proto-dev'
never_called_apt 'with endpoints, dry run'
setup "$root/tools/setup" --endpoints
is 'with endpoints' $status 0
is 'with endpoints' "$(tr '\n' ';' <"$scratch/apt-calls")" \
    'update;install -y --no-install-recommends -o DPkg::Lock::Timeout=300 libngtcp2-dev librust-quinn-proto-dev;'
rm "$scratch/apt-calls"
setup "$root/tools/setup" --endpoints
is 'with endpoints, again' $status 0
never_called_apt 'with endpoints, again'

# The same of what the job scripts are tested with; parallel is among those of everybody.
fresh
pretend_built
printf '%s\n' slurm-wlm munge >"$scratch/absent"
setup "$root/tools/setup"
never_called_apt 'without cluster'
setup "$root/tools/setup" --cluster --dry-run
is 'with cluster, dry run' "$status $(head -n 1 "$scratch/out")" '0 would install: slurm-wlm munge'
setup "$root/tools/setup" --cluster
is 'with cluster' "$(tr '\n' ';' <"$scratch/apt-calls")" \
    'update;install -y --no-install-recommends -o DPkg::Lock::Timeout=300 slurm-wlm munge;'

# And what the site of the documents is made with.
fresh
pretend_built
printf '%s\n' furo >"$scratch/absent"
setup "$root/tools/setup" --cluster
never_called_apt 'without site'
setup "$root/tools/setup" --site
is 'with site' "$(tr '\n' ';' <"$scratch/apt-calls")" 'update;install -y --no-install-recommends -o DPkg::Lock::Timeout=300 furo;'

# A repository that cannot be reached makes the update fail; the install is tried all the same.
fresh
pretend_built
echo libcunit1-dev >"$scratch/absent"
setup "$root/tools/setup"
is 'root installs' $status 0
is 'root installs' "$(tr '\n' ';' <"$scratch/apt-calls")" \
    'update;install -y --no-install-recommends -o DPkg::Lock::Timeout=300 libcunit1-dev;'

fresh
pretend_built
echo libcunit1-dev >"$scratch/absent"
stand_in apt-get 'echo "E: no such thing" >&2; exit 100'
setup "$root/tools/setup"
is 'failed install' $status 3
says 'failed install' err 'E: no such thing'
says 'failed install' err 'remedy: '
says 'failed install' err "$scratch/cache/roam/log/"

fresh
pretend_built
setup "$root/tools/setup" --print-prefix
is 'second call' $status 0
is 'second call' "$(cat "$scratch/out")" "$prefix"
is 'second call' "$(cat "$scratch/err")" ''
never_called_apt 'second call'
setup env CC="$scratch/bin/other" "$root/tools/setup" --dry-run
! grep -qF "$prefix" "$scratch/out" || complain 'another compiler: the same prefix'

fresh
pretend_built
rm "$prefix/.complete"
mkdir "$scratch/cache/roam/.work-killed"
setup env ROAM_TARBALLS="$scratch/tarballs" "$root/tools/setup" --print-prefix
is 'half-finished build' $status 3
is 'half-finished build' "$(cat "$scratch/out")" ''
is 'half-finished build' "$(cd "$scratch/cache/roam" && echo .work-*)" '.work-*'

fresh
echo 'not the real one' >"$scratch/tarballs/wolfssl_5.7.2.orig.tar.gz"
setup env ROAM_TARBALLS="$scratch/tarballs" "$root/tools/setup"
is 'wrong tarball' $status 3
says 'wrong tarball' err '0f2ed82e345b833242705bbc4b08a2a2037a33f7bf9c610efae6464f6b10e305'
says 'wrong tarball' err 'looked at: wolfssl_5.7.2.orig.tar.gz'
never_called_apt 'wrong tarball'
setup env ROAM_TARBALLS="$scratch/nowhere" "$root/tools/setup"
is 'no such directory' $status 3
says 'no such directory' err "'$scratch/nowhere' is not a directory"

# Another version of ngtcp2 has a prefix of its own; the pinned one is no other.
fresh
pretend_built
for version in 1.11.x '' --quiet; do
    setup "$root/tools/setup" --ngtcp2 "$version"
    is "version '$version'" $status 2
    says "version '$version'" err "not '$version'"
done
setup "$root/tools/setup" --ngtcp2 1.11.0 --print-prefix
is 'the pinned version' "$status $(cat "$scratch/out")" "0 $prefix"
setup "$root/tools/setup" --ngtcp2 1.999.0 --dry-run
is 'another version' $status 0
says 'another version' out 'would fetch wolfSSL 5.7.2 and ngtcp2 1.999.0 of Debian trixie forky sid'
! grep -qF "$prefix" "$scratch/out" || complain 'another version: the same prefix'
rm "$scratch/apt-calls" # the dry run asked for the mirror
touch "$scratch/tarballs/ngtcp2_1.998.0.orig.tar.xz"
setup env ROAM_TARBALLS="$scratch/tarballs" "$root/tools/setup" --ngtcp2 1.999.0
is 'no tarball of that version' $status 3
says 'no tarball of that version' err "there is no ngtcp2_1.999.0.orig.tar.xz or .gz in $scratch/tarballs"
never_called_apt 'no tarball of that version'

# Our changes: a whole set-up of small libraries of our own making, in a tree whose changes the test writes.
# sha256sum takes any archive; configure and make are played by the archives themselves.
archive() { # NAME VERSION
    local tree=$scratch/pack/$1-$2
    mkdir -p "$tree/lib"
    printf 'one\ntwo\n' >"$tree/lib/source.c"
    echo 'echo' >"$tree/autogen.sh"
    cat >"$tree/configure" <<'CONFIGURE'
#!/bin/bash
for argument; do [[ $argument != --prefix=* ]] || prefix=${argument#*=}; done
mkdir -p "$prefix/lib/pkgconfig" "$prefix/include/ngtcp2"
case $PWD in
*/wolfssl)
    mkdir "$prefix/include/wolfssl"
    touch "$prefix/lib/libwolfssl.a"
    echo "prefix=$prefix" >"$prefix/lib/pkgconfig/wolfssl.pc" ;;
*) touch "$prefix"/lib/{libngtcp2.a,libngtcp2_crypto_wolfssl.a} "$prefix/include/ngtcp2/ngtcp2.h" ;;
esac
CONFIGURE
    chmod +x "$tree"/{autogen.sh,configure}
    tar -C "$scratch/pack" -cJf "$scratch/tarballs/$1_$2.orig.tar.xz" "$1-$2"
}
change() { # FILE TITLE SEARCH: a change that adds a line behind the one found
    printf '# licence\n# %s\ne lib/source.c\n/%s/a\n%s was here\n.\nw\n' "$2" "$3" "$2" >"$scratch/tree/core/$1.ed"
}
prefix_of() { # ARGUMENT...: of tools/setup
    setup "$@" "$scratch/tree/tools/setup" --dry-run
    sed -n 's/.* in //p' "$scratch/out"
}
with_changes() {
    fresh
    mkdir -p "$scratch/tree/tools" "$scratch"/tree/core/{ngtcp2,wolfssl}
    cp "$root"/tools/{setup,changes,mirrors} "$scratch/tree/tools"
    stand_in sha256sum '[[ "$*" != *--check* ]] || { cat >/dev/null; exit 0; }
        exec /usr/bin/sha256sum "$@"'
    stand_in make 'exit 0'
    archive wolfssl 5.7.2
    archive ngtcp2 1.11.0
    archive ngtcp2 1.999.0
    change ngtcp2/10-first First one
    change ngtcp2/20-second Second two
    change wolfssl/10-third Third two
}

with_changes
setup env ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup" --print-prefix
is 'changes' $status 0
prefix=$(cat "$scratch/out")
is 'changes' "$(tr '\n' ';' <"$prefix/src/ngtcp2-1.11.0/lib/source.c")" 'one;First was here;two;Second was here;'
is 'changes' "$(tr '\n' ';' <"$prefix/src/wolfssl-5.7.2/lib/source.c")" 'one;two;Third was here;'
is 'changes' "$(grep -v '^[nw]\|^patches\|^compiler' "$prefix/provenance.txt")" "changes of roam to ngtcp2:
  10-first: First
  20-second: Second
changes of roam to wolfssl:
  10-third: Third"
setup env ROAM_NGTCP2=released ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup" --print-prefix
is 'released' $status 0
released=$(cat "$scratch/out")
is 'released' "$(tr '\n' ';' <"$released/src/ngtcp2-1.11.0/lib/source.c")" 'one;two;'
is 'released' "$(tr '\n' ';' <"$released/src/wolfssl-5.7.2/lib/source.c")" 'one;two;'
says 'released' "cache/roam/${released##*/}/provenance.txt" 'changes of roam to ngtcp2: none'
says 'released' "cache/roam/${released##*/}/provenance.txt" 'changes of roam to wolfssl: none'

# The prefix depends on what the files say, for the version they are for, and that of the released ones does not.
rm "$prefix/.complete" "$released/.complete" # so that the dry run names it
is 'same changes' "$(prefix_of env ROAM_TARBALLS="$scratch/tarballs")" "$prefix"
change wolfssl/20-more More two
[[ $(prefix_of env ROAM_TARBALLS="$scratch/tarballs") != "$prefix" ]] ||
    complain 'another change to wolfSSL: the same prefix'
is 'released' "$(prefix_of env ROAM_NGTCP2=released ROAM_TARBALLS="$scratch/tarballs")" "$released"
rm "$scratch/tree/core/wolfssl/20-more.ed"
change ngtcp2/20-second.1.999.0 Another two
is 'a change for another version' "$(prefix_of env ROAM_TARBALLS="$scratch/tarballs")" "$prefix"
change ngtcp2/20-second Second one
[[ $(prefix_of env ROAM_TARBALLS="$scratch/tarballs") != "$prefix" ]] || complain 'another text: the same prefix'

# Where only ngtcp2 changed, wolfSSL is copied with all that is known of it; a change to wolfSSL builds it anew.
with_changes
setup env ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup" --print-prefix
first=$(cat "$scratch/out")
echo 'built once' >"$first/lib/libwolfssl.a"
change ngtcp2/20-second Other two
setup env ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup"
is 'same wolfSSL' $status 0
says 'same wolfSSL' err "copy wolfSSL 5.7.2 from ${first##*/}"
second=$(sed -n 's/^setup: ready: //p' "$scratch/err")
is 'same wolfSSL' "$(cat "$second/lib/libwolfssl.a")" 'built once'
is 'same wolfSSL' "$(sed s/Second/Other/ "$first/provenance.txt")" "$(cat "$second/provenance.txt")"
is 'same wolfSSL' "$(cat "$second/lib/pkgconfig/wolfssl.pc")" "prefix=$second"
is 'same wolfSSL' "$(tr '\n' ';' <"$second/src/wolfssl-5.7.2/lib/source.c")" 'one;two;Third was here;'
change wolfssl/10-third Fourth two
setup env ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup" --print-prefix
is 'another wolfSSL' "$status $(wc -c <"$(cat "$scratch/out")/lib/libwolfssl.a")" '0 0'

# A change that does not fit: an error with the pinned versions, none of them with another version of ngtcp2.
for misfit in 'ngtcp2/30-lost ngtcp2' 'wolfssl/30-lost wolfSSL'; do
    with_changes
    change "${misfit% *}" Lost three
    setup env ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup"
    is "$misfit does not fit" $status 3
    says "$misfit does not fit" err "step 'unpack ${misfit#* }'"
    says "$misfit does not fit" err "core/${misfit% *}.ed does not fit: script, line 4: No match"
done
with_changes
change ngtcp2/20-second Lost three
setup env ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup" --ngtcp2 1.999.0
is 'no fit for another version' $status 0
says 'no fit for another version' err \
    'ngtcp2 is as released: core/ngtcp2/20-second.ed does not fit: script, line 4: No match'
prefix=$(sed -n 's/^setup: ready: //p' "$scratch/err")
is 'no fit for another version' "$(tr '\n' ';' <"$prefix/src/ngtcp2-1.999.0/lib/source.c")" 'one;two;'
says 'no fit for another version' "cache/roam/${prefix##*/}/provenance.txt" \
    'changes of roam to ngtcp2: none, core/ngtcp2/20-second.ed does not fit'
says 'no fit for another version' "cache/roam/${prefix##*/}/provenance.txt" '  10-third: Third'
change ngtcp2/20-second.1.999.0 Another two
setup env ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup" --ngtcp2 1.999.0 --print-prefix
is 'a change for that version' $status 0
is 'a change for that version' "$(tr '\n' ';' <"$(cat "$scratch/out")/src/ngtcp2-1.999.0/lib/source.c")" \
    'one;First was here;two;Another was here;'

# A change that is not written does not fit either.
with_changes
sed -i '$d' "$scratch/tree/core/ngtcp2/20-second.ed"
setup env ROAM_TARBALLS="$scratch/tarballs" "$scratch/tree/tools/setup"
is 'not written' $status 3
says 'not written' err 'core/ngtcp2/20-second.ed does not fit: script, line 6: Warning: buffer modified'

fresh
setup env XDG_CACHE_HOME="$scratch/a cache" "$root/tools/setup"
is 'blank in the path' $status 3
setup env -u XDG_CACHE_HOME -u HOME "$root/tools/setup"
is 'no home' $status 3

# The archive is taken from the machine's own sources, in both formats, and other vendors' are left alone.
mirror() { # NAME EXPECTED; the sources are in $scratch/etc
    printf 'Dir::Etc::sourcelist "%s";\nDir::Etc::sourceparts "%s";\nDir::State "%s";\n' \
        "$scratch/etc/sources.list" "$scratch/etc/parts" "$scratch/etc/state" >"$scratch/etc/apt.conf"
    setup env APT_CONFIG="$scratch/etc/apt.conf" "$root/tools/setup" --dry-run
    says "$1" out "of Debian trixie from $2"
}
fresh
mkdir -p "$scratch/etc/parts"
cat >"$scratch/etc/sources.list" <<'LIST'
# deb http://commented.example/debian bookworm main
deb https://vendor.example/apt cloud-bookworm main
deb http://security.example/debian-security bookworm-security main
deb [arch=amd64 trusted=no] http://one-line.example/debian/ bookworm contrib main
LIST
mirror 'one-line format' 'http://one-line.example/debian/'
: >"$scratch/etc/sources.list"
cat >"$scratch/etc/parts/debian.sources" <<'DEB822'
Types: deb
URIs: https://vendor.example/node
Suites: nodistro
Components: main

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: bookworm
Components: main

# a comment
Types: deb deb-src
URIs:
 http://deb822.example/debian
Suites: bookworm bookworm-updates
Components: main
DEB822
mirror 'deb822 format' 'http://deb822.example/debian/'

exit $failed
