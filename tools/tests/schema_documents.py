#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Feeds the same documents to scenarios/schema.json and to the loader, and demands the same verdict of both.

The documents: every scenario; for each key that the schema knows one that has it, one with a value of another type, one
with a wrong word or unit, and for each mapping one with a key that nobody knows; and the list below. What only the
loader can see (names, times, ranges) is marked LOADER: there the schema must accept and the loader must not. Each key is
described, and a default that its description tells changes nothing when it is written.
"""
import copy
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROAM = os.environ["ROAM_COMMAND"]


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema: yes and on are words, 1:30 is no number."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", list("-+.0123456789")),
]:
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)

Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))  # 010 is ten

FRAME = {
    "roam": 1,
    "name": "frame",
    "duration": "100s",
    "networks": {"wifi": {"delay": "8ms", "rate": "50Mbps"}, "cellular": {"delay": "35ms", "nat": "home"}, "dc": {"delay": "1ms"},
                 "wired": {"delay": "1ms"}},
    "nats": {"home": {}, "carrier": {}},
    "balancers": {},
    "nodes": {"laptop": {"networks": ["wifi", "cellular"]}, "server": {"networks": ["dc"], "listen": 4433},
              "relay": {"networks": ["dc"], "relay": "server"}},
    "peers": ["laptop -> server"],
    "traffic": [{"flow": "laptop -> server", "send": "400B", "every": "20ms"},
                {"flow": "server -> laptop", "bulk": "4MB"}],
    "timeline": [{"at": "1s", "migrate": "laptop -> server", "as": "move"}],
    "expect": [{"never": "peer_down"}],
}

VALID, INVALID, LOADER = "valid", "invalid", "loader"

# A document made of a key and its example may be refused by the loader, as the example may not fit the frame; but not
# with these words, because they are about structure, and that is the schema's matter.
STRUCTURE = re.compile(r"unknown (?!node|network|NAT|migration)|expected .*, found|missing unit|unknown unit|"
                       r"is not a name|whole number|is no bound|is no prefix|is not a percentage|needs '(?!every)")

# What else an entry must have, by its title and by its key.
COMPANIONS = {"set": {"delay": "500ms"}, "drop": {"frame": "any"}, "duplicate": {"frame": "any"},
              "corrupt": {"frame": "any"}, "reorder": {"frame": "any", "delay": "30ms"}, "goodput": {"min": "1Mbps"},
              "gap": {"max": "<= 500ms"}}
# And with a key, by its name, and by those of its mapping and its own.
KEY_COMPANIONS = {"times": {"every": "2s"}, "stream": {"frame": "stream"}}
NAMED_COMPANIONS = {("expect/happens", "within"): {"of": "peer_down"}, ("expect/happens", "of"): {"within": "3s"}}
ALONE = {("traffic/" + shape, "stream") for shape in ("send", "bulk", "request", "rate")} | {("expect/lands", "times")}

HAND = [
    (VALID, {}),
    (VALID, {"peers": [{"dial": "laptop -> server", "at": "1s", "via": "relay"}]}),
    (VALID, {"vary": {"networks.wifi.delay": ["1ms", "2ms"], "seed": [1, 2]}}),
    (VALID, {"expect": [{"never": "peer_down", "when": {"networks.wifi.delay": "8ms"}}]}),
    (VALID, {"known_fault": {"reference": "x#1", "expect": [{"never": "peer_down"}]}}),
    (VALID, {"expect": [{"migration": "move", "result": ["ok", "timeout"], "count": "2.."}]}),
    (VALID, {"timeline": [{"at": "1s", "expire": "home", "of": 3}]}),
    (VALID, {"expect": [{"migration": "move", "p50": "<= 1s", "p99.9": "<= 1s", "share": "99%"}]}),
    (INVALID, {"expect": [{"migration": "move", "p49": "<= 1s"}]}),
    (INVALID, {"expect": [{"delivered": "all", "p99": "<= 1s"}]}),
    (INVALID, {"nodes": {"phone": {"count": 3, "networks": {"in_turn": []}}}}),
    (INVALID, {"timeline": [{"at": "1s", "expire": "home", "of": ""}]}),
    (INVALID, {"roam": 2}),
    (INVALID, {"roam": None}),
    (INVALID, {"name": "Frame"}),
    (INVALID, {"duration": 100}),
    (INVALID, {"duration": "100 parsecs"}),
    (INVALID, {"seed": -1}),
    (INVALID, {"nodes": ["laptop"]}),
    (INVALID, {"networks": "wifi"}),
    (INVALID, {"networks": {"Wifi": {"delay": "1ms"}}}),
    (INVALID, {"peers": ["laptop"]}),
    (INVALID, {"peers": ["laptop -> "]}),
    (INVALID, {"peers": {"dial": "laptop -> server"}}),
    (INVALID, {"traffic": [{"flow": "laptop -> server"}]}),
    (INVALID, {"traffic": [{"flow": "laptop -> server", "send": "1B", "every": "1s", "bulk": "1MB"}]}),
    (INVALID, {"traffic": [{"flow": "laptop -> server", "send": "1B"}]}),
    (INVALID, {"timeline": [{"at": "1s"}]}),
    (INVALID, {"timeline": [{"at": "1s", "after": {"happens": "peer_up", "of": "laptop -> server"}, "say": "x"}]}),
    (INVALID, {"timeline": [{"say": "x"}]}),
    (INVALID, {"timeline": [{"at": "1s", "say": "x", "times": 3}]}),
    (INVALID, {"timeline": [{"at": "1s", "say": "x", "detach": "laptop", "network": "wifi"}]}),
    (INVALID, {"expect": [{}]}),
    (INVALID, {"expect": [{"gap": "laptop -> server"}]}),
    (INVALID, {"expect": [{"never": "peer_down", "delivered": "all"}]}),
    (VALID, {"expect": [{"migration": "move", "validation": "120ms"}, {"gap": "laptop -> server", "max": "1s"}]}),
    (INVALID, {"expect": [{"gap": "laptop -> server", "max": "1s.."}]}),
    (INVALID, {"expect": [{"happens": "peer_down", "between": "1s"}]}),
    (VALID, {"params": {"rtt": "40ms", "n": 3, "where": "cellular"}, "seed": "${n}",
             "timeline": [{"at": "${2 * rtt}", "migrate": "laptop -> server", "as": "move", "network": "${where}"}]}),
    (INVALID, {"params": {"a-b": "40ms"}}),
    (INVALID, {"params": {"rtt": ["40ms"]}}),
    (LOADER, {"timeline": [{"at": "${rtt}", "say": "x"}]}),
    (INVALID, {"expect": [{"never": "peer_down", "when": {"networks.wifi.delay": []}}]}),
    (INVALID, {"known_fault": {"reference": "x#1", "expect": []}}),
    (INVALID, {"known_fault": {"expect": [{"never": "peer_down"}]}}),
    (INVALID, {"vary": {"seed": []}}),
    (INVALID, {"vary": {"seed": 1}}),
    (INVALID, {"vary": {"seed": [[1]]}}),
    (LOADER, {"timeline": [{"at": "100s", "say": "too late"}]}),
    (LOADER, {"timeline": [{"at": "1s", "expire": "home", "of": 0}]}),
    (LOADER, {"peers": ["laptop -> nobody"]}),
    (LOADER, {"networks": dict(FRAME["networks"], wired={"delay": "8000min"})}),
    (LOADER, {"expect": [{"migration": "nothing", "result": "ok"}]}),
    (LOADER, {"vary": {"networks.wify.delay": ["1ms"]}}),
    (LOADER, {"expect": [{"migration": "move", "validation": "2s..1s"}]}),
]


class Documents:
    def __init__(self, schema):
        self.schema = schema
        self.validator = jsonschema.Draft202012Validator(schema)
        self.items = []  # (what, wanted, document)
        self.defaults = 0  # that were compared

    def add(self, what, wanted, document):
        self.items.append((what, wanted, document))

    def resolve(self, schema):
        while "$ref" in schema:
            schema = self.schema["$defs"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def accepts(self, schema, value):
        return self.validator.evolve(schema=dict(schema, **{"$defs": self.schema["$defs"]})).is_valid(value)


def example_of(name, schema):
    found = re.search(r"For example %s: (.*)$" % re.escape(name), schema["description"], re.S)
    return yaml.load(found.group(1), Core)


def minimal(name, entry):
    needed = {key: example_of(key, entry["properties"][key]) for key in entry["required"]}
    when = {"at": "5s"} if re.fullmatch("timeline/[a-z]+", name) else {}
    return dict(COMPANIONS.get(entry["title"], {}), **when, **needed)


def with_key(name, base, key, value):
    """The entry with a key more, and what that one needs, and without what it replaces."""
    needed = {} if (name, key) in ALONE else {**KEY_COMPANIONS.get(key, {}), **NAMED_COMPANIONS.get((name, key), {})}
    kept = {other: held for other, held in base.items() if (other, key) != ("at", "after")}
    return {**kept, **needed, key: value}


def in_list(section):
    def embed(entry):
        document = copy.deepcopy(FRAME)
        document[section] = document.get(section, []) + [entry]
        if section == "peers":
            document["peers"] = [entry]
        return document
    return embed


def in_map(section, name):
    def embed(entry):
        document = copy.deepcopy(FRAME)
        document[section][name] = entry
        return document
    return embed


def in_section(section):
    return lambda entry: dict(copy.deepcopy(FRAME), **{section: entry})


def maps_of(documents, properties):
    """Each mapping that the schema knows: (name, schema, how it becomes a document)."""
    def alternatives(section):
        items = documents.resolve(properties[section])["items"]
        return [each for each in items["anyOf"] if each.get("type") == "object"]

    yield "root", documents.schema, lambda entry: dict(copy.deepcopy(FRAME), **entry)
    for section in ("networks", "nats", "nodes", "balancers"):
        yield section, properties[section]["additionalProperties"], in_map(section, "more")
    for section in ("peers", "traffic", "timeline", "expect"):
        for entry in alternatives(section):
            yield "%s/%s" % (section, entry["title"]), entry, in_list(section)
    one, several = properties["known_fault"]["anyOf"]
    yield "known_fault", one, in_section("known_fault")
    yield "known_fault, one of a list", several["items"], lambda entry: in_section("known_fault")([entry])
    yield "gate", properties["gate"], in_section("gate")


def add_keys(documents, name, entry, embed):
    base = {} if name == "root" else minimal(name, entry)
    documents.add("%s: an unknown key" % name, INVALID, embed(dict(base, nobody_knows_this=1)))
    for key, schema in entry["properties"].items():
        if name == "root" and key in FRAME and key not in ("seed", "about"):
            continue  # sections are gone through key by key
        if not (name == "root" and "For example" not in schema["description"]):
            documents.add("%s: %s" % (name, key), VALID, embed(with_key(name, base, key, example_of(key, schema))))
        wrong = [value for value in ([[1]], {"nobody": {"knows": 1}}, None, "\u00e4\u00f6")
                 if not documents.accepts(schema, value)]
        if not wrong:
            raise SystemExit("the schema takes anything for %s of %s" % (key, name))
        for value in wrong:
            documents.add("%s: %s as %s" % (name, key, json.dumps(value)), INVALID, embed(with_key(name, base, key, value)))
        for inner in [schema] + schema.get("anyOf", []):
            if "properties" in inner and name != "root":
                add_keys(documents, "%s/%s" % (name, key), inner, lambda part, key=key: embed(with_key(name, base, key, part)))


def loader_faults(paths):
    """The faults of each file, from one call."""
    called = subprocess.run([ROAM, "check", "--quiet"] + paths, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            check=False)
    if called.returncode not in (0, 2):
        raise SystemExit("roam check: exit status %d\n%s" % (called.returncode, called.stderr))
    faults = {path: [] for path in paths}
    for line in called.stderr.splitlines():
        path = line.split(":", 1)[0]
        if path in faults:
            faults[path].append(line)
    return faults


def compare(documents):
    broken = 0
    with tempfile.TemporaryDirectory() as work:
        paths = []
        for number, (_, _, document) in enumerate(documents.items):
            paths.append(os.path.join(work, "%d.yaml" % number))
            with open(paths[-1], "w", encoding="utf-8") as stream:
                stream.write(json.dumps(document, ensure_ascii=False).replace(": null", ": "))
        faults = loader_faults(paths)
        for path, (what, wanted, document) in zip(paths, documents.items):
            with open(path, encoding="utf-8") as stream:
                accepted = documents.validator.is_valid(yaml.load(stream, Core))
            found = [line.replace(path, "") for line in faults[path]]
            by_hand = what.startswith("by hand")
            loaded = not found or (wanted == VALID and not by_hand and not STRUCTURE.search("\n".join(found)))
            if (accepted, loaded) != {VALID: (True, True), INVALID: (False, False), LOADER: (True, False)}[wanted]:
                broken += 1
                print("%s: %s wanted; the schema %s, the loader says %s\n  %s" % (
                    what, wanted, "accepts" if accepted else "refuses", found or "nothing", json.dumps(document)))
    return broken


SCHEMA = os.path.join(ROOT, "scenarios", "schema.json")


def compare_scenarios(documents):
    broken = 0
    paths = sorted(glob.glob(os.path.join(ROOT, "scenarios", "**", "*.yaml"), recursive=True))
    paths = [path for path in paths if not path.endswith(".inc.yaml")]
    paths += sorted(glob.glob(os.path.join(ROOT, "sim", "endpoint", "adapters", "*", "findings", "*.yaml")))
    for path in paths:
        with open(path, encoding="utf-8") as stream:
            errors = list(documents.validator.iter_errors(yaml.load(stream, Core)))
        if errors:
            broken += 1
            print("%s: the schema refuses it: %s" % (path, jsonschema.exceptions.best_match(errors).message))
    return broken, len(paths)


def explained(work, document):
    """What roam check says of a document, or None if it refuses it."""
    path = os.path.join(work, "explained.yaml")
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(document, stream, ensure_ascii=False)
    called = subprocess.run([ROAM, "check", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    return called.stdout if called.returncode == 0 else None


def other_defaults(documents, work, name, entry, embed):
    """Keys whose default, written, is explained differently than nothing. Keys that are explained because they are written,
    as those of quic, say nothing here, nor do defaults that are no value ("no limit")."""
    base = {} if name == "root" else minimal(name, entry)
    compared = 0
    for key, schema in entry["properties"].items():
        found = re.search(r"Default: (.*?)\. For example ", schema["description"])
        default = yaml.load(found.group(1), Core) if found else None
        if found and not name.endswith("/quic") and documents.accepts(schema, default):
            written = with_key(name, base, key, default)
            without = explained(work, embed({other: value for other, value in written.items() if other != key}))
            told = explained(work, embed(written))
            if told is None or without is None or re.search("%s:? %s" % (key, found.group(1)), told):
                continue
            compared += 1
            if told != without:
                print("%s: %s: its default is not %s: it changes what roam check says:\n%s" % (name, key, found.group(1), told))
                yield key
        for inner in [schema] + schema.get("anyOf", []):
            if "properties" in inner and name != "root":
                yield from other_defaults(documents, work, "%s/%s" % (name, key), inner,
                                          lambda part, key=key: embed(with_key(name, base, key, part)))
    documents.defaults += compared


def undescribed(schema, where=""):
    """Keys of the schema, at any depth, that say nothing of themselves but an example."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from undescribed(part, "%s/%s" % (where, part.get("title", number) if isinstance(part, dict) else number))
    elif isinstance(schema, dict):
        for name in ("properties", "patternProperties"):
            for key, value in schema.get(name, {}).items():
                if len(value.get("description", "").split("For example ")[0].split()) < 2:
                    yield "%s/%s" % (where, key)
                yield from undescribed(value, "%s/%s" % (where, key))
        for name, part in schema.items():
            if name not in ("properties", "patternProperties"):
                yield from undescribed(part, where)


def main():
    with open(SCHEMA, encoding="utf-8") as stream:
        schema = json.load(stream)
    if schema.get("$id") != "urn:roam:scenario:1":
        raise SystemExit("scenarios/schema.json: its $id is %s" % schema.get("$id"))
    jsonschema.Draft202012Validator.check_schema(schema)
    plain = list(undescribed(schema))
    for key in plain:
        print("%s is not described" % key)
    documents = Documents(schema)
    for name, entry, embed in maps_of(documents, schema["properties"]):
        add_keys(documents, name, entry, embed)
        with tempfile.TemporaryDirectory() as work:
            plain += other_defaults(documents, work, name, entry, embed)
    for number, (wanted, changes) in enumerate(HAND):
        documents.add("by hand, number %d" % number, wanted, dict(copy.deepcopy(FRAME), **changes))
    broken = compare(documents)
    refused, scenarios = compare_scenarios(documents)
    print("%d documents, %d scenarios, %d defaults, %d not as wanted" % (
        len(documents.items), scenarios, documents.defaults, broken + refused + len(plain)))
    sys.exit(1 if broken + refused + len(plain) > 0 or documents.defaults < 50 or len(documents.items) < 500 or scenarios < 30 else 0)


if __name__ == "__main__":
    main()
