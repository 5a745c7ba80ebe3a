#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Follows the tutorial, scenarios/README.md: what a reader writes, and what the commands print.

usage: tutorial.py [--update]

A block of yaml that begins with "roam:", or with a comment, is all of mine.yaml. Any other is put into the file of the step before:
its sections replace those that are there, but entries under networks, nats and nodes are added. A block of console has
commands after "$ ", each followed by all that it prints. --update writes what they print into the tutorial."""
import copy
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TUTORIAL = os.path.join(ROOT, "scenarios", "README.md")
ROAM = os.path.abspath(os.environ["ROAM_COMMAND"])
STEPS = 10


def put_into(whole, part):
    whole = copy.deepcopy(whole)
    for key, value in part.items():
        if key in ("networks", "nats", "nodes") and key in whole:
            whole[key].update(value)
        else:
            whole[key] = value
    return whole


def write(work, whole, block):
    """The scenario that the reader has then."""
    is_all = re.match(r"(#[^\n]*\n)*roam:", block) or not block.strip()
    with open(os.path.join(work, "mine.yaml"), "w", encoding="utf-8") as stream:
        if is_all:
            stream.write(block)
            return yaml.load(block, yaml.BaseLoader) or {}
        whole = put_into(whole, yaml.load(block, yaml.BaseLoader))
        json.dump(whole, stream, ensure_ascii=False)
        return whole


def printed(work, command):
    environment = dict(os.environ, PATH=work + ":" + os.environ["PATH"])
    called = subprocess.run(["bash", "-c", command], cwd=work, env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    return "".join(line.rstrip() + "\n" for line in called.stdout.splitlines())


def main():
    with open(TUTORIAL, encoding="utf-8") as stream:
        text = stream.read()
    made, at, whole, calls, broken = "", 0, {}, 0, 0
    with tempfile.TemporaryDirectory() as work:
        os.symlink(ROAM, os.path.join(work, "roam"))
        for found in re.finditer(r"^```(yaml|console)\n(.*?)^```$", text, re.S | re.M):
            if found.group(1) == "yaml":
                whole = write(work, whole, found.group(2))
                continue
            made += text[at:found.start(2)]
            at = found.end(2)
            for command in re.findall(r"^\$ (.*)$", found.group(2), re.M):
                calls += 1
                made += "$ " + command + "\n" + printed(work, command)
            if not made.endswith(text[found.start(2):at]):
                broken += 1
                print("scenarios/README.md:%d: the commands print something else" % (text.count("\n", 0, found.start()) + 1))
    made += text[at:]
    if "--update" in sys.argv[1:]:
        with open(TUTORIAL, "w", encoding="utf-8") as stream:
            stream.write(made)
        return
    if broken:
        sys.stdout.writelines(difflib.unified_diff(text.splitlines(True), made.splitlines(True), "shown", "printed", n=0))
    steps = len(re.findall(r"^## [0-9]+\. ", text, re.M))
    if steps != STEPS or calls < STEPS:
        broken += 1
        print("scenarios/README.md: %d steps with %d commands, not %d" % (steps, calls, STEPS))
    sys.exit(1 if broken else 0)


main()
