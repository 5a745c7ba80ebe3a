#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam endpoint new writes an adapter that compiles without a warning, whose test says what to write first; and never
# overwrites a file.
set -euo pipefail

source "$(cd "$(dirname "$0")/../../.." && pwd -P)/tools/tests/command.sh"

status 0 "$roam" endpoint new mine/
says out "tutorial: $root/sim/endpoint/README.md"
says out "scenarios: $root/scenarios"
next=$(sed -n 's/^next: //p' out)
same "$(ls mine)" $'CMakeLists.txt\nREADME.md\nadapter.c' 'files'
! grep -rq '@NAME@' mine || fail 'the name is missing somewhere'
status 0 cc -std=c99 -Wall -Wextra -Wconversion -pedantic -Werror -I"$root/sim/endpoint" -fPIC -shared -o plain.so \
    mine/adapter.c

# The command that it prints works as it stands; without what it names, CMake says what to give.
status 1 cmake -S mine -B nowhere -DROAM_INCLUDE=
says err 'roam_endpoint.h is not found'
says err '-DCMAKE_PREFIX_PATH=WHERE-ROAM-IS-INSTALLED'
same "${next##* && }" 'roam endpoint test mine/build/mine.so' 'the last of the commands'
status 0 bash -euc "${next% && *}"
status 8 ctest --test-dir mine/build --output-on-failure # it tests, and fails
says out 'fail        client-new'
says out 'next:     write endpoint_new (options->server is false) and endpoint_free'
status 0 "$roam" endpoint info mine/build/mine.so
says out 'mine: 0.1'
says out 'yes CLIENT'
says out 'no  CAN_REBIND'

# Nothing is overwritten, and nothing half written.
echo 'all my work' >mine/adapter.c
rm mine/README.md
status 2 "$roam" endpoint new mine
says err 'roam endpoint new: mine/adapter.c is there: nothing is written'
same "$(<mine/adapter.c)" 'all my work' 'what was there'
[[ ! -e mine/README.md ]] || fail 'a file was written beside one that is there'

status 0 "$roam" endpoint new 'an other' --name with-a-name
says 'an other/adapter.c' '.name = "with-a-name"'
status 0 bash -euc "$(sed -n 's|^next: \(.*\) && .*|\1|p' out)"
status 2 "$roam" endpoint new 'no name'
says err "'no name' is no name of an adapter"
status 2 "$roam" endpoint new
status 2 "$roam" endpoint new a b
status 3 "$roam" endpoint new none/such
says err 'none/such: No such file or directory'
[[ $(id -u) == 0 ]] || { mkdir -m 555 closed && status 3 "$roam" endpoint new closed --name x; }
exit "$failed"
