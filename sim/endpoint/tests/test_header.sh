#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam_endpoint.h stands alone: C99 and C++17 take it without another file of roam, and with all warnings.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd -P)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp "$root/sim/endpoint/roam_endpoint.h" "$scratch"
cd "$scratch"
cat >adapter.c <<'C'
#include <roam_endpoint.h>
#include <roam_endpoint.h>
static const roam_endpoint_library none = {ROAM_ENDPOINT_ABI};
const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi) { return abi == ROAM_ENDPOINT_ABI ? &none : NULL; }
C
cp adapter.c adapter.cc
warnings=(-Wall -Wextra -Wno-missing-field-initializers -Wconversion -Wshadow -Wpedantic -Werror -I. -fPIC -shared -o adapter.so)
cc -std=c99 "${warnings[@]}" adapter.c
c++ -std=c++17 "${warnings[@]}" adapter.cc
nm -D --defined-only adapter.so | grep -q ' T roam_endpoint_library_get$' || {
    echo 'C++ gives the symbol another name' >&2
    exit 1
}
