#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a library without REPORTS_ACKNOWLEDGED takes of a stream is no sign of life of the peer: a dead one is down in time.
set -euo pipefail

source "$(cd "$(dirname "$0")/../../.." && pwd -P)/tools/tests/command.sh"

{
    sed 's/listen: 4433,/listen: 4433, endpoint: mine,/' "$root/scenarios/nat/rebind-idle-down.yaml"
    echo "endpoints: {mine: {library: $ROAM_BUILD/test_endpoints/untrue.so, options: {event: 6}}}"
} >down.yaml
grep -q 'endpoint: mine' down.yaml
UNTRUE_LACKS=$((1 << 6)) status 0 "$roam" run --quiet down.yaml
says out 'passed: rebind-idle-down: '

exit $failed
