#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam run --watch and roam watch: a run writes the same bytes when it is watched; keys, signals and the end leave the
# terminal as it was; without a terminal there are lines; a recorded run is shown, and what is damaged is refused.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
export TERM=xterm
unset NO_COLOR
terminal() { python3 "$root/tools/watch/tests/terminal.py" "$@" >out 2>err || fail "terminal.py $*: $(cat err)"; }
whole() {
    says out "status $1"
    says out 'settings restored'
    says out 'screen left'
    says out 'steps left 0'
    says out 'fits'
}

moves run traffic='{flow: laptop -> server, send: 400B, every: 20ms}' expect='{migration: move, result: ok}' >moves.yaml

# The same bytes, but for the wall clock's.
status 0 "$roam" run moves.yaml --out plain --pcap --qlog
status 0 "$roam" run moves.yaml --out lines --pcap --qlog --watch
says out '     1.000000  timeline migrate laptop to server'
says out 'passed: run'
terminal 80 24 '' "$roam" run moves.yaml --out shown --pcap --qlog --watch --speed max
whole 0
for other in lines shown; do
    for file in plain/*; do
        [[ $file == plain/timing.json ]] || cmp "$file" "$other/${file#plain/}" || fail "$other/${file#plain/}"
    done
done
same "$(grep -c '^ *[0-9]*\.[0-9]\{6\}  ' <("$roam" run moves.yaml --watch))" "$(wc -l <plain/events.jsonl)" 'lines printed'

# The picture at the end, and the verdict after it.
says out '4.000 s of 4.000 s  max  over'
says out 'laptop > server       validated'
says out 'with colour'
sed -n '/---- after/,$p' out >after
says after 'expectations held'
NO_COLOR=1 terminal 60 20 '' "$roam" run moves.yaml --watch --speed max
whole 0
says out 'without colour'

# Keys: a run that would take a day is paused, stepped, hurried, and left.
terminal 80 24 'see:x0.001 key:space see:paused key:. see:pinned key:down key:up key:+ see:x0.002 key:- see:x0.001 key:q' \
    "$roam" run moves.yaml --watch --speed 0.001
whole 130
says out 'roam run: interrupted'
terminal 80 24 'see:x0.001 size:132x43 key:space see:paused key:q' "$roam" run moves.yaml --watch --speed 0.001
whole 130
terminal 80 24 'see:x0.001 key:+ see:x0.002 size:50x10 see:60x16_at_least,_please key:q' "$roam" run moves.yaml --watch --speed 0.001
says out 'status 130'

# A node is selected, by arrows and letters, and what is known of it opens and closes.
terminal 80 24 'see:x0.001 key:space see:>_laptop key:down see:>_server key:k see:>_laptop key:j see:>_server key:enter see:NODE_server see:enter_close
    key:up see:NODE_laptop key:escape see:CONNECTIONS key:tab see:NODE_laptop see:EVENTS_of_laptop key:tab see:CONNECTIONS see:enter_details key:q' \
    "$roam" run moves.yaml --watch --speed 0.001
whole 130
# Samples are in it: paths, connection IDs, bindings of nested NATs.
terminal 80 24 'key:enter see:NODE_laptop see:>_server_ see:own_ID see:_*_10.1.0.1: see:NAT_BINDINGS see:__home_10.1.0.1: see:____carrier_ see:_left key:q' \
    "$roam" run "$root/scenarios/nat/nested.yaml" --watch --speed 4
whole 130
# Of a hundred nodes the selected one stays in view, without colour too; pages scroll.
NO_COLOR=1 terminal 80 24 'see:>_laptop key:end see:>_server-100 key:enter see:NODE_server-100 see:>_server-100 key:up see:NODE_server-99
    key:escape see:>_server-99 key:pgup see:NODES key:g see:>_laptop key:pgdn see:_server-9_ key:down see:>_server- key:q' \
    "$roam" run "$root/scenarios/multi/all-peers-move.yaml" --watch --speed 0.1
whole 130
says out 'without colour'

# A signal while it is paused (test_restored.sh has the others).
terminal 80 24 'see:x0.001 key:space see:paused signal:SIGINT' "$roam" watch --speed 0.001 plain
whole 130

# TERM=dumb: lines.
TERM=dumb status 0 "$roam" run moves.yaml --watch
says out '     1.000000  timeline migrate laptop to server'

# A recorded run.
status 0 "$roam" watch plain
says out '     1.000000  timeline migrate laptop to server'
same "$(tail -n 1 out)" 'passed: run' 'the verdict'
terminal 80 24 'see:paused key:space' "$roam" watch --speed max plain
whole 0
says out 'not recorded in events.jsonl'
says out 'laptop > server       validated          -'
mkdir cut no-run
head -c 900 plain/events.jsonl >cut/events.jsonl
status 0 "$roam" watch cut
says out 'no verdict: run'
mkdir damaged
sed '4s/.*/{"at_ns":/' plain/events.jsonl >damaged/events.jsonl
status 2 "$roam" watch damaged
says err 'events.jsonl'
status 2 "$roam" watch no-run
says err 'No such file'
status 2 "$roam" watch moves.yaml
says err 'moves.yaml is no directory: give the one that roam run --out DIR left; roam run --watch shows a scenario'
mkdir hostile
sed 's/"server"/"ser\\u001b[2Jver"/g' plain/events.jsonl >hostile/events.jsonl
status 0 "$roam" watch hostile
! grep -q $'\033' out || fail 'a name has an escape sequence'
says out 'ser?[2Jver'

# What cannot be.
status 2 "$roam" run moves.yaml moves.yaml --watch
says err '--watch shows one run'
status 2 "$roam" run moves.yaml --speed 2
says err '--speed'
for speed in 0 -1 2x nan inf 1001 ''; do
    status 2 "$roam" run moves.yaml --watch "--speed=$speed"
done
status 2 "$roam" run moves.yaml --watch --json

exit $failed
