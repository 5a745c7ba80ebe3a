#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line from outside: what it prints, its exit status, what it leaves in a directory, and that the same
# scenario and seed leave the same bytes.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'umount "$work/small" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
broken=0 status=0

scenario() { # NAME DURATION MAXIMUM: one migration, which must be done within MAXIMUM
    cat <<YAML
roam: 1
name: $1
about: A fixture of this test.
duration: $2
networks:
  wifi: {delay: 8ms, rate: 50Mbps, loss: 1%, jitter: 2ms}
  cellular: {delay: 35ms, rate: 20Mbps}
  datacentre: {delay: 1ms, rate: 1Gbps}
nodes:
  laptop: {networks: [wifi, cellular]}
  server: {networks: [datacentre], listen: 4433}
peers:
  - laptop -> server
traffic:
  - {flow: laptop -> server, send: 400B, every: 20ms}
  - {flow: server -> laptop, send: 400B, every: 20ms}
timeline:
  - {at: 1s, migrate: laptop -> server, network: cellular, as: move}
expect:
  - {migration: move, result: ok, validation: <= $3}
YAML
}

roam() { # ARGUMENT...: output in out and err, exit status in $status
    status=0
    "$ROAM_COMMAND" "$@" >out 2>err </dev/null || status=$?
}

complain() {
    printf '%s\n  status %d\n' "$1" "$status"
    head -n 20 out | sed 's/^/  out| /'
    head -n 20 err | sed 's/^/  err| /'
    broken=$((broken + 1))
}

