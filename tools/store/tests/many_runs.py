#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a store of very many runs, and measures how long roam takes to read it.

    tools/store/tests/many_runs.py --runs 1000000 --db /tmp/many.db --measure scenarios/latency

A short sweep of the scenarios gives the schema and its first runs; each further run is one of them again under a seed
and an id of its own, its times moved by a random part of up to 20 %. The same arguments give the same rows. With
--measure, `roam stats` and `roam report` are timed on the store afterwards: seconds, and megabytes at most resident.
"""
import argparse
import os
import random
import sqlite3
import subprocess
import sys
import time

TABLES = ("settings", "migrations", "rebinds", "gaps", "peers", "expectations")
MOVED = {"migrations": ("validation_ns",), "rebinds": ("finished_ns",), "gaps": ("gap_ns",)}
AT_ONCE = 20000


def templates(db):
    """The runs of the short sweep: the row of each, and its rows in the other tables, by name."""
    rows = db.execute("SELECT * FROM runs ORDER BY id").fetchall()
    return [(run, {name: db.execute(f"SELECT * FROM {name} WHERE run = ?", (run[0],)).fetchall() for name in TABLES})
            for run in rows]


def places(db):
    """Of each table the places of the columns that are moved."""
    return {name: [i for i, row in enumerate(db.execute(f"PRAGMA table_info({name})")) if row[1] in MOVED.get(name, ())]
            for name in TABLES}


def copy_of(row, run, moved, draw):
    out = list(row)
    out[0] = run
    for place in moved:
        if out[place] is not None:
            out[place] += int(out[place] * 0.2 * draw.random())
    return out


def fill(path, runs):
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA foreign_keys = OFF")
    draw = random.Random(1)
    made = templates(db)
    moved = places(db)
    seeds = [max(row[6] for row, _ in made)] * len(made)
    ids = sorted({draw.getrandbits(62) for _ in range(runs - len(made))})
    marks = {name: ", ".join("?" * len(db.execute(f"PRAGMA table_info({name})").fetchall())) for name in TABLES + ("runs",)}
    for first in range(0, len(ids), AT_ONCE):
        batch = {name: [] for name in TABLES + ("runs",)}
        for run in ids[first:first + AT_ONCE]:
            which = draw.randrange(len(made))
            row, items = made[which]
            # Templates of one scenario take turns, so that no seed comes twice.
            seeds[which] += 1
            batch["runs"].append((run, *row[1:6], seeds[which] * len(made) + which, *row[7:]))
            for name in TABLES:
                batch[name] += [copy_of(item, run, moved[name], draw) for item in items[name]]
        for name, rows in batch.items():
            db.executemany(f"INSERT INTO {name} VALUES ({marks[name]})", rows)
        db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def measure(command):
    """Seconds and megabytes of a command."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"many_runs.py: {' '.join(command)}: exit status {process.returncode}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roam", default=os.path.join(os.path.dirname(__file__), "../../../.build/release/roam"), help="the program")
    parser.add_argument("--db", required=True, help="the store; one that exists is only measured")
    parser.add_argument("--runs", type=int, default=1000000)
    parser.add_argument("--seeds", default="1..4", help="of the short sweep")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("scenarios", nargs="+")
    asked = parser.parse_args()
    if not os.path.exists(asked.db):
        subprocess.run([asked.roam, "sweep", "--quiet", "--db", asked.db, "--seeds", asked.seeds, *asked.scenarios],
                       stdout=subprocess.DEVNULL)
        fill(asked.db, asked.runs)
        # A child's peak counts what its parent holds when it is made: measure from a fresh process.
        os.execv(sys.executable, [sys.executable, *sys.argv])
    if asked.measure:
        page = asked.db + ".html"
        for command in (["stats", "--db", asked.db], ["report", asked.db, "-o", page, "--force"]):
            wall, cpu, most = measure([asked.roam, *command])
            print(f"roam {command[0]}: {wall:.1f} s, {cpu:.1f} s of processor, {most:.0f} MB")
        os.unlink(page)


if __name__ == "__main__":
    main()
