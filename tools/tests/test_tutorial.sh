#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tutorial, scenarios/README.md, can be followed: each step's scenario does what is said, and its commands print what is shown.
# When the program prints something else for a reason: tools/tests/tutorial.py --update.
set -euo pipefail

# Debian's packages belong to Debian's python, which need not be the first in PATH.
exec /usr/bin/python3 "$(dirname "$0")/tutorial.py"
