# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/soak, inside namespaces of its own: brings network, nodes, schedule and judge together."""
import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback

from calls import Calls
from judge import FILE_FLOWS, LINE_FLOWS, Record, report
from network import Network, Trouble, nft
from nodes import Files, Lines, Node, Probe
from schedule import KINDS, Schedule

# Nobody tells of a silent outage: a keepalive bounds how long the nodes wait after it. A challenge that is lost is
# repeated after three times the initial RTT.
NODE_OPTIONS = "--keepalive 500ms --initial-rtt 100ms"
SABOTAGE = ("drop", "kill", "file", "line", "network")


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"soak: {message}; see tools/soak --help", file=sys.stderr)
        sys.exit(2)


def arguments():
    parser = Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out")
    parser.add_argument("--only", default="")
    parser.add_argument("--no-files", action="store_true")
    parser.add_argument("--node", default=NODE_OPTIONS)
    parser.add_argument("--qlog", action="store_true")
    parser.add_argument("--sabotage", choices=SABOTAGE)
    parser.add_argument("--roam", required=True)
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    unknown = [name for name in options.only if name not in KINDS]
    if unknown or not 0 < options.minutes <= 10000:
        parser.error(f"no such event: {unknown[0]}" if unknown else "--minutes needs a number above 0")
    options.longest = min(50.0, options.minutes * 10)
    return options


class Soak:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.record, self.network = Record(), Network()
        Node.options = [*options.node.split(), *(["--qlog", "DIR"] if options.qlog else [])]
        self.lines = Lines(self.record, options.roam, directory)
        self.calls = Calls(self.record, options.roam, self.lines)
        self.journal = open(os.path.join(directory, "soak.jsonl"), "w")
        options.log = self.log
        self.schedule = Schedule(self.record, self.network, self.lines, self.calls, options)
        self.files = Files(self.record, options.roam, directory, self.lines, lambda: self.schedule.whole,
                           {flow: random.Random(f"{options.seed}/{flow}") for flow in FILE_FLOWS})
        self.calls.is_whole = lambda: self.schedule.whole
        self.calls.path_since = lambda: max((e.back for e in self.record.events if e.back), default=0)
        self.interrupted = asyncio.Event()

    def log(self, event):
        """One line an event: at, broke and back in seconds of the soak, at_ns as in the events of the nodes."""
        times = {name: round(at - self.record.began, 3) for name, at in
                 (("at", event.began), ("broke", event.broke), ("back", event.back)) if at is not None}
        entry = {"number": event.number, "event": event.kind, "text": event.text, "at_ns": int(event.began * 1e9), **times,
                 "kib": {name: samples[-1][1] for name, samples in self.record.memory.items()}}
        print(json.dumps(entry), file=self.journal, flush=True)

    async def watch_nodes(self):
        """Ends when a node of the lines ends, which none may."""
        while True:
            now = time.monotonic()
            for node in (self.lines.client, self.lines.server):
                if node.process.returncode is not None:
                    self.record.deaths.append((now, node.name, f"ended with {node.process.returncode}"))
                    return
                with contextlib.suppress(OSError, TypeError):
                    self.record.memory.setdefault(node.name, []).append((now, node.memory()))
            await asyncio.sleep(0.5)

    async def show_progress(self):
        while sys.stderr.isatty():
            passed, faults = int(time.monotonic() - self.record.began), len(self.record.losses) + len(self.record.files)
            sys.stderr.write(f"\r{passed // 60:3}:{passed % 60:02} of {self.options.minutes:g} min, "
                             f"{len(self.record.events)} events, {sum(self.lines.next.values())} lines, "
                             f"{self.record.files_whole} files, {faults} lost or wrong  ")
            sys.stderr.flush()
            await asyncio.sleep(1)

    async def sabotage(self):
        """Something that must turn the soak red, a third of the time through it."""
        await asyncio.sleep(self.options.minutes * 20)
        kind = self.options.sabotage
        if kind == "drop":  # of what is tried, not of the probe
            await nft("router", "add rule ip filter forward udp dport 4433-5433 drop\n"
                                "add rule ip filter forward udp sport 4433-5433 drop\n")
            await asyncio.sleep(10)
            await nft("router", "flush chain ip filter forward\n")
        elif kind == "network":
            await self.network.drop(True)
            await asyncio.sleep(3)
            await self.network.drop(False)
        elif kind == "kill":
            self.lines.client.process.kill()
        elif kind == "line":
            self.lines.next["up"] += 1
        elif kind == "file":
            self.files.corrupt = True

    async def course(self):
        """Until the schedule, a node or the user ends it; what runs beside must not end, and its failure is the soak's."""
        files = [] if self.options.no_files else [self.files.send(flow) for flow in FILE_FLOWS]
        writing = asyncio.create_task(self.lines.write())
        course = [asyncio.create_task(work) for work in
                  (self.schedule.run(self.options.minutes * 60), self.watch_nodes(), self.interrupted.wait(), *files)]
        beside = [asyncio.create_task(self.show_progress())]
        if self.options.sabotage:
            beside.append(asyncio.create_task(self.sabotage()))
        done, _ = await asyncio.wait([writing, *course], return_when=asyncio.FIRST_COMPLETED)
        self.record.ended = time.monotonic()
        if self.interrupted.is_set():
            self.record.due = self.record.ended
        for task in course + beside:
            task.cancel()
        await asyncio.gather(*course, *beside, return_exceptions=True)
        for task in list(done) + beside:
            if not task.cancelled() and task.exception():
                raise task.exception()
        return writing

    async def run(self):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.interrupted.set)
        await self.network.prepare()
        probing = asyncio.create_task(Probe(self.record).run())
        try:
            await self.lines.start()
            self.record.began = time.monotonic()
            self.record.due = self.record.began + self.options.minutes * 60
            spans = [self.record.begin_span(flow, self.record.began) for flow in LINE_FLOWS]
            writing = await self.course()
            for span in spans:
                span.end = self.record.ended
            ends = await self.lines.finish(self.schedule.whole and not self.record.deaths)
            await writing
            for name, status in ends:
                if status != 130 and not any(death[1] == name for death in self.record.deaths):
                    self.record.deaths.append((time.monotonic(), name, f"ended with {status}, expected 130"))
        finally:
            probing.cancel()
            for node in (self.lines.client, self.lines.server):
                if node.process and node.process.returncode is None:
                    node.process.kill()


def main():
    options = arguments()
    directory = options.out or tempfile.mkdtemp(prefix="roam-soak-")
    os.makedirs(directory, exist_ok=True)
    soak = Soak(options, directory)
    try:
        asyncio.run(soak.run())
    except Trouble as trouble:
        print(f"soak: {trouble}; what there is lies in {directory}", file=sys.stderr)
        return 3
    except Exception:  # an error of the soak must not look like one of the nodes, whose exit status is 1
        traceback.print_exc()
        return 3
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    text, verdict = report(soak.record, KINDS)
    interrupted = " when it was interrupted" if soak.interrupted.is_set() else ""
    text.insert(0, f"soak of {(soak.record.ended - soak.record.began) / 60:.1f} minutes{interrupted}, seed {options.seed}\n")
    print("\n".join(text), flush=True)
    if verdict == 0 and not options.out:
        shutil.rmtree(directory)
    else:
        print(f"events: {directory}/soak.jsonl, client.jsonl, server.jsonl")
    return 130 if soak.interrupted.is_set() else verdict


sys.exit(main())
