#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scenarios/schema.json and the loader give the same verdict of what the loader's own tests load, which they do by loading_load.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
if grep -n '\bscenario_load(' "$root"/sim/scenario/tests/test_*.c; then
    echo 'a test of sim/scenario loads a scenario by itself: write loading_load'
    exit 1
fi
# Debian's packages belong to Debian's python, which need not be the first in PATH.
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$root/tools/tests/loader_documents.py"
