#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The part of roam that has ns-3's own models is loaded for the scenarios that need one of them, from beside the program or from
# where it is installed; without it these end with a message, and all others run.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

moves pipes >pipes.yaml
moves csma wifi=', link: csma, rate: 10Mbps' >csma.yaml
moves wifi wifi=', link: wifi' >wifi.yaml
moves p2p wifi=', link: p2p, rate: 10Mbps' >p2p.yaml
moves codel wifi=', rate: 10Mbps, discipline: codel' >codel.yaml

mkdir -p bin lib/roam
cp "$roam" bin/roam
status 0 bin/roam run pipes.yaml
for name in csma wifi p2p codel; do
    status 3 bin/roam run $name.yaml
    says err "ns-3's own models cannot be loaded: $scratch/bin/../lib/roam/ns3-models.so: "
done

for folder in lib/roam bin; do
    cp "$(dirname "$roam")/ns3-models.so" $folder
    for name in csma wifi p2p codel; do
        status 0 bin/roam run $name.yaml
    done
    rm $folder/ns3-models.so
done

# Any other object in its place has not what is looked for.
cc -shared -fPIC -x c -o lib/roam/ns3-models.so - <<<'int other;'
status 3 bin/roam run csma.yaml
says err 'undefined symbol: n3_models'
exit $failed
