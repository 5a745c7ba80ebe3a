# SPDX-License-Identifier: GPL-2.0-or-later
"""Alters a capture that roam wrote (pcapng, little-endian).

usage: capture_edit.py IN OUT WHAT [NUMBER]
  plain      without the direction of packets
  lose       without packet NUMBER
  snap       of packet NUMBER the first 60 bytes alone
  link       of another link type
  strangers  with other UDP after every tenth packet: no QUIC, a QUIC long header of nobody, no payload
  repeat     its packets NUMBER times, each time an hour later, until the file is as long as that many bytes
  secrets    without secrets
"""
import struct
import sys

SECTION, INTERFACE, SECRETS, PACKET = 0x0A0D0D0A, 1, 10, 6
FLAGS, END = 2, 0
OTHER_LINK = 105  # IEEE 802.11
HOUR_NS = 3600 * 10**9


def blocks(data):
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        yield kind, data[at + 8:at + length - 4]
        at += length


def block(kind, body):
    body += bytes(-len(body) % 4)
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def without_options(body):
    return body[:20 + (struct.unpack_from("<I", body, 12)[0] + 3) // 4 * 4]


def stranger(body, number):
    """The packet with its UDP payload changed."""
    payload = (b"", b"\x01" * 40, bytes([0xC0, 0, 0, 0, 1, 8]) + b"stranger" + bytes(1200))[number % 3]
    captured = body[20:20 + struct.unpack_from("<I", body, 12)[0]]
    header = bytearray(captured[:28])
    struct.pack_into(">H", header, 2, 28 + len(payload))
    struct.pack_into(">H", header, 24, 8 + len(payload))
    packet = bytes(header) + payload
    return body[:12] + struct.pack("<II", len(packet), len(packet)) + packet


def at_time(body, extra_ns):
    interface, high, low = struct.unpack_from("<III", body)
    time = (high << 32 | low) + extra_ns
    return struct.pack("<III", interface, time >> 32, time & 0xFFFFFFFF) + body[12:]


def repeat(data, out, size):
    packets = [body for kind, body in blocks(data) if kind == PACKET]
    written, rounds = out.tell(), 0
    while written < size:
        rounds += 1
        more = b"".join(block(PACKET, at_time(body, rounds * HOUR_NS)) for body in packets)
        out.write(more)
        written += len(more)


def main():
    source, target, what = sys.argv[1:4]
    number = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    with open(source, "rb") as file:
        data = file.read()
    count = 0
    with open(target, "wb") as out:
        for kind, body in blocks(data):
            count += kind == PACKET
            mine = kind == PACKET and count == number
            if (mine and what == "lose") or (kind == SECRETS and what == "secrets"):
                continue
            if kind == PACKET and what == "plain":
                body = without_options(body)
            if mine and what == "snap":
                body = body[:12] + struct.pack("<I", 60) + body[16:80]
            if kind == INTERFACE and what == "link":
                body = struct.pack("<H", OTHER_LINK) + body[2:]
            out.write(block(kind, body))
            if kind == PACKET and what == "strangers" and count % 10 == 0:
                out.write(block(PACKET, stranger(without_options(body), count // 10)))
        if what == "repeat":
            repeat(data, out, number)


main()
