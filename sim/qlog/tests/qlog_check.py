#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run wrote with --qlog, against qlog.schema.json, events.jsonl and summary.json beside it, and against the
loader of qvis.

qlog_check.py current DIR...   every record of every .sqlog there is valid and agrees with the run; between them the
                               directories have every event of the schema; and each of them is refused with one field
                               missing or misspelt
qlog_check.py valid FILE...    every record of a .sqlog is valid, wherever it is from
qlog_check.py 0.3 DIR...       every .sqlog there is what qvis takes
"""

import copy
import glob
import json
import os
import sys

import jsonschema

SEPARATOR = b"\x1e"
HEADER_BYTES = 256  # main schema, section 3: both names are to be found there
OPEN = ("details", "entry")  # members with any keys


def floats_only(_, value):
    """A time of 18 ms is 18.0: a float in CDDL has a point."""
    return isinstance(value, float)


class Schema:
    def __init__(self):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "qlog.schema.json"), encoding="utf-8") as file:
            self.whole = json.load(file)
        jsonschema.Draft202012Validator.check_schema(self.whole)
        self.defs = self.whole["$defs"]
        self.frames = {frame["if"]["properties"]["frame_type"]["const"]: frame["then"]
                       for frame in self.defs["QuicFrame"]["allOf"]}
        checker = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("number", floats_only)
        self.kind = jsonschema.validators.extend(
            jsonschema.Draft202012Validator, {"$ref": self.follow}, type_checker=checker)
        self.kinds = self.defs["ProtocolEventData"]["properties"]
        self.header = self.validator("QlogFileSeq")
        self.event = self.validator("Event")
        self.data = {name: self.validator(ref["$ref"].rsplit("/", 1)[1]) for name, ref in self.kinds.items()}

    def follow(self, validator, reference, instance, _):
        """$ref, all of which are to $defs; of a frame only its own type is tried: many times faster."""
        name = reference.rsplit("/", 1)[1]
        if name == "QuicFrame" and isinstance(instance, dict) and instance.get("frame_type") in self.frames:
            yield from validator.descend(instance, self.frames[instance["frame_type"]])
        else:
            yield from validator.descend(instance, self.defs[name], schema_path=name)

    def validator(self, name):
        return self.kind({"$ref": "#/$defs/" + name, "$defs": self.defs})

    def fault(self, event):
        """What is wrong with an event, or None."""
        for error in self.event.iter_errors(event):
            return error.message
        if event["name"] not in self.data:
            return "no event of the schema"
        for error in self.data[event["name"]].iter_errors(event["data"]):
            return "%s: %s" % ("/".join(str(part) for part in error.absolute_path), error.message)
        return None


def no_twins(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key twice among %s" % keys)
    return dict(pairs)


def records_of(path):
    with open(path, "rb") as file:
        text = file.read()
    assert text.startswith(SEPARATOR), "%s: no record separator at its beginning" % path
    records = []
    for record in text.split(SEPARATOR)[1:]:
        assert record.endswith(b"\n"), "%s: a record without its newline" % path
        records.append(json.loads(record, object_pairs_hook=no_twins))
    return text, records


# ---- the current form ----

NEXT_STATES = {
    None: ("probing_started", "migration_started"),
    "probing_started": ("probing_successful", "probing_abandoned"),
    "probing_successful": ("migration_started",),
    "migration_started": ("migration_complete", "migration_abandoned"),
}


class Trace:
    """One file, and what its events say of one another."""

    def __init__(self, path):
        self.path = path
        self.text, (self.header, *self.events) = records_of(path)
        self.point = self.header["trace"]["vantage_point"]
        self.assigned = set()
        self.ids = {}
        self.states = {}
        self.state = None
        self.timers = {}
        self.markers = []
        self.complete = []
        self.closed = False

    def fail(self, event, why):
        raise AssertionError("%s: %s: %s" % (self.path, why, json.dumps(event)[:600]))

    def validate(self, schema):
        for error in schema.header.iter_errors(self.header):
            self.fail(self.header, error.message)
        for name in (b'"file_schema"', b'"serialization_format"'):
            assert name in self.text[:HEADER_BYTES], "%s: %s is not at the beginning" % (self.path, name)
        node = os.path.basename(self.path).rsplit("-", 1)[0]
        assert self.point["name"] == node, "%s: of %s" % (self.path, self.point["name"])
        before = 0.0
        for event in self.events:
            why = schema.fault(event)
            if why:
                self.fail(event, why)
            if event["time"] < before:
                self.fail(event, "earlier than the event before it")
            before = event["time"]
            follow = getattr(self, "on_" + event["name"].split(":")[1], None)
            if follow:
                follow(event, event["data"])
            if "tuple" in event and event["tuple"] not in self.assigned:
                self.fail(event, "a tuple that was not assigned")

    def on_tuple_assigned(self, event, data):
        if data["tuple_id"] != event.get("tuple", ""):
            self.fail(event, "of another tuple than the event's")
        self.assigned.add(data["tuple_id"])

    def on_connection_id_updated(self, event, data):
        key = (event.get("tuple", ""), data["initiator"])
        if self.ids.get(key) != data.get("old") or data["new"] == data.get("old"):
            self.fail(event, "the ID before was %s" % self.ids.get(key))
        self.ids[key] = data["new"]

    def on_migration_state_updated(self, event, data):
        if self.point["type"] != "client" or data.get("old") != self.state:
            self.fail(event, "the state before was %s of a %s" % (self.state, self.point["type"]))
        before = self.states.get(data["tuple_id"])
        if data["new"] not in NEXT_STATES.get(before, NEXT_STATES[None]):
            self.fail(event, "after %s on that tuple" % before)
        self.states[data["tuple_id"]] = self.state = data["new"]
        if data["new"] == "migration_complete":
            self.complete.append(event["time"])

    def on_timer_updated(self, event, data):
        tuple_id = event.get("tuple", "")
        if data["event_type"] == "set":
            self.timers[tuple_id] = event["time"] + data["delta"]
            return
        if tuple_id not in self.timers:
            self.fail(event, "no timer is set")
        late = event["time"] - self.timers.pop(tuple_id)
        if data["event_type"] == "expired" and abs(late) > 0.0015:  # two roundings to microseconds
            self.fail(event, "%g ms after the time that was set" % late)
        if data["event_type"] == "cancelled" and late > 0.0015:
            self.fail(event, "it has expired %g ms ago" % late)

    def on_connection_closed(self, _, __):
        self.closed = True

    def on_marker(self, event, data):
        self.markers.append((event["time"], data["entry"]))

    def on_packet_sent(self, event, data):
        """Of every packet but the first ones the tuple and its connection ID are known."""
        kind = data["header"]["packet_type"]
        current = self.ids.get((event.get("tuple", ""), "remote"))
        if current is None or data["header"].get("dcid", current) != current:
            self.fail(event, "%s to an ID that is not that of the tuple, %s" % (kind, current))


def timeline_of(directory):
    with open(os.path.join(directory, "events.jsonl"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    entries = [line for line in lines if line["event"] == "timeline"]
    return [(line["at_ns"] // 1000 / 1e3, {key: line[key] for key in line if key not in ("at_ns", "event")})
            for line in entries]


def check_against_run(directory, traces):
    timeline = timeline_of(directory)
    with open(os.path.join(directory, "summary.json"), encoding="utf-8") as file:
        summary = json.load(file)
    newest = {trace.point["name"]: trace for trace in traces} # the others may have ended before the run
    for trace in traces:
        count = len(trace.markers)
        assert trace.markers == timeline[:count], "%s: its markers are not the entries of the timeline" % trace.path
        last = trace.events[-1]["time"]
        ended = trace.closed or newest[trace.point["name"]] is not trace
        assert ended or count == len(timeline), "%s: %d entries of %d" % (trace.path, count, len(timeline))
        assert all(at >= last for at, _ in timeline[count:]), "%s: an entry is missing" % trace.path
    for move in summary["migrations"]:
        if move["result"] != "ok":
            continue
        at = move["finished_ns"] // 1000 / 1e3
        found = [trace for trace in traces if trace.point["name"] == move["node"] and at in trace.complete]
        assert found, "%s: no migration of %s that is complete at %g ms" % (directory, move["node"], at)


# ---- the schema refuses what is wrong ----

def places_of(value, path=()):
    """Every member of every object below, as the path to it."""
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from places_of(item, path + (i,))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield path + (key,)
            if key not in OPEN:
                yield from places_of(item, path + (key,))


def changed(event, path, name):
    """The event with that member called otherwise, or without it."""
    wrong = copy.deepcopy(event)
    owner = wrong
    for part in path[:-1]:
        owner = owner[part]
    value = owner.pop(path[-1])
    if name is not None:
        owner[name] = value
    return wrong


# What not every event has that may have it.
OPTIONAL = {"tuple", "connection_ids", "old", "token", "type", "fin", "data", "ect0", "ect1", "ce", "min_rtt", "ssthresh",
            "retry_source_connection_id", "original_destination_connection_id", "stateless_reset_token",
            "preferred_address", "connection_id_length"}


def check_mutations(schema, event):
    """How many wrong forms of a valid event the schema refuses: all."""
    count = 0
    assert schema.fault(event) is None
    for path in places_of(event):
        assert schema.fault(changed(event, path, path[-1] + "x")), "%s misspelt: %s" % (path, json.dumps(event))
        refused = schema.fault(changed(event, path, None)) is not None
        assert refused or path[-1] in OPTIONAL, "%s missing: %s" % (path, json.dumps(event))
        count += 1 + refused
    for wrong in (dict(event, time=int(event["time"])), dict(event, name=event["name"] + "x"), dict(event, data=[])):
        assert schema.fault(wrong), json.dumps(wrong)
        count += 1
    return count


def check_header_mutations(schema, header):
    count = 0
    for path in places_of(header):
        assert not schema.header.is_valid(changed(header, path, path[-1] + "x")), "%s misspelt" % (path,)
        refused = not schema.header.is_valid(changed(header, path, None))
        assert refused or path[-1] in ("title", "group_id"), "%s missing" % (path,)
        count += 1 + refused
    return count


def samples_of(traces):
    """The first event of each name, and the first packets with each type of frame and of header."""
    samples = {}
    for trace in traces:
        for event in trace.events:
            samples.setdefault(event["name"], event)
            header = event["data"].get("header", {})
            samples.setdefault((event["name"], header.get("packet_type")), event)
            for frame in event["data"].get("frames", ()):
                samples.setdefault(frame["frame_type"], event)
    return samples


def check_current(directories):
    schema = Schema()
    everything = []
    for directory in directories:
        traces = [Trace(path) for path in sorted(glob.glob(os.path.join(directory, "*.sqlog")))]
        assert traces, "%s: no .sqlog" % directory
        for trace in traces:
            trace.validate(schema)
        check_against_run(directory, traces)
        everything += traces
    samples = samples_of(everything)
    missing = set(schema.kinds) - set(samples)
    assert not missing, "no run has an event %s" % sorted(missing)
    refused = check_header_mutations(schema, everything[0].header)
    refused += sum(check_mutations(schema, event) for event in {json.dumps(e): e for e in samples.values()}.values())
    print("%d events of %d traces are valid, %d of their wrong forms are refused; frames: %s"
          % (sum(len(trace.events) for trace in everything), len(everything), refused,
             " ".join(sorted(key for key in samples if isinstance(key, str) and ":" not in key))))


def check_valid(paths):
    schema = Schema()
    for path in paths:
        Trace(path).validate(schema)


# ---- qlog 0.3, as qvis takes it ----

QVIS_VERSIONS = ("draft-02", "draft-02-RC1", "qlog-03-WIP", "0.3")


def qvis_fault(path):
    """What the loader of qvis would refuse or complain of: FileLoader, TextSequenceJSONToQlog, QlogLoaderV2. Or None."""
    if not path.endswith((".sqlog", ".qlogseq")):
        return "not loaded as a text sequence"
    header, *events = records_of(path)[1]
    if header.get("qlog_version") not in QVIS_VERSIONS:
        return "qlog_version"
    if header.get("qlog_format") != "JSON-SEQ" or not isinstance(header.get("trace"), dict):
        return "no header of a text sequence"
    trace = header["trace"]
    if trace.get("vantage_point", {}).get("type") not in ("client", "server", "network"):
        return "vantage_point"
    common = trace.get("common_fields", {})
    if common.get("time_format") != "relative" or not isinstance(common.get("reference_time"), (int, float)):
        return "times are not relative to a reference_time that is a number"
    if not events:
        return "no events"
    before = 0
    for event in events:
        data = event.get("data")
        category, _, kind = str(event.get("name")).partition(":")
        if not category or not kind or not isinstance(data, dict):
            return "no event: %s" % json.dumps(event)[:200]
        if not isinstance(event.get("time"), (int, float)) or event["time"] < before:
            return "times do not ascend: %s" % json.dumps(event)[:200]
        before = event["time"]
        head = data.get("header", {})
        if "group_id" in event or "packet_type" in data or "packet_size" in head or "payload_length" in head:
            return "qvis would change it: %s" % json.dumps(event)[:200]
        if kind in ("packet_sent", "packet_received") and (category != "transport" or "packet_type" not in head):
            return "no packet of qvis: %s" % json.dumps(event)[:200]
    names = {event["name"] for event in events}
    absent = {"transport:packet_sent", "recovery:metrics_updated"} - names
    return "nothing for its diagrams: %s" % sorted(absent) if absent else None


def check_qvis(directories):
    paths = [path for directory in directories for path in sorted(glob.glob(os.path.join(directory, "*.sqlog")))]
    assert paths, "no .sqlog"
    for path in paths:
        why = qvis_fault(path)
        assert why is None, "%s: %s" % (path, why)
    print("%d traces are what qvis takes" % len(paths))


if __name__ == "__main__":
    try:
        {"current": check_current, "valid": check_valid, "0.3": check_qvis}[sys.argv[1]](sys.argv[2:])
    except AssertionError as error:
        sys.exit("qlog_check: %s" % error)
