#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each file of findings/ shows a known fault of this library, the core has none of them, and the README has a row for each.
set -euo pipefail

source "$(dirname "$0")/../../../../../tools/tests/command.sh"

here=$root/sim/endpoint/adapters/ngtcp2-gnutls
if [[ ! -e $(dirname "$roam")/endpoints/ngtcp2-gnutls.so ]]; then
    echo 'the adapter ngtcp2-gnutls is not built'
    exit 77
fi

status 0 "$roam" check --quiet "$here/findings"
status 0 "$roam" run --quiet "$here/findings"
mv out theirs
status 0 "$roam" run --quiet --as all=roam "$here/findings"
mv out ours

files=("$here"/findings/*.yaml)
((${#files[@]} >= 16)) || fail "only ${#files[@]} findings"
for file in "${files[@]}"; do
    name=$(basename "$file" .yaml)
    says theirs "known fault: $name: "
    says ours "passed: $name: "
    says "$here/README.md" "](findings/$name.yaml)"
    grep -q '^  endpoint: ngtcp2-gnutls$' "$file" || fail "$name: the known fault is not of ngtcp2-gnutls"
    grep -qx "name: $name" "$file" || fail "$name: the scenario has another name"
    (($(grep -o 'endpoint: ngtcp2-gnutls}' "$file" | wc -l) == 1)) || fail "$name: not one node alone runs ngtcp2-gnutls"
done

exit $failed
