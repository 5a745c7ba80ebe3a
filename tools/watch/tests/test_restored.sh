#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The terminal is as before, and nothing is drawn on it any more, whatever ends a run that is watched: a signal, a worker that
# dies, that hangs, or that an adapter ends.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
export TERM=xterm
ulimit -c 0

# restored STATUS STEPS COMMAND...
restored() {
    local status=$1 steps=$2
    shift 2
    python3 "$root/tools/watch/tests/terminal.py" 80 24 "$steps" "$@" >out 2>err || fail "terminal.py $*: $(cat err)"
    for text in "status $status" 'settings restored' 'screen left' 'steps left 0'; do
        grep -qxF -- "$text" out || fail "$steps, $*: not '$text': $(head -n 4 out)"
    done
}

moves run >moves.yaml
status 0 "$roam" run moves.yaml --out recorded
watched=("$roam" run moves.yaml --watch --speed 0.001)

for name in SIGHUP SIGINT SIGTERM; do
    restored 130 "see:x0.001 signal:$name" "${watched[@]}"
    says out 'roam run: interrupted'
    restored 130 "see:x0.001 signal:$name" "$roam" watch --speed 0.001 recorded
    says out 'roam watch: interrupted'
done
restored -3 'see:x0.001 signal:SIGQUIT' "${watched[@]}"
restored -11 'see:x0.001 signal:SIGSEGV' "$roam" watch --speed 0.001 recorded
# Where it is to be ignored, the run goes on.
restored 130 'see:x0.001 signal:SIGHUP key:space see:paused key:q' bash -c 'trap "" HUP; exec "$@"' - "${watched[@]}"

# The worker dies.
for name in SIGKILL SIGSEGV SIGABRT; do
    restored 3 "see:x0.001 worker:$name" "${watched[@]}"
done
# The worker does not answer: it, or with one process the command, comes to the end of its time.
restored 130 'see:x0.001 worker:SIGSTOP signal:SIGHUP' "${watched[@]}"
restored 130 'see:x0.001 worker:SIGSTOP signal:SIGTERM' "${watched[@]}" --jobs 1

# An adapter ends its worker, or does not return.
for act in exit abort crash loop; do
    moves "$act" | sed '/^timeline:/,$d; s/listen: 4433}/listen: 4433, endpoint: mine}/' >adapter.yaml
    echo "endpoints: {mine: {library: $ROAM_BUILD/test_endpoints/hostile.so, options: {act: $act, in: receive}}}" >>adapter.yaml
    if [[ $act == loop ]]; then
        restored 130 'see:x1 signal:SIGINT' "$roam" run --watch --no-isolate adapter.yaml
    else
        restored 3 '' "$roam" run --watch --no-isolate adapter.yaml
    fi
done
exit $failed
