#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs every example of scenarios/reference.md, each put into the first one, and looks whether they show every key, and
whether each key, verb and expectation has a section there."""
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROAM = os.environ["ROAM_COMMAND"]


def reference():
    with open(os.path.join(ROOT, "scenarios", "reference.md"), encoding="utf-8") as stream:
        return stream.read()


def blocks(text, loader=yaml.BaseLoader):
    for found in re.finditer(r"^```yaml\n(.*?)^```$", text, re.S | re.M):
        yield text.count("\n", 0, found.start()) + 2, yaml.load(found.group(1), loader)


def put_into(frame, part):
    """The whole scenario that a part stands for."""
    whole = copy.deepcopy(frame)
    if ("timeline" in part or "traffic" in part) and "expect" not in part:
        whole["expect"] = []
    for key, value in part.items():
        if key in ("networks", "nodes"):
            whole[key].update(value)
        else:
            whole[key] = value
    return whole


def keys_of(schema):
    """Each key: (section or kind, key). What verbs have in common needs to be shown of one of them."""
    for section in ("networks", "nodes", "nats", "balancers"):
        for key in schema["properties"][section]["additionalProperties"]["properties"]:
            yield section, key
    lists = {name: schema["properties"][name]["items"] for name in ("peers", "traffic", "timeline")}
    lists["expect"] = schema["$defs"]["expect"]["items"]
    for section, items in lists.items():
        for entry in items["anyOf"]:
            for key in entry.get("properties", {}):
                shared = section == "timeline" and key != entry["title"] or key in ("when", "share")
                yield section if shared else entry["title"], key
    for section, entry in (("known_fault", schema["properties"]["known_fault"]["anyOf"][0]),
                           ("gate", schema["properties"]["gate"])):
        for key in entry["properties"]:
            yield section, key
    for key in schema["properties"]:
        yield "root", key


def sections_of(text):
    """What the reference's sections are about: (chapter, name in backticks)."""
    chapter = ""
    for level, title in re.findall(r"^(##|###) (.*)$", text, re.M):
        if level == "##":
            chapter = title.split(":")[0]
        else:
            yield from ((chapter, name.split(":")[0]) for name in re.findall(r"`([^`]+)`", title))


# Where a section of the schema is described, and its parts.
CHAPTERS = {"networks": "Networks", "nodes": "Nodes", "nats": "NATs", "balancers": "Balancers",
            "timeline": "Verbs", "expect": "Expectations",
            "root": "The file"}


def wanted_of(schema):
    """What needs a section: each key of these sections, and each verb and expectation."""
    for section in ("networks", "nodes", "nats", "balancers"):
        for key in schema["properties"][section]["additionalProperties"]["properties"]:
            yield section, key
    for section, items in (("timeline", schema["properties"]["timeline"]["items"]), ("expect", schema["$defs"]["expect"]["items"])):
        for entry in items["anyOf"]:
            yield section, entry["title"]
    for key in schema["properties"]:
        yield "root", key


# Where keys of an inner mapping, or of an entry, are described: `KEY` (default).
def entries_of(schema):
    """Each section of the reference whose entry has keys: (chapter's beginning, its name, the keys)."""
    for section in ("networks", "nodes", "nats", "balancers"):
        keys = schema["properties"][section]["additionalProperties"]["properties"]
        for name, key in keys.items():
            inner = [each["properties"] for each in [key] + key.get("anyOf", []) if "properties" in each]
            yield CHAPTERS[section], name, {name: key, **(inner[0] if inner and name != "networks" else {})}
            if name == "quic":
                yield from ((CHAPTERS[section], each, {each: inner[0][each]}) for each in inner[0])
    for name, key in schema["properties"].items():
        yield CHAPTERS["root"], name, {name: key}
    for entry in schema["properties"]["timeline"]["items"]["anyOf"]:
        yield "Verbs", entry["title"], entry["properties"]


def default_of(key):
    found = re.search(r"Default: (.*?)\. For example ", key["description"])
    return found and found.group(1)


def other_defaults(text, schema):
    """Defaults that a section says differently than the schema, or one of them does not say."""
    sections = {}
    chapter = ""
    for level, title, body in re.findall(r"^(##|###) ([^\n]*)\n(.*?)(?=^##|\Z)", re.sub(r"```.*?```", "", text, flags=re.S), re.S | re.M):
        chapter = title.split(":")[0] if level == "##" else chapter
        for name in re.findall(r"`([^`]+)`", title) if level == "###" else []:
            sections[(chapter, name)] = " ".join(body.split())
    for chapter, name, keys in entries_of(schema):
        body = sections.get((chapter, name), "")
        said = " ".join(re.findall(r"Defaults?: (.*?)\.(?= |$)", body))
        for key, value in keys.items():
            default = default_of(value)
            short = re.findall(r"`%s` \((no limit|a day|[^ ),]+)[,)]" % key, body) if key != name else []
            if key == name and bool(said) != bool(default) or key == name and default and default not in said:
                yield "the section of '%s' says '%s', the schema '%s'" % (name, said, default)
            yield from ("'%s' of '%s': the section says '%s', the schema '%s'" % (key, name, each, default)
                        for each in short if each not in (default, (default or "").rstrip("s")))


def shown_by(part):
    for key, value in part.items():
        yield "root", key
        if key in ("networks", "nodes", "nats", "balancers"):
            for entry in value.values():
                yield from ((key, each) for each in entry)
        elif key in ("peers", "traffic", "timeline", "expect"):
            for entry in value:
                if isinstance(entry, dict):
                    titles = [each for each in entry] + ["a peer", key]
                    yield from ((title, each) for title in titles for each in entry)
        elif key in ("known_fault", "gate"):
            yield from ((key, each) for each in value)


def main():
    broken = 0
    shown = set()
    text = reference()
    parts = list(blocks(text))
    frame = parts[0][1]
    with tempfile.TemporaryDirectory() as work:
        shutil.copytree(os.path.join(ROOT, "scenarios", "latency", "traces"), os.path.join(work, "latency", "traces"))
        shutil.copytree(os.path.join(ROOT, "scenarios", "nat"), os.path.join(work, "nat"))
        for line, part in parts:
            path = os.path.join(work, "reference-%d.yaml" % line)
            whole = put_into(frame, part) if part is not frame else frame
            shown.update(shown_by(part))
            with open(path, "w", encoding="utf-8") as stream:
                json.dump(whole, stream, ensure_ascii=False)
            called = subprocess.run([ROAM, "run", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    check=False)
            if called.returncode != 0:
                broken += 1
                print("scenarios/reference.md:%d: exit status %d\n%s" % (line, called.returncode, called.stdout))
    with open(os.path.join(ROOT, "scenarios", "schema.json"), encoding="utf-8") as stream:
        schema = json.load(stream)
    for key in keys_of(schema):
        if key not in shown:
            broken += 1
            print("scenarios/reference.md: no example shows '%s' of %s" % (key[1], key[0]))
    described = set(sections_of(text))
    for section, name in wanted_of(schema):
        if (CHAPTERS[section], name) not in described:
            broken += 1
            print("scenarios/reference.md: '%s' of %s has no section under \"%s\"" % (name, section, CHAPTERS[section]))
    for fault in other_defaults(text, schema):
        broken += 1
        print("scenarios/reference.md: %s" % fault)
    print("%d examples, %d faults" % (len(parts), broken))
    sys.exit(1 if broken or len(parts) < 10 else 0)


if __name__ == "__main__":
    main()
