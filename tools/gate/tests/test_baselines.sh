#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam's own gate: nothing in the library has become slower, every scenario has its baseline, and every baseline its
# scenario. When a change is meant: roam gate --update scenarios, and the difference of results/baselines goes into the same
# commit. Those left out have twenty seeds of seconds each, half of the time of all: `roam gate --strict scenarios` has them,
# and the tests scenario/* run and replay them with one seed.
set -euo pipefail

cd "$(dirname "$0")/../../.."
mapfile -t files < <(find scenarios -name '*.yaml' ! -name '*.inc.yaml' ! -name 'whole-site-*' ! -name hostile-members.yaml \
    ! -name partition-heal.yaml ! -name hub-storm.yaml | LC_ALL=C sort)
exec "${ROAM_COMMAND:?}" gate --quiet --strict "${files[@]}"
