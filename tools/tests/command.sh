# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests that are scripts, which source it: the tree, a directory of their own to work in, which goes at the end, the
# checks they share, and the scenario that most of them need. The last line of a test is `exit $failed`.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
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

# status EXPECTED COMMAND...: its output is then in out and err. EXPECTED: a pattern, [01] where a verdict is not the point.
status() {
    local expected=$1 got=0
    shift
    "$@" >out 2>err || got=$?
    # shellcheck disable=SC2053
    [[ $got == $expected ]] || fail "$*: exit status $got, not $expected: $(head -n 3 out err)"
}

# says FILE TEXT
says() {
    grep -qaF -- "$2" "$1" || fail "$1 does not say '$2': $(head -c 300 "$1")"
}

# moves NAME [WHAT=TEXT]...: a scenario, in which a laptop moves from wifi to cellular, on standard output. WHAT is
#   duration                 4s
#   wifi, cellular, wired    more keys of a network: ', jitter: 4ms'
#   networks                 more networks, a line each
#   traffic, expect          an entry; without one there is no such section
#   timeline                 entries, a line each; the move is the default
#   vary                     a key and its values
moves() {
    local name=$1 pair
    local duration=4s wifi='' cellular='' wired='' networks='' traffic='' expect='' vary=''
    local timeline='{at: 1s, migrate: laptop -> server, network: cellular, as: move}'
    for pair in "${@:2}"; do
        case ${pair%%=*} in
        duration | wifi | cellular | wired | networks | traffic | timeline | expect | vary) local "$pair" ;;
        *) echo "moves: there is no ${pair%%=*}" >&2 && exit 1 ;;
        esac
    done
    cat <<YAML
roam: 1
name: $name
duration: $duration
networks:
  wifi: {delay: 8ms$wifi}
  cellular: {delay: 35ms$cellular}
  wired: {delay: 1ms$wired}
YAML
    [[ -z $networks ]] || sed 's/^/  /' <<<"$networks"
    cat <<'YAML'
nodes:
  laptop: {networks: [wifi, cellular]}
  server: {networks: [wired], listen: 4433}
peers:
  - laptop -> server
YAML
    [[ -z $traffic ]] || printf 'traffic:\n  - %s\n' "$traffic"
    echo 'timeline:'
    sed 's/^/  - /' <<<"$timeline"
    [[ -z $expect ]] || printf 'expect:\n  - %s\n' "$expect"
    [[ -z $vary ]] || printf 'vary:\n  %s\n' "$vary"
}
