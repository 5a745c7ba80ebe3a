# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the rules that roam dissect --json tells of a capture with those of summary.json.

usage: dissect_rules.py JSON SUMMARY [--side SIDE] [--but RULE]... [--maybe RULE]...
Without --side all endpoints of the connections that both know, and the sums; with it, that end of the only
connection. --but: a rule that differs, and is to; --maybe: one that may.
"""
import argparse
import json
import sys

AT_HOST = "all that passes at its host"


def endpoints(rules, side):
    """What came of each rule at each end."""
    return {(rule["rule"], 0 if side else end["connection"], end["side"]):
            (end["verdict"], end["exercised"], end["broken"], (end["first"] or {}).get("text"))
            for rule in rules for end in rule["endpoints"] if side in (None, end["side"])}


def sums(rules):
    return {rule["rule"]: tuple(rule[key] for key in ("verdict", "exercised", "broken", "endpoint_count",
                                                      "endpoint_count_broken", "id", "level")) for rule in rules}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("json")
    parser.add_argument("summary")
    parser.add_argument("--side")
    parser.add_argument("--but", action="append", default=[])
    parser.add_argument("--maybe", action="append", default=[])
    given = parser.parse_args()
    said, ran = (json.load(open(path, encoding="utf-8")) for path in (given.json, given.summary))
    for connection in said["connections"]:
        judged = connection["judged"]
        scopes = [judged[given.side]] if given.side else [judged["client"], judged["server"]]
        if any(scope != AT_HOST for scope in scopes) or judged["because"]:
            sys.exit(f"judged: {judged}")
    is_, wanted = (endpoints(rules, given.side) for rules in (said["rules"], ran["rules"]))
    if not wanted:
        sys.exit("no rule was exercised")
    # summary.json has some endpoints of each rule, and the sums of all.
    differing = {key[0] for key in wanted if is_.get(key) != wanted[key]}
    if given.side:
        differing |= {key[0] for key in is_ if key not in wanted}
    else:
        all_said, all_ran = sums(said["rules"]), sums(ran["rules"])
        differing |= {rule for rule in all_said.keys() | all_ran.keys() if all_said.get(rule) != all_ran.get(rule)}
    differing -= set(given.maybe)
    for rule in sorted(differing.symmetric_difference(given.but)):
        print(rule, "roam dissect:", [v for k, v in is_.items() if k[0] == rule][:4],
              "summary.json:", [v for k, v in wanted.items() if k[0] == rule][:4])
    return differing != set(given.but)


sys.exit(main())
