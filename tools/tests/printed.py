#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What commands print in the documents is what they print: every block of console in which something is printed is run.

A line " ..." of a document stands for lines that are left out, " ..." at the end of a line for the rest of it; spaces within a line
count, those at its end do not. A command of which nothing is shown is run for those after it in its block. The commands of a document are
run in one directory, which looks like the tree.

Standard error, with the progress of a sweep, is not compared.

usage: printed.py [DOCUMENT]..."""
import difflib
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROAM = os.path.abspath(os.environ["ROAM_COMMAND"])
WALL = "prints wall-clock figures"
OTHERS = "minutes of processor time"
# Commands that are not run here, by document and beginning, with the reason or the test that compares what they print.
NOT_RUN = [
    ("tools/benchmarks/README.md", "tools/bench", WALL),
    ("README.md", "tools/bench", WALL),
    ("tools/package/README.md", "tools/package/deb", "builds packages; tools/package/tests/test_deb.sh"),
    ("tools/sweep/README.md", "roam sweep --db move.db", "of a scenario that is no file; tools/sweep/tests/test_failures.sh has one like it"),
    ("tools/node/README.md", "tools/roam node", "ports and times of the machine's own sockets; core/live/tests"),
    ("results/README.md", "roam gate --experiment", OTHERS),
    ("results/README.md", "tools/build --ngtcp2", "builds another ngtcp2, and " + OTHERS),
    ("results/README.md", "ROAM_NGTCP2=released", "builds another ngtcp2"),
    ("results/answers.md", "tools/roam run scenarios", OTHERS + "; tools/test runs every scenario"),
    ("results/answers.md", "tools/roam compare", OTHERS + "; tools/compare/tests/test_explained.sh"),
    ("scenarios/README.md", "", "tools/tests/test_tutorial.sh"),
    ("results/packets.md", "tools/roam run", "tools/witness/tests/test_explain.sh"),
    ("tools/witness/README.md", "tools/roam dissect", "tools/witness/tests/test_dissect_ngtcp2.sh"),
]
CLOCK = re.compile(r"\d+ runs in [0-9.]+ s: \d+ a second")


def documents():
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not name.startswith(".") or name == ".github")
        yield from (os.path.relpath(os.path.join(folder, name), ROOT) for name in sorted(files) if name.endswith(".md"))


def blocks(path):
    """Of each block in which a command prints something: the line of its first, and (command, lines printed) of each."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as stream:
        text = stream.read()
    for found in re.finditer(r"^```(?:console)?\n(.*?)^```$", text, re.S | re.M):
        calls = []
        for line in found[1].splitlines():
            if line.startswith("$ "):
                calls.append((line[2:], []))
            elif calls:
                calls[-1][1].append(line.rstrip())
        while calls and not calls[-1][1]:
            calls.pop()
        if calls:
            yield text.count("\n", 0, found.start()) + 2, calls


def not_run(path, command):
    """The row that is about COMMAND: the whole command, or all that begin with a row's words and more than a name of a file."""
    for row in NOT_RUN:
        if path == row[0] and (command == row[1] or command.startswith(row[1] + " ") or not row[1]):
            return row
    return None


def same(wanted, got):
    return got.startswith(wanted[:-4]) if wanted.endswith(" ...") else got == wanted


def missed(wanted, got):
    """The lines of WANTED, those between two that stand for what is left out, that GOT does not have in their place; or nothing."""
    parts = [[]]
    for line in wanted:
        if line == " ...":
            parts.append([])
        else:
            parts[-1].append(line)
    at = 0
    for number, part in enumerate(parts):
        last = len(got) - len(part)
        places = range(at, last + 1)
        if number == 0:
            places = [place for place in places if place == 0]
        if number == len(parts) - 1:
            places = [place for place in places if place == last]
        found = next((place for place in places if all(map(same, part, got[place:]))), None)
        if found is None:
            return part or ["nothing"]
        at = found + len(part)
    return None


def printed(work, command):
    environment = dict(os.environ, PATH=work + "/bin:" + os.environ["PATH"], LC_ALL="C.UTF-8")
    called = subprocess.run(["bash", "-c", command], cwd=work, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    return [CLOCK.sub("RUNS", line).rstrip() for line in called.stdout.splitlines()]


def furnish(work):
    for folder in ("bin", "tools", "results"):
        os.mkdir(os.path.join(work, folder))
    for path in ("scenarios", "results/baselines"):
        os.symlink(os.path.join(ROOT, path), os.path.join(work, path))
    for path in ("bin", "tools"):
        os.symlink(ROAM, os.path.join(work, path, "roam"))


def main():
    broken, ran, used = 0, 0, set()
    for path in sys.argv[1:] or documents():
        with tempfile.TemporaryDirectory() as work:
            furnish(work)
            for line, calls in blocks(path):
                row = not_run(path, calls[0][0])
                if row is not None:
                    used.add(row)
                    continue
                for command, wanted in calls:
                    wanted = [CLOCK.sub("RUNS", text) for text in wanted]
                    got = printed(work, command)
                    ran += 1
                    part = missed(wanted, got) if wanted else None
                    if part is not None:
                        broken += 1
                        print(f"{path}:{line}: '{command}' does not print", *part, "but", *difflib.get_close_matches(part[0], got, 3), sep="\n")
    for row in [] if sys.argv[1:] else NOT_RUN:
        if row not in used:
            broken += 1
            print(f"{row[0]}: no block begins with '{row[1]}' any more")
    if ran < 6 and not sys.argv[1:]:
        broken += 1
        print(f"only {ran} commands were run")
    sys.exit(1 if broken else 0)


main()
