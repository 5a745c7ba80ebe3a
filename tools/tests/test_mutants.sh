#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/mutants: every patch fits today's sources, a core that is wrong is found, and what is not noticed is told.
set -euo pipefail

source "$(dirname "$0")/command.sh"
export ROAM_BUILD=${ROAM_BUILD:?}
mutants=$root/tools/mutants
moved=$root/scenarios/handover/wifi-to-cellular.yaml
refused=$root/scenarios/errors/not-initiator.yaml

status 0 "$mutants" --apply
status 0 "$mutants" --list
same "$(wc -l <out)" "$(find "$root/tools/tests/mutants" -name '*.patch' | wc -l)" 'mutants in the list'
while read -r name _; do
    grep -q "^| \`$name\` | " "$root/results/README.md" || fail "results/README.md has no row of $name"
done <out
status 2 "$mutants" no-such-mutant

status 0 "$mutants" --scenarios "$moved" --scenarios "$refused" --patience 30 challenge-late-2ms
grep -Eq '^  challenge-late-2ms +1 +[0-9]+ s  wifi-to-cellular: ' out || fail "not found in one scenario: $(<out)"
status 1 "$mutants" --scenarios "$refused" challenge-late-2ms
says out 'not noticed'
status 0 "$mutants" --markdown --scenarios "$moved" challenge-late-2ms
says out '| `challenge-late-2ms` | The first PATH_CHALLENGE of a migration leaves 2 ms late. | 1 | wifi-to-cellular: '
status 0 "$roam" gate --quiet --update --baseline base "$moved"
status 0 "$mutants" --markdown --baseline base --scenarios "$moved" challenge-unpadded
says out ' | 1 | wifi-to-cellular: rule challenge-padded (MUST, rfc9000-8.2.1-'

# The source has changed under a patch.
mkdir tree
cp -r "$root/core" "$root/tools" tree
sed -i 's/uint64_t round_ns/uint64_t round_at_ns/' tree/core/node/migrate.c
status 2 tree/tools/mutants --apply challenge-late-2ms
says err 'challenge-late-2ms.patch does not fit'
status 0 tree/tools/mutants --apply constant-challenge
sed -i 1d tree/tools/tests/mutants/constant-challenge.patch
status 2 tree/tools/mutants --apply constant-challenge
says err 'its first line does not say what is wrong'
exit "$failed"
