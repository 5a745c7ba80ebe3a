#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs scenarios as they are and with an edit that must change no draw, and compares all that the runs leave.

    draws.py FILE...

Leaves alone the scenarios of which two seeds leave the same. The files are overwritten: give it copies. The edits: see
EDITS, and a comment. What an edit itself adds or moves is taken out before the comparison: the event of its `say`, the
node that nobody uses, the place of an entry in the file. Prints what differs. Exit status: 0 nothing; 1 something.
"""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter

import yaml

ROAM = os.environ["ROAM_COMMAND"]
SAID = "this entry does nothing"
SPARE = "nobody"


class Plain(yaml.SafeDumper):
    """Every scalar as it stands: a scenario has no quoted ones that need it."""


Plain.yaml_implicit_resolvers = {}


def pin_addresses(whole):
    """What a scenario does not say about addresses follows from the order of networks and NATs: here it is said."""
    for number, network in enumerate(whole["networks"].values(), 1):
        ipv6 = network.get("family") == "ipv6"
        network.setdefault("prefix", f"fd00:{number + 100:x}::/64" if ipv6 else f"10.{number + 100}.0.0/16")
    for number, nat in enumerate(whole.get("nats", {}).values(), 1):
        if nat.get("kind") != "firewall":
            nat.setdefault("pool", f"100.64.0.{number}" if "behind" in nat else f"203.0.113.{number}")


def pin_dials(whole):
    """What happens at one time happens in the order of the file: here no two dials do."""
    for number, peer in enumerate(whole.get("peers", [])):
        said = peer if isinstance(peer, dict) else {"dial": peer}
        whole["peers"][number] = said | {"at": f"{time_of(said.get('at', '0s')) + number}ns"}


# What can draw at all, so that not all of the library has to be run.
CHANCE = re.compile(r"jitter|loss|burst|fraction|corrupt|reorder|ecn_mark|link:|random|shuffle|expire")


def numbers_entries(whole):
    """`vary` names an entry of the timeline by its number."""
    return any(key.startswith("timeline.") for key in whole.get("vary", {}))


def say(whole):
    timeline = whole.setdefault("timeline", [])
    timeline.insert(len(timeline) if numbers_entries(whole) else 0, {"at": "10ms", "say": SAID})


def unused_node(whole):
    """On the last network, and last on it: an address goes to whoever asks first."""
    whole["nodes"][SPARE] = {"networks": [list(whole["networks"])[-1]]}


def reversed_map(section):
    def edit(whole):
        if section in whole:
            whole[section] = dict(reversed(whole[section].items()))
    return edit


def reversed_timeline(whole):
    """Entries of one time stay in their order, which is the order in which they are carried out. So do those that an
    instant starts, which have none."""
    if not numbers_entries(whole):
        whole.get("timeline", []).sort(key=lambda entry: time_of(entry.get("at", "0s")), reverse=True)


def reversed_peers(whole):
    whole.get("peers", []).reverse()


def reversed_expectations(whole):
    whole.get("expect", []).reverse()


def time_of(text):
    for unit, factor in (("ns", 1), ("us", 1e3), ("ms", 1e6), ("min", 60e9), ("s", 1e9)):
        if text.endswith(unit):
            return round(float(text[: -len(unit)]) * factor)
    return 0


EDITS = {
    "a say": say,
    "an unused node": unused_node,
    "the timeline reversed": reversed_timeline,
    "the peers reversed": reversed_peers,
    "the networks reversed": reversed_map("networks"),
    "the NATs reversed": reversed_map("nats"),
    "the expectations reversed": reversed_expectations,
}


def is_added(event):
    return event.get("say") == SAID or event.get("node") == SPARE


def events_of(directory):
    with open(os.path.join(directory, "events.jsonl"), encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if is_added(event) or event["event"] == "topology":  # which names what is in the file, in its order
                continue
            for place in ("line", "column"):
                event.pop(place, None)
            yield json.dumps(event, sort_keys=True)


def summary_of(directory):
    with open(os.path.join(directory, "summary.json"), encoding="utf-8") as file:
        whole = json.load(file)
    del whole["digest"], whole["seed"]
    for key, value in whole.items():
        if isinstance(value, list):
            kept = [item for item in value if not is_added(item)]
            yield from (key + ": " + json.dumps(item, sort_keys=True) for item in kept)
        else:
            yield key + ": " + json.dumps(value, sort_keys=True)


def left_by(directory):
    """What each run left, in an order that does not hang on the order of the file."""
    found = {}
    for path, _, files in os.walk(directory):
        if "summary.json" in files:
            name = os.path.relpath(path, directory)
            found[name] = sorted(summary_of(path)), sorted(events_of(path))
    return found


def run(scenario, out, seed="1"):
    command = [ROAM, "run", "--quiet", "--seed", seed, "--out", out, scenario]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return done.stderr
    return left_by(out)


def difference(was, is_now):
    for name, runs in was.items():
        for kind, before, after in zip(("summary.json", "events.jsonl"), runs, is_now[name]):
            if before != after:
                lost = sorted((Counter(before) - Counter(after)).elements())
                new = sorted((Counter(after) - Counter(before)).elements())
                return f"{name}/{kind}: {len(lost)} lines\n      {lost[:1]}\n      {new[:1]}"
    return None


def write(path, whole, comment):
    with open(path, "w", encoding="utf-8") as file:
        file.write(comment + yaml.dump(whole, Dumper=Plain, sort_keys=False, allow_unicode=True, width=1000))


def compare(path, was, whole, edits):
    """The scenario is edited in place, as its traces lie beside it."""
    edited = copy.deepcopy(whole)
    for edit in edits:
        edit(edited)
    write(path, edited, "# A comment.\n\n")
    with tempfile.TemporaryDirectory() as work:
        got = run(path, os.path.join(work, "is"))
    return got if isinstance(got, str) else difference(was, got)


def check(path):
    """All edits at once; only when they change something, each alone."""
    with open(path, encoding="utf-8") as file:
        text = "".join(line for line in file if not line.startswith("#"))
    if not CHANCE.search(text):
        return 0
    whole = yaml.load(text, yaml.BaseLoader)
    pin_addresses(whole)
    pin_dials(whole)
    write(path, whole, "")
    with tempfile.TemporaryDirectory() as work:
        was = run(path, os.path.join(work, "was"))
        other = run(path, os.path.join(work, "other"), "2")
    if isinstance(was, str):
        print(f"{path}: {was}")
        return 1
    if {name: left[0] for name, left in was.items()} == {name: left[0] for name, left in other.items()}:
        return 0
    found = compare(path, was, whole, EDITS.values())
    print(f"{path}: {'differs' if found else 'the same'}")
    if not found:
        return 0
    print(f"{path}: all edits: {found}")
    for name, edit in EDITS.items():
        alone = compare(path, was, whole, [edit])
        if alone:
            print(f"{path}: {name}: {alone}")
    return 1


if __name__ == "__main__":
    sys.exit(1 if sum([check(path) for path in sys.argv[1:]]) else 0)
