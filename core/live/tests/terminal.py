#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Types README's example into a shell with a terminal of its own: nodes in the background run on while other things are
typed, one that is brought to the foreground takes the lines that are typed, and the shell still reads its terminal."""
import os
import pty
import re
import select
import sys
import time

ROAM = os.environ["ROAM_COMMAND"]
PATIENCE_S = 20


class Shell:
    """An interactive shell behind a terminal; what it printed is kept."""

    def __init__(self):
        self.seen = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(PS1="ready> ", TERM="dumb", INPUTRC="/dev/null")
            os.execvp("bash", ["bash", "--norc", "--noediting", "-i"])

    def read(self, seconds):
        if select.select([self.fd], [], [], seconds)[0]:
            self.seen += os.read(self.fd, 65536).decode(errors="replace")

    def wait(self, pattern, what):
        until = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.seen):
            if time.monotonic() > until:
                sys.exit(f"FAIL {what}: '{pattern}' never came; the terminal shows:\n{self.seen}")
            self.read(0.1)

    def type(self, line):
        self.seen = ""
        os.write(self.fd, (line + "\n").encode())


def states(pids):
    """The letter of /proc that tells a process's state: T is stopped."""
    found = []
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
            found.append(stream.read().rsplit(")", 1)[1].split()[0])
    return found


def main():
    shell = Shell()
    shell.wait("ready> ", "the shell starts")
    shell.type(f"{ROAM} node --name server --key server.key --listen 127.0.0.1:0 &")
    shell.wait(r'"event":"listening".*:(\d+)"', "the server listens")
    port = re.search(r'"event":"listening".*:(\d+)"', shell.seen).group(1)
    shell.type(f"{ROAM} node --name laptop --key laptop.key --connect server@127.0.0.1:{port} --control socket &")
    shell.wait(r'(?s)"peer_up".*"peer_up"', "both are up")
    shell.type(f"{ROAM} migrate --socket socket server --local 127.0.0.2")
    shell.wait(r"result +ok", "roam migrate from the same terminal")
    for i in range(3):
        shell.type(f"echo answer $(({i} + 40))")
        shell.wait(f"answer {i + 40}\r?\n", "the shell reads what is typed")
    shell.type("echo pids $(jobs -p)")
    shell.wait(r"pids \d+ \d+\r?\n", "both nodes are jobs")
    pids = re.search(r"pids (\d+) (\d+)", shell.seen).groups()
    time.sleep(1)
    if "T" in states(pids) or "T" in states(pids):
        sys.exit(f"FAIL nodes in the background: states {states(pids)}, and none may be T (stopped)")
    shell.type("dd bs=5 count=1 status=none; echo")
    shell.type("mine")
    shell.wait(r"mine\r?\nmine\r?\n", "another program finds its terminal as it was")
    shell.type("fg %2")
    time.sleep(1.5)
    shell.type("hello from the terminal")
    shell.wait(r"laptop: hello from the terminal", "a line typed into the foreground")
    os.write(shell.fd, b"\x03")
    shell.wait(r'"event":"left"', "the one in the foreground says goodbye")
    shell.type("echo socket: $(ls socket 2>&1)")
    shell.wait(r"socket: .*No such file", "the control socket is gone")
    shell.seen = ""
    os.close(shell.fd)  # the terminal hangs up
    until = time.monotonic() + PATIENCE_S
    while os.path.exists(f"/proc/{pids[0]}"):
        if time.monotonic() > until:
            sys.exit("FAIL the server outlived its terminal")
        time.sleep(0.05)
    print("ok   typed into a terminal")


main()
