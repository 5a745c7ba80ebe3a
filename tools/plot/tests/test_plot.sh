#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam plot: all figures of a small sweep and of two runs, what is in the files, and what it says when it cannot draw.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
command -v gnuplot >/dev/null || { echo "gnuplot is not here: tools/setup" && exit 77; }

# picture NAME TITLE CAPTION: both pictures are whole, and say title, sample and command.
picture() {
    python3 - "$@" <<'PYTHON' || fail "the pictures of $1"
import struct, sys, zlib
import xml.etree.ElementTree as tree

name, title, caption = sys.argv[1:]
svg = "{http://www.w3.org/2000/svg}"
root = tree.parse(name + ".svg").getroot()
assert root.tag == svg + "svg", root.tag
assert title in root.find(svg + "title").text, root.find(svg + "title").text
assert caption in root.find(svg + "desc").text, root.find(svg + "desc").text
assert root.find(svg + "metadata").text.startswith("roam plot "), root.find(svg + "metadata").text
drawn = " ".join(" ".join(t.itertext()) for t in root.iter(svg + "text"))
for word in (title, caption):
    assert " ".join(word.split()) in " ".join(drawn.split()), (word, drawn)

png = open(name + ".png", "rb").read()
assert png[:8] == b"\x89PNG\r\n\x1a\n"
at, texts, size = 8, {}, None
while at < len(png):
    (length,), kind = struct.unpack(">I", png[at:at + 4]), png[at + 4:at + 8]
    data = png[at + 8:at + 8 + length]
    assert struct.unpack(">I", png[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + data), kind
    if kind == b"IHDR":
        size = struct.unpack(">II", data[:8])
    if kind == b"tEXt":
        key, text = data.split(b"\0", 1)
        texts[key.decode()] = text.decode("latin-1")
    at += 12 + length
assert size == (2 * int(root.get("width")), 2 * int(root.get("height"))), (size, root.attrib)
assert title in texts["Title"] and caption in texts["Description"], texts
assert texts["Command"].startswith("roam plot "), texts
PYTHON
}

# again NAME: the script that was left draws the same picture.
again() {
    mkdir -p again
    rm -f again/*
    cp "$1.gp" "$1.tsv" again/
    (cd again && gnuplot "$1.gp" 2>&1) || fail "$1.gp does not run"
    [[ -s again/$1.png ]] || fail "$1.gp made no PNG"
    diff <(sed 's,<title>.*</title>,,; /<desc>/,/<\/desc>/d; /<\/*metadata>/d' "again/$1.svg" | grep -v '^<desc>\|^$') \
        <(sed 's,<title>.*</title>,,; /<desc>/,/<\/desc>/d; /<\/*metadata>/d' "$1.svg" | grep -v '^<desc>\|^$') >/dev/null ||
        fail "$1.gp draws another picture"
}

# layout NAME: no legend is in a panel, and no letter of an event touches another one.
layout() {
    python3 - "$1" <<'PYTHON' || fail "the layout of $1"
import re, sys
import xml.etree.ElementTree as tree

svg = "{http://www.w3.org/2000/svg}"
root = tree.parse(sys.argv[1] + ".svg").getroot()
panels, grid, legends, marks = [], [], [], []

def walk(at, x, y, plot):
    place = re.match(r"translate\(([-\d.]+),([-\d.]+)\)", at.get("transform", ""))
    if place:
        x, y = map(float, place.groups())
    plot = plot or at.get("id", "").startswith("gnuplot_plot_")
    text = "".join(at.itertext()).strip()
    if at.tag == svg + "path" and not plot:
        corners = re.findall(r"[ML]([-\d.]+),([-\d.]+)", at.get("d"))
        xs, ys = ([float(c[i]) for c in corners] for i in (0, 1))
        if len(corners) >= 3 and max(xs) - min(xs) > 100 and max(ys) - min(ys) > 50:
            panels.append((min(xs), min(ys), max(xs), max(ys)))
        elif corners and max(xs) == min(xs) and max(ys) - min(ys) > 20:
            grid.append((xs[0], min(ys), max(ys)))
    if at.tag == svg + "text" and plot and text and not text.isdigit():
        legends.append((text, x, y))
    if at.tag == svg + "text" and re.fullmatch(r"[a-z]+", text) and text == "".join(sorted(text)):
        marks.append((x, y, text))
    for below in at:
        walk(below, x, y, plot)

walk(root, 0, 0, False)
if not panels and grid: # a panel without a border
    panels.append((min(g[0] for g in grid), min(g[1] for g in grid), max(g[0] for g in grid), max(g[2] for g in grid)))
assert panels and legends, (panels, legends)
for text, x, y in legends: # a line of text of 13 pixels, from its base line
    assert not any(a < x < c and y > b and y - 9 < d for a, b, c, d in panels), (text, x, y, panels)
assert "timeline" not in sys.argv[1] or marks
marks.sort()
for (x, y, text), (after, below, other) in zip(marks, marks[1:]): # centred; a letter is 7 pixels wide at most
    assert after - x >= 7 * (len(text) + len(other)) / 2, (text, x, other, after)
PYTHON
}

mkdir library library/nat
moves lossy duration=9s wifi=', rate: 50Mbps' cellular=', jitter: 10ms, rate: 20Mbps, loss: 0%' wired=', rate: 1Gbps' \
    traffic='{flow: laptop -> server, send: 400B, every: 20ms, until: 4s}' \
    timeline='{at: 2s, migrate: laptop -> server, network: cellular, as: move}' \
    expect='{migration: move, result: [ok, timeout]}' vary='networks.cellular.loss: [0%, 95%]' >library/lossy.yaml
cat >library/nat/kinds.yaml <<'YAML'
roam: 1
name: kinds
duration: 4s
networks:
  lan: {delay: 2ms, nat: home}
  wired: {delay: 1ms}
nats:
  home: {pool: 203.0.113.1}
nodes:
  laptop: {networks: [lan]}
  server: {networks: [wired], listen: 4433}
peers:
  - laptop -> server
traffic:
  - {flow: laptop -> server, send: 400B, every: 50ms}
timeline:
  - {at: 2s, shuffle: home, change: port, of: laptop}
vary:
  nats.home.mapping: [endpoint-independent, address-dependent]
expect:
  - {delivered: all}
YAML
cat >overlay.yaml <<'YAML'
roam: 1
name: eight
duration: 20s
networks: {lan: {delay: 5ms}}
nodes: {node: {count: 8, networks: [lan], listen: 4433, membership: {}}}
timeline:
  - {at: 1s, join: node, contact: node-1, spread: 2s}
  - {at: 10s, restart: node-3, for: 2s, redial: true}
expect: [{overlay: all, members: 8}]
YAML
status 0 "$roam" sweep --db some.db --seeds 1..6 --quiet library
status 0 "$roam" run library/lossy.yaml --set networks.cellular.loss=0% --out run --qlog

# A NAT changes the port of a connection, and its address 2 s later.
cat >rebinds.yaml <<'YAML'
roam: 1
name: rebinds
duration: 7s
networks: {wifi: {delay: 8ms, nat: home}, datacentre: {delay: 1ms}}
nats: {home: {pool: [203.0.113.7, 203.0.113.8]}}
nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}
peers: [laptop -> server]
traffic: [{flow: laptop -> server, send: 600B, every: 20ms}]
timeline:
  - {at: 2s, shuffle: home, change: port, of: laptop}
  - {at: 4s, shuffle: home, change: address, of: laptop}
expect: [{rebind: server, of: laptop, count: 2}]
YAML
status 0 "$roam" run rebinds.yaml --out rebound --qlog

status 0 "$roam" run overlay.yaml --out eight

# Another build with other figures: the same runs, a day later and 5 ms slower.
cp some.db later.db
sqlite3 later.db "PRAGMA foreign_keys = OFF;
    UPDATE builds SET id = id + 1, commit_id = 'feedfacefeedface', modified = 0, committed_s = committed_s + 86400;
    UPDATE runs SET id = id + 1000000, build = build + 1; UPDATE settings SET run = run + 1000000;
    UPDATE migrations SET run = run + 1000000, validation_ns = validation_ns + 5000000;
    DELETE FROM rebinds; DELETE FROM gaps; DELETE FROM expectations; DELETE FROM timings;
    UPDATE peers SET run = run + 1000000;"
status 0 "$roam" merge --db two.db some.db later.db

# All of them.
status 0 "$roam" plot cdf --db some.db -o cdf
picture cdf 'Path validation time, by scenario' 'n = 12 migrations'
status 0 "$roam" plot rtt --db some.db -o rtt
picture rtt 'against the round trip' 'validated migrations'
says rtt.svg 'closed form: one round trip'
status 0 "$roam" plot loss --db some.db -o loss
picture loss 'Migrations that succeed, against loss' 'n = 12 migrations'
status 0 "$roam" plot outcomes --db some.db -o outcomes
picture outcomes 'What became of connections: kinds' 'n = 12 connections'
# Migrating against dialling anew: the round trip over cellular is twice 11 ms or 51 ms, and a gap ends with a message.
cat >both.yaml <<'YAML'
roam: 1
name: both
duration: 4s
networks: {wifi: {delay: 8ms}, cellular: {delay: 10ms}, datacentre: {delay: 1ms}}
nodes:
  mover: {networks: [wifi, cellular]}
  dialer: {networks: [wifi, cellular]}
  server: {networks: [datacentre], listen: 4433}
peers: [mover -> server, dialer -> server]
traffic:
  - {flow: mover -> server, send: 100B, every: 20ms}
  - {flow: server -> dialer, send: 100B, every: 20ms}
timeline:
  - {at: 2005ms, detach: mover, network: wifi}
  - {at: 2005ms, detach: dialer, network: wifi}
  - {at: 2005ms, migrate: mover -> server, network: cellular, as: migrated}
  - {at: 2005ms, reconnect: dialer -> server, network: cellular, as: reconnected}
vary: {networks.cellular.delay: [10ms, 50ms], networks.cellular.loss: [0%, 1%, 2%]}
expect: [{peer: mover -> server, is: alive}]
YAML
status 0 "$roam" sweep --quiet --db both.db --seeds 1..2 both.yaml
status 0 "$roam" plot moves --db both.db -o moves
picture moves 'What it costs to migrate, and to dial anew' 'n = 16 moves'
same "$(head -n 1 moves.tsv)" $'series\tname\trtt_ms\tgap_ms\tgap_ms_90\tlost\tlost_90\tmoves' 'columns of moves'
same "$(cut -f 2,3 moves.tsv | tail -n +2 | paste -sd ';')" \
    "$(printf '%s;' $'migrate, loss 0%\t22.000000' $'migrate, loss 0%\t102.000000' $'reconnect, loss 0%\t22.000000' \
        $'reconnect, loss 0%\t102.000000' $'migrate, loss 2%\t22.000000' $'migrate, loss 2%\t102.000000' \
        $'reconnect, loss 2%\t22.000000' $'reconnect, loss 2%\t102.000000' | sed 's/;$//')" 'the first and the last loss'
same "$(awk -F '\t' '$2 == "migrate, loss 0%" { print $6 }' moves.tsv | sort -u)" 0.000000 'nothing is lost'
for trip in 22 102; do
    same "$(awk -F '\t' -v trip=$trip '$2 == "reconnect, loss 0%" && $3 == trip { print $6 }' moves.tsv)" \
        "$(sqlite3 both.db "SELECT printf('%.6f', avg(lost)) FROM moves JOIN settings USING (run) WHERE kind = 'reconnect'
            AND round_trip_ns = $trip * 1000000 AND value = '0%'")" "messages lost over $trip ms"
done
status 2 "$roam" plot moves --db some.db -o none nothing
# The same as a table; and of one run of each combination.
status 0 "$roam" stats --moves --db both.db
says out 'both: what each move cost'
same "$(grep -cE '^  delay=[0-9]+ms, loss=[0-9]%  +(migrated \(migrate\)|reconnected \(reconnect\)) +2 of 2 ' out)" 12 'rows of moves'
grep -qE '^  delay=10ms, loss=0%  +migrated .* 22\.000 ms +22\.000 ms .* 0\.0 +0\.0 ' out || fail 'a migration takes a round trip'
grep -qE '^  delay=50ms, loss=0%  +reconnected .* 204\.000 ms +204\.000 ms ' out || fail 'a reconnect takes two'
status 2 "$roam" stats --moves --json --db both.db
status 2 "$roam" stats --moves --db both.db nothing
status 0 "$roam" run both.yaml
says out 'both: what each move cost'
same "$(grep -cE '^  (10|50)ms +[012]% +(migrated: migrate mover|reconnected: reconnect dialer) -> server +ok ' out)" 12 \
    'moves of each combination'
status 0 "$roam" plot commits --db two.db -o commits lossy
picture commits 'from commit to commit' 'n = '
says commits.svg feedface
status 0 "$roam" plot timeline --run run -o timeline
picture timeline 'laptop: wifi -> cellular, in lossy' 'n = 1 run, seed 1'
says timeline.svg 'migration requested'
says timeline.svg '  challenge sent<'
says timeline.svg 'longest gap, '
says timeline.svg 'validation, '
says timeline.svg ' to the peer, '
status 0 "$roam" plot overlay --run eight -o overlay
picture overlay 'The overlay of eight' 'at the end 8 of 8 nodes are members'
says overlay.svg 'join (7)'
says overlay.svg 'restart'
# A rebinding: what the NAT did, and how the other end validated the new address, by the taps.
status 0 "$roam" plot timeline --run rebound -o timeline-port
status 0 "$roam" plot timeline --run rebound -o timeline-address --rebind 2
rebind() { python3 -c "import json; r = json.load(open('rebound/summary.json'))['rebinds'][$1]; p = r['parts']; print($2)"; }
for at in '0 port 2' '1 address 4'; do
    read -r number name second <<<"$at"
    picture "timeline-$name" "laptop, seen by server: $(rebind "$number" 'r["old_remote"] + " -> " + r["new_remote"]'), in rebinds" \
        'path statistics of server'
    same "$(sed -n 's/^event\t\([0-9.]*\)\t*/\1 /p' "timeline-$name.tsv" | grep "^$second")" "$second.000000000 shuffle home
$second.000000000 binding lost: home changes bindings
$(rebind "$number" '"\n".join("%.9f %s" % ((r["noticed_ns"] + sum(p[k + "_ns"] for k in names.split())) / 1e9, text) for names, text in (
            ("", "first packet from the new address"), ("other", "challenge sent"),
            ("other queue to_peer", "challenge received"), ("other queue to_peer at_peer", "response sent"),
            ("other queue to_peer at_peer back", "response received"))) + "\n%.9f new address validated" % (r["finished_ns"] / 1e9)')" \
        "events of the rebinding of the $name"
done
for series in path-old path-new goodput-up goodput-down parts; do
    grep -q "^$series" timeline-address.tsv || fail "timeline-address.tsv has no $series"
done
same "$(awk -F '\t' '$1 == "path-new" && $2 < 4.004 || $1 == "path-old" && $2 > 4.008' timeline-address.tsv)" '' \
    'path statistics before and after the first packet from the new address'
status 2 "$roam" plot timeline --run rebound -o x --rebind 3
says err 'the run has 2 rebindings, and no number 3'
status 2 "$roam" plot timeline --run rebound -o x --rebind 0
says err "'0' is no number of a rebinding"
# Rebinds of a store, as cdf has migrations: the steps are values of the store.
status 0 "$roam" sweep --quiet --db rebinds.db --seeds 1..9 rebinds.yaml
status 0 "$roam" plot rebinds --db rebinds.db -o rebinds
picture rebinds 'Validation time of rebinds, by scenario' 'n = 18 rebinds in all, 0 of them never validated'
same "$(head -n 1 rebinds.tsv)" $'curve\tname\trebind_ms\tshare' 'columns of rebinds'
same "$(awk -F '\t' 'NR > 2 { print $3 }' rebinds.tsv)" "$(sqlite3 -readonly rebinds.db \
    'SELECT DISTINCT printf("%.6f", validation_ns / 1e6) FROM rebinds ORDER BY validation_ns')" 'the steps'
same "$(tail -n 1 rebinds.tsv | cut -f 4)" 1.000000 'all are validated'
# A time of 0 has its place on a logarithmic axis, at its left end: the curve begins there, and below the half.
cp rebinds.db at-once.db
sqlite3 at-once.db "UPDATE rebinds SET finished_ns = noticed_ns WHERE number = 1"
status 0 "$roam" plot rebinds --db at-once.db -o at-once --format svg
says at-once.gp 'logarithmic = 1'
same "$(python3 - <<'PYTHON'
import re
text = open("at-once.svg").read()
part = text[text.index('id="gnuplot_plot_1"'):]
path = re.search(r"<path [^>]*d='([^']*)'", part[part.index("</text>"):]).group(1)
points = [tuple(map(float, p.split(","))) for p in re.findall(r"[\d.]+,[\d.]+", path)]
left = min(x for x, _ in points)
print(len({y for x, y in points if x == left}) >= 2, max(x for x, _ in points) > 2 * left)
PYTHON
)" 'True True' 'the step at 0 and those behind it'
# From commit to commit: percentiles of rebinds, where the runs asked for have no migration.
cp rebinds.db slower.db
sqlite3 slower.db "PRAGMA foreign_keys = OFF;
    UPDATE builds SET id = id + 1, commit_id = 'feedfacefeedface', modified = 0, committed_s = committed_s + 86400;
    UPDATE runs SET id = id + 1000000, build = build + 1; UPDATE settings SET run = run + 1000000;
    UPDATE rebinds SET run = run + 1000000, finished_ns = finished_ns + 7000000, validation_ns = validation_ns + 7000000;
    DELETE FROM migrations; DELETE FROM gaps; DELETE FROM expectations; DELETE FROM timings;
    UPDATE peers SET run = run + 1000000;"
