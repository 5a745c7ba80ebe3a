#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An installation is complete: with the source tree hidden, programs are built with it by pkg-config and by CMake and run,
# and the installed roam finds its data and adapters, and man and the shells what is theirs. It exports its own functions alone. The source tree serves as a sub-project.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
source "$root/tools/tests/command.sh"
source "$root/core/live/tests/namespaces.sh"
need_namespaces
export root scratch failed build=${ROAM_BUILD:?} prefix=$scratch/prefix
deps=$("$root/tools/setup" --print-prefix)
export deps
status 0 cmake --build "$build" --target roam_command roam_manual roam_shared roam_live_shared endpoint_roam-abi
status 0 cmake --install "$build" --prefix "$scratch/elsewhere"
mv elsewhere prefix # no path in it depends on where it is
awk '/^```c$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$root/core/README.md" >example.c
cp "$root/tools/shells/tests/ask.zsh" .
printf '%s\n' '#include <roam.h>' '#include <roam/live.h>' '#include <roam_membership.h>' '#include <stdio.h>' \
    'int main(void) { return puts(roam_version()) < 0; }' >version.c

# exported LIBRARY; declared PREFIX HEADER...: names of functions, of the symbol table and of the compiler.
exported() {
    nm -D --defined-only "$1" | awk '{ print $3 }' | sort
}
declared() {
    local prefix_of_names=$1 include=$prefix/include/roam
    shift
    cc -std=c17 -I"$include" -aux-info declarations -fsyntax-only -x c <(printf '#include "%s"\n' "$@")
    sed -En "s|^/\* $include/[^(]*[ *]($prefix_of_names[a-z0-9_]+) \(.*$|\1|p" declarations | sort -u
}

libraries=$(dirname "$(find "$prefix" -name 'libroam.so.0')")
export libraries
mapfile -t live_headers < <(cd prefix/include/roam && find core/live -name '*.h')
same "$(exported "$libraries/libroam.so.0")" "$(declared roam_ core/roam.h core/roam_adapter.h core/roam_membership.h core/roam_preferred.h core/roam_quic.h)" 'exported by libroam'
same "$(exported "$libraries/libroam_live.so.0")" "$(declared live_ "${live_headers[@]}")" 'exported by libroam_live'
for name in roam roam_live; do
    readelf -d "$libraries/lib$name.so" >out
    says out "soname: [lib$name.so.0]"
    ! grep -E 'NEEDED.*(wolfssl|ngtcp2)' out || fail "lib$name needs libraries that ought to be inside it"
done

# A program of somebody else, whose source tree has a CMakeLists.txt and no roam.
cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(somebody_else LANGUAGES C)
if(ROAM_SOURCE)
  add_subdirectory(${ROAM_SOURCE} roam)
  if(DEFINED CMAKE_C_STANDARD OR TARGET roam_command OR TARGET core_example)
    message(FATAL_ERROR "the sub-project leaves more than its libraries")
  endif()
else()
  find_package(roam 0.1 REQUIRED)
endif()
add_executable(version version.c)
add_executable(example example.c)
target_link_libraries(version PRIVATE roam::roam)
target_link_libraries(example PRIVATE roam::live)
CMAKE

by_pkg_config() {
    local -a flags
    local -x PKG_CONFIG_PATH=$libraries/pkgconfig
    mkdir by-pkg-config
    read -ra flags < <(pkg-config --cflags --libs roam)
    status 0 cc version.c -o by-pkg-config/version "${flags[@]}" -Wl,-rpath,"$libraries"
    status 0 c++ -x c++ version.c -x none -o by-pkg-config/version-c++ "${flags[@]}"
    read -ra flags < <(pkg-config --cflags --libs roam-live)
    status 0 cc example.c -o by-pkg-config/example "${flags[@]}" -Wl,-rpath,"$libraries"
    pkg-config --modversion roam >version
}

by_cmake() {
    status 0 cmake -S . -B by-cmake -DCMAKE_PREFIX_PATH="$prefix"
    status 0 cmake --build by-cmake
}

