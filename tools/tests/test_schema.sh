#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# scenarios/schema.json is what the loader's tables of keys say, and both give documents the same verdict.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
if ! diff <("$ROAM_COMMAND" check --schema) "$root/scenarios/schema.json" | head -n 20; then
    echo "scenarios/schema.json is not what the loader reads; write it anew: roam check --schema >scenarios/schema.json"
    exit 1
fi
# Debian's packages belong to Debian's python, which need not be the first in PATH.
exec /usr/bin/python3 "$root/tools/tests/schema_documents.py"
