# SPDX-License-Identifier: GPL-2.0-or-later
"""What an editor shows of scenarios: yaml-language-server, asked over its standard input and output.

language_server.py COMMAND...: the documents that schema_documents.py has by hand, in block style. What `roam check` refuses
for its shape gets a diagnostic on a line on which roam check has one, but for those in ELSEWHERE; all else, every scenario of
the library and every example of the reference too, gets none. What the loader's tests load is marked as loader_documents.py
says. Keys are completed and explained.
"""
import copy
import glob
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

import loader_documents as loaded
import reference_examples as reference
import schema_documents as known

# Documents of known.HAND, by number, whose diagnostic stands on another line than the loader's, and why.
ELSEWHERE = {
    25: "two shapes of traffic in one entry: at the key that is one too many; roam check: at the entry",
    28: "'at' and 'after': at the list, as all of an entry is wrong together; roam check: at the entry",
    30: "a key needs another: at the list; roam check: at the entry",
    31: "two verbs in one entry: at the key; roam check: at the entry",
    44: "a key is missing: at the name of the mapping; roam check: where the mapping begins",
}


class Server:
    def __init__(self, command):
        self.asked = 0
        self.diagnostics = {}
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.ask("initialize", {"processId": os.getpid(), "rootUri": None,
                                "capabilities": {"workspace": {"configuration": True}, "textDocument": {
                                    "hover": {"contentFormat": ["plaintext"]}}}})
        self.send({"method": "initialized", "params": {}})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        size = None
        while line := self.process.stdout.readline().strip():
            name, value = line.split(b":", 1)
            size = int(value) if name.lower() == b"content-length" else size
        if size is None:
            raise SystemExit("the language server has ended")
        message = json.loads(self.process.stdout.read(size))
        if "method" in message and "id" in message:
            asked = message["params"].get("items", []) if message["method"] == "workspace/configuration" else []
            settings = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
            self.send({"id": message["id"], "result": [settings if item.get("section") == "yaml" else None for item in asked]})
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def ask(self, method, params):
        self.asked += 1
        self.send({"id": self.asked, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.asked and "method" not in message:
                return message.get("result")

    def open(self, path, text):
        """Lines with a diagnostic, from 1, and what they say."""
        uri = pathlib.Path(path).as_uri()
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri, "languageId": "yaml", "version": 1, "text": text}}})
        while uri not in self.diagnostics:
            self.receive()
        return [(at["range"]["start"]["line"] + 1, at["message"]) for at in self.diagnostics[uri]]

    def close(self, path):
        self.send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": pathlib.Path(path).as_uri()}}})

    def at(self, method, path, line, character):
        return self.ask("textDocument/" + method, {"textDocument": {"uri": pathlib.Path(path).as_uri()},
                                                   "position": {"line": line, "character": character}})


def compare(server, work):
    broken = 0
    modeline = "# yaml-language-server: $schema=%s\n" % known.SCHEMA
    paths = {}
    for number, (wanted, changes) in enumerate(known.HAND):
        document = dict(copy.deepcopy(known.FRAME), **changes)
        path = os.path.join(work, "%d.yaml" % number)
        text = modeline + yaml.safe_dump(document, sort_keys=False, default_flow_style=False)
        paths[path] = (number, wanted, text)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
    faults = known.loader_faults(list(paths))
    for path, (number, wanted, text) in paths.items():
        shown = server.open(path, text)
        loader = {int(fault[len(path) + 1:].split(":")[0]) for fault in faults[path]}
        lines = {line for line, _ in shown}
        if wanted != known.INVALID:
            good = not shown
        elif number in ELSEWHERE:
            good = bool(shown) and not lines & loader
        else:
            good = bool(lines & loader)
        if not good:
            broken += 1
            print("number %d, %s: shown %s; roam check: %s" % (number, wanted, shown, faults[path]))
    return broken


def compare_scenarios(server):
    broken = 0
    for path in glob.glob(os.path.join(known.ROOT, "scenarios", "**", "*.yaml"), recursive=True):
        if path.endswith(".inc.yaml"):
            continue
        with open(path, encoding="utf-8") as stream:
            shown = server.open(path, stream.read())
        if shown:
            broken += 1
            print("%s: %s" % (path, shown))
    return broken


