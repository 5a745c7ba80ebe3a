#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A row of a table of keys whose field the key's type may not fill does not compile.
set -euo pipefail

cd "$(dirname "$0")/../../.."
failed=0

# compiles TYPE MEMBER
compiles() {
    cc -std=c17 -D_POSIX_C_SOURCE=200809L -I. -fsyntax-only -xc - 2>/dev/null <<C
#include "sim/scenario/keys.h"
typedef struct object {
    bool flag;
    uint16_t port;
    uint32_t index;
    uint64_t time_ns;
    int number;
    const char *text;
    key_pair pair;
    scenario_bound bound;
    key_prefix prefix;
} object;
extern const key_row ROW;
const key_row ROW = {"key", KEY_FIELD($1, object, $2), .min = 0};
C
}

while read -r type member wanted; do
    got=no
    if compiles "$type" "$member"; then got=yes; fi
    if [[ $got != "$wanted" ]]; then
        echo "FAIL: $type, $member: compiles: $got, not $wanted"
        failed=1
    fi
done <<'ROWS'
KEY_DURATION time_ns yes
KEY_DURATION text no
KEY_INTEGER port yes
KEY_INTEGER flag no
KEY_INTEGER number no
KEY_CHOICE flag yes
KEY_CHOICE pair no
KEY_NAME text yes
KEY_NAME index no
KEY_NODE index yes
KEY_NODE time_ns no
KEY_NODE port no
KEY_PAIR pair yes
KEY_PAIR bound no
KEY_BOUND bound yes
KEY_BOUND time_ns no
KEY_PREFIX prefix yes
KEY_PREFIX text no
KEY_OTHER pair yes
ROWS
exit "$failed"