status 0 "$roam" merge --db nat.db rebinds.db slower.db
status 0 "$roam" plot commits --db nat.db -o commits-rebinds
picture commits-rebinds 'Validation time of rebinds from commit to commit' 'n = 36 rebinds of 2 builds, 0 never validated'
same "$(awk -F '\t' 'NR > 1 { printf "%s%s:%.3f", s, $6, (p ? $7 - p : 0); p = $7; s = " " }' commits-rebinds.tsv)" '18:0.000 18:7.000' \
    'percentiles of rebinds of both builds'
status 2 "$roam" plot commits --db nat.db -o none --as 'laptop of server'
cp rebinds.db calm.db
sqlite3 calm.db "DELETE FROM rebinds"
status 2 "$roam" plot rebinds --db calm.db -o none
says err 'no rebind was validated'
status 2 "$roam" plot cdf --db some.db -o x --rebind 1
says err '--rebind is for timeline'
for name in cdf rebinds rtt loss moves outcomes commits commits-rebinds timeline timeline-port timeline-address overlay; do again "$name"; layout "$name"; done

# The data are what the run left.
said() { python3 -c "import json; o = json.load(open('eight/summary.json'))['overlay']; print($1)"; }
same "$(awk -F '\t' '$1 == "degree" { print $3 }' overlay.tsv | xargs)" "$(said '*o["in_degrees"]')" 'in-degrees'
same "$(awk -F '\t' '$1 == "time" { up += $6; down += $7 } END { print up, down }' overlay.tsv)" \
    "$(said 'o["ups"], o["downs"]')" 'changes'
