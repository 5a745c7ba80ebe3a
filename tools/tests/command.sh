# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of a command, which are sourced from: a directory of their own to work in, which goes at the end, and the
# checks they share. The last line of a test is `exit $failed`.
# shellcheck shell=bash

roam=${ROAM_COMMAND:?}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
failed=0

fail() {
    echo "FAIL: $*"
    failed=1
}

# same ACTUAL EXPECTED WHAT
same() {
    [[ $1 == "$2" ]] || fail "$3: '$1', not '$2'"
}

# status EXPECTED COMMAND...: its output is then in out and err.
status() {
    local expected=$1 got=0
    shift
    "$@" >out 2>err || got=$?
    [[ $got == "$expected" ]] || fail "$*: exit status $got, not $expected: $(head -n 3 out err)"
}

# says FILE TEXT
says() {
    grep -qaF -- "$2" "$1" || fail "$1 does not say '$2': $(head -c 300 "$1")"
}
