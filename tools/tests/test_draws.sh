#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random streams belong to what they serve: an edit of a scenario that has nothing to do with chance changes no draw.
set -euo pipefail

source "$(dirname "$0")/command.sh"
cp -r "$root/scenarios" .
mapfile -t files < <(find scenarios -name '*.yaml' ! -name '*.inc.yaml' | LC_ALL=C sort)
# Debian's packages belong to Debian's python, which need not be the first in PATH.
/usr/bin/python3 "$root/tools/tests/draws.py" "${files[@]}" | tee said
# A test of nothing would pass as well.
if (($(grep -c 'the same$' said) < 10)); then
    echo 'fewer than ten scenarios depend on the seed'
    exit 1
fi
