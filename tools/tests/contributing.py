# SPDX-License-Identifier: GPL-2.0-or-later
"""The worked examples of .github/CONTRIBUTING.md. Each section "## How to add ..." with a block of diff is tried: the diff
applies to a copy of the tree, touches the files that the section names and no others, compiles, and the scripts among
the tests that it changes pass with the program that comes of it.

usage: contributing.py ROOT BUILD WORK"""
import json
import os
import re
import shlex
import subprocess
import sys

ROOT, BUILD, WORK = sys.argv[1:]
COPIED = ("core", "sim", "tools", "scenarios", "results", "README.md", ".github")


def fail(text):
    print("FAIL .github/CONTRIBUTING.md: " + text)
    sys.exit(1)


def sections():
    """Title, names of the files in the section's list ("- `FILE`: ...") and diff of each example."""
    with open(os.path.join(ROOT, ".github", "CONTRIBUTING.md"), encoding="utf-8") as file:
        for part in file.read().split("\n## ")[1:]:
            title, body = part.split("\n", 1)
            diff = re.search(r"^```diff\n(.*?)^```$", body, re.S | re.M)
            if title.startswith("How to add") and diff:
                yield title, re.findall(r"^- `([^`]+)`", body, re.M), diff.group(1)


def make_tree(tree):
    """The tree as links, so that only what a diff changes is a file of its own."""
    os.makedirs(tree)
    for name in COPIED:
        subprocess.run(["cp", "-rs", os.path.join(ROOT, name), tree], check=True)


def apply(diff, tree):
    """The files that the diff changes."""
    changed = re.findall(r"^\+\+\+ b/(\S+)$", diff, re.M)
    for name in changed:
        path = os.path.join(tree, name)
        if os.path.islink(path):
            os.unlink(path)
            subprocess.run(["cp", os.path.join(ROOT, name), path], check=True)
    # Fuzz 0: the example is the tree's, to the line.
    if subprocess.run(["patch", "--batch", "--quiet", "--fuzz=0", "-p1", "-d", tree], input=diff, text=True).returncode:
        fail("the diff does not apply")
    return changed


def sources_of(changed):
    """The .c files to compile: those that the diff has, their rooms (which may be told where they are), and all that
    include a header of it."""
    headers = {os.path.join(ROOT, name) for name in changed if name.endswith(".h")}
    found = {name for name in changed if name.endswith((".c", ".cc")) and "/tests/" not in name}
    found.add("tools/cli/data_directory.c")  # it has the tree's path, where the scripts of figures are
    for room in {os.path.dirname(name) for name in found}:
        found.update(os.path.join(room, name) for name in os.listdir(os.path.join(ROOT, room)) if name.endswith((".c", ".cc")))
    output = subprocess.run(["ninja", "-C", BUILD, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    for block in output.split("\n\n"):
        names = [line.strip() for line in block.split("\n")[1:] if line.startswith("    ")]
        names = [os.path.normpath(os.path.join(BUILD, name)) for name in names]
        own = [name for name in names if name.endswith((".c", ".cc")) and name.startswith(ROOT) and "/tests/" not in name]
        if own and headers.intersection(names):
            found.add(os.path.relpath(own[0], ROOT))
    found.discard("tools/main.c")
    return sorted(found)


def compile_all(sources, tree):
    with open(os.path.join(BUILD, "compile_commands.json"), encoding="utf-8") as file:
        commands = {os.path.relpath(entry["file"], ROOT): entry["command"] for entry in json.load(file)}
    objects = []
    for source in sources:
        room = os.path.dirname(source)
        like = commands.get(source) or next(
            (commands[name] for name in sorted(commands) if os.path.dirname(name) == room), None)
        if not like:
            fail("no file of %s is compiled" % room)
        # Paths of the sources become those of the copy; what the build made itself stays.
        words = [re.sub(re.escape(ROOT) + r"(?!/\.build)(?=/|$|\\|\")", tree, word) for word in shlex.split(like)]
        words = words[:words.index("-o")]
        objects.append(os.path.join(tree, source.replace("/", "-") + ".o"))
        if subprocess.run(words + ["-o", objects[-1], "-c", os.path.join(tree, source)], cwd=BUILD).returncode:
            fail(source + " does not compile")
    return objects


def link(objects, program):
    """The program of the build, with these objects before its libraries."""
    lines = subprocess.run(["ninja", "-C", BUILD, "-t", "commands", "roam_command"], capture_output=True, text=True,
                           check=True).stdout.strip().split("\n")
    words = shlex.split(lines[-1].replace(": && ", "", 1).replace(" && :", ""))
    at = words.index("-o")
    words[at + 1:at + 2] = [program] + objects
    if subprocess.run(words, cwd=BUILD).returncode:
        fail("the program does not link")


def main():
    tried = 0
    for title, named, diff in sections():
        tree = os.path.join(WORK, "tree-%d" % tried)
        tried += 1
        make_tree(tree)
        changed = apply(diff, tree)
        if sorted(changed) != sorted(named):
            fail("%s: the list names %s, the diff has %s" % (title, sorted(named), sorted(changed)))
        objects = compile_all(sources_of(changed), tree)
        program = os.path.join(tree, "roam")
        link(objects, program)
        environment = dict(os.environ, ROAM_COMMAND=program)
        for test in (name for name in changed if re.search(r"/test_[^/]*\.sh$", name)):
            if subprocess.run(["bash", os.path.join(tree, test)], env=environment).returncode:
                fail("%s: %s fails" % (title, test))
        print("%s: %d files changed, %d compiled" % (title, len(changed), len(objects)))
    if not tried:
        fail("there is no example")


main()
