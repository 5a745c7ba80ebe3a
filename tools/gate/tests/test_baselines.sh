#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam's own gate: nothing in the library has become slower, every scenario has its baseline, and every baseline its
# scenario. When a change is meant: roam gate --update scenarios, and the difference of results/baselines goes into the same
# commit.
set -euo pipefail

cd "$(dirname "$0")/../../.."
exec "${ROAM_COMMAND:?}" gate --quiet --strict scenarios
