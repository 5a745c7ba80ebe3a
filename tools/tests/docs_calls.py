# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the calls in the examples of the READMEs named, a line each: FILE:LINE, program, arguments, with tabs between.
Of roam the program is 'roam', wherever it lies. Blocks of YAML must parse; the calls of a CI job are in its steps."""
import re
import sys

import yaml

CALL = re.compile(r"(?:^|\s)(?:\S*/)?(roam|tools/(?:setup|build|test|bench|replay|fuzz))\s+(.*)$")


def blocks(path):
    """Language, first line's number and lines of each fenced block."""
    language, lines, first = None, [], 0
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line.startswith("```"):
                lines.append(line)
            elif language is None:
                language, lines, first = line[3:], [], number + 1
            else:
                yield language, first, lines
                language = None
    if language is not None:
        sys.exit(f"{path}:{first}: a block that does not end")


def calls(language, lines):
    """Index and text of each line that is typed, those that end in a backslash put together."""
    index = 0
    while index < len(lines):
        start, text = index, lines[index]
        while text.endswith("\\") and index + 1 < len(lines):
            index += 1
            text = text[:-1] + " " + lines[index].strip()
        index += 1
        if language == "console" and not text.startswith("$ "):
            continue
        yield start, text


for path in sys.argv[1:]:
    for language, first, lines in blocks(path):
        if language == "yaml":
            try:
                yaml.safe_load("\n".join(lines))
            except yaml.YAMLError as fault:
                sys.exit(f"{path}:{first}: {fault}")
        if language not in ("console", "sh", "yaml", ""):
            continue
        for start, text in calls(language, lines):
            found = CALL.search(text)
            if found and not text.lstrip().startswith("#") and re.match(r"[-a-z]", found[2]):
                words = re.split(r" (?:>>?|&|\|\||\||:::) ?", found[2] + " ")[0].strip()
                print(f"{path}:{first + start}\t{found[1]}\t{words}")
