# SPDX-License-Identifier: GPL-2.0-or-later
"""What the Trace Event Format wants of a file (its document of 2016, "Trace Event Format"): faults(FILE) lists what it has not.

Of phases those that roam writes are known: X, i, C, M. Times are kept as integers of nanoseconds.
"""
import json
from decimal import Decimal

METADATA = {"process_name": "name", "process_sort_index": "sort_index", "thread_name": "name", "thread_sort_index": "sort_index"}


def load(path):
    return json.load(open(path, encoding="utf-8"), parse_float=Decimal)


def ns(value):
    exact = Decimal(value) * 1000
    if exact != int(exact):
        raise ValueError(f"{value} us are no whole nanoseconds")
    return int(exact)


def _event_faults(event):
    for key, kind in (("ph", str), ("name", str), ("pid", int), ("tid", int)):
        if not isinstance(event.get(key), kind) or isinstance(event.get(key), bool):
            yield f"{key} is {event.get(key)!r}"
            return
    phase = event["ph"]
    if phase not in ("X", "i", "C", "M"):
        yield f"phase {phase}"
    if phase == "M":
        key = METADATA.get(event["name"])
        if key is None:
            yield "metadata of no known name"
        elif not isinstance(event.get("args", {}).get(key), str if key == "name" else int):
            yield f"args without {key}"
        return
    try:
        if ns(event.get("ts", "none")) < 0:
            yield "ts is negative"
        if phase == "X" and ns(event.get("dur", "none")) < 0:
            yield "dur is negative"
    except (ValueError, ArithmeticError) as error:
        yield str(error)
    if phase == "i" and event.get("s") not in ("g", "p", "t"):
        yield f"scope {event.get('s')!r}"
    if phase == "C" and not (event.get("args") and all(isinstance(v, (int, Decimal)) for v in event["args"].values())):
        yield "a counter whose args are no numbers"
    if "args" in event and not isinstance(event["args"], dict):
        yield "args is no object"


def _nesting_faults(slices):
    """Slices of a thread lie apart, or one in the other."""
    open_ends = []
    for start, end, name in sorted(slices, key=lambda one: (one[0], -one[1])):
        while open_ends and open_ends[-1][0] <= start and (open_ends[-1][0] < end or end > start):
            open_ends.pop()
        if open_ends and end > open_ends[-1][0]:
            yield f"'{name}' from {start} to {end} overlaps '{open_ends[-1][1]}' to {open_ends[-1][0]}"
        open_ends.append((end, name))


def faults(document):
    found = []
    if not isinstance(document.get("traceEvents"), list) or document.get("displayTimeUnit") not in ("ms", "ns"):
        return ["no traceEvents or no displayTimeUnit"]
    named, used, threads = {}, set(), {}
    last = -1
    for number, event in enumerate(document["traceEvents"]):
        wrong = list(_event_faults(event))
        found += [f"event {number}: {text}: {event}" for text in wrong]
        if wrong:
            continue
        where = (event["pid"], event["tid"])
        if event["ph"] == "M":
            key = (event["name"], event["pid"] if event["name"].startswith("process") else where)
            if key in named:
                found.append(f"event {number}: {key} again")
            named[key] = event["args"]
            continue
        if ns(event["ts"]) < last:
            found.append(f"event {number}: before the one before it")
        last = ns(event["ts"])
        used.add(where)
        if event["ph"] == "X":
            threads.setdefault(where, []).append((ns(event["ts"]), ns(event["ts"]) + ns(event["dur"]), event["name"]))
    for pid, tid in sorted(used):
        for name in ("process_name", "process_sort_index"):
            if (name, pid) not in named:
                found.append(f"process {pid} has no {name}")
        for name in ("thread_name", "thread_sort_index") if tid else ():
            if (name, (pid, tid)) not in named:
                found.append(f"thread {pid}/{tid} has no {name}")
    for where, slices in threads.items():
        found += [f"thread {where}: {text}" for text in _nesting_faults(slices)]
    return found


def named(document):
    """(process, thread, event) of each event that is not metadata."""
    names = {}
    for event in document["traceEvents"]:
        if event["ph"] == "M" and event["name"].endswith("_name"):
            names[(event["pid"], event["tid"])] = event["args"]["name"]
    for event in document["traceEvents"]:
        if event["ph"] != "M":
            yield names[(event["pid"], 0)], names.get((event["pid"], event["tid"]), ""), event
