#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The packages in a fresh Debian 12, and the ten commands of tools/package/README.md; skipped where no such root can be made.
set -euo pipefail

exec "$(dirname "$0")/../try"
