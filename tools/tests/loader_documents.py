#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The documents that the loader's own tests load, shown to scenarios/schema.json: what roam check accepts it accepts; what it
refuses is faulty in its shape, and all such faults are refused; the rest is what no schema knows, by kind.

The executables sim_scenario_test_* write what they load to a directory (sim/scenario/tests/loading.h).
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

import schema_documents as known

# What is no document for any reader of YAML, or none that every reader takes for the same.
TEXT = re.compile(r"not YAML|not UTF-8|control character in the text|^a key must be|^anchors|^tags|duplicate key|^empty|"
                  r"nested too deeply|larger than \d+ bytes|a second document")

# What a key is called, whether it is there, and what its value looks like. A schema that accepts it must not be able to see it:
# the line has one of these, or the fault is in PARTLY.
SHAPE = re.compile(r"^unknown (?!node|network|NAT|migration|move|endpoint|parameter|rule)|expected .*, found|missing unit|"
                   r"unknown unit|is not a (?!number)|whole number (?!of)|needs '|is not a name")
SHAPELESS = re.compile(r"vary:|params:|\$\{")
PARTLY = re.compile(r"^(after|lands|'within') needs '")

# Other faults for which a schema may refuse a document.
FORM = re.compile(
    r"^unknown (node|network|NAT|migration|rule or requirement) '(?![a-z0-9][a-z0-9_-]*')|^unknown rule|is negative|empty|"
    r"is no (name|address|prefix|bound|port|option's name|endpoint's name|percentile|queue)|there is no percentile|"
    r"is not (the number|called|1)|needs one of|names no two nodes|has no (upper end|value)|without its|leads out|"
    r"besides|in one entry|is one end of a range|is a list of|no network is named|one set has|a set of no|"
    r"1 to 64|servers: write|: at most 64|no expectation: write|a control character in a text|NAT64")

# What a schema does not know, by kind.
MEANING = {
    "values at another place: of vary, of parameters, of ${...}": re.compile(
        r"values of vary|cannot be varied|has? no (sum|difference)|nothing is called|have no (sum|difference)|stands alone|"
        r"sums and products|with .* line \d+ is wrong|the result is|unknown parameter"),
    "files: whether they are there, and what they hold": re.compile(r"cannot be read|leads out"),
    "names: whether something is called so, once, and what that is": re.compile(
        r"^unknown (node|network|NAT|endpoint|move|migration|rule)|' is (a|an|the|no|its|of|by|about|in|on|behind|for|that|not|"
        r"listed|already|down|refused|suspended|stopped|roam)\b|^no (rule|network|traffic)|has no|already|twice|balancers by|"
        r"peers|rename|listens?\b|relays to|prefer|needs a group|cannot (dial|join)|each node of|ignores|both IPv4"),
    "times: the order of events, and the end of the run": re.compile(
        r"( at|until) [0-9.]+(ns|us|ms|s|min)\b|before the (end|scenario)|ends before|(after|before) (its|the|from)|waits, by"),
    "amounts: how large, how many, and what fits with what": re.compile(
        r"too (small|large)|at (most|least)|more than|has \d+|allows nothing|smaller one|ports are|room|shorter|hops|bits|"
        r"no whole|of whole|is not a number from|no bound|comes after|leaves|bytes|do not fit|a block of"),
    "keys that go with others, and with values of others": re.compile(
        r"goes? with|needs? |which (packets|stream|instant|state)|how (long|fast)|nothing|neither|besides|one setting|"
        r"leave|of no size|overloads|two ports|behind|control|line break|pool|family|ipv4|ipv6|without|one (to|node)|"
        r"drawn|p2p|csma|wifi|one timer|bound|address|in one entry|does not change|goes"),
}


def executables():
    folder = os.path.join(os.environ["ROAM_BUILD"])
    sources = glob.glob(os.path.join(known.ROOT, "sim", "scenario", "tests", "test_*.c"))
    for source in sources:
        yield os.path.join(folder, "sim_scenario_" + os.path.basename(source)[:-2])


def collect(work):
    """Paths of the documents."""
    for executable in executables():
        subprocess.run([executable], check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, ROAM_TEST_DOCUMENTS=work))
    return sorted(glob.glob(os.path.join(work, "*.yaml")))


def faults_of(paths):
    """The faults of each document: (what it says, the line on which it stands)."""
    found = {}
    for path, faults in known.loader_faults(paths).items():
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = stream.read().split("\n")
        found[path] = []
        for fault in faults:
            place = re.match(r":(\d+):\d+: ", fault[len(path):])
            line = lines[int(place.group(1)) - 1] if place and int(place.group(1)) <= len(lines) else ""
            found[path].append((fault[len(path) + (place.end() if place else 0):], line))
    return found


def kind_of(fault, line):
    """The kind of a fault that a schema does not know; None: it must know it."""
    if SHAPE.search(fault) and not PARTLY.search(fault):
        return next(iter(MEANING)) if SHAPELESS.search(line) else None
    return next((kind for kind, pattern in MEANING.items() if pattern.search(fault)), None)


def is_text(faults):
    return any(TEXT.search(fault) for fault, _ in faults)


def judge(faults, accepted):
    """What is wrong with a schema's verdict on a document that has these faults; None: nothing."""
    strangers = [fault for fault, line in faults if not kind_of(fault, line)]
    if is_text(faults):
        return None
    if accepted:
        return "is accepted in spite of %s" % strangers if strangers else None
    if not faults:
        return "is refused, and roam check accepts it"
    seen = any(SHAPE.search(fault) or FORM.search(fault) for fault, _ in faults)
    return None if seen else "is refused, and none of the faults is of its shape: %s" % [fault for fault, _ in faults]


def accepts(validator, path):
    try:
        with open(path, encoding="utf-8") as stream:
            return validator.is_valid(yaml.load(stream, known.Core))
    except (yaml.YAMLError, UnicodeDecodeError):
        return False


def main():
    with open(known.SCHEMA, encoding="utf-8") as stream:
        validator = jsonschema.Draft202012Validator(known.json.load(stream))
    counts = dict.fromkeys([*MEANING, "shape", "good"], 0)
    broken = 0
    with tempfile.TemporaryDirectory() as work:
        paths = collect(work)
        for path, faults in faults_of(paths).items():
            if is_text(faults):
                continue
            accepted = accepts(validator, path)
            fault = judge(faults, accepted)
            for kind in {kind_of(*each) for each in faults} if accepted and faults and not fault else []:
                counts[kind] += 1
            counts["good"] += not faults
            counts["shape"] += bool(faults) and not accepted
            if fault:
                broken += 1
                with open(path, encoding="utf-8", errors="replace") as stream:
                    print("%s\n%s" % (fault, stream.read(2000)))
    for kind, count in counts.items():
        print("%5d %s" % (count, kind))
    print("%d documents, %d not as wanted" % (len(paths), broken))
    sys.exit(1 if broken or min(counts.values()) == 0 or counts["shape"] < 500 else 0)


if __name__ == "__main__":
    main()
