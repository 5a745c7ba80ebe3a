#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam's own gate: nothing in the library has become slower, and every scenario has its baseline. When a change is meant:
# roam gate --update scenarios, and the difference of results/baselines goes into the same commit.
set -euo pipefail

cd "$(dirname "$0")/../.."
status=0
"${ROAM_COMMAND:?}" gate --quiet scenarios || status=$?
while IFS= read -r file; do
    name=$(sed -n 's/^name: *//p' "$file" | head -n 1)
    [[ -e results/baselines/$name.json ]] || {
        echo "FAIL: $file has no baseline: roam gate --update $file"
        status=1
    }
done < <(find scenarios -name '*.yaml' | LC_ALL=C sort)
for file in results/baselines/*.json; do
    grep -rqx "name: *$(basename "$file" .json)" scenarios --include='*.yaml' || {
        echo "FAIL: $file is the baseline of no scenario"
        status=1
    }
done
exit $status
