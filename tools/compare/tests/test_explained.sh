#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# sim/endpoint/matrix.md has the reasons of each cell of the matrix that is not passed, and of no other, and they fit: what the
# story of the cell has (rules broken, kinds of expectations that did not hold) is what sim/endpoint/README.md says that its
# reasons show as.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

endpoints=$(dirname "$roam")/endpoints
for library in ngtcp2-gnutls quinn; do
    if [[ ! -e $endpoints/$library.so ]]; then
        echo "$library is not built"
        exit 77
    fi
done

command=$(sed -n 's/^    roam \(compare --endpoints roam,ngtcp2-gnutls,quinn .*\)/\1/p' "$root/sim/endpoint/README.md")
read -ra arguments <<<"$command"
cd "$root" # where the scenarios are
"$roam" "${arguments[@]}" --json "$scratch/matrix.json" >"$scratch/out" 2>"$scratch/err" || got=$?
cd "$scratch"
same "${got:-0}" 1 'exit status of a matrix with failed cells'

python3 - "$root/sim/endpoint" matrix.json <<'PY' || fail 'sim/endpoint/README.md, matrix.md and the matrix do not fit'
import json
import os
import re
import sys

folder, file = sys.argv[1:]
# By the first word of the head of a table of reasons: whose they are.
LIBRARIES = {"ngtcp2": "ngtcp2-gnutls", "quinn-proto": "quinn", "roam": ""}
faults = 0


def fault(*words):
    global faults
    faults += 1
    print(*words)


def tables(name):
    """Each table of a file: its rows, the head first, without the line under it."""
    text = open(os.path.join(folder, name)).read()
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
        yield rows[:1] + rows[2:]


reasons, library_of = {}, {}
for head, *rows in tables("README.md"):
    if head[-1] != "shows as":
        continue
    for row in rows:
        if row[0] in reasons:
            fault(row[0], "is there twice")
        reasons[row[0]] = set(re.findall(r"`([^`]+)`", row[-1]))
        library_of[row[0]] = LIBRARIES[head[0].split()[0]]
(titles, *lines), = tables("matrix.md")
told = {(row[0], title): row[i].split(", ") if row[i] else [] for row in lines for i, title in enumerate(titles) if i > 0}


def signs_of(cell):
    """What its stories have: rules broken, kinds of expectations that did not hold."""
    signs = {broken["rule"] for broken in cell["rules_broken"]}
    for story in cell["stories"]:
        for missed in story["not_held"]:
            signs.add("unsupported" if missed["unsupported"] else missed["expected"].split(":")[0])
        if story["message"]:
            signs.add("crashed" if story["verdict"] == "crashed" else story["message"])
    return signs


matrix = json.load(open(file))
if titles[1:] != [column["title"] for column in matrix["columns"]]:
    fault("matrix.md has the columns", *titles[1:])
used, unseen = {reason: set() for reason in reasons}, set(told)
for row in matrix["rows"]:
    name = "/".join(row["file"].removesuffix(".yaml").split("/")[-2:])
    for column, cell in zip(matrix["columns"], row["cells"]):
        at = name, column["title"]
        unseen.discard(at)
        signs, explained = signs_of(cell), set()
        where = f"{at[0]}, {at[1]} ({cell['verdict']}):"
        if cell["verdict"] != "passed" and not signs:
            fault(where, "its stories have nothing")
        for reason in told.get(at, []):
            if reason not in reasons or library_of[reason] not in column["title"]:
                fault(where, reason, "is no reason of this library")
                continue
            if not reasons[reason] & signs:
                fault(where, reason, "does not show")
            used[reason] |= reasons[reason] & signs
            explained |= reasons[reason]
        for sign in sorted(signs - explained):
            fault(where, sign, "has no reason")
for at in sorted(unseen):
    if told[at]:
        fault(*at, "is no cell of the matrix")
for reason, signs in sorted(reasons.items()):
    if not signs or signs - used[reason]:
        fault(reason, "shows nowhere as", *sorted(signs - used[reason]))
if len(reasons) < 30 or len(lines) < 50:
    fault(len(reasons), "reasons and", len(lines), "scenarios were found in the tables")
sys.exit(faults > 0)
PY

exit $failed
