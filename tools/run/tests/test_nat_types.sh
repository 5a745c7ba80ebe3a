#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The table that scenarios/nat/nat-types prints is the one that RFC 4787 implies: alive where the filter lets the new
# source in and the mapping lets the answer leave from the endpoint that the client knows.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# By mapping, then by filtering: endpoint-independent, address-dependent, address-and-port-dependent.
expected='port alive, address alive | port alive, address down | port down, address down
port alive, address down | port alive, address down | port down, address down
port down, address down | port down, address down | port down, address down'

status 0 "$roam" run "$root/scenarios/nat/nat-types.yaml"
same "$(sed -n 's/^  \(endpoint-independent\|address-dependent\|address-and-port-dependent\)  *\(port .*\)/\2/p' out |
    sed 's/   */ | /g; s/ *$//')" "$expected" 'the table'
exit $failed
