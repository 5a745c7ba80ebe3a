#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Times and rates in scenarios/catalogue.md are what runs with seed 1 measure; and a figure that is a little off is found.
set -euo pipefail

source "$(dirname "$0")/command.sh"
status 0 "$roam" sweep --quiet --db runs.db --seeds 1 "$root/scenarios"
check() { python3 "$root/tools/tests/catalogue.py" "$1" runs.db; }
check "$root/scenarios/catalogue.md" || fail 'scenarios/catalogue.md says what no run shows'

# One figure of each kind.
sed -e '/^| \[wifi-to-cellular\]/s/73\.0 ms/73.5 ms/' -e '/^| \[break-before-make\]/s/1\.058 s/1.085 s/' \
    -e '/^| \[faster\]/s/101 Mbps/102 Mbps/' -e '/^| \[uplink-dies\]/s/at 15 s/at 16 s/' \
    "$root/scenarios/catalogue.md" >off.md
status 1 check off.md
same "$(sed -nE 's/^([^:]*): ([a-z]+) .*: no run has that.*/\1: \2/p' out)" 'handover/wifi-to-cellular: validation
handover/break-before-make: gap
handover/faster: besides
watchdog/uplink-dies: besides' 'figures that are off'
exit $failed
