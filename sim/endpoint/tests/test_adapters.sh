#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No check of roam endpoint test fails with an adapter of the tree, and sim/endpoint/README.md says how many pass and which
# are unsupported. Adapters whose libraries are not here are left out.
set -euo pipefail

source "$(cd "$(dirname "$0")/../../.." && pwd -P)/tools/tests/command.sh"
readme=$root/sim/endpoint/README.md

# cell ROW COLUMN: of the README's table of checks.
cell() {
    grep -F "| $1 |" "$readme" | cut -d '|' -f "$2" | sed 's/^ *//; s/ *$//'
}

column=2
for name in roam-abi ngtcp2-gnutls quinn; do
    column=$((column + 1))
    same "$(cell passes $column)" "\`$name\`" 'a column of the README'
    if [[ ! -e ${ROAM_BUILD:?}/endpoints/$name.so ]]; then
        echo "left out: $name"
        continue
    fi
    status 0 "$roam" endpoint test "$name"
    count=$(sed -n '/^pass /p' out | wc -l)
    all=$("$roam" endpoint test --list | wc -l)
    same "$(cell 'checks of `roam endpoint test`' $column)" "$count of $all" "$name: checks that pass"
    unsupported=$(sed -n 's/^unsupported \([a-z-]*\).*/`\1`/p' out | paste -sd ' ')
    same "$(cell unsupported $column)" "$unsupported" "$name: unsupported"
done
exit "$failed"
