#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The core through the endpoint ABI (adapters/roam) gives the same bytes on the wire, and the same events, as linked in.
set -euo pipefail

cd "$(dirname "$0")/../../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The ABI has no call for ICMP and none for a preferred address.
mapfile -t files < <(grep -LE 'icmp: |preferred_address: ' scenarios/{handover,errors,relay,nat}/*.yaml | grep -v '[.]inc[.]yaml$')

# A known fault of the core is none of another library, which roam-abi is for the verdict: exit status 1.
run() {
    "$ROAM_COMMAND" run --quiet --pcap --qlog=0.3 --out "$@" "${files[@]}" || [[ $? -eq 1 ]]
}
run "$scratch/linked"
run "$scratch/door" --as all=roam-abi

count=$(find "$scratch/linked" -name packets.pcapng | wc -l)
[[ $count -ge 50 ]] || { echo "only $count runs were compared" >&2; exit 1; }
if "$ROAM_COMMAND" run --quiet --as all=none-such scenarios/handover/a-b-a.yaml >/dev/null 2>&1; then
    echo "--as is without effect: nothing went through the door" >&2
    exit 1
fi
diff -rq -x timing.json -x summary.json -x '*.pcapng' "$scratch/linked" "$scratch/door"
# Of what happens at one instant an adapter may tell an event after the datagram, so a comment can stand one packet later.
python3 - "$scratch/linked" "$scratch/door" <<'PY'
import pathlib
import struct
import sys

PACKET, COMMENT = 6, 1


def blocks(path):
    """Every block of a capture, packets without their comments."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        block, at = data[at:at + size], at + size
        if kind != PACKET:
            yield block
            continue
        option = 28 + (struct.unpack_from("<I", block, 20)[0] + 3) // 4 * 4
        kept = [block[8:option]]
        while option + 4 <= size - 4:
            code, length = struct.unpack_from("<HH", block, option)
            end = option + 4 + (length + 3) // 4 * 4
            if code != COMMENT:
                kept.append(block[option:end])
            option = end
        # The end of options stands only where there are some.
        yield b"".join(kept).removesuffix(bytes(4))


ours, theirs = (pathlib.Path(name) for name in sys.argv[1:])
names = sorted(path.relative_to(ours) for path in ours.rglob("*.pcapng"))
assert names == sorted(path.relative_to(theirs) for path in theirs.rglob("*.pcapng")), "not the same captures"
differ = [str(name) for name in names if list(blocks(ours / name)) != list(blocks(theirs / name))]
assert not differ, f"captures differ: {differ[:5]}"
PY
echo "$count runs through the door are the same, byte by byte"