run_programs() {
    local way
    for way in by-pkg-config by-cmake; do
        status 0 $way/version
        same "$(<out)" "$(<version)" "version, $way"
        status 0 $way/example
        says out 'server: "before"'
        says out 'laptop: ok: success'
        says out 'server: "after"'
    done
}

run_roam() {
    local roam=$prefix/bin/roam data=$prefix/share/roam
    status 0 "$roam" run "$data/scenarios/handover/wifi-to-cellular.yaml" --out move --qlog
    says out '5 of 5 expectations held'
    status 0 "$roam" run "$data/scenarios/latency/lte-drive.yaml" # reads a file beside it
    status 0 "$roam" run "$data/scenarios/multi/office-lan.yaml"  # loads ns-3's own models
    status 0 "$roam" plot timeline --run move -o figure
    [[ -s figure.svg && -s figure.png ]] || fail 'roam plot left no figure'
    status 0 "$roam" check --schema
    cmp out "$data/scenarios/schema.json" || fail 'the installed schema is not that of the program'
    cd "$data"
    status 0 "$roam" gate --quiet scenarios/handover/wifi-to-cellular.yaml
    says out 'against the baselines in results/baselines: no difference'
}

# An adapter of somebody else, and one that is installed.
run_endpoint() {
    local roam=$prefix/bin/roam next
    status 2 "$roam" endpoint test none-such
    says err "no adapter 'none-such' in $prefix/bin/endpoints, nor in $prefix/lib/roam/endpoints; there are: "
    status 0 "$roam" endpoint test roam-abi --only handshake --only migrate-probe
    status 0 "$roam" endpoint new mine
    says out "tutorial: $prefix/share/doc/roam/endpoints/README.md"
    [[ -f $prefix/share/doc/roam/endpoints/adapters/quinn/README.md ]] || fail 'what the tutorial links is not installed'
    next=$(sed -n 's/^next: //p' out)
    status 0 bash -euc "${next% && *}"
    status 8 ctest --test-dir mine/build --output-on-failure # nothing of it is written yet
    says out 'came:     endpoint_new answers UNSUPPORTED'
}

# Manual pages and completions are where man and the shells look, and those are of the program beside them.
run_shells() {
    local share=$prefix/share
    local -x PATH=$prefix/bin:$PATH
    status 0 "$prefix/bin/roam" completion bash
    cmp out "$share/bash-completion/completions/roam" || fail "bash's completion is not that of the program"
    if command -v man >/dev/null; then
        same "$(MANPATH=$share/man man --where roam-endpoint-test)" "$share/man/man1/roam-endpoint-test.1" 'man roam-endpoint-test'
    fi
    ln -s "$share/zsh/site-functions" functions
    if command -v zsh >/dev/null; then same "$(zsh -f ask.zsh <<<'roam swe')" '0 sweep' 'zsh'; fi
    if command -v fish >/dev/null; then
        same "$(XDG_DATA_DIRS=$share fish -c 'complete -C "roam swe"' | cut -f 1)" sweep 'fish'
    fi
}

in_hiding() {
    local folder
    ip link set lo up
    for folder in "$root" "$build" "$deps"; do
        [[ ! -d $folder ]] || mount -t tmpfs hidden "$folder" || fail "$folder is not hidden"
    done
    by_pkg_config
    by_cmake
    run_programs
    run_endpoint
    run_shells
    run_roam
    exit "$failed"
}

export -f fail same status says by_pkg_config by_cmake run_programs run_endpoint run_shells run_roam in_hiding
unshare "${user_namespace[@]}" --mount --net bash -euo pipefail -c in_hiding || failed=1

status 0 cmake -G Ninja -S . -B by-subdirectory -DCMAKE_BUILD_TYPE=Release -DROAM_SOURCE="$root"
status 0 cmake --build by-subdirectory
nm by-subdirectory/roam/libroam.a >out
says out __assert_fail # a Release build of theirs takes no assertion away
status 0 by-subdirectory/version
same "$(<out)" "$(<version)" 'version, by sub-project'
exit "$failed"
