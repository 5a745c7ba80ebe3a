#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# When tools/roam builds and what it hands to the program, with a stand-in for tools/build.
set -euo pipefail

source "$(dirname "$0")/command.sh"
tree=$scratch/tree
mkdir -p "$tree"/{core/tests,sim/ns3,tools} "$scratch/elsewhere"
touch "$tree"/{core/a.c,core/a.h,core/tests/test_a.c,core/README.md,sim/ns3/ns3.cc,CMakeLists.txt,CMakePresets.json}
cp "$root/tools/roam" "$tree/tools/roam"
cat >"$tree/tools/build" <<'BUILD'
#!/usr/bin/env bash
root=$(cd "$(dirname "$0")/.." && pwd -P)
echo "$*" >>"$root/built"
[[ ! -e $root/broken ]] || exit 3
mkdir -p "$root/.build/release"
printf '#!/bin/bash\npwd\nprintf "<%%s>" "$@"\nexit 42\n' >"$root/.build/release/roam"
chmod +x "$root/.build/release/roam"
BUILD
chmod +x "$tree/tools/build"

# launch NAME BUILDS STATUS: runs it from elsewhere and looks at how often it built, and with what it ended.
launch() {
    local name=$1 builds=$2 expected=$3 status=0 output built=0
    : >"$tree/built"
    output=$(cd "$scratch/elsewhere" && "${command[@]}" run 'a b.yaml' '' 2>/dev/null) || status=$?
    built=$(grep -c . "$tree/built" || true)
    if [[ $built != "$builds" || $status != "$expected" ]]; then
        printf '%s: built %s times, expected %s; status %d, expected %d\n' "$name" "$built" "$builds" "$status" \
            "$expected"
        failed=1
    fi
    if ((expected == 42)) && [[ $output != "$scratch/elsewhere"$'\n<run><a b.yaml><>' ]]; then
        printf '%s: the program saw\n%s\n' "$name" "$output"
        failed=1
    fi
}

# The clock of a file system is coarse; what is touched must be later than the build before it.
touch_later() {
    touch -d '+2 seconds' "$@"
}
settle() { # everything is older than the last build again
    find "$tree" -exec touch -d '-1 minute' {} +
    touch "$tree/.build/release/.built-for-launch"
}

command=("$tree/tools/roam")
launch 'first use' 1 42
settle
launch 'second use' 0 42
for file in core/a.c core/a.h sim/ns3/ns3.cc CMakeLists.txt core sim; do
    settle
    touch_later "$tree/$file"
    launch "$file is newer" 1 42
done
for file in core/README.md core/tests/test_a.c core/tests; do
    settle
    touch_later "$tree/$file"
    launch "$file is newer" 0 42
done
# A commit changes no source, and yet what the program says it was made of.
mkdir -p "$tree/.git/logs"
touch "$tree/.git/logs/HEAD"
settle
launch 'no commit since' 0 42
touch_later "$tree/.git/logs/HEAD"
launch 'a commit since' 1 42
mv "$tree/.git" "$scratch/git"
echo "gitdir: $scratch/git" >"$tree/.git"
settle
touch_later "$scratch/git/logs/HEAD"
launch 'a commit since, in a worktree' 1 42
rm "$tree/.git"
settle
rm "$tree/.build/release/roam"
launch 'the program is gone' 1 42
settle
ln -s "$tree/tools/roam" "$scratch/link"
command=("$scratch/link")
launch 'through a link' 0 42
command=(../tree/tools/roam)
launch 'by a relative path' 0 42
touch_later "$tree/core/a.c"
: >"$tree/built"
"$tree/tools/roam" completion candidates -- run '' >/dev/null || true
[[ ! -s $tree/built ]] || { echo 'a shell that completes waits for a build' && failed=1; }
touch "$tree/broken"
launch 'the build fails' 1 3
launch 'the build fails again' 1 3

exit $failed
