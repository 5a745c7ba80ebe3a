# SPDX-License-Identifier: GPL-2.0-or-later
"""What people and programs ask of the nodes while they run: right, wrong, and nonsense."""
import asyncio
import contextlib
import socket
import time

GRACE = 2.5  # seconds after its budget within which a call must be over


class Calls:
    """The control sockets and the trigger socket. An answer that is not what the documentation says is a fault."""

    def __init__(self, record, roam, lines):
        self.record, self.roam, self.lines = record, roam, lines
        self.is_whole = self.path_since = None  # functions: whether there is a path, and since when unchanged
        server, client = lines.server.path("control"), lines.client.path("control")
        dead = "10.3.0.2"
        self.bad = [
            ("a peer that nobody is", lambda _: self.migrate(1, "not_connected", "nobody")),
            ("an address that the machine has not", lambda _: self.migrate(1, "adapter", "server", "--local", "192.0.2.1")),
            ("a network that leads nowhere",
             lambda _: self.migrate(1, "timeout", "server", "--local", dead, "--timeout", "300ms")),
            ("no address", lambda _: self.migrate(2, None, "server", "--local", "banana")),
            ("a time without a unit", lambda _: self.migrate(2, None, "server", "--timeout", "5")),
            ("no peer", lambda _: self.migrate(2, None)),
            ("a socket that is not there", lambda _: self.migrate(3, None, "server", sock="/nowhere")),
            ("the end that accepted", lambda _: self.migrate(1, "not_initiator", "client", sock=server)),
            ("a file that is not there", lambda _: self.send("server", "/nowhere")),
            ("a file for nobody", lambda _: self.send("nobody", "/etc/hostname")),
            ("random bytes", lambda random: self.garbage(client, random.randbytes(random.randint(1, 3000)))),
            ("an unknown word", lambda _: self.garbage(client, b"dance now\n")),
            ("a request that never ends", lambda _: self.garbage(client, b"migrate " + b"x" * 5000)),
            ("half a request", lambda _: self.garbage(server, b"migra")),
        ]

    async def ask(self, sock, *arguments, timeout=5, verb="migrate"):
        """(exit status, result)"""
        process = await asyncio.create_subprocess_exec(
            self.roam, verb, "--socket", sock, *arguments, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        try:
            output, error = await asyncio.wait_for(process.communicate(), timeout + GRACE)
        except asyncio.TimeoutError:
            process.kill()
            await process.wait()
            return None, f"no answer within {timeout + GRACE:.1f} s"
        words = [line.split() for line in output.decode().splitlines()]
        result = next((w[1] for w in words if w[:1] == ["result"]), error.decode().strip()[-200:])
        return process.returncode, result

    def fault(self, text):
        self.record.calls.append((time.monotonic(), text))

    async def good(self, local):
        """Must succeed where there is a path all the time, and nothing that may supersede it."""
        began, quiet = time.monotonic(), self.is_whole() and time.monotonic() - self.path_since() > 1.5
        status, result = await self.ask(self.lines.client.path("control"), "server", "--timeout", "2s",
                                        *(["--local", local] if local else []), timeout=2)
        if status is None or (quiet and self.is_whole() and self.path_since() < began and status != 0):
            self.fault(f"roam migrate to {local or 'where the kernel leads'}: status {status}, {result}; expected 0, ok")

    async def migrate(self, expected, expected_result, *arguments, sock=None):
        """The result is certain only while there is a path: without one the connection may be gone."""
        whole = self.is_whole()
        status, result = await self.ask(sock or self.lines.client.path("control"), *arguments)
        wrong = status != expected or (expected_result and result != expected_result)
        if status is None or (wrong and whole and self.is_whole()):
            self.fault(f"roam migrate {' '.join(arguments)}: status {status}, {result}; "
                       f"expected {expected}, {expected_result}")

    async def send(self, peer, path):
        status, result = await self.ask(self.lines.client.path("control"), peer, path, verb="send")
        if status != 3:
            self.fault(f"roam send {peer} {path}: status {status}, {result}; expected 3")

    async def talk(self, path, data, seconds):
        """Sends that and ends, and reads all of the answer; None: there was none in time."""
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_unix_connection(path), seconds)
        except (OSError, asyncio.TimeoutError):
            return None
        with contextlib.closing(writer), contextlib.suppress(OSError):
            writer.write(data)
            writer.write_eof()
            return await asyncio.wait_for(self.read_all(reader), seconds)

    @staticmethod
    async def read_all(reader):
        try:
            return await reader.read()
        except OSError:
            return b""

    async def garbage(self, path, data):
        """Whatever comes, the node goes on to answer."""
        with contextlib.suppress(asyncio.TimeoutError):
            await self.talk(path, data, 2)
        await self.still_answers(path, f"after {data[:40]!r}")

    async def still_answers(self, path, when):
        try:
            answer = await self.talk(path, b"peers\n", 2)
        except asyncio.TimeoutError:
            answer = None
        if not answer or not answer.endswith(b"end\n"):
            self.fault(f"'peers' on the control socket, {when}: {answer!r}")

    async def idle(self, count):
        path = self.lines.client.path("control")
        idle = []
        for _ in range(count):
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.setblocking(False)
            with contextlib.suppress(OSError):
                sock.connect(path)
            idle.append(sock)
            await asyncio.sleep(0.01)  # for the node to accept it: a full queue takes none
        await self.still_answers(path, f"beside {count} idle clients")
        for sock in idle:
            sock.close()

    async def trigger(self, text):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                sock.sendto(text, self.lines.client.path("trigger"))
