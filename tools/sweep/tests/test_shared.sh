#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Combinations that are the same up to an event share the time before it, and the store holds what it holds without that.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

content() {
    sqlite3 -readonly "$1" .dump | grep -v '^INSERT INTO timings' | LC_ALL=C sort
}

# Of 24 combinations 12 have one wifi, 6 of these one loss at 2 s, and 2 of these one move at 3 s or later.
moves tree duration=5s wifi=', loss: 1%' traffic='{flow: server -> laptop, send: 400B, every: 10ms}' expect='{delivered: all}' \
    timeline='{at: 2s, drop: server, network: wired, fraction: 20%, for: 500ms}
{at: 3s, migrate: laptop -> server, network: cellular, as: move}
{at: 4s, set: cellular, delay: 40ms}' >tree.yaml
cat >>tree.yaml <<'YAML'
vary:
  timeline.2.delay: [40ms, 50ms]
  networks.wifi.delay: [8ms, 9ms]
  timeline.1.at: [3s, 3100ms, 3350ms]
  timeline.0.fraction: [10%, 20%]
YAML
status '[01]' "$roam" sweep --jobs 1 --no-share --db apart.db --seeds 1..2 tree.yaml
content apart.db >apart
same "$(grep -c shared out)" 0 'runs that shared their beginning with --no-share'
for jobs in 1 2; do
    status '[01]' "$roam" sweep --jobs "$jobs" --db "shared-$jobs.db" --seeds 1..2 tree.yaml
    says out ', 48 from a shared beginning'
    content "shared-$jobs.db" | cmp -s - apart || fail "$jobs processes: other content than without sharing"
done
for i in 1 2 3; do
    status '[01]' "$roam" sweep --quiet --db "shard-$i.db" --shard "$i/3" --seeds 1..2 tree.yaml
done
status 0 "$roam" merge --db merged.db shard-*.db
content merged.db | cmp -s - apart || fail 'shards joined are not the whole'
status '[01]' "$roam" sweep --independent --db own.db --seeds 1..2 tree.yaml
same "$(grep -c shared out)" 0 'runs with draws of their own that shared their beginning'

# One worker, the process below it, which is the beginning, and one below that, which is a combination. The last second of
# each takes long enough to be met.
moves slow duration=10s traffic='{flow: server -> laptop, send: 400B, every: 80us, at: 9s, until: 10s}' \
    timeline='{at: 9s, set: wifi, delay: 20ms}' vary='timeline.0.delay: [10ms, 11ms, 12ms, 13ms]' \
    >slow.yaml
status 0 "$roam" sweep --quiet --jobs 1 --no-share --db slow.db slow.yaml --seeds 1
content slow.db >slow

# hurt DB LEVEL SIGNAL: a sweep, of which the process so many levels below it gets the signal, once there is a combination.
# Its exit status is then in `ended`.
hurt() {
    local chain=() child
    "$roam" sweep --jobs 1 --patience 2 --db "$1" --seeds 1 slow.yaml >out 2>err &
    ended=0
    until [[ ${#chain[@]} == 4 ]]; do
        chain=("$!")
        kill -0 "$!" || break
        while child=$(<"/proc/${chain[-1]}/task/${chain[-1]}/children") 2>/dev/null && [[ -n $child ]]; do
            chain+=("${child%% *}")
        done
    done
    kill "-$3" "${chain[$2]}" || fail "$1: there is no such process"
    wait "$!" || ended=$?
}

hurt crashed.db 3 ABRT
same "$ended" 3 'a combination that crashes'
same "$(sqlite3 crashed.db "SELECT status, count(*) FROM runs GROUP BY status ORDER BY 1")" $'crashed|1\nfinished|3' 'its runs'
says err 'crashed: signal 6'
hurt hung.db 3 STOP
same "$ended" 3 'a combination that hangs'
same "$(sqlite3 hung.db "SELECT status, count(*) FROM runs GROUP BY status ORDER BY 1")" $'finished|3\nhung|1' 'its runs'

# What becomes of a beginning is told of no run: each is run by itself.
for signal in ABRT STOP; do
    hurt "$signal.db" 2 "$signal"
    same "$ended" 0 "a beginning that gets $signal"
    content "$signal.db" | cmp -s - slow || fail "a beginning that gets $signal: other content"
done

# Interrupted, it keeps what has come, and goes on.
hurt interrupted.db 0 INT
same "$ended" 130 'interrupted'
(($(sqlite3 interrupted.db 'SELECT count(*) FROM runs') < 4)) || fail 'it was done before it was interrupted'
status 0 "$roam" sweep --quiet --resume --db interrupted.db --seeds 1 slow.yaml
content interrupted.db | cmp -s - slow || fail 'interrupted: other content in the end'

exit $failed
