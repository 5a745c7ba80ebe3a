#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam report: the page says what the store says, in a browser of any width, light or dark, with and without JavaScript.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
export HOME=$scratch XDG_RUNTIME_DIR=$scratch

# browse PAGE OPTION...: what is on the page after its scripts have run.
browse() {
    timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --virtual-time-budget=3000 \
        --user-data-dir="$scratch/profile" "${@:2}" "file://$scratch/$1" 2>browser-errors
}

# A scenario that holds, one that does not and has markup in its words, and one with a combination.
moves good cellular=', jitter: 10ms' traffic='{flow: laptop -> server, send: 400B, every: 20ms}' \
    expect='{delivered: all}' >good.yaml
sed -e 's/^name: good/name: bad/' -e 's/delivered: all/migration: move, result: ok, validation: <= 10ms/' good.yaml >bad.yaml
sed -e 's/^name: good/name: varied/' good.yaml >varied.yaml
printf 'vary:\n  networks.cellular.delay: [10ms, 200ms]\n' >>varied.yaml
status 1 "$roam" sweep --quiet --seeds 1..5 --db runs.db good.yaml bad.yaml varied.yaml
status 0 "$roam" sweep --quiet --seeds 1..5 --db fine.db good.yaml varied.yaml

# What the page says.
status 0 "$roam" report runs.db -o page.html --no-figures
says page.html '<h1>5 of 20 runs did not pass.</h1>'
says page.html '15 passed, 5 failed an expectation'
says page.html '<h3>bad: migration: move, result: ok, validation: &lt;= 10ms</h3>'
says page.html '<p>5 runs; for example bad, seed 1: <span class="bad">failed</span> &mdash; '
says page.html '<pre>roam run --seed 1 bad.yaml</pre>'
says page.html 'varied [networks.cellular.delay=200ms]'
# The command for the timeline of a run that failed, and of the slowest one, draws it.
commands() { # PAGE PATTERN: those behind what matches
    python3 - "$@" <<'PYTHON'
import html, re, sys
page = open(sys.argv[1]).read()
part = page[re.search(sys.argv[2], page).start():]
print(html.unescape(re.search("<pre>(.* --qlog; roam plot .*)</pre>", part).group(1)))
PYTHON
}
ln -s "$roam" roam
for of in '<h3>bad: ' '<h3>varied .networks.cellular.delay=200ms., seed [1-5]: 4[0-9][0-9]'; do
    rm -rf run timeline.*
    (PATH=$PWD:$PATH && eval "$(commands page.html "$of")") >out 2>err || fail "the command for $of: $(commands page.html "$of"): $(cat err)"
    says timeline.svg ' s  migration requested<'
done
same "$(grep -c '<h3>varied .*, seed .*: [0-9.]* ms</h3>' page.html)" 1 'slowest validations of one scenario'
status 0 "$roam" report fine.db -o fine.html --no-figures
says fine.html '<h1>All 15 runs passed.</h1>'
if grep -q 'did not pass' fine.html; then fail 'a page without faults speaks of some'; fi
if grep -qE '(src|href)=|https?://|@import|url\(' page.html; then fail 'the page points somewhere else'; fi

# A validation that failed was never reached: it is greater than all times, and counted.
cp fine.db failing.db
sqlite3 failing.db "UPDATE migrations SET result = 'timeout', validation_ns = NULL WHERE run IN
    (SELECT id FROM runs WHERE scenario = 'good' AND seed < 3)"
status 0 "$roam" report failing.db -o failing.html --no-figures
says failing.html '>never<small>2 of 5</small>'
says failing.html '>5<small>2 never</small>'
says failing.html '<small>no bounds: n too small</small>'

# Words of a store are text, whatever they are.
cp runs.db hostile.db
sqlite3 hostile.db "UPDATE runs SET scenario = '<script>alert(1)</script>\"&' WHERE scenario = 'bad'"
status 0 "$roam" report hostile.db -o hostile.html --no-figures
says hostile.html '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;'
if grep -q '<script>alert' hostile.html; then fail 'a scenario got its own script in'; fi

# The same store, the same page; a directory of runs gives a page too.
status 0 "$roam" report runs.db -o again.html --no-figures
cmp -s page.html again.html || fail 'two pages of one store differ'
status 1 "$roam" run --quiet --out runs good.yaml bad.yaml
status 0 "$roam" report runs -o directory.html --no-figures
says directory.html '<h1>1 of 2 runs did not pass.</h1>'
# Of one run a value is what it is: no percentile, no interval.
row() { grep -A 1000 "aria-label=\"$1\"" directory.html | grep -m 1 "^<tr>.*>$2<" | sed 's/<[^>]*>/|/g; s/||*/|/g'; }
[[ $(row Scenarios good) =~ ^'|good|passed|1|yes|'[0-9.]+' ms|' ]] || fail "the scenario of one run: $(row Scenarios good)"
[[ $(row 'Migration latency' good) =~ ^'|good|validation: move|1|yes|'[0-9.]+' ms|ok 1|'$ ]] ||
    fail "the measure of one run: $(row 'Migration latency' good)"
