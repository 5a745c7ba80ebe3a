# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares what roam dissect --json says of a connection's moves with tshark's fields of the same capture.

usage: dissect_tshark.py JSON FIELDS KIND...
Each row of FIELDS: time, source address and port, destination address and port, frame types, challenge data, response
data. The server's ports are 4433.
"""
import json
import sys

CHALLENGE, RESPONSE = 0x1A, 0x1B
PROBING = {0x00, 0x18, CHALLENGE, RESPONSE}
failed = False


def same(what, is_, wanted):
    global failed
    if is_ != wanted:
        print(f"{what}: {is_}, tshark: {wanted}")
        failed = True


def ns(text):
    seconds, fraction = text.split(".")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0"))


def read(path):
    rows = []
    with open(path, encoding="ascii") as lines:
        for line in lines:
            time, source, source_port, target, target_port, types, challenges, responses = line.rstrip("\n").split("\t")
            rows.append({"time": ns(time), "source": f"{source}:{source_port}", "target": f"{target}:{target_port}",
                         "types": {int(t, 0) for t in types.split(",") if t},
                         "challenges": challenges.split(",") if challenges else [],
                         "responses": responses.split(",") if responses else []})
    return rows


def validated(rows, challenger, peer):
    """Times of the first challenge on the path and of the first answer to any of its challenges."""
    sent = [r for r in rows if r["source"] == challenger and r["target"] == peer and r["challenges"]]
    data = {d for r in sent for d in r["challenges"]}
    answers = [r["time"] for r in rows if r["target"] == challenger and data & set(r["responses"])]
    return (sent[0]["time"] if sent else None), (answers[0] if answers else None)


def main():
    with open(sys.argv[1], encoding="utf-8") as text:
        said = json.load(text)
    rows, kinds = read(sys.argv[2]), sys.argv[3:]
    same("connections", len(said["connections"]), 1)
    connection = said["connections"][0]
    same("packets not read", connection["from_client"]["not_read"] | connection["from_server"]["not_read"], {})
    moves, paths = connection["moves"], connection["paths"]
    same("kinds", [m["kind"] for m in moves], kinds)
    same("paths", [(p["client"], p["server"]) for p in paths],
         list(dict.fromkeys((r["source"], r["target"]) for r in rows if r["target"].endswith(":4433"))))
    for move in moves:
        client, server = paths[move["to"]]["client"], paths[move["to"]]["server"]
        there = [r for r in rows if r["source"] == client and r["target"] == server]
        data = [r["time"] for r in there if r["types"] - PROBING]
        same("first packet", move["first_ns"], there[0]["time"])
        same("first data", move["data_ns"], data[0])
        for side, ends in (("by_client", (client, server)), ("by_server", (server, client))):
            challenged, answered = validated(rows, *ends)
            same(f"{side}: challenge", move[side]["challenge_ns"], challenged)
            same(f"{side}: answer", move[side]["answered_ns"], answered)
        validated_by = "by_client" if move["kind"] == "migration" else "by_server"
        if move[validated_by]["duration_ns"] is None:
            same("validated", False, True)
    return failed


sys.exit(main())
