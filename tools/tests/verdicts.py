#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints what the witness says in a summary.json: a line for each end of a connection with which a rule was exercised.

    verdicts.py FILE

A line is: the rule, client or server, the verdict, how often the rule was exercised.
"""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    for rule in json.load(file)["rules"]:
        for end in rule["endpoints"]:
            if end["verdict"] != "not exercised":
                print(rule["rule"], end["side"], end["verdict"], end["exercised"])