if grep -q '<small>' directory.html; then fail 'an interval of one run'; fi

# Each run of a directory has its timeline in the page, where it left what one is made of.
status 1 "$roam" run --quiet --qlog --out logs good.yaml bad.yaml
status 0 "$roam" report logs -o timelines.html
for name in good bad; do
    says timelines.html "<figure role=\"img\" aria-label=\"Timeline of logs/$name\">"
    says timelines.html ">laptop: wifi -> cellular, in $name<"
done
same "$(grep -c '<svg' timelines.html)" 2 'timelines'
if grep -qE 'no timeline|Its timeline|Slowest' timelines.html; then fail 'timelines that are there are looked for'; fi
rm logs/good/*.sqlog
status 0 "$roam" report logs -o fewer-timelines.html
says fewer-timelines.html 'One run has no timeline: logs/good: there is no .sqlog of laptop and server'
says fewer-timelines.html 'Its timeline:'
same "$(grep -c '<svg' fewer-timelines.html)" 1 'timelines of runs with qlog'

# Figures, and a page without them where gnuplot is not.
status 0 "$roam" report runs.db -o figures.html
says figures.html '<figure role="img" aria-label="How long path validation took, by scenario">'
[[ $(grep -c '<svg' figures.html) == 1 ]] || fail "not one figure but $(grep -c '<svg' figures.html)"
# Two builds, 5 ms apart: each row says of which one it is, distributions are of the newest, and percentiles of both.
cp fine.db later.db
sqlite3 later.db "PRAGMA foreign_keys = OFF;
    UPDATE builds SET id = id + 1, commit_id = 'feedfacefeedface', modified = 0, committed_s = committed_s + 86400;
    UPDATE runs SET id = id + 1000000, build = build + 1; UPDATE settings SET run = run + 1000000;
    UPDATE migrations SET run = run + 1000000, validation_ns = validation_ns + 5000000;
    DELETE FROM rebinds; DELETE FROM gaps; DELETE FROM expectations; DELETE FROM timings; UPDATE peers SET run = run + 1000000;"
status 0 "$roam" merge --db builds.db fine.db later.db
status 0 "$roam" report builds.db -o builds.html
says builds.html '<th scope="row">good<small>feedface</small></th>'
same "$(grep -c '<th scope="row">good<small>' builds.html)" 5 'rows of good: two of runs, a validation each, one gap'
same "$(grep -o 'figure role="img" aria-label="[^"]*"' builds.html | cut -d '"' -f 4 | tr '\n' ';')" \
    'How long path validation took, by scenario;Percentiles of validation from commit to commit;' 'figures of two builds'
says builds.html 'n = 5 migrations in all, 0 of them never validated; commit feedfacefeed'
if grep -q '<th scope="row">[^<]*<small>' figures.html; then fail 'one build is named in each row'; fi
# Rebinds have the figures that migrations have.
sed -e 's/^name: good/name: rebound/' -e "s/^  wifi: {delay: 8ms/  wifi: {delay: 8ms, jitter: 4ms, nat: home/" good.yaml >rebound.yaml
sed -i 's/^timeline:.*/nats: {home: {pool: 203.0.113.7}}\n&/; s/{at: 1s, migrate.*/{at: 1s, shuffle: home, change: port, of: laptop}/' rebound.yaml
status 0 "$roam" sweep --quiet --seeds 1..5 --db rebound.db rebound.yaml
status 0 "$roam" report rebound.db -o rebound.html
same "$(grep -o 'figure role="img" aria-label="[^"]*"' rebound.html | cut -d '"' -f 4)" \
    'How long validation after a rebind by a NAT took, by scenario' 'figures of rebinds'
# One run: no percentiles, which would be the value again, and nothing said twice.
status 0 "$roam" sweep --quiet --seeds 1 --db one.db good.yaml
status 0 "$roam" report one.db -o one.html --no-figures
says one.html '<h1>The run passed.</h1>'
says one.html '>value</th>'
if grep -qE '>50 %<|<p class="soft">1 passed' one.html; then fail 'a page of one run has percentiles'; fi
says page.html '>50 %</th>'
mkdir bin
status 0 env PATH="$scratch/bin" "$roam" report runs.db -o bare.html
says bare.html 'There are no figures: '
says bare.html gnuplot

# Against baselines.
status 0 "$roam" gate --quiet --update --seeds 1..5 good.yaml varied.yaml
status 0 "$roam" report fine.db -o same.html --no-figures --baseline results/baselines
says same.html 'and nothing got worse.'
says same.html 'no difference.'
says same.html 'good: its results depend on the seed, and 5 seeds show nothing that chance cannot'
python3 - <<'PYTHON'
import json
path = "results/baselines/good.json"
d = json.load(open(path))
d["kind"] = "exact"
s = d["combinations"][0]["series"][0]
s["worst_ns"] = [x - 2000000 for x in s["worst_ns"]]
for k in ("p50_ns", "p90_ns", "p99_ns", "max_ns"):
    s[k] -= 2000000
json.dump(d, open(path, "w"))
PYTHON
status 0 "$roam" report fine.db -o worse.html --no-figures --baseline results/baselines
says worse.html '<h1>All 15 runs passed, but 1 measure got worse.</h1>'
says worse.html '+2.000 ms'
status 0 "$roam" report runs.db -o unmatched.html --no-figures --baseline results/baselines
says unmatched.html 'bad: no baseline'

# A store with more seeds than the baseline is compared over those of the baseline.
status 0 "$roam" gate --quiet --update --seeds 1..5 good.yaml varied.yaml
status 0 "$roam" sweep --quiet --resume --seeds 1..40 --db fine.db good.yaml varied.yaml
status 0 "$roam" report fine.db -o more.html --no-figures --baseline results/baselines
says more.html '<h1>All 120 runs passed, and nothing got worse.</h1>'
says more.html 'no difference.'
status 0 "$roam" sweep --quiet --seeds 3..40 --db fewer.db good.yaml
status 0 "$roam" report fewer.db -o fewer.html --no-figures --baseline results/baselines
says fewer.html 'good: there is no run with seed 1'
status 0 "$roam" sweep --quiet --seeds 30..40 --db other.db good.yaml
status 0 "$roam" report other.db -o other.html --no-figures --baseline results/baselines
says other.html 'good: there is no run with a seed of its baseline, 1 to 5'

# What runs a run again names the file that was run, also when stores were joined.
mkdir -p 'some where'
cp bad.yaml 'some where/'
status 1 "$roam" sweep --quiet --seeds 3 --db where.db 'some where/bad.yaml'
status 0 "$roam" merge --db joined.db fine.db where.db
for db in where joined; do
    status 0 "$roam" report $db.db -o where.html --force --no-figures
    says where.html "<pre>roam run --seed 3 &#39;some where/bad.yaml&#39;</pre>"
done

# A store of before tables of files: the library's path is what can be said.
sqlite3 where.db 'DROP TABLE files'
status 0 "$roam" report where.db -o where.html --force --no-figures
says where.html 'roam run --seed 3 &#39;scenarios/some where/bad.yaml'
status 1 "$roam" sweep --quiet --resume --seeds 3..4 --db where.db bad.yaml

# A page for a device goes there, and the device stays. By a link: a mistake replaces the link.
ln -s /dev/full full
status 3 "$roam" report fine.db -o full --force --no-figures
says err 'full: No space left on device'
[[ -L full ]] || fail 'the device was replaced'

# A store that may only be read: a file, its directory, its file system.
mkdir shut
cp fine.db shut/
chmod 444 shut/fine.db
read_all() { # DIRECTORY
    status 0 "$roam" stats --db "$1/fine.db"
    status 0 "$roam" report "$1/fine.db" -o shut.html --force --no-figures
    status 0 "$roam" plot cdf --db "$1/fine.db" -o shut-figure --force --format svg good
    rm -f joined.db
    status 0 "$roam" merge --db joined.db "$1/fine.db"
}
read_all shut
same "$(ls shut)" fine.db 'what reading leaves'
export -f read_all status fail says
export roam failed
if unshare --mount true 2>/dev/null; then
    unshare --mount bash -c 'mount --bind shut shut && mount -o remount,ro,bind shut && read_all shut; exit $failed' ||
        fail 'a store on a file system that is read-only'
fi

# In a browser. Each width and colour: a picture, and nothing wider than the window. A page at a test's disposal is the
# page with a probe at its end that says what it finds.
probe() { # PAGE SCRIPT
    sed "s#</body>#<pre id=probe></pre><script>$2</script></body>#" "$1" >probe.html
    browse probe.html --window-size="${3:-1280,900}" "${@:4}" --dump-dom | sed -n 's/.*<pre id="probe">\([^<]*\)<.*/\1/p'
}
# Names with long combinations go on in another line, in sentences, heads and tables.
sed -e 's/^name: bad/name: long/' bad.yaml >long.yaml
printf 'vary:\n  networks.cellular.delay: [100ms]\n  networks.cellular.queue: [100000B]\n  networks.wifi.delay: [10ms, 20ms]\n' >>long.yaml
status 1 "$roam" sweep --quiet --seeds 1..2 --db long.db long.yaml
status 0 "$roam" report long.db -o long.html --no-figures
says long.html 'delay=100ms,<wbr>networks'
wide='const w=[...document.querySelectorAll("p,h3,tbody th")].map(e=>e.scrollWidth-e.clientWidth).concat(document.documentElement.scrollWidth-innerWidth);'
wide+='const t=Math.max(...[...document.querySelectorAll("tbody th")].map(e=>e.getBoundingClientRect().width));'
same "$(probe long.html "$wide"'document.getElementById("probe").textContent=Math.max(...w)+" "+(t<document.querySelector("h1").parentElement.clientWidth)' 360,800)" \
    '0 true' 'what is wider than it may be on a phone'
for size in 360,800 1280,900; do
    for scheme in 1 0; do # dark is 0
        width=$(probe page.html 'document.getElementById("probe").textContent=document.documentElement.scrollWidth+" "+innerWidth' \
            "$size" --blink-settings=preferredColorScheme=$scheme)
        read -r content window <<<"$width"
        ((window > 0 && content <= window)) || fail "at $size the page is $content wide, and the window $window"
        paper=$(probe page.html 'document.getElementById("probe").textContent=getComputedStyle(document.body).backgroundColor' \
            "$size" --blink-settings=preferredColorScheme=$scheme)
        want='rgb(255, 255, 255)'
        if ((scheme == 0)); then want='rgb(15, 20, 25)'; fi
        [[ $paper == "$want" ]] || fail "at $size in scheme $scheme the paper is '$paper', not '$want'"
        browse page.html --window-size="$size" --blink-settings=preferredColorScheme=$scheme --hide-scrollbars \
            --screenshot="$scratch/picture-$size-$scheme.png" >/dev/null
        [[ $(file -b "picture-$size-$scheme.png") == "PNG image data, ${size/,/ x }"* ]] || fail "no picture at $size"
    done
done

# A figure stands on a light card, in the dark too, and does not shrink below what can be read.
for scheme in 1 0; do
    card=$(probe timelines.html 'const f=document.querySelector("figure"),s=getComputedStyle(f);document.getElementById("probe").textContent=s.backgroundColor+" "+s.color+" "+s.colorScheme+" "+(f.querySelector("svg").getBoundingClientRect().width>=640)+" "+(document.documentElement.scrollWidth<=innerWidth)' \
        360,800 --blink-settings=preferredColorScheme=$scheme)
    same "$card" 'rgb(255, 255, 255) rgb(27, 31, 36) light true true' "the card of a figure in scheme $scheme"
done

# A click sorts, a second one turns it round.
order='document.querySelector("[aria-label^=Migration] table.sorts")'
names="[...$order.tBodies[0].rows].map(row=>+row.cells[4].dataset.v||0)"
sorted=$(probe page.html "const b=$order.tHead.rows[0].cells[4].querySelector(\"button\");b.click();const up=$names;b.click();const down=$names;const known=a=>a.filter(x=>x>0);document.getElementById(\"probe\").textContent=[known(up).every((x,i,a)=>!i||a[i-1]<=x),known(down).every((x,i,a)=>!i||a[i-1]>=x),up.length]")
[[ $sorted == true,true,8 ]] || fail "sorting: '$sorted'"

# Without JavaScript everything is there.
sed 's#<script>#<script type="text/none">#' page.html >silent.html
says silent.html '<h1>5 of 20 runs did not pass.</h1>'
rows=$(browse silent.html --dump-dom | grep -c '<tr>' || true)
((rows >= 4 + 8 + 2)) || fail "without JavaScript there are $rows rows"

# Well-formed: every element is closed.
python3 - <<'PYTHON' || failed=1
import html.parser
class Check(html.parser.HTMLParser):
    open = []
    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open[-3:], self.getpos())
        self.open.pop()
for path in ("page.html", "hostile.html", "worse.html", "directory.html", "figures.html", "timelines.html"):
    check = Check()
    check.open = []
    check.feed(open(path).read())
    assert not check.open, check.open
PYTHON

# What cannot be.
status 2 "$roam" report runs.db -o page.html
says err 'page.html exists: --force replaces it'
status 0 "$roam" report runs.db -o page.html --force --no-figures
status 2 "$roam" report runs.db
says err '-o FILE'
status 2 "$roam" report
status 2 "$roam" report runs.db fine.db -o x.html
status 2 "$roam" report nowhere.db -o x.html
status 2 "$roam" report good.yaml -o x.html
says err 'not a store of roam'
mkdir empty
status 2 "$roam" report empty -o x.html
says err 'no summary.json is in it'
sqlite3 fine.db 'PRAGMA user_version = 99'
status 2 "$roam" report fine.db -o x.html
says err 'made by a later roam'
status 3 "$roam" report runs.db -o no/such/directory/x.html --no-figures
[[ ! -e x.html && ! -e no/such/directory/x.html.tmp ]] || fail 'a page was left behind'
exit $failed
