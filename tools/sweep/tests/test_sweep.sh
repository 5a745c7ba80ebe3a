#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam sweep and roam merge, as they are used, and as they are broken off.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
pid=''
finish() {
    if [[ -n $pid ]]; then kill -KILL "$pid" 2>/dev/null || true; fi
    rm -rf "$scratch"
}
trap finish EXIT

# All that a store holds but wall-clock times.
content() {
    sqlite3 -readonly "$1" .dump | grep -v '^INSERT INTO timings' | LC_ALL=C sort
}

# Runs of a moment each, that differ with seed and combination.
moves move wifi=', jitter: 4ms, rate: 50Mbps' cellular=', jitter: 10ms, rate: 20Mbps, loss: 2%' wired=', rate: 1Gbps' \
    traffic='{flow: laptop -> server, send: 400B, every: 20ms}' expect='{delivered: all}' \
    vary='networks.cellular.delay: [10ms, 35ms, 100ms]' >move.yaml
mkdir library
cp move.yaml library/
sed 's/^name: move/name: wider/; s/10ms, 35ms, 100ms/5ms, 50ms/' move.yaml >library/wider.yaml
readonly runs=$((5 * 120))

# Unbroken.
status 0 "$roam" sweep --db whole.db --seeds 1..120 library
says out "$runs passed, 0 failed"
grep -qE "^$runs runs in .* s: [0-9]+ a second; in whole.db$" out || fail "no rate: $(cat out)"
same "$(sqlite3 whole.db 'SELECT count(*) FROM runs')" "$runs" 'runs'
same "$(sqlite3 whole.db 'SELECT count(DISTINCT validation_ns) > 100 FROM migrations')" 1 'validation times differ'
same "$(sqlite3 whole.db "SELECT count(*) FROM settings WHERE key = 'networks.cellular.delay' AND value = '50ms'")" 120 \
    'settings'
same "$(sqlite3 whole.db 'PRAGMA integrity_check')" ok 'integrity'
content whole.db >whole

status 2 "$roam" merge --db whole.db ./whole.db
says err 'it cannot be joined with itself'

# One process, or three: the same.
status 0 "$roam" sweep --db one.db --jobs 1 --quiet --seeds 1..120 library
content one.db | cmp -s - whole || fail 'one process gives other content'
status 0 "$roam" sweep --db three.db --jobs 3 --quiet --seeds 1..120 library/wider.yaml library/move.yaml
content three.db | cmp -s - whole || fail 'three processes give other content'

# Nothing of a run is left for the next: with seeds in processes of their own it is the same.
for seed in 1 2 59 120; do
    status 0 "$roam" sweep --db "alone-$seed.db" --jobs 1 --quiet --seeds "$seed..$seed" library
done
status 0 "$roam" merge --db one.db alone-*.db
content one.db | cmp -s - whole || fail 'runs in processes of their own give other content'

# Killed again and again, at moments of no meaning, parent or worker, until it is done. What was finished stays.
before=0 kills=0
for delay in 0.02 0.11 0.05 0.17 0.08 0.03 0.21 0.13 0.06 0.09; do
    "$roam" sweep --db killed.db --resume --quiet --seeds 1..120 library >/dev/null 2>&1 &
    pid=$!
    sleep "$delay"
    if ((kills % 3 == 2)); then
        victim=$(pgrep -P "$pid" | head -n 1 || true)
    else
        victim=$pid
    fi
    if [[ -n $victim ]] && kill -KILL "$victim" 2>/dev/null; then kills=$((kills + 1)); fi
    if [[ $victim != "$pid" ]]; then kill -TERM "$pid" 2>/dev/null || true; fi
    wait "$pid" 2>/dev/null || true
    pid=''
    [[ -e killed.db ]] || continue
    now=$(sqlite3 killed.db "SELECT count(*) FROM runs WHERE status = 'finished'" 2>/dev/null || echo 0)
    ((now >= before)) || fail "$before runs were finished, and $now are left"
    before=$now
done
((kills >= 5)) || fail "only $kills kills hit"
((before > 0 && before < runs)) || echo "note: $before of $runs runs were done before the last round"
status 0 "$roam" sweep --db killed.db --resume --seeds 1..120 library
content killed.db | cmp -s - whole || fail 'a sweep that was killed has other content in the end'

# Interrupted.
"$roam" sweep --db interrupted.db --seeds 1..12000 library >out 2>err &
pid=$!
until [[ -e interrupted.db ]] && (($(sqlite3 interrupted.db 'SELECT count(*) FROM runs' 2>/dev/null || echo 0) > 0)); do
    sleep 0.05
done
kill -INT "$pid"
got=0
wait "$pid" || got=$?
pid=''
same "$got" 130 'interrupted'
says out 'interrupted; --resume goes on'

