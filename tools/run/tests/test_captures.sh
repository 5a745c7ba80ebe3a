#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures of worlds where tshark has it hard: NATs, relays, a bulk move, damaged packets, resets. No packet of a file a
# host stays closed, and none of a merged file but where packets were damaged. tools/captures without arguments says
# the same of the whole library, in some minutes.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
command -v tshark >/dev/null || { echo "tshark is not here: tools/setup" && exit 77; }

library=$root/scenarios
status 0 "$root/tools/captures" "$library/nat/rebind-port.yaml" "$library/nat/cgnat-during-validation.yaml" \
    "$library/nat/nested.yaml" "$library/handover/bulk-down.yaml" "$library/relay/tunnel-reconnect.yaml" \
    "$library/errors/dial-while-up.yaml" "$library/attack/off-path-forward.yaml"
same "$(tail -n 1 out | sed 's/^[0-9]*//; s/; [0-9]*/; /')" \
    ' packets in files a host: 0 closed, 0 strange;  in merged files: 0 closed, 0 strange' 'what stays closed'
same "$(($(tail -n 1 out | grep -o '^[0-9]*') > 30000))" 1 'packets were read'

# A damaged packet is there with its headers, and does not spoil those after it.
status 0 "$root/tools/captures" "$library/latency/response-damaged.yaml"
status 0 "$roam" run "$library/latency/response-damaged.yaml" --out damaged --pcap --quiet
same "$(tshark -r damaged/packets-laptop.pcapng -Y 'frame.comment contains "altered"' -T fields -e frame.len -e frame.cap_len \
    -e frame.comment -E occurrence=f 2>/dev/null)" $'1228\t28\taltered on the way; packets.pcapng has all of it' 'the damaged packet'

# A file a host has that host's packets, all of them, in the order of time, and no secrets of others.
status 0 "$roam" run "$library/nat/cgnat-during-validation.yaml" --out run --pcap --quiet
interfaces() { tshark -r "$1" -T fields -e frame.interface_name 2>/dev/null | sed 's,/.*,,' | sort | uniq -c; }
for file in run/packets-*.pcapng; do
    node=${file#run/packets-}
    node=${node%.pcapng}
    same "$(interfaces "$file")" "$(interfaces run/packets.pcapng | grep -w "$node")" "the packets of $node"
    tshark -r "$file" -T fields -e frame.time_epoch 2>/dev/null >times
    sort -c -n times || fail "$file is not in the order of time"
done

status 2 "$root/tools/captures" --hosts 0
exit $failed
