#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What commands print in the documents is what they print; tools/tests/printed.py says which are not run, and why.
set -euo pipefail

exec python3 "$(dirname "$0")/printed.py"
