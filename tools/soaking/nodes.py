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
FILE_PATIENCE = 60  # seconds of a path that works; a file of the largest size takes 12
PR_SET_PDEATHSIG = 1


def die_with_the_soak():
    libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)


class Node:
    """A roam node in a namespace. Its lines go to on_line, its events to on_event."""

    options = ()  # that all nodes get

    def __init__(self, roam, namespace, name, directory):
        self.roam, self.namespace, self.name, self.directory = roam, namespace, name, directory
        self.process, self.stopping = None, False
        self.input = None  # what is written there is its standard input
        self.seen = []  # names of events
        self.on_line = self.on_event = lambda *_: None
        self.tasks = []

    def path(self, suffix):
        return os.path.join(self.directory, f"{self.name}.{suffix}")

    async def start(self, *options, wait_for):
        files = os.path.join(self.directory, f"{self.name}.files")
        os.makedirs(files, exist_ok=True)
        reader, self.input = os.pipe()
        os.set_blocking(self.input, False)
        with open(self.path("err"), "ab") as err, os.fdopen(reader) as stdin:
            self.process = await asyncio.create_subprocess_exec(
                "ip", "netns", "exec", self.namespace, self.roam, "node", "--name", self.name,
                "--key", self.path("key"), "--events", self.path("jsonl"), "--receive-dir", files, *options,
                *(option.replace("DIR", self.directory) for option in self.options),
                stdin=stdin, stdout=asyncio.subprocess.PIPE, stderr=err,
                start_new_session=True, preexec_fn=die_with_the_soak, limit=1 << 20)
        self.tasks = [asyncio.create_task(self.read_lines()), asyncio.create_task(self.read_events())]
        deadline = time.monotonic() + 30
        while wait_for not in self.seen:
            if time.monotonic() > deadline or self.process.returncode is not None:
                raise Trouble(f"{self.name} did not start ({wait_for}): {open(self.path('err')).read()[-500:]}")
            await asyncio.sleep(0.02)

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

    def __init__(self, record, node):
        self.record, self.node, self.up = record, node, False
        node.on_event = self.take

    def take(self, event):
        if event["event"] == "peer_up":
            self.up = True
        elif event["event"] == "peer_down":
            if self.up and not self.node.stopping:
                self.record.losses.append(Loss(event["at_ns"] / 1e9, self.node.name, event["reason"]))
            self.up = False


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
            Watch(self.record, node)
            node.on_line = lambda line, now, flow=flow: self.arrived(flow, line, now)
        await self.server.start("--listen", "0.0.0.0:4433", "--control", self.server.path("control"),
                                wait_for="listening")
        await self.client.start("--connect", f"server@{SERVER}:4433", "--netlink", "--control",
                                self.client.path("control"), "--trigger", self.client.path("trigger"),
                                wait_for="peer_up")

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
                    text = f"{flow} {self.next[flow]} {'x' * 40}\n"
                    os.write(node.input, text.encode())  # shorter than PIPE_BUF: all of it or nothing
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
    """Files both ways over the same connection as the lines, one after the other, by roam send."""

    def __init__(self, record, roam, directory, lines, is_whole, random):
        self.record, self.roam, self.directory, self.is_whole, self.random = record, roam, directory, is_whole, random
        self.ends = {"file up": (lines.client, lines.server), "file down": (lines.server, lines.client)}
        self.corrupt = False  # the next file, to see whether it is noticed

    async def send(self, flow):
        """Files of that direction without end."""
        number = 0
        while True:
            number += 1
            path = os.path.join(self.directory, f"{flow.replace(' ', '-')}-{number}.bin")
            await asyncio.to_thread(make_file, path, self.random[flow].randint(*FILE_BYTES))
            await self.send_one(flow, path)

    async def send_one(self, flow, path):
        sender, receiver = self.ends[flow]
        span = self.record.begin_span(flow, time.monotonic())
        process = await asyncio.create_subprocess_exec(
            self.roam, "send", "--socket", sender.path("control"), receiver.name, path, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True,
            preexec_fn=die_with_the_soak)
        answer = asyncio.create_task(process.communicate())
        there = os.path.join(receiver.path("files"), os.path.basename(path))
        try:
            await self.watch_growth(span, there, answer)
            fault = await self.check(path, there, process, answer)
            if fault:
                self.record.files.append((time.monotonic(), flow, f"{os.path.basename(path)} {fault}"))
            else:
                self.record.files_whole += 1
        finally:
            span.end = span.end or time.monotonic()
            answer.cancel()
            if process.returncode is None:
                process.kill()

    async def watch_growth(self, span, there, answer):
        """Notes an arrival whenever the file grows, until it is answered for or time is up."""
        size, left = 0, FILE_PATIENCE
        while left > 0 and not answer.done():
            now_size = part_size(os.path.dirname(there))
            if now_size != size:
                size = now_size
                self.record.arrivals[span.flow].append(time.monotonic())
            if os.path.exists(there):
                span.end = span.end or time.monotonic()  # only the answer is on its way
            await asyncio.sleep(0.05)
            left -= 0.05 if self.is_whole() else 0

    async def check(self, path, there, process, answer):
        """What is wrong with the file that was sent; None: nothing, and it is gone."""
        if not answer.done():
            return f"did not arrive in {FILE_PATIENCE} s of a path that works"
        if process.returncode:
            return f"was not sent: status {process.returncode}, {answer.result()[1].decode().strip()}"
        if self.corrupt:
            self.corrupt = False
            with open(there, "r+b") as file:
                file.write(b"xxxxxxxx")
        if not os.path.exists(there) or not await asyncio.to_thread(filecmp.cmp, path, there, False):
            return "is not as it was sent"
        os.unlink(path)
        os.unlink(there)
        return None


def make_file(path, size):
    with open(path, "wb") as file:
        file.write(os.urandom(size))


def part_size(directory):
    """Bytes of the files of that directory that are not whole yet."""
    with contextlib.suppress(OSError):
        return sum(entry.stat().st_size for entry in os.scandir(directory) if entry.name.startswith("."))
    return 0


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
