#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# parallel-sweep: this machine alone, and "hosts" that are directories of it, with and without a directory that they share.
set -euo pipefail

for program in parallel rsync; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed (tools/setup --cluster)" && exit 77; }
done

source "$(dirname "$0")/../../tests/command.sh"
export ROAM=$roam
run() { "$root/tools/cluster/parallel-sweep" "$@"; }

# All that a store holds but wall-clock times.
content() { sqlite3 -readonly "$1" .dump | grep -v '^INSERT INTO timings' | LC_ALL=C sort; }

# is_whole STORE WHAT: nothing else is in it than in the one of a single process; the first rows that differ are shown.
is_whole() {
    content "$1" >other
    diff whole other | cut -c 1-300 | head -n 12 >differ
    [[ ! -s differ ]] || fail "$2: $(<differ)"
}

mkdir here && cd here
moves move wifi=', jitter: 4ms' cellular=', jitter: 10ms, loss: 2%' traffic='{flow: laptop -> server, send: 400B, every: 20ms}' \
    expect='{delivered: all}' vary='networks.cellular.delay: [10ms, 35ms]' >move.yaml
status 0 "$roam" sweep --quiet --db whole.db --seeds 1..30 move.yaml
content whole.db >whole

# This machine, three shards.
status 0 run --db here.db --shards 3 --jobs 1 -- --seeds 1..30 move.yaml
says out '60 runs of 3 shards in here.db, 0 not passed'
is_whole here.db 'three shards of this machine are not the whole'

# A host is a directory: what stands in for ssh goes there. Host b refuses its first command, as one that is going down.
cat >../ssh <<'SSH'
#!/usr/bin/env bash
while [[ $1 == -* ]]; do if [[ $1 == -[lopi] ]]; then shift; fi; shift; done
host=$1
shift
[[ $1 != -- ]] || shift
echo "$host" >>"$HOSTS/calls"
if [[ $host == b && $* == *GNU_Parallel_worker* && ! -e $HOSTS/failed ]]; then touch "$HOSTS/failed" && exit 255; fi
mkdir -p "$HOSTS/$host"
cd "$HOSTS/$host"
HOME=$HOSTS/$host SHELL=/bin/sh exec sh -c "$*" # both are set by whatever logs in
SSH
chmod +x ../ssh
export HOSTS=$scratch/hosts
mkdir "$HOSTS"
printf '%s\n' '# hosts' "2/$scratch/ssh a" "1/$scratch/ssh b" >hosts
status 0 run --db fetched.db --hosts hosts --shards 5 --jobs 1 --fetch -- --seeds 1..30 move.yaml
says out '60 runs of 5 shards'
is_whole fetched.db 'shards that were fetched are not the whole'
[[ -e $HOSTS/failed ]] || fail 'no host failed'
[[ $(sort -u "$HOSTS/calls" | tr '\n' ' ') == 'a b ' ]] || fail "not both hosts were used: $(sort "$HOSTS/calls" | uniq -c)"
[[ ! -e $HOSTS/b/roam-sweep/fetched.db && ! -e $HOSTS/a/roam-sweep/whole.db ]] || fail 'a host has what it was not given'

# Again: nothing is run, and the store stays.
status 0 run --db fetched.db --hosts hosts --shards 5 --jobs 1 --fetch -- --seeds 1..30 move.yaml
is_whole fetched.db 'the same once more gives another store'

# Verdicts and errors.
sed 's/delivered: all/never: peer_up/' move.yaml >fails.yaml
status 1 run --db fails.db --shards 2 -- --seeds 1..3 fails.yaml
says out '6 runs of 2 shards in fails.db, 6 not passed'
status 3 run --db none.db -- --seeds 1..3 nowhere.yaml
says err 'the same command goes on'
status 2 run -- move.yaml
says err 'no store given'
status 2 run --db x.db
says err 'no scenario given'
status 2 run --db x.db --shards 0 -- move.yaml
says err '--shards 0: expected a number from 1'
status 2 run --db x.db --nonsense -- move.yaml
says err "'--nonsense' is not an option"
status 2 run --db x.db --hosts nowhere -- move.yaml
says err 'there is no such file'
status 0 run --help
says out 'usage: tools/cluster/parallel-sweep'
exit $failed