same "$(awk -F '\t' '$1 == "time" && $2 == 20 { print $3, $4 }' overlay.tsv)" "$(said 'o["members"], o["components"]')" 'the end'

# The data are what the store has.
same "$(head -n 1 loss.tsv)" $'series\tname\tsetting\tpercent\tmigrations\tsucceeded\tshare\tlow\thigh' 'columns'
same "$(awk -F '\t' '$4 == 0 { print $5, $6, $7 }' loss.tsv)" '6 6 1.000000' 'success without loss'
same "$(awk -F '\t' '$4 == 95 { print $6 }' loss.tsv)" \
    "$(sqlite3 some.db "SELECT count(*) FROM migrations JOIN settings USING (run) WHERE value = '95%' AND result = 'ok'")" \
    'success with loss'
same "$(awk -F '\t' '$2 == "lossy, loss 0%" { t = $3 } END { print t }' cdf.tsv)" \
    "$(sqlite3 some.db "SELECT printf('%.6f', max(validation_ns) / 1e6) FROM migrations JOIN settings USING (run)
        WHERE value = '0%'")" 'the slowest validation'
same "$(grep -c 'lossy, loss 0%' cdf.tsv)" \
    "$(sqlite3 some.db "SELECT count(DISTINCT validation_ns) + 1 FROM migrations JOIN settings USING (run)
        WHERE value = '0%'")" 'steps'
