#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/benchmarks/rooms: each instruction counts once, in the row of the function that took it.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd -P)
source "$root/tools/tests/command.sh"

# on_packet of sim/record takes 100 and 20 in a header of sim/wire that is inlined, and calls ngtcp2, whose 700 stand with
# the callee; a name is said once, and is a number after that.
cat >profile <<'PROFILE'
# callgrind format
positions: line
events: Ir

ob=(1) /somewhere/roam
fl=(1) /elsewhere/../../sim/record/witness.c
fn=(1) on_packet
10 100
fi=(2) /elsewhere/../../sim/wire/dissect_frames.h
+3 20
fe=(1)
cob=(1)
cfi=(3) ???
cfn=(2) conn_write_pkt
calls=7 +2
* 700
* 30

fl=(3)
fn=(2)
0 300
calls=1 0
* 5000
* 400

fn=(3) AES_GCM_encrypt_avx2
0 50

ob=(2) /usr/lib/x86_64-linux-gnu/libns3-core.so.37
fn=(4) ns3::Time::Time()
0 60

ob=(3) /usr/lib/x86_64-linux-gnu/libc.so.6
fl=(4) ./malloc/malloc.c
fn=(5) free
-1 40
PROFILE

status 0 "$root/tools/benchmarks/rooms" profile 10
expected="\
room                a packet   share
ngtcp2                    70   70.0%
sim/record                13   13.0%
loading                    6    6.0%
AEAD                       5    5.0%
malloc                     4    4.0%
sim/wire                   2    2.0%
all                      100  100.0%"
same "$(<out)" "$expected" "rows"

status 2 "$root/tools/benchmarks/rooms" profile 0
says err 'takes a profile, and a number of packets'
status 2 "$root/tools/benchmarks/rooms" no-such-file
says err 'no-such-file: No such file or directory'
echo nothing >empty
status 2 "$root/tools/benchmarks/rooms" empty
says err 'empty: no profile of callgrind'
status 0 "$root/tools/benchmarks/rooms" --help
says out 'valgrind --tool=callgrind'
exit "$failed"
