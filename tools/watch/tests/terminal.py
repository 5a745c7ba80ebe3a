# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command in a pseudo-terminal, presses keys, and tells what came of it.

terminal.py COLUMNS ROWS SCRIPT COMMAND...   SCRIPT: steps with blanks between them: key:K waits until the screen is there and
presses K (space for a blank, keys without a character by name); see:TEXT waits until the last picture has the text (_ for a
blank); signal:NAME; worker:NAME, a signal to the process that the command has forked; size:CxR.
Prints: the exit status; whether the terminal's settings are as before; whether the screen was left, once, and nothing drawn
afterwards; the widest row; the last picture; what came after it.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

columns, rows = int(sys.argv[1]), int(sys.argv[2])
steps, command = sys.argv[3].split(), sys.argv[4:]
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
LARGEST = 400  # columns and rows of what is kept: pictures of all sizes that the terminal had
KEYS = {"space": b" ", "up": b"\x1b[A", "down": b"\x1b[B", "enter": b"\r", "tab": b"\t", "escape": b"\x1b", "end": b"\x1b[F",
        "pgup": b"\x1b[5~", "pgdn": b"\x1b[6~"}
LIMIT_S = 120  # nothing is judged by it: a test that waits in vain ends


def set_size(fd, c, r):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", r, c, 0, 0))


class Picture:
    def __init__(self, c, r):
        self.columns, self.rows, self.widest, self.escapes = c, r, 0, 0
        self.clear()

    def clear(self):
        self.cells = [[" "] * LARGEST for _ in range(LARGEST)]
        self.row = self.column = 0

    def feed(self, data):
        for m in re.finditer(rb"\x1b\[([?\d;]*)([A-Za-z])|([^\x1b])", data):
            if m[3]:
                self.put(m[3].decode("latin1"))
            elif m[2] == b"H":
                at = (m[1] or b"1;1").split(b";")
                self.row, self.column = int(at[0]) - 1, int(at[1]) - 1
            elif m[2] == b"J":
                self.clear()
            elif m[2] == b"K":
                self.cells[self.row][self.column:] = [" "] * (LARGEST - self.column)
            elif m[2] == b"m":
                self.escapes += 1

    def put(self, text):
        if text in "\r\n":
            return
        if self.row < LARGEST and self.column < LARGEST:  # a sanitizer's report may be longer: it is no picture
            self.cells[self.row][self.column] = text
        self.column += 1
        self.widest = max(self.widest, self.column)

    def text(self):
        return "\n".join("".join(row[:self.columns]).rstrip() for row in self.cells[:self.rows])


# The far side stays open here, so that the settings can be read when the command has ended.
near, far = pty.openpty()
set_size(near, columns, rows)
before = termios.tcgetattr(far)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(far, termios.TIOCSCTTY, 0)
    for fd in 0, 1, 2:
        os.dup2(far, fd)
    os.close(near)
    os.execvp(command[0], command)

out = b""
ended = None
begun = time.monotonic()
while True:
    ready, _, _ = select.select([near], [], [], 0.05)
    if ready:
        out += os.read(near, 65536)
    elif ended is not None:
        break
    if ended is None:
        pid, status = os.waitpid(child, os.WNOHANG)
        ended = os.waitstatus_to_exitcode(status) if pid else None
    if time.monotonic() - begun > LIMIT_S and ended is None:
        os.kill(child, signal.SIGKILL)
        print("it did not end; step:", steps[:1])
    if not steps or ENTER not in out:
        continue
    what, value = steps[0].split(":", 1)
    if what == "see":
        shown = Picture(columns, rows)
        shown.feed(out)
        if value.replace("_", " ") not in shown.text():
            continue
    elif what == "key":
        os.write(near, KEYS.get(value, value.encode()))
    elif what == "signal":
        os.kill(child, getattr(signal, value))
    elif what == "worker":
        os.kill(int(open(f"/proc/{child}/task/{child}/children", encoding="ascii").read()), getattr(signal, value))
    elif what == "size":
        columns, rows = map(int, value.split("x"))
        set_size(near, columns, rows)
    steps.pop(0)

body, _, after = out.partition(LEAVE)
shown = Picture(columns, rows)
shown.feed(body)
print("status", ended)
print("settings", "restored" if termios.tcgetattr(far) == before else "changed")
left = out.count(ENTER) == 1 and out.count(LEAVE) == 1 and b"\x1b[?25h" in body[-20:]
print("screen", "left" if left and not re.search(rb"\x1b\[[\d;]*H", after) else "not left")
print("steps left", len(steps))
print("too wide" if shown.widest > columns else "fits", "with colour" if shown.escapes > 1 else "without colour")
print(shown.text())
print("---- after")
print(after.replace(LEAVE, b"").decode("latin1"))
