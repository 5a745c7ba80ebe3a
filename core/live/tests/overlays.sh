# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of overlays of roam node, which source it after nodes.sh: members by name, and what their views say.
# shellcheck shell=bash disable=SC2154 # roam, status: of nodes.sh

# shellcheck disable=SC2034 # of nodes.sh
patience=60 # an overlay settles by shuffles, and forgets by back-off

declare -A member=() # process by name

clean_up_members() {
    local pid
    for pid in "${member[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
    clean_up
}
trap clean_up_members EXIT

# In a namespace, where the test has one for it (network_of).
begin() { # NAME ADDRESS:PORT OPTION...: listens there, and port is then the port
    local name=$1 at=$2 namespace=${network_of[$1]-}
    local -a command=("$roam" node --name "$name" --key "$name.key" --listen "$at" --control "$name.control" --events "$name.jsonl")
    shift 2
    rm -f "$name.jsonl"
    ${namespace:+ip netns exec "$namespace"} "${command[@]}" "$@" </dev/null >"$name.out" 2>"$name.err" &
    member[$name]=$!
    await grep -q listening "$name.jsonl"
    port=$(sed -nE '1s/.*"local":".*:([0-9]+)".*/\1/p' "$name.jsonl")
}

declare -A network_of=()

end_members() { # SIGNAL NAME...: sets status
    local name which=$1
    shift
    for name; do
        signal "$which" "${member[$name]}" 2>/dev/null # the shell says who is killed
        unset "member[$name]"
    done
}

view() { # KIND NAME: names, sorted, on one line
    "$roam" views --socket "$2.control" | awk -v kind="$1" '$1 == kind { print $2 }' | sort | paste -sd ' '
}

# All have exactly the others in their active views.
all_are_neighbours() { # NAME...
    local name other others
    for name; do
        others=$(for other; do [[ $other == "$name" ]] || echo "$other"; done | sort | paste -sd ' ')
        [[ $(view active "$name") == "$others" ]] || return 1
    done
}

# Views are symmetric, and one can go from the first to any other.
is_connected() { # NAME...
    local name other reached=" $1 " before=''
    local -A active=()
    for name; do active[$name]=" $(view active "$name") "; done
    for name; do
        for other in ${active[$name]}; do [[ ${active[$other]-} == *" $name "* ]] || return 1; done
    done
    until [[ $reached == "$before" ]]; do
        before=$reached
        for name in $before; do
            for other in ${active[$name]}; do [[ $reached == *" $other "* ]] || reached+="$other "; done
        done
    done
    [[ $(wc -w <<<"$reached") == "$#" ]]
}

is_forgotten() { # GONE NAME...
    local name gone=$1
    shift
    for name; do
        [[ " $(view active "$name") $(view passive "$name") " != *" $gone "* ]] || return 1
    done
}

has_lines() { # FILE PATTERN COUNT
    [[ $(grep -cE "$2" "$1") == "$3" ]]
}

are_silent_about() { # PATTERN NAME...
    local name pattern=$1
    shift
    for name; do
        ! grep -m 1 -E "$pattern" "$name.jsonl" || fault "$name tells of $pattern"
    done
}
