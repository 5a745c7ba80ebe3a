#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two modified trees of one commit are two builds: in --version, in the rows of a store, in the series of its statistics, and where
# a gate compares them. The program is linked anew with what tools/build_id.cmake says of each tree; nothing is compiled but that.
set -euo pipefail

source "$(dirname "$0")/command.sh"
build=$(cd "${ROAM_BUILD:?}" && pwd -P)
command -v ninja >/dev/null || { echo "ninja is not here: tools/setup" && exit 77; }
[[ -e $build/build.ninja ]] || { echo "$build was not configured for ninja" && exit 77; }
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null

mkdir -p tree/core
git -C tree init --quiet
echo 'int answer = 42;' >tree/core/answer.c
echo '# rooms' >tree/CMakeLists.txt
git -C tree add .
git -C tree commit --quiet --message 'A tree'

id() { # NAME: what is being built, as C
    cmake -DSOURCE="$scratch/tree" -DOUT="$scratch/$1.c" -DROAM=0.1.0 -DNGTCP2=1 -DWOLFSSL=2 -DNS3=3 '-DWITH=SQLite 3' \
        '-DCOMPILER=cc' '-DFLAGS=-O2' -DLIBRARIES=none -P "$root/tools/build_id.cmake"
}
version() { sed -nE 's/.*\.roam = "([^"]*)".*/\1/p' "$1.c"; }
modified() { sed -nE 's/.*\.modified = ([a-z]+).*/\1/p' "$1.c"; }

id clean
same "$(version clean) $(modified clean)" '0.1.0 false' 'a tree without changes'
echo 'int answer = 43;' >tree/core/answer.c
id one
echo 'int answer = 44;' >tree/core/answer.c
id two
echo 'int more = 1;' >tree/core/more.c
id added
rm tree/core/more.c
echo 'int answer = 43;' >tree/core/answer.c
id again
echo 'not built' >tree/notes
id beside
for name in one two added again; do
    [[ $(version $name) =~ ^0\.1\.0\+[0-9a-f]{12}$ && $(modified $name) == true ]] || fail "$name: '$(version $name)', '$(modified $name)'"
done
same "$(for name in clean one two added; do version $name; done | sort -u | wc -l)" 4 'ids of four trees'
same "$(version again)" "$(version one)" 'the id of an equal tree'
same "$(version beside)" "$(version one)" 'the id of a tree with a file that is not built'
same "$(version one)" "0.1.0+$(git -C tree diff --no-color HEAD -- core | sha256sum | head -c 12)" 'the id is the hash of what git says'

# The program with each of the two ids, which stands before the library that has its own.
link=$(cd "$build" && ninja -t commands roam | tail -n 1)
for name in one two; do
    mkdir "$name-build"
    cc -I"$root" -c "$name.c" -o "$name.o"
    (cd "$build" && bash -c "${link/ -o roam / -o $scratch/$name-build/roam $scratch/$name.o }") >linked 2>&1 || fail "linking $name: $(<linked)"
    status 0 "$name-build/roam" --version
    says out "$(version $name)"
done
commit=$(git -C tree rev-parse HEAD)

# Rows: a sweep that goes on with the other one runs all of it again, and with an equal one nothing.
moves move cellular=', jitter: 10ms' traffic='{flow: laptop -> server, send: 400B, every: 20ms}' expect='{delivered: all}' >move.yaml
status 0 one-build/roam sweep --db both.db --seeds 1..20 move.yaml
says out '20 passed'
status 0 two-build/roam sweep --resume --db both.db --seeds 1..20 move.yaml
says out '20 passed'
status 0 one-build/roam sweep --resume --db both.db --seeds 1..20 move.yaml
if grep -q '20 passed' out; then fail 'an equal build ran again'; fi
same "$(sqlite3 both.db "SELECT b.roam, b.commit_id, count(*) FROM runs r JOIN builds b ON b.id = r.build GROUP BY b.id" | sort)" \
    "$(for name in one two; do echo "$(version $name)|$commit|20"; done | sort)" 'builds of the store'

# Commits of one time stand in the order of their ids: the last of the two counts as the newest.
last=two
[[ $(sqlite3 both.db 'SELECT roam FROM builds ORDER BY id DESC LIMIT 1') == "$(version two)" ]] || last=one
first=$([[ $last == two ]] && echo one || echo two)

# Statistics and page: a series each. What is changed in the rows of one moves its figures alone.
sqlite3 both.db "UPDATE migrations SET validation_ns = validation_ns + 50000000
    WHERE run IN (SELECT r.id FROM runs r JOIN builds b ON b.id = r.build WHERE b.roam = '$(version $last)')"
for name in one two; do sqlite3 both.db "SELECT max(validation_ns) FROM migrations m JOIN runs r ON r.id = m.run JOIN builds b ON b.id = r.build
    WHERE b.roam = '$(version $name)'" >$name.most; done
(($(<$last.most) == $(<$first.most) + 50000000)) || fail "longest: $(<one.most), $(<two.most)"
status 0 "$roam" stats --db both.db --csv
same "$(awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["kind"] == "validation" { print $at["commit"], $at["n"], $at["p100_ns"] }' out)" \
    "$(for name in $first $last; do echo "$commit+$(version $name | cut -d + -f 2) 20 $(<$name.most)"; done)" 'series of stats'
status 0 "$roam" report both.db -o page.html --no-figures
for name in one two; do says page.html "<small>${commit:0:8}+$(version $name | cut -d + -f 2 | head -c 8)</small>"; done

# Comparisons: the one that counts as newest against what the other one gave, and each against the other.
status 0 "$first-build/roam" gate --quiet --update --seeds 1..20 move.yaml
status 0 "$roam" report both.db -o worse.html --no-figures --baseline results/baselines
says worse.html 'got worse'
sqlite3 both.db "UPDATE migrations SET validation_ns = validation_ns - 50000000
    WHERE run IN (SELECT r.id FROM runs r JOIN builds b ON b.id = r.build WHERE b.roam = '$(version $last)')"
status 0 "$roam" report both.db -o same.html --no-figures --baseline results/baselines
says same.html 'nothing got worse'
status 0 two-build/roam gate --with-build one-build --seeds 1..20 move.yaml
says out 'against the build in one-build'
exit $failed