# Disk full: a limit of the file's size is the same to SQLite.
got=0
(ulimit -f 300 && exec "$roam" sweep --db full.db --seeds 1..12000 library) >out 2>err || got=$?
same "$got" 3 'the disk is full'
says err full.db
kept=$(sqlite3 full.db "SELECT count(*) FROM runs WHERE status = 'finished'")
((kept > 0)) || fail 'nothing was kept when the disk was full'
same "$(sqlite3 full.db 'PRAGMA integrity_check')" ok 'integrity after a full disk'

# A worker that dies, and one that gives no sign of life: recorded with their seeds, and the others go on.
"$roam" sweep --db hurt.db --jobs 2 --patience 1 --seeds 1..240 library >out 2>err &
pid=$!
until [[ -e hurt.db ]] && (($(sqlite3 hurt.db 'SELECT count(*) FROM runs' 2>/dev/null || echo 0) > 0)); do
    sleep 0.02
done
for ((i = 0; i < 3; i++)); do # one that had just answered loses nothing
    kill -ABRT "$(pgrep -P "$pid" | head -n 1)"
    sleep 0.1
done
for ((i = 0; i < 5; i++)); do # one that is stopped between two runs hangs in none
    victim=$(pgrep -P "$pid" | tail -n 1)
    kill -STOP "$victim"
    for ((wait = 0; wait < 20; wait++)); do
        grep -q 'hung: ' err && break 2
        sleep 0.1
    done
    kill -CONT "$victim" 2>/dev/null || true
done
got=0
wait "$pid" || got=$?
pid=''
same "$got" 3 'worlds that crash and hang'
same "$(sqlite3 hurt.db 'SELECT count(*) FROM runs')" $((5 * 240)) 'all are recorded'
same "$(sqlite3 hurt.db "SELECT count(*) BETWEEN 1 AND 3 FROM runs WHERE status = 'crashed' AND message LIKE 'signal 6%'")" 1 \
    'crashed'
same "$(sqlite3 hurt.db "SELECT count(*) FROM runs WHERE status = 'hung'")" 1 'hung'
says err 'crashed: signal 6'
says err 'hung: no sign of life for 1 s'

# Four shards, joined, are the whole; joined twice too.
parallel --will-cite -j 2 "$roam" sweep --quiet --jobs 1 --db shard-{}.db --shard {}/4 --seeds 1..120 library ::: 1 2 3 4 \
    2>err || fail "shards: $(cat err)"
for i in 1 2 3 4; do
    (($(sqlite3 "shard-$i.db" 'SELECT count(*) FROM runs') > runs / 10)) || fail "shard $i has next to nothing"
done
status 0 "$roam" merge --db merged.db shard-3.db shard-1.db shard-4.db shard-2.db
content merged.db | cmp -s - whole || fail 'shards joined are not the whole'
status 0 "$roam" merge --db merged.db shard-1.db
content merged.db | cmp -s - whole || fail 'a shard joined twice'

# What cannot be.
status 2 "$roam" sweep --db whole.db --seeds 1..120 library
says err 'whole.db exists: --resume goes on with it'
content whole.db | cmp -s - whole || fail 'an existing store was changed'
for seeds in '' 5..1 1..x 0..99999999999 -1 1...2; do
    status 2 "$roam" sweep --db none.db "--seeds=$seeds" library
    says err '--seeds'
done
for jobs in 0 -1 x 99999; do
    status 2 "$roam" sweep --db none.db "--jobs=$jobs" library
    says err '--jobs'
done
for shard in 0/4 5/4 1 1/0 x/y; do
    status 2 "$roam" sweep --db none.db --shard "$shard" library
    says err '--shard'
done
status 2 "$roam" sweep library
says err 'no store given'
status 2 "$roam" sweep --db none.db
says err 'no scenario given'
status 2 "$roam" sweep --db none.db nowhere.yaml
[[ ! -e none.db ]] || fail 'a store was made for nothing'
status 2 "$roam" merge --db merged.db nowhere.db
cp whole.db newer.db
sqlite3 newer.db 'PRAGMA user_version = 99'
status 2 "$roam" merge --db merged.db newer.db
says err 'made by a later roam'
status 2 "$roam" stats --db newer.db
says err 'made by a later roam'
head -c 30000 whole.db >torn.db
printf 'garbage' | dd of=torn.db bs=1 seek=5000 conv=notrunc status=none
got=0
"$roam" stats --db torn.db >out 2>err || got=$?
((got == 2 || got == 3)) || fail "a damaged store: exit status $got"
says err torn.db
status 3 "$roam" sweep --db "$scratch/no/such/directory/x.db" library
exit $failed
