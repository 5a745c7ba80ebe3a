# SPDX-License-Identifier: GPL-2.0-or-later
"""The nodes and what they carry: numbered lines both ways, files both ways, and the probe beside them.

Everything that is seen is noted in a Record (judge.py) with the time at which it was seen; nothing is judged here.
"""
import asyncio
import contextlib
import ctypes
import filecmp
import json
import os
import re
import signal
import socket
import struct
import time

from judge import Loss
from network import SERVER, Trouble, inside, libc

LINE_INTERVAL = 0.05
PROBE_INTERVAL = 0.02
FILE_BYTES = (1_000_000, 30_000_000)
FILE_PATIENCE = 60  # seconds of a path that works; a file of the largest size takes 15
PR_SET_PDEATHSIG = 1


def die_with_the_soak():
    libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)


class Node:
    """A roam node in a namespace. Its lines go to on_line, its events to on_event."""

    options = ()  # that all nodes get

    def __init__(self, roam, namespace, name, directory):
        self.roam, self.namespace, self.name, self.directory = roam, namespace, name, directory
        self.process, self.stopping = None, False
        self.seen = []  # names of events
        self.on_line = self.on_event = lambda *_: None
        self.tasks = []

    def path(self, suffix):
        return os.path.join(self.directory, f"{self.name}.{suffix}")

    async def start(self, *options, wait_for, is_whole=lambda: True):
        files = os.path.join(self.directory, f"{self.name}.files")
        os.makedirs(files, exist_ok=True)
        with open(self.path("err"), "ab") as err:
            self.process = await asyncio.create_subprocess_exec(
                "ip", "netns", "exec", self.namespace, self.roam, "node", "--name", self.name,
                "--key", self.path("key"), "--events", self.path("jsonl"), "--receive-dir", files, *options,
                *(option.replace("DIR", self.directory) for option in self.options),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=err,
                start_new_session=True, preexec_fn=die_with_the_soak, limit=1 << 20)
        self.tasks = [asyncio.create_task(self.read_lines()), asyncio.create_task(self.read_events())]
        left = 30  # seconds of a path that works
        while wait_for not in self.seen:
            if left < 0 or self.process.returncode is not None:
                raise Trouble(f"{self.name} did not start ({wait_for}): {open(self.path('err')).read()[-500:]}")
            await asyncio.sleep(0.02)
            left -= 0.02 if is_whole() else 0

    async def read_lines(self):
        while line := await self.process.stdout.readline():
            self.on_line(line.decode(errors="replace").rstrip("\n"), time.monotonic())

    async def read_events(self):
        rest = ""
        while not os.path.exists(self.path("jsonl")):
            await asyncio.sleep(0.02)
        with open(self.path("jsonl")) as file:
            while True:
                rest += file.read()
                *lines, rest = rest.split("\n")
                for line in lines:
                    event = json.loads(line)
                    self.seen.append(event["event"])
                    self.on_event(event)
                await asyncio.sleep(0.05)

    async def stop(self):
        """Ends it as Ctrl-C does; the exit status, which is 130 when all is well."""
        self.stopping = True
        if self.process is None:
            return 130
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        try:
            status = await asyncio.wait_for(self.process.wait(), 10)
        except asyncio.TimeoutError:
            self.process.kill()
            status = await self.process.wait()
        for task in self.tasks:
            task.cancel()
        return status

    def memory(self):
        """KiB that are its own: without what is mapped from files."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"RssAnon:\s+(\d+) kB", status.read())[1])


class Watch:
    """Notes the connections that a node loses: it was up, and is down though nobody asked for that."""

    def __init__(self, record, node, pair):
        self.record, self.node, self.pair, self.up = record, node, pair, False
        node.on_event = self.take
        self.others = []

    def take(self, event):
        if event["event"] == "peer_up":
            self.up = True
        elif event["event"] == "peer_down":
            if self.up and not self.node.stopping:
                self.record.losses.append(Loss(event["at_ns"] / 1e9, self.pair, self.node.name, event["reason"]))
            self.up = False
        for other in self.others:
            other(event)


class Lines:
    """Numbered lines both ways between two nodes that live as long as the soak."""

    def __init__(self, record, roam, directory):
        self.record = record
        self.server = Node(roam, "server", "server", directory)
        self.client = Node(roam, "client", "client", directory)
        self.next = {"up": 0, "down": 0}
        self.writing = True

    async def start(self):
        for node, flow in ((self.server, "up"), (self.client, "down")):
            Watch(self.record, node, "lines")
            node.on_line = lambda line, now, flow=flow: self.arrived(flow, line, now)
        await self.server.start("--listen", "0.0.0.0:4433", "--control", self.server.path("control"),
                                wait_for="listening")
        await self.client.start("--connect", f"server@{SERVER}:4433", "--netlink", "--control",
                                self.client.path("control"), "--trigger", self.client.path("trigger"),
                                wait_for="peer_up")
        for node in (self.server, self.client):
            os.set_blocking(node.process.stdin.transport.get_extra_info("pipe").fileno(), False)

    def arrived(self, flow, line, now):
        match = re.fullmatch(r"\w+: (up|down) (\d+) x{40}", line)
        if not match or match[1] != flow:
            self.record.strange.append((now, flow, line[:100]))
            return
        self.record.lines[flow].take(int(match[2]), now)

    async def write(self):
        """A line that the node does not take now is not numbered yet, so none is lost here."""
        due = time.monotonic()
        while self.writing:
            for flow, node in (("up", self.client), ("down", self.server)):
                with contextlib.suppress(BlockingIOError, BrokenPipeError):
                    pipe = node.process.stdin.transport.get_extra_info("pipe").fileno()
                    text = f"{flow} {self.next[flow]} {'x' * 40}\n"
                    os.write(pipe, text.encode())  # shorter than PIPE_BUF: all of it or nothing
                    self.next[flow] += 1
            due += LINE_INTERVAL
            await asyncio.sleep(max(0, due - time.monotonic()))

    async def finish(self, there_is_a_path):
        """What was written has ten seconds to arrive, if it can."""
        self.writing = False
        deadline = time.monotonic() + 10
        while there_is_a_path and time.monotonic() < deadline:
            if all(self.record.lines[flow].expected >= self.next[flow] for flow in self.next):
                break
            await asyncio.sleep(0.05)
        self.client.stopping = self.server.stopping = True
        for flow, sent in self.next.items() if there_is_a_path else ():
            self.record.lines[flow].end(sent, time.monotonic())
        return [(node.name, await node.stop()) for node in (self.client, self.server)]


class Files:
    """Files both ways, a pair of nodes a round: one from the client to the server, one from the server."""

    def __init__(self, record, roam, directory, network_is_whole, random):
        self.record, self.roam, self.directory = record, roam, directory
        self.is_whole, self.random = network_is_whole, random
        self.nodes = []
        self.corrupt = False  # the next file, to see whether it is noticed

    async def rounds(self):
        number = 0
        while True:
            while not self.is_whole():
                await asyncio.sleep(0.05)
            number += 1
            await self.round(number)

    async def round(self, number):
        directory = os.path.join(self.directory, f"files-{number}")
        os.makedirs(directory)
        server = Node(self.roam, "server", "fileserver", directory)
        client = Node(self.roam, "client", "fileclient", directory)
        self.nodes, faults = [server, client], len(self.record.files)
        done, sent = set(), {}
        for node, flow in ((server, "file up"), (client, "file down")):
            sent[flow] = os.path.join(directory, f"{flow.replace(' ', '-')}.bin")
            await asyncio.to_thread(self.make, sent[flow], self.random.randint(*FILE_BYTES))
            Watch(self.record, node, "files").others.append(
                lambda event, flow=flow: self.take(event, flow, sent, done))
        port = 4434 + number % 1000
        await server.start("--listen", f"0.0.0.0:{port}", "--send-file", f"fileclient:{sent['file down']}",
                           wait_for="listening")
        await client.start("--connect", f"fileserver@{SERVER}:{port}", "--netlink", "--send-file",
                           f"fileserver:{sent['file up']}", wait_for="peer_up",
                           is_whole=self.is_whole)
        await self.watch_progress(server, client, done)
        for flow in sent:
            if flow not in done:
                self.record.files.append((time.monotonic(), flow, "did not arrive"))
        client.stopping = server.stopping = True
        statuses = [await node.stop() for node in (client, server)]
        if any(status != 130 for status in statuses):
            self.record.deaths.append((time.monotonic(), "the nodes of files", f"exit status {statuses}"))
        if done == set(sent) and len(self.record.files) == faults:
            await asyncio.to_thread(remove_contents, directory)

    @staticmethod
    def make(path, size):
        with open(path, "wb") as file:
            file.write(os.urandom(size))

    def take(self, event, flow, sent, done):
        """An event of the node that receives that flow."""
        if event["event"] != "file_received":
            return
        receiver = "fileserver" if flow == "file up" else "fileclient"
        path = os.path.join(os.path.dirname(sent[flow]), f"{receiver}.files", event["file"])
        if self.corrupt:
            self.corrupt = False
            with open(path, "r+b") as file:
                file.write(b"xxxxxxxx")
        if event["status"] != "ok":
            self.record.files.append((time.monotonic(), flow, f"was received as {event['status']}"))
        elif flow in done:
            self.record.files.append((time.monotonic(), flow, "was received twice"))
        elif not filecmp.cmp(sent[flow], path, shallow=False):
            self.record.files.append((time.monotonic(), flow, "is not as it was sent"))
        else:
            self.record.files_whole += 1
        done.add(flow)

    async def watch_progress(self, server, client, done):
        """Notes an arrival whenever a file grows; ends when both are there or time is up."""
        sizes, left, flows = {}, FILE_PATIENCE, {"file up": server, "file down": client}
        spans = {flow: self.record.begin_span(flow, time.monotonic()) for flow in flows}
        while left > 0 and len(done) < 2:
            for flow, node in flows.items():
                if flow in done:
                    spans[flow].end = spans[flow].end or time.monotonic()
                    continue
                size = part_size(node.path("files"))
                if size != sizes.get(flow):
                    sizes[flow] = size
                    self.record.arrivals[flow].append(time.monotonic())
            await asyncio.sleep(0.05)
            left -= 0.05 if self.is_whole() else 0
        for span in spans.values():
            span.end = span.end or time.monotonic()

    async def stop(self):
        for node in self.nodes:
            node.stopping = True
        for node in self.nodes:
            await node.stop()


def part_size(directory):
    with contextlib.suppress(OSError):
        return sum(entry.stat().st_size for entry in os.scandir(directory))
    return 0


def remove_contents(directory):
    """Of the files that were sent; what the nodes said of them stays."""
    for where, _, files in os.walk(directory):
        for name in files:
            if name.endswith(".bin"):
                os.unlink(os.path.join(where, name))


class Probe(asyncio.DatagramProtocol):
    """Datagrams of plain UDP, through the same namespaces and the same NAT, and back: whether there is a path."""

    def __init__(self, record):
        self.record = record

    async def run(self):
        loop = asyncio.get_running_loop()
        with inside("server"):
            far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            far.bind(("0.0.0.0", 7))
        with inside("client"):
            near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for sock, reader in ((far, self.echo), (near, self.take)):
            sock.setblocking(False)
            loop.add_reader(sock, reader, sock)
        due = time.monotonic()
        while True:
            with contextlib.suppress(OSError):  # there is no route, or no address
                near.sendto(struct.pack("d", time.monotonic()), (SERVER, 7))
            due += PROBE_INTERVAL
            await asyncio.sleep(max(0, due - time.monotonic()))
            lag = time.monotonic() - due
            if lag > 0.05:
                self.record.lags.append((time.monotonic(), lag))
                due = time.monotonic()

    @staticmethod
    def echo(sock):
        with contextlib.suppress(OSError):
            data, where = sock.recvfrom(64)
            sock.sendto(data, where)

    def take(self, sock):
        with contextlib.suppress(OSError):
            self.record.probes.append(struct.unpack("d", sock.recv(64))[0])
