#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam run, sweep, compare and gate in a CI job: JUnit's XML, Markdown, and GitHub's workflow commands at the line of the expectation
# that failed, or of the fault in a scenario; files are there whatever the exit status is.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
unset GITHUB_WORKSPACE GITHUB_STEP_SUMMARY
mkdir -p repository/net
moves good expect='{migration: move, result: ok}' >repository/net/good.yaml
moves 'late' expect='{peer: laptop -> server, is: alive}' >repository/net/late.yaml
cat >>repository/net/late.yaml <<'YAML'
  - migration: move
    result: ok
    validation: 70ms..71ms
  - {never: peer_down}
YAML
line=$(grep -n 'migration: move$' repository/net/late.yaml | cut -d: -f1)
sed 's/delay: 8ms/delay: 8/; s/^name: good/name: invalid/' repository/net/good.yaml >repository/net/invalid.yaml
invalid_line=$(grep -n 'delay: 8}' repository/net/invalid.yaml | cut -d: -f1)

# commands FILE: the workflow commands in it, unescaped as the runner does it, one JSON object a line.
commands() {
    python3 - "$1" <<'PYTHON'
import json, sys
def back(text, codes): # the runner's order: what stands for % last
    for code, char in codes: text = text.replace(code, char)
    return text
data = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]
prop = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]
for line in open(sys.argv[1]):
    if line.startswith("::"):
        head, text = line[2:-1].split("::", 1)
        level, _, properties = head.partition(" ")
        found = {"level": level, "text": back(text, data)}
        found.update((key, back(value, prop)) for key, value in (one.split("=", 1) for one in properties.split(",")))
        print(json.dumps(found, sort_keys=True))
PYTHON
}
one_command() {
    commands out >commands
    same "$(wc -l <commands)" 1 "workflow commands of $1"
}

# ---- roam run
status 1 "$roam" run repository/net/late.yaml repository/net/good.yaml --quiet --junit j.xml --markdown m.md --github
one_command 'roam run'
says commands "\"file\": \"repository/net/late.yaml\", \"level\": \"error\", \"line\": \"$line\""
says commands '"text": "expected migration: move, result: ok, validation: 70ms..71ms; measured ok in 72.00'
says commands '"title": "late, seed 1"'
python3 - "$line" <<'PYTHON' || fail "JUnit's XML of roam run"
import sys, xml.etree.ElementTree as tree
suite = tree.parse("j.xml").getroot().find("testsuite")
assert suite.attrib == {"name": "roam run", "tests": "2", "failures": "1", "errors": "0", "skipped": "0"}, suite.attrib
cases = {case.get("name"): case for case in suite}
assert cases["good"].find("failure") is None
text = cases["late"].find("failure").text
assert text.startswith(f"repository/net/late.yaml:{sys.argv[1]}: expected migration: move"), text
assert "\nroam run --seed 1 repository/net/late.yaml\n" in text, text
PYTHON
says m.md '### roam run: red'
says m.md '1 passed, 1 failed'
eval "$(grep -o 'roam run --seed .*' j.xml | sed "s#^roam#status 1 '$roam'#")"

# Files are named from the top of the checkout, and the summary of the step grows.
export GITHUB_WORKSPACE=$scratch/repository GITHUB_STEP_SUMMARY=$scratch/summary.md
echo before >summary.md
(cd repository/net && status 1 "$roam" run late.yaml --github)
(cd repository/net && commands out) >commands
says commands '"file": "net/late.yaml"'
same "$(head -n 1 summary.md)" before 'what the summary held'
says summary.md '### roam run: red'
unset GITHUB_WORKSPACE GITHUB_STEP_SUMMARY

# A combination, and what it was given, in the command that runs it again.
status 1 "$roam" run repository/net/late.yaml --quiet --set networks.wifi.delay=9ms --set networks.cellular.delay=40ms --junit j.xml
says j.xml 'roam run --seed 1 --set &#39;networks.wifi.delay=9ms&#39; --set &#39;networks.cellular.delay=40ms&#39; repository/net/late.yaml'

# What is not valid is told at its line, and nothing is run.
for command in 'run' 'compare --endpoints roam' 'gate' 'sweep --db none.db'; do
    rm -f j.xml m.md
    # shellcheck disable=SC2086
    status 2 "$roam" $command repository/net/invalid.yaml repository/net/good.yaml --junit j.xml --markdown m.md --github
    commands out >commands
    says commands "\"col\": \"17\", \"file\": \"repository/net/invalid.yaml\", \"level\": \"error\", \"line\": \"$invalid_line\""
    says commands 'missing unit'
    says j.xml 'missing unit'
    says j.xml 'errors="'
    says m.md 'missing unit'
    xmllint --noout j.xml || fail "roam $command: its JUnit file is no XML"
done

# ---- roam compare
status 1 "$roam" compare --endpoints roam --quiet repository/net/late.yaml --junit j.xml --github
one_command 'roam compare'
says commands "\"file\": \"repository/net/late.yaml\", \"level\": \"error\", \"line\": \"$line\""
says commands 'expected migration: move, result: ok, validation: 70ms..71ms; measured ok in 72.00'
status 0 "$roam" compare --endpoints roam --quiet repository/net/good.yaml --junit - --github
xmllint --noout out || fail 'standard output holds more than the JUnit file'

