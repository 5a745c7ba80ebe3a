#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs on adapters are byte-exact: two processes with one seed leave the same packets and events, another seed others; also
# without a process of their own. First an adapter that draws from the operating system, then each one that is built.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd -P)
roam=${ROAM_COMMAND:?}
build=${ROAM_BUILD:?}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
failed=0

fail() {
    echo "FAIL: $*"
    failed=1
}

# ran OUT ARGUMENT...: whatever the verdict is, a run that came to its end.
ran() {
    local status=0 out=$1
    shift
    "$roam" run --quiet --pcap --out "$out" "$@" >said 2>&1 || status=$?
    if ((status > 1)) || [[ -z $(find "$out" -name summary.json) ]]; then
        fail "$*: exit status $status: $(head -n 3 said)"
    fi
}

# replayed WHAT ARGUMENT...
replayed() {
    local what=$1 before=$failed
    shift
    ran "$what/first" --seed 1 "$@"
    ran "$what/again" --seed 1 "$@"
    ran "$what/other" --seed 2 "$@"
    ran "$what/together" --seed 1 --no-isolate "$@"
    for copy in again together; do
        diff -r -q -x timing.json "$what/first" "$what/$copy" >said 2>&1 || fail "$what: $copy differs: $(head -n 3 said)"
    done
    ! diff -r -q "$what/first" "$what/other" >said 2>&1 || fail "$what: another seed, the same packets"
    ((failed > before)) || echo "$what: byte-exact"
}

cat >draws.yaml <<YAML
roam: 1
name: draws
duration: 1s
endpoints:
  mine: {library: $build/test_endpoints/hostile.so, options: {act: send}}
networks:
  wifi: {delay: 8ms}
nodes:
  laptop: {networks: [wifi]}
  server: {networks: [wifi], listen: 4433, endpoint: mine}
peers:
  - laptop -> server
YAML
replayed draws draws.yaml
status=0
cmp -s draws/first/packets-server.pcapng draws/other/packets-server.pcapng || status=$? # 2: one is not there
((status == 1)) || fail "draws: another seed, the same answers of the adapter: $status"

# What an adapter says is in events.jsonl.
sed 's/act: send/act: draw/' draws.yaml >says.yaml
replayed says says.yaml
grep -q '^{"at_ns":16000000,"event":"endpoint_log","node":"server","text":"getrandom ' says/first/events.jsonl ||
    fail 'says: what the adapter said is not in events.jsonl'

for adapter in "$build"/endpoints/*.so; do
    [[ -e $adapter ]] || continue
    replayed "$(basename "$adapter" .so)" --endpoint "mine=$adapter" --as all=mine "$root/scenarios/handover/a-b-a.yaml"
done

exit "$failed"
