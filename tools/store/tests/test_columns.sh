#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# results/columns.md says what the fields of summary.json and the columns of a store are; every column is one of a new store, and
# every field stands in a summary.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd)
roam=${ROAM_COMMAND:?}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if ! diff <("$roam" export --columns) "$root/results/columns.md" | head -n 20; then
    echo 'results/columns.md is not what the program has; write it anew: roam export --columns >results/columns.md'
    exit 1
fi

cd "$scratch"
"$roam" sweep --quiet --db runs.db --seeds 1 "$root/scenarios/handover/wifi-to-cellular.yaml"
"$roam" run --quiet --out move "$root/scenarios/handover/wifi-to-cellular.yaml" >told
"$roam" run --quiet --out landed "$root/scenarios/service/drained-server.yaml" >told
"$roam" run --quiet --out late "$root/scenarios/latency/busy-cell.yaml" >told
/usr/bin/python3 - "$root/results/columns.md" <<'PYTHON'
import json, re, sqlite3, sys


def has(item, path):
    for part in path.split("."):
        if not isinstance(item, dict) or part not in item:
            return False
        item = item[part]
    return True


store = sqlite3.connect("runs.db")
summaries = [json.load(open(run + "/summary.json")) for run in ("move", "landed", "late")]
failed, fields = [], 0
told = {}
for line in open(sys.argv[1]):
    if heading := re.match(r"## `(\w+)` of summary.json, table `(\w+)`", line):
        array, table = heading.groups()
        columns = [row[1] for row in store.execute(f"pragma table_info({table})")]
        told[table] = set()
    elif row := re.match(r"\| `([\w.]+)` \| (?:`(\w+)`)? \| (.+) \|$", line):
        path, column, about = row.groups()
        fields += 1
        if column:
            told[table].add(column)
            if column not in columns:
                failed.append(f"{table} has no column {column}")
        items = [item for summary in summaries for item in summary.get(array, [])]
        if items and not any(has(item, path) for item in items):
            failed.append(f"{array}: no {path}")
for table, columns in told.items():
    there = [row[1] for row in store.execute(f"pragma table_info({table})")][2:]
    failed += [f"columns.md does not have {table}.{column}" for column in there if column not in columns]
tables = {"migrations", "rebinds", "gaps", "peers", "moves", "outages", "preferred_addresses", "rules", "overlays",
          "groups"}
if fields < 100 or set(told) != tables:
    failed.append(f"{fields} fields of {sorted(told)} were found")
sys.exit("\n".join(failed) or 0)
PYTHON
