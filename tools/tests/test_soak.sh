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
# What is broken on purpose is found, all at once: most of their time is waiting.
sabotaged() { # KIND STATUS SAYS OPTION...
    local kind=$1 expected=$2 text=$3 got=0
    shift 3
    ROAM_COMMAND=$roam "$root/tools/soak" --out "$scratch/soak-$kind" --only unrelated --sabotage "$kind" "$@" >"out-$kind" 2>&1 || got=$?
    [[ $got == "$expected" ]] && grep -qF -- "$text" "out-$kind" && return
    echo "FAIL: --sabotage $kind: exit status $got, not $expected, or nothing of '$text': $(<"out-$kind")"
    return 1
}
pids=()
sabotaged drop 1 'no data though there is a path' --minutes 0.2 --no-files & pids+=($!)
sabotaged line 1 ' lost' --minutes 0.2 --no-files & pids+=($!)
sabotaged file 1 'is not as it was sent' --minutes 0.4 & pids+=($!)
sabotaged network 3 'no answer to the probe' --minutes 0.2 --no-files & pids+=($!)
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
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