ends() { # NAME STATUS [FILE TEXT]: the last call ended so, and said TEXT in FILE
    if [[ $status != "$2" ]]; then complain "$1: exit status $status, expected $2"; return; fi
    if (($# > 2)) && ! grep -qF -- "$4" "$3"; then complain "$1: no '$4' in $3"; fi
}

holds() { # NAME COMMAND...
    local name=$1
    shift
    "$@" || complain "$name: not so: $*"
}

scenario good 3s 200ms >good.yaml
scenario bad 3s 2ms >bad.yaml
sed 's/delay: 8ms/delay: 8/; s/nodes:/nodse:/' good.yaml >invalid.yaml

# Usage.
roam
ends 'no command' 2 err 'usage: roam COMMAND'
roam --help
ends 'help' 0 out 'roam check'
roam help run
ends 'help of a command' 0 out '--seed N'
roam --version
ends 'version' 0 out 'roam 0.'
holds 'the version is one line of its own' test "$(head -n 1 out | grep -cE '^roam [0-9]+\.[0-9]+\.[0-9]+(\+[0-9a-f]{12})?$')" = 1
holds 'what it was built of' test "$(awk 'NR > 1 && $2 != "" { print $1 }' out | grep -vx commit | paste -sd ' ')" = \
    'ngtcp2 wolfSSL ns-3 SQLite libfyaml jansson libuv libmnl'
if commit=$(git -C "$root" log -1 --format=%H 2>/dev/null) && grep -q "$commit" out; then # else built before it
    holds 'a digest where it is modified, and nowhere else' \
        test "$(grep -c '^roam .*+' out)" = "$(grep -c '^  commit .*, modified' out)"
fi
roam rnu
ends 'unknown command' 2 err "roam: unknown command 'rnu'; did you mean 'run'?"
roam frobnicate
ends 'command like no other' 2 err "unknown command 'frobnicate'; see roam help"
for command in run check; do
    roam $command --help
    ends "$command --help" 0 out "usage: roam $command"
    roam $command
    ends "$command of nothing" 2 err 'no scenario given'
    roam $command nowhere.yaml
    ends "$command of no file" 2 err 'nowhere.yaml: No such file or directory'
    mkdir -p empty
    roam $command empty
    ends "$command of an empty directory" 2 err 'empty: no *.yaml is in it'
    roam $command good.yaml --quite
    ends "$command --quite" 2 err "roam $command: unknown option '--quite'; did you mean '--quiet'?"
    roam $command good.yaml -q
    ends "$command -q" 2 err "unknown option '-q'"
    roam $command good.yaml --quiet=yes
    ends "$command --quiet=yes" 2 err '--quiet takes no value'
    roam $command invalid.yaml good.yaml
    ends "$command of an invalid scenario" 2 err 'invalid.yaml:6:'
    holds "$command reports all faults" grep -q 'invalid.yaml:9:' err
    roam $command good.yaml --set networks.wifi.dealy=1ms
    ends "$command --set of no key" 2 err 'delay'
done
roam run good.yaml --seed
ends 'seed without a value' 2 err '--seed needs a value: --seed N'
for seed in -1 x 1x '' 9223372036854775808 99999999999999999999; do
    roam run good.yaml "--seed=$seed"
    ends "seed '$seed'" 2 err 'expected a number from 0'
done
roam run good.yaml --set nonsense
ends 'set without a value' 2 err 'expected KEY=VALUE'
roam run good.yaml --pcap
ends 'pcap to nowhere' 2 err '--pcap needs a directory'
roam run --out=o -- -x.yaml
ends 'a file with a dash' 2 err '-x.yaml: No such file'
holds 'nothing was written' test ! -e o

# Bad input: FILE:LINE:COLUMN and a reason on standard error, nothing written.
refused() { # NAME PLACE MESSAGE [SED-SCRIPT]: bad-input.yaml, or good.yaml changed so, is refused there
    if (($# > 3)); then sed "$4" good.yaml >bad-input.yaml; fi
    for command in "run --out nothing --pcap --qlog" "check"; do
        roam $command bad-input.yaml
        ends "$1, $command" 2 err "bad-input.yaml:$2: $3"
        holds "$1, $command: nothing was written" test ! -e nothing -a ! -s out
    done
}

refused 'not YAML' 5:16 'not YAML: ' 's/^networks:/networks: {a: [}/'
refused 'not a scenario' 1:1 'expected a scenario' '2,$d; s/.*/good/'
refused 'unknown key' 6:22 "unknown key 'rat'; did you mean 'rate'?" 's/rate: 50Mbps/rat: 50Mbps/'
refused 'missing unit' 6:17 'delay: missing unit: write 8ms, not 8' 's/delay: 8ms/delay: 8/'
refused 'negative value' 6:17 'delay: -8ms is negative' 's/delay: 8ms/delay: -8ms/'
refused 'negative budget' 18:79 'timeout: -1s is negative' 's/as: move/&, timeout: -1s/'
refused 'absurd delay' 6:17 'delay: 8000min is too large' 's/delay: 8ms/delay: 8000min/'
refused 'absurd loss' 6:42 'loss: 101% is too large' 's/loss: 1%/loss: 101%/'
refused 'absurd number' 6:17 'delay: ' 's/delay: 8ms/delay: 99999999999999999999999s/'
refused 'not a number' 6:17 'delay: ' 's/delay: 8ms/delay: .nans/'
refused 'no time at all' 4:11 'duration: ' 's/^duration: .*/duration: 0s/'
refused 'unknown node' 13:15 "unknown node 'servre'; did you mean 'server'?" 's/  - laptop -> server/  - laptop -> servre/'
refused 'duplicate node' 11:3 "duplicate key 'laptop': it is on line 10 already" '10p'
refused "a migration's label" 19:66 "'move' is the label of migrations: reconnects need another one" \
    '18{p;s/migrate/reconnect/}'
refused 'event after the end' 18:10 'event at 4s, but the scenario ends before' 's/{at: 1s/{at: 4s/'
refused 'migrate to a network the node is not on' 18:5 \
    "migrate: 'laptop' is not on network 'cellular' at 1s" 's/\[wifi, cellular\]/[wifi]/'
refused 'migrate to no network' 18:50 "unknown network 'celular'; did you mean 'cellular'?" \
    's/network: cellular/network: celular/'
refused 'two entries for one peer' 14:5 "'server' and 'laptop' are peers already, since line 13" \
    's/  - laptop -> server/&\n  - server -> laptop/'
refused 'p2p without a rate' 6:16 'a p2p link needs a rate' 's/{delay: 8ms.*/{link: p2p}/'
refused 'no common family' 13:5 "'laptop' cannot dial 'server'" '/datacentre:/s/}/, family: ipv6}/'
printf 'roam: 1\nname: a\0b\n' >bad-input.yaml
refused 'a zero byte' 2:8 ''
printf 'roam: 1\nname: \xff\xfe\n' >bad-input.yaml
refused 'no UTF-8' 2:7 ''
: >bad-input.yaml
refused 'an empty file' 1:1 'empty'
head -c 10000000 /dev/zero | tr '\0' '[' >bad-input.yaml
refused '10 MB of [' 1:1 'larger than 1048576 bytes'
head -c 1000000 bad-input.yaml >brackets && mv brackets bad-input.yaml
refused '1 MB of [' 1:65 'nested too deeply'
rm bad-input.yaml
mkfifo bad-input.yaml
for command in run check; do
    status=0
    timeout 10 "$ROAM_COMMAND" $command bad-input.yaml >out 2>err || status=$?
    ends "$command of a FIFO" 2 err 'bad-input.yaml: cannot be read: not a file'
done
rm bad-input.yaml
status=0
"$ROAM_COMMAND" check --quiet /dev/stdin <good.yaml >out 2>err || status=$?
ends 'standard input' 0

# Runs.
roam check good.yaml
ends 'check' 0 out 'ok: good.yaml'
roam run good.yaml
ends 'run' 0 out 'passed: good: 1 of 1 expectations held'
holds 'a table' grep -Eq '^  move +laptop -> server +cellular +1\.000 s +ok +7[0-9]\.[0-9]{3} ms' out
holds 'what packets say of rules' grep -Eq '^rules: [1-9][0-9]* exercised, none broken$' out
holds 'nothing is damped' test "$(grep -c unread out)" = 0
holds 'no colour in a pipe' test "$(grep -c $'\033' out)" = 0
roam run "$root/scenarios/attack/forwarding-storm.yaml"
ends 'an address that changes too often' 0 out 'datagrams of laptop unread: its address changed too often'
roam run bad.yaml
ends 'a failed expectation' 1 out 'failed: bad: 0 of 1 expectations held'
roam run bad.yaml --set expect.0.validation='<= 200ms' --quiet
ends 'an override' 0 out 'passed: bad: 1 of 1'
holds 'one line when quiet' test "$(grep -c . out)" = 1
roam run good.yaml bad.yaml
ends 'two scenarios' 1 out '1 passed, 1 failed'
roam run good.yaml --set expect=[]
ends 'nothing expected' 0 out '0 of 0 expectations held (no expectation applies)'
roam check good.yaml --set expect=[]
ends 'check: nothing expected' 0 out 'note: no expectation applies'
roam check good.yaml --set 'expect.0.when={networks.wifi.delay: 9ms}'
ends 'check: a condition that does not hold' 0 out 'note: 1 expectation does not count, because of `when`'
sed 's/wifi: {/&nat: home, /; s/^nodes:/nats: {home: {}}\n&/; s/^timeline:/&\n  - {at: 1s, shuffle: home, change: port, of: 5}/' \
    good.yaml >shuffled.yaml
roam check shuffled.yaml
ends 'check: more subscribers than there are' 0 out 'for 5 subscribers (more than there are: all)'
roam run good.yaml --json --seed 5
ends 'JSON' 0 out '"seed": 5'
holds 'JSON alone is an object' test "$(head -c 1 out)" = '{'
roam run bad.yaml good.yaml --json
ends 'JSON of two' 1 out '"verdict": "failed"'
holds 'JSON of two is an array' test "$(head -c 1 out)$(tail -n 1 out)" = '[]'
status=0
"$ROAM_COMMAND" --version >/dev/full 2>err || status=$?
ends 'standard output full' 3 err 'standard output: No space left on device'

# A story that no test of a module tells, with validation times by hand: round trip, and challenge and response of 1200
# bytes, 48 of headers, 2 more on p2p links, serialised on two links each. All answers on old paths come much earlier or
# much later. Loss and jitter none: exact.
cat >voyage.yaml <<'YAML'
roam: 1
name: voyage
duration: 40s
networks:
  satellite: {delay: 270ms, rate: 2Mbps, family: ipv6}  # 541 ms + 2 * (4.992 + 0.1) ms
  fibre: {delay: 9ms, rate: 200Mbps, family: ipv6}      # 19 ms + 2 * (0.04992 + 0.1) ms
  lte: {delay: 17ms, rate: 10Mbps, family: ipv6, link: p2p, prefix: 'fd77::/48'} # 35 ms + 2 * (1 + 0.1) ms
  hall: {delay: 500us, rate: 100Mbps, family: ipv6, link: p2p}
nodes:
  phone: {networks: [lte, fibre]}
  vault: {networks: [hall], listen: 443}
peers: [phone -> vault]
timeline:
  - {at: 10s, attach: phone, network: satellite}
  - {at: 10s, migrate: phone -> vault, network: satellite, as: to-sea}
  - {at: 20s, migrate: phone -> vault, network: fibre, as: to-port}
  - {at: 30s, detach: phone, network: satellite}
  - {at: 30s, migrate: phone -> vault, network: lte, as: ashore}
expect:
  - {migration: to-sea, result: ok, validation: 551.184ms..551.184ms}
  - {migration: to-port, result: ok, validation: 19.29984ms..19.29984ms}
  - {migration: ashore, result: ok, validation: 37.2ms..37.2ms}
YAML
roam run voyage.yaml --seed 77
ends 'a voyage' 0 out '3 of 3 expectations held'

# Why a call was refused.
good="$(<good.yaml)"
echo "${good/timeline:/timeline:
  - {at: 500ms, refuse: laptop, network: cellular, for: 1s\}}" >refused.yaml
roam run refused.yaml --out refused
holds 'the cause in the table' grep -q ' adapter (address_refused) ' out
holds 'the cause in the events' grep -q '"result":"adapter","detail":"address_refused"' refused/events.jsonl
holds 'the cause in the summary' grep -q '"detail": *"address_refused"' refused/summary.json

# An entry that is refused is told with its place, and does not end the run.
echo "${good/timeline:/timeline:
  - {at: 500ms, dial: laptop -> server\}}" >refused-entry.yaml
roam run refused-entry.yaml --out refused-entry
ends 'a refused entry' 0 out 'passed: '
holds 'it is in the table' grep -Eq '^  dial +laptop -> server +18:5 +500.000 ms +exists: there is a connection' out
holds 'it is in the events' grep -q '"at_ns":500000000,"event":"refused","verb":"dial","line":18,"column":5,' \
    refused-entry/events.jsonl

# What is written, and that it is the same for the same seed alone.
for run in first second; do
    roam run good.yaml --out "$run" --pcap --qlog --seed 11
    ends "$run run" 0 out "written to $run"
done
roam run good.yaml --out other --pcap --qlog --seed 12
ends 'another seed' 0
holds 'all files' test "$(cd first && echo *)" = \
    'events.jsonl laptop-1.sqlog packets-laptop.pcapng packets-server.pcapng packets.pcapng server-1.sqlog summary.json timing.json'
holds 'replay' diff -r -x timing.json first second
for file in summary.json events.jsonl packets.pcapng laptop-1.sqlog; do
    if cmp -s "first/$file" "other/$file"; then complain "another seed: the same $file"; fi
done
for event in peer_up migration_requested challenge_sent challenge_received response_sent response_received migration_done \
    path_changed peer_validated first_payload_up first_payload_down drop; do
    holds "the event $event" grep -q "\"event\":\"$event\"" first/events.jsonl
done
holds 'the end is marked, once' test "$(grep -c '"at_ns":3000000000,"event":"end"' first/events.jsonl)" = 1
holds 'qlog' grep -q path_challenge first/laptop-1.sqlog

roam run good.yaml --json --seed 11
holds '--json is summary.json' cmp out first/summary.json
roam run good.yaml --out first
ends 'over an earlier run' 0
holds 'the earlier run is gone' test ! -e first/packets.pcapng
echo mine >first/notes
roam run good.yaml --out first
ends 'over a file of somebody else' 2 err "first: holds 'notes'"
holds 'that file is still there' test -e first/summary.json -a -e first/notes
roam run good.yaml bad.yaml --out many
ends 'several into a directory' 1
holds 'one directory each' test -e many/good/summary.json -a -e many/bad/summary.json
roam run good.yaml --out many
ends 'one run where several are' 2 err 'of several runs, and this is one run'
roam run good.yaml --out same
roam run good.yaml bad.yaml --out same
ends 'several where one run is' 2 err 'same: holds one run, and these are several'
holds 'and nothing was run' test ! -s out -a ! -e same/bad
mkdir folder
cp good.yaml bad.yaml folder
roam run folder --out folder-out
ends 'a folder' 1 out '1 passed, 1 failed'
roam run good.yaml folder --out folder-out
ends 'two of one name' 2 err "have the same name 'good'"

# Disks and directories that refuse.
roam run good.yaml --out /proc/none/here
ends 'no place for a directory' 3 err '/proc/none: '
roam run good.yaml --out good.yaml
ends 'a file for a directory' 2 err 'good.yaml: Not a directory'
roam run good.yaml bad.yaml --out good.yaml
ends 'a file for several directories' 2 err 'good.yaml: Not a directory'
for limit in 1 2 16; do
    rm -rf full
    status=0
    (ulimit -f $limit && exec "$ROAM_COMMAND" run good.yaml --out full --pcap --qlog) >out 2>err || status=$?
    ends "files of at most $limit blocks" 3 err 'File too large'
    holds 'no summary of a failed run' test ! -e full/summary.json -a ! -e full/summary.json.tmp
done
mkdir small
if mount -t tmpfs -o size=64k none small 2>/dev/null; then
    roam run good.yaml --out small/out --pcap --qlog
    ends 'a full disk' 3 err 'No space left on device'
    holds 'no summary on a full disk' test ! -e small/out/summary.json -a ! -e small/out/summary.json.tmp
    umount small
fi

# Several runs: each combination of `vary`, on any number of processes.
varied() { # [EXPECTATION]: good.yaml over two delays and two sizes
    cat good.yaml
    printf '%s' "${1:-}"
    cat <<'YAML'
vary:
  networks.cellular.delay: [10ms, 50ms]
  traffic.0.send: [400B, 800B]
YAML
}
varied >varied.yaml
roam run varied.yaml --out combined
ends 'vary' 0 out 'passed: good: 4 of 4 combinations are good'
holds 'the grid: what goes across' grep -qE '^ +400B +800B$' out
holds 'the grid: validation is two ways over' grep -qE '^ +50ms +ok 10[2-6]\.[0-9]+ ms +ok 10[2-6]\.[0-9]+ ms$' out
holds 'each combination is kept' test "$(ls combined | tr '\n' ' ')" = "$(printf '%s ' \
    'networks.cellular.delay=10ms,traffic.0.send=400B' 'networks.cellular.delay=10ms,traffic.0.send=800B' \
    'networks.cellular.delay=50ms,traffic.0.send=400B' 'networks.cellular.delay=50ms,traffic.0.send=800B')"
holds 'its summary says which it is' grep -q '"networks.cellular.delay": "50ms"' \
    'combined/networks.cellular.delay=50ms,traffic.0.send=800B/summary.json'
roam run varied.yaml --set networks.cellular.delay=20ms
ends '--set narrows vary' 0 out 'passed: good: 2 of 2 combinations are good'
holds 'one key is a list' grep -qE '^ +800B +4[2-6]\..* ok +passed$' out
roam run varied.yaml --json
ends 'vary as JSON' 0 out '"combination"'
holds 'vary as JSON is an array' test "$(python3 -c 'import json; print(len(json.load(open("out"))))')" = 4
varied '  - {migration: move, validation: <= 50ms, when: {networks.cellular.delay: 10ms}}
' >when.yaml
roam run when.yaml
ends 'when: counts in two of four' 0 out '4 of 4 combinations are good'
holds 'when: two expectations in two' test "$(grep -c '2 of 2 expectations held' out)" = 2
varied '  - {migration: move, validation: <= 50ms}
' >never.yaml
roam run never.yaml
ends 'a combination that fails' 1 out 'failed: good: 2 of 4 combinations are good'
holds 'the failing one is shown whole' grep -q '^good\[networks.cellular.delay=50ms,traffic.0.send=400B\], seed 1' out
for mistake in 'networks.cellular.dealy: 10ms' 'networks.cellular.delay: 20ms'; do
    varied "  - {migration: move, when: {$mistake}}
" >bad-when.yaml
    roam check bad-when.yaml
    ends "when: {$mistake}" 2 err 'bad-when.yaml:21:'
done
sed 's/^  traffic.0.send: .*/  seed: ['"$(seq -s , 501)"']/' varied.yaml >many.yaml
roam check many.yaml
ends 'too many combinations' 2 err 'many.yaml:23:3: more than 1000 combinations'
for jobs in 1 2 7; do
    roam run good.yaml bad.yaml varied.yaml --jobs $jobs
    ends "$jobs jobs" 1 out '2 passed, 1 failed'
    mv out out.$jobs
done
holds 'the same whatever the jobs' cmp out.1 out.2
holds 'the same whatever the jobs' cmp out.1 out.7
for jobs in 0 -1 x '' 1025; do
    roam run good.yaml "--jobs=$jobs"
    ends "jobs '$jobs'" 2 err 'expected a number from 1'
done

# The list: what each is about, and its last verdict.
mkdir listed
cp good.yaml listed/good.yaml
cp bad.yaml listed/bad.yaml
varied | sed 's/^name: good/name: varied/' >listed/varied.yaml
roam list listed
ends 'a list without runs' 0 out 'A fixture of this test.'
holds 'no verdict yet' test "$(grep -cE '^  (good|bad|varied) +- ' out)" = 3
roam list --paths listed
ends 'a list of paths' 0
holds 'a path a line, and nothing else' test "$(paste -sd ' ' out)" = 'listed/bad.yaml listed/good.yaml listed/varied.yaml'
roam list --paths handover/wifi-to-cellular
holds 'the path of a name' cmp "$(<out)" "$root/scenarios/handover/wifi-to-cellular.yaml"
roam run listed --out runs
roam list listed --runs runs
ends 'a list with runs' 0 out '4 of 4 combinations are good'
holds 'a verdict that is good' grep -qE '^  good +passed +A fixture' out
holds 'a verdict that is not' grep -qE '^  bad +failed +A fixture' out
echo '# another comment' >>listed/good.yaml
roam list listed --runs runs
holds 'a verdict after an edit of comments' grep -qE '^  good +passed +A fixture' out
sed -i 's/validation: <= 200ms/validation: <= 201ms/' listed/good.yaml
roam list listed --runs runs
ends 'a scenario that was changed' 0 out 'passed, changed since'
roam list listed --runs nowhere
ends 'a list with runs of nowhere' 2 err 'roam list: --runs nowhere: no such directory'
roam list nowhere
ends 'a list of nothing' 2 err 'nowhere: No such file'
roam list
ends 'a list of no directory' 2 err 'scenarios: No such file'

# Known faults: their expectations must fail.
known() { # MAXIMUM
    cat good.yaml
    printf 'known_fault:\n  reference: "ngtcp2#2257"\n  about: A stand-in.\n  expect:\n'
    printf '    - {migration: move, validation: <= %s}\n    - {never: peer_down}\n' "$1"
}
known 2ms >known.yaml
known 100ms >mended.yaml
roam run known.yaml --out known
ends 'a known fault' 0 out 'known fault: good: 1 of 1 expectations held; ngtcp2#2257: A stand-in.'
holds 'a known fault in the summary' grep -q '"happened": true' known/summary.json
roam run mended.yaml
ends 'a known fault that did not happen' 1 out 'the known fault did not happen: move its expectations to expect'
roam run known.yaml good.yaml
ends 'known faults are counted' 0 out '1 passed, 0 failed, 1 known fault'
sed 's/<= 200ms/<= 1ms/' known.yaml >both.yaml
roam run both.yaml
ends 'a known fault excuses nothing else' 1 out 'failed: good: 0 of 1 expectations held'

# Interruption: what was finished stays, and the one under way leaves its events.
sed 's/^name: good/name: endless/; s/^duration: 3s/duration: 1000min/; s/every: 20ms/every: 1ms/' good.yaml >endless.yaml
begin_endless() { # JOBS: in the background as $process, with the endless one under way
    rm -rf cut
    "$ROAM_COMMAND" run good.yaml endless.yaml bad.yaml --jobs "$1" --out cut >out 2>err &
    process=$!
    for ((i = 0; i < 300; i++)); do
        [[ -s cut/endless/events.jsonl && ($1 == 1 || -s cut/bad/summary.json) ]] && break
        sleep 0.1
    done
}

no_workers() { # within 5 s none of the processes of begin_endless is left
    local i
    for ((i = 0; i < 50; i++)); do
        pgrep -f "^$ROAM_COMMAND run good.yaml endless.yaml bad.yaml --jobs 2 --out cut" >/dev/null || return 0
        sleep 0.1
    done
    return 1
}

for jobs in 1 2; do
    for signal in INT TERM; do
        begin_endless $jobs
        kill -$signal $process
        status=0
        wait $process || status=$?
        ends "SIG$signal of $jobs" 130 err 'roam run: interrupted'
        holds 'the finished one is kept' test -e cut/good/summary.json
        holds 'the one under way has no summary' test -e cut/endless/events.jsonl -a ! -e cut/endless/summary.json
        if ((jobs == 1)); then
            holds 'the next one was not begun' test ! -e cut/bad
            holds 'it is counted' grep -q '1 passed, 0 failed, 2 not run' out
        else
            holds 'the one that was finished at the same time is kept' test -e cut/bad/summary.json
            holds 'they are counted' grep -q '1 passed, 1 failed, 1 not run' out
            holds 'no worker is left' no_workers
        fi
    done
done
begin_endless 2
kill -KILL $process
wait $process 2>/dev/null || true
holds 'no worker is left when the caller is killed' no_workers
roam run endless.yaml --set duration=2s --out cut/endless
ends 'over an interrupted run' 0

if ((broken)); then
    echo "$broken failed"
    exit 1
fi
