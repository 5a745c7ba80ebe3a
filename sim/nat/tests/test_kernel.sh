#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel's NAT does what the kinds of NAT that are Linux do in a scenario: the stories of stories.c, told to nftables
# in network namespaces, each kind on a network of its own. core/live/tests/namespaces.sh says when this is skipped.
set -euo pipefail

readonly kinds=(linux-masquerade linux-masquerade-random home-router)
readonly stories=${ROAM_BUILD:?the build}/sim_nat_test_linux
source "$(dirname "$0")/../../../core/live/tests/namespaces.sh"

if [[ ${1:-} != inside ]]; then
    need_namespaces nft conntrack
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    running=()
    for kind in "${kinds[@]}"; do
        (enter_namespaces "$0" inside "$kind") >"$work/$kind" 2>&1 &
        running+=($!)
    done
    worst=0
    for i in "${!kinds[@]}"; do
        status=0
        wait "${running[i]}" || status=$?
        cat "$work/${kinds[i]}"
        # A fault of one kind counts more than a part of the kernel that another one lacks.
        if ((status != 0 && worst != 1)); then worst=$((status == 77 ? 77 : 1)); fi
    done
    exit "$worst"
fi

own_names
make_networks
for host in {3..9}; do ip -n client addr add "10.1.0.$host/24" dev eth0; done
for host in {3..5}; do ip -n server addr add "10.9.0.$host/24" dev core; done
nat masquerade
status=0
"$stories" kernel "$2" || status=$?
drop_networks
exit "$status"
