#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The worked examples of .github/CONTRIBUTING.md apply, touch the files they say, compile, and pass their tests.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$(cd "$(dirname "$0")/../.." && pwd -P)
/usr/bin/python3 "$root/tools/tests/contributing.py" "$root" "$(cd "${ROAM_BUILD:?}" && pwd -P)" "$work"