same "$(awk -F '\t' '$2 == "lossy, loss 95%" { print $4 }' cdf.tsv | tr '\n' ' ')" '0 0.000000 ' 'a curve of failures alone'
says cdf.gp 'lossy, loss 95% (n = 6, 6 never)'
picture cdf 'Path validation time, by scenario' 'n = 12 migrations in all, 6 of them never validated'
same "$(awk -F '\t' '$2 == "lossy, loss 0%" { if ($4 == "feedfacefeed") print $7 - p; p = $7 }' commits.tsv)" 5 \
    'what the later build is slower by'
# A modified tree has a name of its own, as in stats; two of one commit are told apart.
sqlite3 two.db "UPDATE builds SET modified = 1, roam = '0.1.0+fedcba987654' WHERE commit_id = 'feedfacefeedface'"
status 0 "$roam" plot commits --db two.db -o modified --format svg lossy
says modified.svg 'feedface+fedcba98'
says modified.tsv $'\tfeedfacefeed+fedcba987654\t'
status 0 "$roam" plot cdf --db two.db -o changed --format svg
says changed.svg 'commit feedfacefeed+fedcba987654'
same "$(awk -F '\t' '$2 == "lossy, loss 95%" { print $6, $7, $13, $16 }' commits.tsv | sort -u)" '6 never never 6' 'builds that never move'
same "$(awk -F '\t' '$1 == 1 { print $4, $5 + $6 }' outcomes.tsv)" '6 6' 'connections kept'
status 0 "$roam" plot outcomes --db some.db -o failures --format svg lossy
same "$(awk -F '\t' 'NR > 1 { print $4, $5, $7 }' failures.tsv | tr '\n' ' ')" '6 6 0 6 0 6 ' 'moves that succeed and fail'
for series in path-old path-new goodput-up goodput-down event gap parts; do
    grep -q "^$series" timeline.tsv || fail "timeline.tsv has no $series"