# ---- roam sweep: a case a scenario and combination, with what failed in how many of its runs
sed 's/^name: late/name: varied/' repository/net/late.yaml >varied.yaml
printf 'vary:\n  networks.cellular.delay: [35ms, 49ms]\n' >>varied.yaml
sed -i 's/70ms..71ms/<= 80ms/' varied.yaml
varied_line=$(grep -n 'migration: move$' varied.yaml | cut -d: -f1)
swept=(sweep --quiet --db s.db --junit j.xml --markdown m.md --github)
status 1 "$roam" "${swept[@]}" --seeds 1..5 varied.yaml repository/net/good.yaml
one_command 'roam sweep'
says commands "\"file\": \"varied.yaml\", \"level\": \"error\", \"line\": \"$varied_line\""
says commands '"title": "varied[networks.cellular.delay=49ms], 5 of 5 runs"'
says commands '"text": "migration: move, result: ok, validation: <= 80ms; seeds 1, 2, 3, ...; the first: ok in 100.0'
cases() { # NAME=failure|error|skipped|passed ...: those of j.xml
    python3 - "$@" <<'PYTHON' || fail "JUnit's XML of roam sweep: $(<j.xml)"
import sys, xml.etree.ElementTree as tree
suite = tree.parse("j.xml").getroot().find("testsuite")
there = {case.get("name"): (list(case) or [case])[0].tag.replace("testcase", "passed") for case in suite}
assert suite.get("name") == "roam sweep" and there == dict(one.rsplit("=", 1) for one in sys.argv[1:]), there
PYTHON
}
cases 'varied[networks.cellular.delay=35ms]=passed' 'varied[networks.cellular.delay=49ms]=failure' good=passed
says j.xml 'message="5 of 5 runs did not pass"'
says m.md '2 passed, 1 failed'
eval "$(python3 -c 'import html, re; print(html.unescape(re.search("^roam run .*", open("j.xml").read(), re.M).group(0)))' | sed "s#^roam#status 1 '$roam'#")"
# Runs that were there count; a run that crashed makes an error, and what no run shows anything of is skipped.
status 0 "$roam" "${swept[@]}" --resume --seeds 1..5 varied.yaml
cases 'varied[networks.cellular.delay=35ms]=passed' 'varied[networks.cellular.delay=49ms]=failure'
sqlite3 s.db "UPDATE runs SET status = 'crashed', verdict = NULL, message = 'signal 11' WHERE scenario = 'good' AND seed = 9
    OR scenario = 'good' AND seed = 5"
status '*' "$roam" "${swept[@]}" --resume --shard 1/1000 --seeds 1..5 repository/net/good.yaml
cases good=error
says j.xml '>1 of 5 runs: crashed: signal 11; seed 5'
status 0 "$roam" sweep --quiet --db other.db --shard 1/1000 --seeds 1 --junit j.xml varied.yaml
cases 'varied[networks.cellular.delay=35ms]=skipped' 'varied[networks.cellular.delay=49ms]=skipped'
says j.xml 'not run'

# ---- roam gate
rm repository/net/invalid.yaml
status 0 "$roam" gate --quiet --baseline b --update repository/net
status 0 "$roam" gate --quiet --baseline b --github repository/net
! grep -q '^::' out || fail 'a green gate has workflow commands'
sed -i 's/delay: 35ms/delay: 36ms/' repository/net/late.yaml
status 1 "$roam" gate --quiet --baseline b --github --json g.json repository/net
commands out >commands
says commands "\"line\": \"$line\", \"text\": \"late: validation: move, 50 %: was 72.00"
says commands '"title": "late: validation: move is worse"'
python3 - <<'PYTHON' || fail 'JSON of roam gate'
import json
told = json.load(open("g.json"))
assert told["gate"] == 1 and told["verdict"] == "red" and not told["strict"], told
late = next(one for one in told["scenarios"] if one["name"] == "late")
assert late["worse"] >= 1 and late["kind"] == "exact" and (late["first_seed"], late["last_seed"]) == (1, 3), late
change = next(one for one in told["changes"] if one["measure"] == "validation: move")
assert change["is_a"] == "worse" and change["by_ns"] == 2000000 and change["command"].startswith("roam run --seed 1 "), change
assert [one["is_a"] for one in told["problems"]] == ["changed"], told["problems"]
PYTHON

# A file that cannot be written is said before anything runs.
for command in 'run' 'compare --endpoints roam' 'gate --baseline b' 'sweep --db none.db'; do
    # shellcheck disable=SC2086
    status 3 "$roam" $command --junit none/j.xml repository/net/good.yaml
    says err 'none/j.xml: No such file or directory'
    same "$(<out)" '' "what roam $command printed before"
done
for command in run 'gate --baseline b' 'sweep --db none.db'; do
    # shellcheck disable=SC2086
    status 2 "$roam" $command --junit - repository/net/good.yaml
    says err 'need files'
done
exit "$failed"
