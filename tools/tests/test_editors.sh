#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What an editor shows of scenarios is what roam check says: with yaml-language-server, where tools/setup --editors has put it.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
server=${XDG_CACHE_HOME:-${HOME:-}/.cache}/roam/editors/node_modules/.bin/yaml-language-server
if [[ ! -x $server ]] || ! command -v node >/dev/null; then
    echo 'yaml-language-server is not installed: tools/setup --editors'
    exit 77
fi
# Debian's packages belong to Debian's python, which need not be the first in PATH.
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$root/tools/tests/language_server.py" "$server" --stdio