done
# 400 bytes every 20 ms, and 4 bytes of length to each message
awk -F '\t' '$1 == "goodput-up" && $2 < 1.9 { s += $5; n++ } END { exit !(n > 5 && s / n > 0.160 && s / n < 0.165) }' \
    timeline.tsv || fail "goodput before the move is not 160 kbit/s and a little: $(grep goodput-up timeline.tsv | head -n 3)"

# Migrations of one run that all have one fate say no more than one.
cp some.db twins.db
sqlite3 twins.db "CREATE TEMP TABLE m AS SELECT * FROM migrations;
    UPDATE m SET call = call + 100, challenge_sent_ns = challenge_sent_ns + 1; INSERT INTO migrations SELECT * FROM m"
status 0 "$roam" plot loss --db twins.db -o twins --format svg
same "$(cut -f 5 twins.tsv | tail -n 1)" 12 'migrations with twins'
same "$(cut -f 8,9 twins.tsv)" "$(cut -f 8,9 loss.tsv)" 'intervals of migrations with twins'

# Every step ends where the store says, also of more runs than a figure has points: times that many runs share, and far
# more times than can be told apart, of which no step that can be seen is left out.
steps() { # STORE: of each time the share of migrations that were validated within it
    sqlite3 "$1" "SELECT DISTINCT printf('%.6f %.6f', validation_ns / 1e6, count(*) OVER (ORDER BY validation_ns) * 1.0 /
        (SELECT count(*) FROM migrations)) FROM migrations WHERE validation_ns NOT NULL ORDER BY validation_ns"
}
copies() { # STORE TIME: six thousand runs, of which one in ten fails; TIME is SQL of the run's number i
    sqlite3 "$1" "PRAGMA foreign_keys = OFF; CREATE TEMP TABLE r AS SELECT * FROM runs WHERE scenario = 'lossy' LIMIT 1;
        CREATE TEMP TABLE m AS SELECT * FROM migrations WHERE run = (SELECT id FROM r);
        DELETE FROM settings; DELETE FROM migrations; DELETE FROM runs; UPDATE r SET combination = '';
        CREATE TEMP TABLE i AS WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 6000) SELECT i FROM i;
        UPDATE m SET result = 'ok';
        INSERT INTO runs (id, build, scenario, directory, digest, combination, seed, status, verdict, message, duration_ns)
            SELECT i, build, scenario, directory, digest, combination, i, status, verdict, message, duration_ns FROM r, i;
        INSERT INTO migrations (run, call, label, node, peer, trigger, network, mode, result, timeout_ns, requested_ns, challenge_sent_ns,
            challenge_received_ns, response_sent_ns, response_received_ns, validated_ns, peer_validated_ns, first_payload_up_ns,
            first_payload_down_ns, finished_ns, validation_ns, challenges_sent, validation_rounds, srtt_before_ns, srtt_after_ns,
            cwnd_before, cwnd_after, connection_id_changed, contradiction)
            SELECT i, call, label, node, peer, trigger, network, mode,
            iif(i % 10, 'ok', 'timeout'), timeout_ns, requested_ns, challenge_sent_ns, challenge_received_ns, response_sent_ns,
            response_received_ns, validated_ns, peer_validated_ns, first_payload_up_ns, first_payload_down_ns, finished_ns,
            iif(i % 10, $2, NULL), challenges_sent, validation_rounds, srtt_before_ns, srtt_after_ns, cwnd_before,
            cwnd_after, connection_id_changed, contradiction FROM m, i"
}
cp some.db tied.db
copies tied.db '(i * i % 2000 + 50) * 1000000'
status 0 "$roam" plot cdf --db tied.db -o tied --format svg lossy
steps tied.db >expected
awk -F '\t' 'NR > 2 { print $3, $4 }' tied.tsv | awk '!seen[$0]++' >drawn
cmp expected drawn || fail "steps of times that many share: $(diff expected drawn | head -n 4)"
says tied.gp '(n = 6000, 600 never)'
cp some.db apart.db
copies apart.db 'i * i * 1000 + 20000000'
status 0 "$roam" plot cdf --db apart.db -o apart --format svg lossy
steps apart.db >expected
awk 'NR == FNR { share[$1] = $2; n++; next } FNR > 2 { if (!($3 in share) || share[$3] != $4) print "not a step: " $3, $4
        if ($4 - before > 0.0011) print "left out before " $3; before = $4 } END { if (FNR >= n) print "nothing left out" }' \
    FS=' ' expected FS='\t' apart.tsv >wrong
