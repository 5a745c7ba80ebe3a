#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam endpoint test, info and list: what they print, and their exit status, with the core's own adapter and with files that
# are none.
set -euo pipefail

source "$(cd "$(dirname "$0")/../../.." && pwd -P)/tools/tests/command.sh"
objects=${ROAM_BUILD:?}/test_endpoints

status 0 "$roam" endpoint test roam-abi --only first-flight --only handshake --only keylog --only migrate-probe
same "$(grep -c '^pass ' out)" 4 'checks that passed'
says out 'pass        handshake: client after 40.000 ms, server after 60.000 ms'
says out 'pass        migrate-probe: validated after 40.000 ms'
says out '4 checks: 4 pass, 0 fail'
cp out first
status 0 "$roam" endpoint test --only first-flight --only handshake --only keylog --only migrate-probe roam-abi --no-isolate
cmp -s out first || fail "without a process of its own another result: $(diff out first)"

status 0 "$roam" endpoint test "${ROAM_BUILD:?}/endpoints/roam-abi.so" --only migrate-rebind --json
python3 -c '
import json
test = json.load(open("out"))
assert test["schema"] == 1 and test["adapter"] == "roam-abi" and test["unsupported"] == 1, test
check, = test["checks"]
assert check["check"] == "migrate-rebind" and check["result"] == "unsupported", check
assert check["came"] == "the adapter does not claim CAN_REBIND", check
' || fail 'JSON'

status 1 "$roam" endpoint test "$objects/shortest.so"
says out 'fail        server-new'
says out 'came:     endpoint_new answers UNSUPPORTED'
says out 'unsupported client-new: the adapter does not claim CLIENT'
same "$(grep -c 'next: ' out)" 1 'advice, after the first alone'

status 0 "$roam" endpoint test --list
count=$(wc -l <out)
((count >= 45)) || fail "only $count checks are listed"
says out 'keylog '
status 0 "$roam" endpoint list
says out roam-abi
status 0 "$roam" endpoint info roam-abi
says out 'yes CAN_PROBE_FIRST'

status 2 "$roam" endpoint test
status 2 "$roam" endpoint test a b
status 2 "$roam" endpoint test roam-abi --only handshakes
says err "did you mean 'handshake'?"
status 2 "$roam" endpoint test roam-abi --option x
status 2 "$roam" endpoint test roam-abi --seed -1
status 2 "$roam" endpoint test roam-abi --limit 0
status 2 "$roam" endpoint test none-such
says err "no adapter 'none-such' in "
status 2 "$roam" endpoint test ./none.so
says err './none.so: No such file or directory'
status 2 "$roam" endpoint info "$objects/no_symbol.so"
says err 'it does not export roam_endpoint_library_get'
status 2 "$roam" endpoint test "$objects/dies.so"
says err 'dies.so: it cannot be loaded: '
says err 'Aborted (signal 6)'
status 2 "$roam" endpoint tset
says err "did you mean 'test'?"
status 2 "$roam" endpoint
status 0 "$roam" help endpoint
exit "$failed"
