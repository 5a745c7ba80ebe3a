#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The examples of results/reading.md, run as they stand there where their program is installed, give one answer.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

moves move duration=8s cellular=', jitter: 10ms, loss: 40%' \
    timeline='{at: 1s, migrate: laptop -> server, network: cellular, as: move, timeout: 1s}' \
    expect='{never: peer_down}' vary='networks.cellular.delay: [10ms, 35ms]' >move.yaml
status 0 "$roam" sweep --quiet --db runs.db --seeds 1..10 move.yaml
# Without one that failed the page's advice would not be tried.
same "$(sqlite3 runs.db 'SELECT count(*) > 0 FROM migrations WHERE validation_ns IS NULL')" 1 'a move fails'

# example TITLE: the code below the heading.
example() {
    awk -v title="## $1" '$0 == title { here = 1 } here && /^```/ { if (code) exit; code = 1; next } here && code' \
        "$root/results/reading.md"
}

# What the median is, by arithmetic: the lower one, the fifth of ten, in milliseconds.
wanted=''
for delay in 10ms 35ms; do
    median=$(sqlite3 runs.db "SELECT printf('%.3f', coalesce(validation_ns, 9e18) / 1e6) FROM runs JOIN migrations ON run = id
        WHERE combination LIKE '%=$delay' ORDER BY validation_ns IS NULL, validation_ns LIMIT 1 OFFSET 4")
    wanted+="networks.cellular.delay=$delay 10 $median"$'\n'
done

# answers PROGRAM...: what it prints of the example on its input, as words.
answers() {
    local title=$1 got
    shift
    got=$(example "$title" | PATH="$(dirname "$roam"):$PATH" "$@" | tr -d '"\r' | tr ',' ' ') || fail "$title: exit status $?"
    same "$(awk '{ printf "%s %d %.3f\n", $1, $2, $3 }' <<<"$got")" "${wanted%$'\n'}" "$title"
    tried+=" $title"
}

tried=''
answers sqlite3 bash
if /usr/bin/python3 -c 'import pandas' 2>/dev/null; then answers pandas /usr/bin/python3 -; fi
if Rscript -e 'library(RSQLite)' >/dev/null 2>&1; then answers R Rscript -; fi
if command -v duckdb >/dev/null; then answers DuckDB bash; fi
echo "tried:$tried"

exit $failed