same "$(cat wrong)" '' 'steps of times that are apart'
same "$(tail -n 1 apart.tsv | cut -f 4)" 0.900000 'where a curve with failures ends'

# The same store, the same bytes.
mkdir twice
status 0 "$roam" plot cdf --db some.db -o twice/cdf --format svg
[[ ! -e twice/cdf.png ]] || fail 'a PNG that was not asked for'
cmp cdf.tsv twice/cdf.tsv || failed=1
cmp <(grep -v metadata cdf.svg) <(grep -v metadata twice/cdf.svg) || failed=1

# Nothing is overwritten unasked, and --force overwrites; a failure leaves what was there.
cp cdf.svg before
status 2 "$roam" plot cdf --db some.db -o cdf
says err 'cdf.tsv exists: another name, or --force'
cmp cdf.svg before || failed=1
status 0 "$roam" plot cdf --db some.db -o cdf --force --title 'Another & <title>'
picture cdf 'Another & <title>' 'n = 12 migrations'

# No gnuplot; one that fails.
mkdir empty broken
status 3 env PATH="$scratch/empty" "$roam" plot cdf --db some.db -o missing
says err 'gnuplot is not installed'
says err 'gnuplot-nox'
printf '#!/bin/sh\necho "no such terminal" >&2\nexit 1\n' >broken/gnuplot
chmod +x broken/gnuplot
cp cdf.svg before
status 3 env PATH="$scratch/broken:$PATH" "$roam" plot cdf --db some.db -o cdf --force
says err 'gnuplot failed: no such terminal'
cmp cdf.svg before || failed=1
[[ -z $(find . -name 'missing*' -o -name '.plot.*') ]] || fail "left behind: $(find . -name 'missing*' -o -name '.plot.*')"