def compare_examples(server, work):
    """Nothing is marked in the examples of the reference, each put into the first one."""
    broken = 0
    parts = list(reference.blocks(reference.reference(), known.Core))
    for line, part in parts:
        path = os.path.join(work, "reference-%d.yaml" % line)
        whole = parts[0][1] if part is parts[0][1] else reference.put_into(parts[0][1], part)
        shown = server.open(path, "# yaml-language-server: $schema=%s\n%s" % (
            known.SCHEMA, json.dumps(whole, ensure_ascii=False, indent=1)))
        if shown:
            broken += 1
            print("scenarios/reference.md:%d: %s" % (line, shown))
    return broken + (len(parts) < 10)


def valueless(fault, line):
    """An unknown key without a value in braces, {delay 8ms}: the server does not mark it."""
    key = re.match(r"unknown key '(.*)';", fault)
    return key and re.search(re.escape(key.group(1)) + r" *[,}]", line)


def compare_loaded(server, work):
    """What the loader's tests load is marked where loader_documents says that a schema can know the fault: all that is good,
    and of what is faulty enough to have each message."""
    broken = 0
    said = set()
    for path, faults in loaded.faults_of(loaded.collect(work)).items():
        messages = {re.sub(r"'[^']*'|[0-9.]+", "", fault) for fault, _ in faults}
        if loaded.is_text(faults) or (messages and messages <= said):
            continue
        said |= messages
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        shown = server.open(path, "# yaml-language-server: $schema=%s\n%s" % (known.SCHEMA, text))
        server.close(path)
        known_faults = [each for each in faults if shown or not valueless(*each)]
        fault = loaded.judge(known_faults, not shown)
        if fault:
            broken += 1
            print("%s: shown %s\n%s" % (fault, shown[:3], text[:2000]))
    return broken + (len(said) < 200)


def help_with_keys(server, work):
    """A key that is begun is completed."""
    path = os.path.join(work, "typed.yaml")
    server.open(path, "# yaml-language-server: $schema=%s\nroam: 1\nnetworks:\n  wifi: {de}\n" % known.SCHEMA)
    offered = server.at("completion", path, 3, 11)
    labels = {item["label"] for item in (offered or {}).get("items", [])}
    broken = 0
    if not {"delay", "rate", "loss"} <= labels:
        broken += 1
        print("in a network are offered: %s" % sorted(labels))
    return broken


def descriptions_of(schema, found):
    """Of each key that the schema knows somewhere, what it says of it there."""
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, (dict, list)):
            descriptions_of(part, found)
    for key, value in schema.get("properties", {}).items() if isinstance(schema, dict) else []:
        found.setdefault(key, set()).add(value.get("description"))
    return found


def explain_keys(server, work):
    """Over each key of a document stands what the schema says of it."""
    with open(known.SCHEMA, encoding="utf-8") as stream:
        descriptions = descriptions_of(json.load(stream), {})
    path = os.path.join(work, "read.yaml")
    text = yaml.safe_dump(known.FRAME, sort_keys=False, default_flow_style=False)
    server.open(path, "# yaml-language-server: $schema=%s\n%s" % (known.SCHEMA, text))
    asked = broken = 0
    for number, line in enumerate(text.splitlines(), 1):
        key = re.match(r"[- ]*([a-z_]+):", line)
        if not key or key.group(1) not in descriptions or key.group(1) in known.FRAME["nodes"]:
            continue
        shown = (server.at("hover", path, number, key.start(1) + 1) or {}).get("contents", {})
        shown = re.sub(r"\\(.)", r"\1", shown if isinstance(shown, str) else shown.get("value", ""))  # Markdown's
        asked += 1
        if not any(text in shown for text in descriptions[key.group(1)]):
            broken += 1
            print("of '%s', line %d, is shown: %s" % (key.group(1), number, shown))
    return broken + (asked < 20)


def main(command):
    server = Server(command)
    with tempfile.TemporaryDirectory() as work:
        broken = compare(server, work) + compare_scenarios(server) + compare_examples(server, work)
        broken += help_with_keys(server, work) + explain_keys(server, work)
        os.mkdir(os.path.join(work, "loaded"))
        broken += compare_loaded(server, os.path.join(work, "loaded"))
    server.process.terminate()
    server.process.wait()
    sys.exit(1 if broken else 0)


main(sys.argv[1:])
