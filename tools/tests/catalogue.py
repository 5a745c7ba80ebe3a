#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""catalogue.py CATALOGUE DB: each time and each rate in scenarios/catalogue.md, behind what happens, is one that runs of the row's
scenarios with seed 1 measured, as far as its digits go: in the column of validations a validation, behind "gap" a gap, and elsewhere
any measure, what an expectation measured, or what the scenario sets. Prints those that are not; the exit status is 1 then."""
import re, sqlite3, sys

SCALES = {"ms": 1e6, "s": 1e9, "Mbps": 1e6}  # nanoseconds, bits a second
NUMBER = r"\d+(?:\.\d+)?"
FIGURES = re.compile(rf"({NUMBER}(?:(?:, | to | and ){NUMBER})*) (ms|s|Mbps)(?![\w/])")

# Of a row's scenarios what they measured, in nanoseconds.
MEASURED = {
    "validation": """SELECT validation_ns FROM migrations WHERE run = :run
        UNION SELECT finished_ns - requested_ns FROM migrations WHERE run = :run
        UNION SELECT finished_ns - noticed_ns FROM rebinds WHERE run = :run
        UNION SELECT finished_ns - started_ns FROM preferred_addresses WHERE run = :run
        UNION SELECT value_ns FROM expectations WHERE run = :run""",
    "besides": """SELECT gap_ns FROM gaps WHERE run = :run
        UNION SELECT requested_ns FROM migrations WHERE run = :run UNION SELECT challenge_sent_ns FROM migrations WHERE run = :run
        UNION SELECT value_ns FROM expectations WHERE run = :run
        UNION SELECT latency_p50_ns FROM gaps WHERE run = :run UNION SELECT latency_p90_ns FROM gaps WHERE run = :run
        UNION SELECT latency_p99_ns FROM gaps WHERE run = :run UNION SELECT latency_worst_ns FROM gaps WHERE run = :run
        UNION SELECT validation_ns FROM migrations WHERE run = :run UNION SELECT finished_ns - noticed_ns FROM rebinds WHERE run = :run
        UNION SELECT validation_ns FROM preferred_addresses WHERE run = :run
        UNION SELECT lost_ns FROM outages WHERE run = :run UNION SELECT regained_ns FROM outages WHERE run = :run""",
    "gap": """SELECT gap_ns FROM gaps WHERE run = :run UNION SELECT value_ns FROM expectations WHERE run = :run""",
}


def scenarios_of(cell):
    """Of [a-b-a](handover/a-b-a.yaml), [a-b-a-dwell](handover/a-b-a-dwell.yaml): handover/a-b-a, handover/a-b-a-dwell"""
    return re.findall(r"\]\(([a-z]+/[^)]+)\.yaml\)", cell)


def figures_of(text):
    for numbers, unit in FIGURES.findall(text):
        for number in re.findall(NUMBER, numbers):
            decimals = len(number.partition(".")[2])
            yield f"{number} {unit}", float(number), decimals, unit


def rows_of(path):
    """Scenarios, the column of validations, and what stands behind "gap", by row."""
    for line in open(path, encoding="utf-8"):
        cells = [cell.strip() for cell in line.strip().split("|")[1:-1]]
        if len(cells) != 4 or not scenarios_of(cells[0]):
            continue
        gaps = " ; ".join(re.findall(r"\bgap\b([^;:()]*)", cells[3]))
        yield scenarios_of(cells[0]), {"validation": cells[2], "gap": gaps, "besides": re.sub(r"\bgap\b[^;:()]*", "", cells[3])}


def told_in(text, rates):
    units = "Mbps" if rates else "ms|s"
    return {float(number) * SCALES[unit] for number, unit in re.findall(rf"(?<![\w.])({NUMBER}) ?({units})\b", text)}


def told_of(store, run, rates):
    """What expectations measured, less what they wanted; what the scenario sets; and what was measured so long after a time set."""
    measured, there = set(), set()
    for text, in store.execute("SELECT measured FROM expectations WHERE run = ?", (run,)):
        measured |= told_in((text or "").split(", wanted ")[0], rates)
    for text, in store.execute("""SELECT t.text FROM runs r JOIN sources s ON s.scenario = r.scenario AND s.name = ''
            JOIN texts t ON t.digest = s.text WHERE r.id = ?""", (run,)):
        there |= told_in(re.sub(r"#.*", "", text), rates)
    return measured, there


def besides(store, runs, text, rates):
    told = set()
    for run in runs:
        measured, there = told_of(store, run, rates)
        told |= measured | there
        if not rates and "after" in text:
            told |= {one - at for one in measured for at in there if one > at}
    return told


def main():
    store = sqlite3.connect(sys.argv[2])
    held, faults = 0, []
    for scenarios, texts in rows_of(sys.argv[1]):
        cell = ", ".join(scenarios)
        runs = [run for name in scenarios
                for run, in store.execute("SELECT id FROM runs WHERE scenario = ? AND seed = 1", (name.rsplit("/", 1)[-1],))]
        if not runs:
            faults.append(f"{cell}: there is no run of it")
        for what, text in texts.items():
            there = {value for run in runs for value, in store.execute(MEASURED[what], {"run": run}) if value is not None}
            told = {rates: besides(store, runs, text, rates) for rates in (False, True)} if what == "besides" else {}
            for figure, value, decimals, unit in figures_of(text):
                rates, scale = unit == "Mbps", SCALES[unit]
                known = told.get(rates, set()) | (set() if rates else there)
                digit = 10.0 ** -decimals  # cut, as roam prints it, or rounded
                if any(-0.5 * digit - 1e-9 <= one / scale - value < digit - 1e-9 for one in known):
                    held += 1
                else:
                    nearest = min(known, key=lambda one: abs(one / scale - value), default=None)
                    faults.append(f"{cell}: {what} {figure}: no run has that; the nearest: {nearest and nearest / scale}")
    for fault in faults:
        print(fault)
    print(f"{held} figures held")
    sys.exit(bool(faults) or held < 150)


main()