# One bar, and titles that gnuplot could take for something else.
status 0 "$roam" sweep --db one.db --seeds 1 --quiet "$(find library -name '*.yaml' | sort | head -n 1)" --set networks.cellular.loss=0%
status 0 "$roam" plot outcomes --db one.db -o one-bar
same "$(awk 'END { print NR }' one-bar.tsv)" 2 'a line of names, and one of a bar'
picture one-bar 'What became of connections' 'n = 1 connections'
for title in "'tis an apostrophe" "one at its end'" "a \`date\`, 100 % and a \"quote\" don't \\n matter"; do
    status 0 "$roam" plot cdf --db some.db -o quoted --force --title "$title"
    picture quoted "$title" 'n = 12 migrations'
    again quoted
done

# Logarithmic axes have three labels or more that are within.
axis() { # NAME AXIS
    sed -n "s/^$2_\(low\|high\|tics\) = //p" "$1.gp" | tr -d "'" | awk 'NR == 1 { low = $1 } NR == 2 { high = $1 }
        NR == 3 { n = split($0, tics, ", "); for (i = 1; i <= n; i++) if (tics[i] !~ /"/) {
            labels++; if (tics[i] < low || tics[i] > high) print tics[i] " is not within" } }
        END { if (labels < 3) print labels + 0 " labels from " low " to " high }'
}
for by in 1 1.013 1.9 7 40 1000; do
    cp some.db axis.db
    sqlite3 axis.db "UPDATE migrations SET validation_ns = CAST(validation_ns * 0.37 * $by AS INTEGER) WHERE run % 2"
    status 0 "$roam" plot rtt --db axis.db -o axis --force --format svg
    same "$(axis axis rtt_ms)$(axis axis validation_ms)" '' "the axes when times are $by-fold"
    [[ $(axis axis rtt_ms; grep -c '^rtt_ms_tics' axis.gp) == 1 ]] || fail 'no axis was looked at'
