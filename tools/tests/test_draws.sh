#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random streams belong to what they serve: an edit of a scenario that has nothing to do with chance changes no draw.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$root/scenarios" "$work/"
mapfile -t files < <(find "$work/scenarios" -name '*.yaml' | LC_ALL=C sort)
cd "$work"
# Debian's packages belong to Debian's python, which need not be the first in PATH.
/usr/bin/python3 "$root/tools/tests/draws.py" "${files[@]#"$work/"}" | tee "$work/said"
# A test of nothing would pass as well.
if (($(grep -c 'the same$' "$work/said") < 10)); then
    echo 'fewer than ten scenarios depend on the seed'
    exit 1
fi
