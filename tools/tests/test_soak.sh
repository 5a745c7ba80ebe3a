#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One minute of tools/soak; and that it fails when something is broken on purpose, and leaves nothing when it is
# interrupted.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
source "$root/core/live/tests/namespaces.sh"
need_namespaces nft python3
source "$root/tools/tests/command.sh"

soak() { # EXPECTED OPTION...
    local expected=$1 got=0
    shift
    ROAM_COMMAND=$roam "$root/tools/soak" --out "$scratch/soak" "$@" >out 2>&1 || got=$?
    [[ $got == "$expected" ]] || { fail "tools/soak $*: exit status $got, not $expected" && cat out; }
    rm -rf "$scratch/soak"
}

# Processes of the soak that runs, found by its directory, which only they name.
of_the_soak() {
    grep -lzF -- "$scratch/soak" /proc/[0-9]*/cmdline 2>/dev/null || true
}

# Network namespaces of the machine that have a name.
named() {
    find /run/netns -type f 2>/dev/null || true
}

# It takes times of the real machine, which may be busy with something else: a minute that fails is made once more, with
# the same events.
minute=(--minutes 1 --seed 1 --out "$scratch/soak")
ROAM_COMMAND=$roam "$root/tools/soak" "${minute[@]}" >out 2>&1 || {
    cat out
    echo 'once more:'
    rm -rf "$scratch/soak"
    soak 0 --minutes 1 --seed 1
}
rm -rf "$scratch/soak"
soak 1 --minutes 0.2 --only unrelated --no-files --sabotage drop
says out 'no data though there is a path'
soak 1 --minutes 0.2 --only unrelated --no-files --sabotage line
says out ' lost'
soak 1 --minutes 0.4 --only unrelated --sabotage file
says out 'is not as it was sent'
soak 3 --minutes 0.2 --only unrelated --no-files --sabotage network
says out 'no answer to the probe'
soak 2 --only nothing
says out 'no such event: nothing'

before=$(named)
ROAM_COMMAND=$roam "$root/tools/soak" --minutes 1 --only silent-outage --out "$scratch/soak" >out 2>&1 &
pid=$!
for _ in $(seq 100); do
    [[ ! -s $scratch/soak/soak.jsonl ]] || break
    sleep 0.1
done
[[ $(of_the_soak) ]] || fail 'the soak has no processes: this test looks in the wrong place'
kill -TERM "$pid"
got=0
wait "$pid" || got=$?
same "$got" 130 'exit status of an interrupted soak'
same "$(of_the_soak)" '' 'processes that an interrupted soak leaves'
same "$(named)" "$before" 'named namespaces after the soak'
exit $failed
