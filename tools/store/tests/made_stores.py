#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes stores of very many rows, as those of the shards of a sweep, and measures what it takes to join them.

    tools/store/tests/made_stores.py --stores 100 --rows 1000000 --directory /tmp/many scenarios/handover/x.yaml

One run of a scenario gives the schema and the rows of a run, which every run of all stores then has under a seed and an
id of its own. Prints seconds and the most memory that `roam merge` held, and checks that no run is missing.
"""
import argparse
import os
import sqlite3
import subprocess
import sys
import time

# Odd multiples modulo a power of 2: all different, and in no order, as ids are.
ID = "(({first} + n) * 2654435761) & 0x7fffffff"


def tables_of(db):
    """Tables with a column run, and their other columns."""
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    columns = {name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for name in names}
    return {name: of[1:] for name, of in columns.items() if of[0] == "run"}


def make(template, path, first, runs):
    db = sqlite3.connect(path)
    with open(template, "rb") as whole:
        db.close()
        with open(path, "wb") as copy:
            copy.write(whole.read())
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA journal_mode = OFF")
    tables = tables_of(db)
    db.execute("CREATE TEMP TABLE ids AS WITH RECURSIVE all_of(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM all_of"
               f" WHERE n + 1 < {runs}) SELECT {ID.format(first=first)} AS id, n + {first} AS seed FROM all_of ORDER BY id")
    rest = [row[1] for row in db.execute("PRAGMA table_info(runs)")]
    picked = ", ".join({"id": "ids.id", "seed": "ids.seed"}.get(name, "r." + name) for name in rest)
    db.execute("CREATE TEMP TABLE r AS SELECT * FROM runs")
    db.execute("DROP INDEX runs_by_scenario")
    db.execute("DELETE FROM runs")
    db.execute(f"INSERT INTO runs SELECT {picked} FROM ids, r ORDER BY ids.id")
    for name, columns in tables.items():
        names = ", ".join("t." + column for column in columns)
        db.execute(f"CREATE TEMP TABLE t AS SELECT * FROM {name}")
        db.execute(f"DELETE FROM {name}")
        db.execute(f"INSERT INTO {name} SELECT ids.id, {names} FROM ids CROSS JOIN t ORDER BY 1, 2")
        db.execute("DROP TABLE t")
    db.execute("CREATE INDEX runs_by_scenario ON runs(scenario, combination, seed)")
    db.commit()
    db.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roam", default=os.environ.get("ROAM_COMMAND", "roam"))
    parser.add_argument("--stores", type=int, default=10)
    parser.add_argument("--rows", type=int, default=100000, help="of each store, all tables together")
    parser.add_argument("--directory", required=True, help="made, and left with the stores in it")
    parser.add_argument("scenario")
    given = parser.parse_args()
    os.makedirs(given.directory)
    template = os.path.join(given.directory, "template.db")
    subprocess.run([given.roam, "sweep", "--quiet", "--seeds", "1", "--db", template, given.scenario], check=True)
    db = sqlite3.connect(template)
    of_run = 1 + sum(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables_of(db))
    db.close()
    runs = -(-given.rows // of_run)
    paths = [os.path.join(given.directory, f"part-{i}.db") for i in range(given.stores)]
    for i, path in enumerate(paths):
        make(template, path, i * runs, runs)
    whole = os.path.join(given.directory, "all.db")
    begin = time.monotonic()
    process = subprocess.Popen([given.roam, "merge", "--db", whole, *paths])
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit("made_stores.py: roam merge failed")
    seconds = time.monotonic() - begin
    found, last = sqlite3.connect(whole).execute("SELECT count(*), count(DISTINCT seed) FROM runs").fetchone()
    if (found, last) != (runs * given.stores, runs * given.stores):
        sys.exit(f"made_stores.py: {found} runs with {last} seeds, not {runs * given.stores}")
    print(f"{given.stores} stores of {runs * of_run} rows, {os.path.getsize(paths[0]) / 1e6:.0f} MB each: {seconds:.1f} s, "
          f"{usage.ru_utime + usage.ru_stime:.1f} s of processor, {usage.ru_maxrss / 1024:.0f} MB at most resident")


if __name__ == "__main__":
    main()
