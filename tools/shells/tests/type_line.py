# SPDX-License-Identifier: GPL-2.0-or-later
# type_line.py LINE...: each line is typed into an interactive bash on a terminal, with a tab at its end, and what readline
# has then made of it is printed, without a blank at its end.
import os, pty, re, sys

def main(lines):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", PS1="")
        os.execvp("bash", ["bash", "--noprofile", "--norc", "-i"])
    def send(text):
        os.write(terminal, text.encode())
    def read_until(end):
        said = b""
        while end not in said:
            said += os.read(terminal, 4096)
        return said.decode()
    send("PS1=; stty -echo; bind 'set enable-bracketed-paste off'; eval \"$(roam completion bash)\"; echo re''ady\n")
    read_until(b"ready")
    for line in lines:
        send(f"{line}\t\x01printf '<%s>\\n' '\x05'\n")  # what readline has is quoted: C-a and C-e go to its ends
        print(re.findall(r"^<(.*?) *>", read_until(b">\r\n"), re.M)[-1])
    send("exit\n")
    os.waitpid(pid, 0)

main(sys.argv[1:])
