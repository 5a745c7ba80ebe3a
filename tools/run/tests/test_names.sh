#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What stands for a scenario besides its path: its name in the library, of the source tree or of an installation, and
# standard input.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# The library of the source tree.
for name in wifi-to-cellular handover/wifi-to-cellular scenarios/handover/wifi-to-cellular.yaml; do
    status 0 "$roam" check "$name"
    says out 'wifi-to-cellular'
done
status 0 "$roam" check --quiet watchdog
status 2 "$roam" check wifi-to-celular
says err "wifi-to-celular: No such file or directory; did you mean 'handover/wifi-to-cellular'?"
status 2 "$roam" check handovr/wifi-to-cellular
says err "did you mean 'handover/wifi-to-cellular'?"
status 2 "$roam" check nothing-of-this-sort
same "$(cat err)" 'roam check: nothing-of-this-sort: No such file or directory' 'a name that is none'
status 2 "$roam" check ../handover/wifi-to-cellular
same "$(cat err)" 'roam check: ../handover/wifi-to-cellular: No such file or directory' 'a path that leads out'

# A file comes before a name.
moves own >wifi-to-cellular
status 0 "$roam" check wifi-to-cellular
says out 'own'
rm wifi-to-cellular

# An installation has its own, which may be called alike; what is included is no scenario.
mkdir -p prefix/bin prefix/share/roam/scenarios/{one,two/deep}
cp "$roam" prefix/bin/roam
moves here >prefix/share/roam/scenarios/one/here.yaml
moves both >prefix/share/roam/scenarios/one/both.yaml
moves both >prefix/share/roam/scenarios/two/deep/both.yaml
echo 'networks: {}' >prefix/share/roam/scenarios/one/shared.inc.yaml
status 0 prefix/bin/roam check here
status 0 prefix/bin/roam check two/deep/both
status 0 prefix/bin/roam check one
status 2 prefix/bin/roam check wifi-to-cellular
status 2 prefix/bin/roam check shared.inc
status 2 prefix/bin/roam check both
same "$(cat err)" 'roam check: both: No such file or directory; several scenarios are called so: write one/both or two/deep/both' \
    'an ambiguous name'

# Standard input, its files from the current directory, its combinations too.
moves piped "vary=networks.wifi.delay: [8ms, 9ms]" >piped.yaml
status 0 "$roam" run - <piped.yaml
says out 'passed: piped[networks.wifi.delay=9ms]'
status 2 "$roam" run - <<<'roam: 2'
says err "-:1:7: roam: '2' is not 1, the only one there is"
mkdir folder
printf 'time,delay\n0ms,20ms\n' >folder/steps.csv
moves traced 'timeline={at: 1s, trace: wifi, file: folder/steps.csv}' >traced.yaml
status 0 "$roam" run - <traced.yaml
(cd folder && status 2 "$roam" run - <../traced.yaml && says err 'folder/steps.csv') || failed=1

exit $failed
