#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every example of scenarios/reference.md runs and holds, and together they show every key of scenarios/schema.json.
set -euo pipefail

# Debian's packages belong to Debian's python, which need not be the first in PATH.
exec /usr/bin/python3 "$(dirname "$0")/reference_examples.py"