done

# The figures of README.md and results/answers.md are what their commands draw, to the byte; of a store all but the commit that the caption names.
mkdir -p readme/results/figures
ln -s "$root/scenarios" readme/scenarios
drawn() { sed -E "s|; commit [^<']*||" "$1"; }
commands() { sed -nE "s/^\\$ tools\/roam ($1)( && .*)?\$/\1/p" "$root/README.md" "$root/results/answers.md"; }
while read -r command; do
    if [[ $command =~ ' --db '([a-z]+\.db) ]] && [[ ! -e readme/${BASH_REMATCH[1]} ]]; then
        sweep=$(commands "sweep [^&]*--db ${BASH_REMATCH[1]} [^&]*")
        [[ -n $sweep ]] || fail "no document says what is in ${BASH_REMATCH[1]}"
        # shellcheck disable=SC2086
        (cd readme && "$roam" $sweep >/dev/null) || fail "$sweep"
    fi
    # shellcheck disable=SC2086
    (cd readme && "$roam" $command >/dev/null) || fail "$command"
done < <(commands 'run [^&]*--out results\/runs\/[^&]*|plot [^&]*-o results\/figures\/[^&]*')
for file in "$root"/results/figures/*; do
    cmp <(drawn "$file") <(drawn "readme/results/figures/${file##*/}") ||
        fail "${file##*/} is not what the command beside it draws"
done

# Mistakes.
status 2 "$roam" plot
status 2 "$roam" plot cfd --db some.db -o x
says err "did you mean 'cdf'?"
status 2 "$roam" plot cdf -o x
says err '--db FILE'
status 2 "$roam" plot cdf --db none.db -o x
status 2 "$roam" plot cdf --db some.db
says err '-o DIR/NAME'
status 2 "$roam" plot cdf --db some.db -o x nothing
says err "some.db has no run of 'nothing'"
status 2 "$roam" plot loss --db some.db -o x kinds
says err 'varies a loss'
status 2 "$roam" plot rtt --db some.db -o x kinds
status 2 "$roam" plot cdf --db some.db -o x --as nobody
status 2 "$roam" plot commits --db some.db -o x
says err 'one build only'
status 2 "$roam" plot cdf --db some.db -o x --format gif
says err "'gif' is neither svg nor png"
status 2 "$roam" plot cdf --db some.db -o nowhere/x
status 2 "$roam" plot timeline --run empty -o x
says err 'summary.json cannot be read'
rm run/*.sqlog
status 2 "$roam" plot timeline --run run -o x
says err '.sqlog'
status 2 "$roam" plot timeline --run run -o x --as nobody
says err "labelled 'nobody'"
status 2 "$roam" plot timeline --db some.db -o x
status 2 "$roam" plot overlay --db some.db -o x
says err 'overlay takes --run DIR'
status 2 "$roam" plot cdf --run run -o x
says err '--run is for timeline and overlay'
status 2 "$roam" plot overlay --run run -o x
says err 'no node of the run has membership'
status 2 "$roam" plot overlay --run empty -o x
says err 'summary.json cannot be read'
rm eight/overlay.csv
status 2 "$roam" plot overlay --run eight -o x
says err 'overlay.csv cannot be read'
status 0 "$roam" plot --help
[[ -z $(find . -name 'x.*') ]] || fail "figures of mistakes: $(find . -name 'x.*')"

exit "$failed"
