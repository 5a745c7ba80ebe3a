#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every wall that tools/tidy keeps: a clean tree passes, and each single fault is reported where it is.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
spdx='/* SPDX-License-Identifier: GPL-2.0-or-later */'
broken=0

# A tree that tidy has nothing to say about, with a room of each kind.
make_tree() {
    local room uses
    rm -rf "$work/tree"
    mkdir -p "$work/tree"/{core/{tests,live,ngtcp2,wolfssl,quic,tls,node},sim/{ns3,wire},tools,scenarios,results}
    cd "$work/tree"
    git init -q
    sed '/^readonly exceptions=(/,/^)/{/^    /d}' "$root/tools/tidy" >tools/tidy # without those of this project
    chmod +x tools/tidy
    cp "$root/.clang-format" .
    cp "$root/tools/changes" tools
    sed '/^FOREIGN = {/,/^}/{/^    /d}' "$root/tools/references" >tools/references
    chmod +x tools/references
    echo '# SPDX-License-Identifier: GPL-2.0-or-later' >CMakeLists.txt
    touch LICENSE README.md {scenarios,results}/README.md
    make_rooms
    while read -r room uses; do echo "May use: $uses." >"$room/README.md"; done <<'USES'
core nothing
core/tls core
core/quic core, core/tls
core/node core, core/quic
core/live core
sim/ns3 nothing
sim core/a.h, sim/ns3
sim/wire core/a.h, sim
tools core, sim
USES
    printf '%s\n#ifndef A_H\n#define A_H\nint core_a(void);\n#endif\n' "$spdx" >core/a.h
    printf '%s\n#include "core/a.h"\n\nint core_a(void)\n{\n    return 0; /* never time() */\n}\n' "$spdx" >core/a.c
    printf '%s\n#include <time.h>\n' "$spdx" >core/live/clock.c
    printf '%s\n#include <ngtcp2/ngtcp2.h>\n#include <wolfssl/ssl.h>\n' "$spdx" >core/tls/tls.c
    printf '%s\n#include <ngtcp2/ngtcp2.h>\n\n#include "core/a.h"\n' "$spdx" >core/quic/quic.c
    printf '%s\n#include "core/a.h"\n#include "core/quic/quic.h"\n' "$spdx" >core/node/node.c
    printf '%s\nint quic_a(void);\n' "$spdx" | tee core/quic/quic.h core/quic/internal.h core/node/node.h >core/b.h
    printf '%s\n#include <ns3/core-module.h>\n' "$spdx" >sim/ns3/ns3.cc
    printf '%s\n#include "core/a.h"\n' "$spdx" | tee sim/sim.c tools/main.c >sim/wire/packet_seal.c
    touch scenarios/a.yaml
    change core/wolfssl/10-a.ed '/^$/d'
    tools/changes table >core/ngtcp2/README.md
}

make_rooms() {
    cat >tools/rooms <<'TABLE'
# SPDX-License-Identifier: GPL-2.0-or-later
core:
core/tls:  core
core/quic: core core/tls
core/node: core core/quic
core/live: core
sim/ns3:
sim:       core/a.h sim/ns3
sim/wire:  core/a.h sim
tools:     core sim

wall ngtcp2:            core/quic core/tls/tls.c core/tests # and what is behind this is not read
wall wolfssl:           core/tls core/tests
wall wolfssl/wolfcrypt: core/tls core/tests sim/wire
wall ns3:               sim/ns3
TABLE
}

# change FILE SED: a change to a library with a complete head, edited.
change() {
    printf '%s\n' '# SPDX-License-Identifier: GPL-2.0-or-later' '# A title.' '#' '# rfc: RFC 9000 section 9' \
        '# upstream: not reported' '# scenario: scenarios/a.yaml' 'e lib/a.c' '/a/s//b/' w | sed "$2" >"$1"
}

# expect NAME CHECK WHERE: tidy must fail this check alone, with a message that begins with WHERE.
expect() {
    local name=$1 check=$2 where=$3 output status=0 wanted
    output=$(tools/tidy 2>&1) || status=$?
    wanted="FAIL $check"
    if [[ $check == none ]]; then wanted=''; fi
    if [[ $(grep '^FAIL' <<<"$output" || true) != "$wanted" || $status != $((${#wanted} > 0)) ]] ||
        [[ -n $where && $output != "$where"* && $output != *$'\n'"$where"* ]]; then
        printf '%s: expected %s at "%s", got status %d and\n%s\n\n' "$name" "${wanted:-nothing}" "$where" "$status" \
            "$output"
        broken=$((broken + 1))
    fi
}

# fault NAME CHECK WHERE FILE CONTENT: in a clean tree, FILE with CONTENT after the SPDX line.
fault() {
    make_tree
    mkdir -p "$(dirname "$4")"
    printf '%s\n%b' "$spdx" "$5" >"$4"
    expect "$1" "$2" "$3"
}

lines() { # N times TEXT
    local i
    for ((i = 0; i < $1; i++)); do printf '%s\\n' "$2"; done
}

make_tree
expect 'clean tree' none ''

fault 'file in the top level' layout 'notes.h:1:' notes.h ''
fault 'sixth folder' layout 'misc/x.h:1:' misc/x.h ''
make_tree
rm sim/README.md
expect 'folder without README' layout 'sim/README.md:1:'
make_tree
rm core/quic/README.md
expect 'room without README' layout 'core/quic/README.md:1:'
make_tree
sed -i '/^core.quic:/s/ core.tls//' tools/rooms
expect 'README with another use' layout "core/quic/README.md:1: wants the line 'May use: core.'"
tools/tidy --fix >/dev/null || true
expect 'README after --fix' none ''

make_tree
echo 'int core_b(void);' >core/b.h
expect 'header without SPDX' licence 'core/b.h:1:'
make_tree
printf '#!/bin/sh\n' >tools/thing
expect 'script without SPDX' licence 'tools/thing:1:'
make_tree
echo 'fn a() {}' >core/a.rs
expect 'Rust file without SPDX' licence 'core/a.rs:1:'

fault 'include not from the root' include-root 'core/b.c:2:' core/b.c '#include "a.h"\n'
fault 'include of ours in brackets' include-root 'core/b.c:2:' core/b.c '#include <core/a.h>\n'

# arrow NAME WHERE FILE INCLUDED: FILE includes a header of ours that exists, so that only the direction is wrong.
arrow() {
    make_tree
    [[ -f $4 ]] || printf '%s\n' "$spdx" >"$4"
    printf '%s\n#include "%s"\n' "$spdx" "$4" >"$3"
    if [[ -n $2 ]]; then expect "$1" rooms "$2"; else expect "$1" none ''; fi
}
arrow 'core includes sim' 'core/b.c:2: core may not include sim/b.h' core/b.c sim/b.h
arrow 'core includes tools' 'core/b.c:2:' core/b.c tools/b.h
arrow 'sim includes tools' 'sim/b.c:2:' sim/b.c tools/b.h
arrow 'a test of core includes sim' 'core/tests/test_b.c:2:' core/tests/test_b.c sim/b.h
arrow 'a test of core includes any room of core' '' core/tests/test_b.c core/quic/internal.h
arrow 'tools includes sim' '' tools/b.c sim/b.h
arrow 'a room includes one that it uses' '' core/node/b.c core/quic/quic.h
arrow 'a room includes one above it' 'core/quic/b.c:2: core/quic may not include core/node/node.h' core/quic/b.c core/node/node.h
arrow 'a room includes one beside it' 'sim/wire/b.c:2:' sim/wire/b.c sim/ns3/b.h
arrow 'a room includes a single header' '' sim/wire/b.c core/a.h
arrow 'a room includes another header of that room' 'sim/wire/b.c:2:' sim/wire/b.c core/b.h
arrow 'a private header of another room' 'core/node/b.c:2: core/node may not include core/quic/internal.h, which is private' \
    core/node/b.c core/quic/internal.h
arrow 'a private header of the same room' '' core/quic/b.c core/quic/internal.h
arrow 'a header for tests' 'core/b.c:2:' core/b.c core/tests/b.h

# table NAME WHERE SED: the table of rooms, edited.
table() {
    make_tree
    sed -i "$3" tools/rooms
    tools/tidy --fix >/dev/null || true # the READMEs
    expect "$1" rooms "$2"
}
table 'a cycle in the table' 'tools/rooms:4: core/quic uses core/node' '/^core.quic:/s/$/ core\/node/'
table 'a cycle through a single header' 'tools/rooms:4: core/quic uses core/node/node.h' '/^core.quic:/s/$/ core\/node\/node.h/'
table 'a room without a line' 'core/node:1:' '/^core.node:/d'
table 'a line without a room' 'tools/rooms:11: there are no sources in sim/verdict' '/^tools:/asim/verdict: sim'
table 'a header that is not there' 'tools/rooms:9: there is no core/c.h' '/^sim.wire:/s/$/ core\/c.h/'
make_tree
mkdir sim/nat
printf '%s\n' "$spdx" >sim/nat/nat.c
touch sim/nat/README.md
expect 'a new folder' rooms 'sim/nat:1:'

make_tree
mkdir scenarios/handover
echo '# yaml-language-server: $schema=../schema.json' >scenarios/handover/with.yaml
echo 'networks: {}' >scenarios/handover/part.inc.yaml
expect 'scenarios that name the schema' none ''
echo '# yaml-language-server: $schema=schema.json' >scenarios/handover/other.yaml
expect 'a scenario that names another schema' schema-line 'scenarios/handover/other.yaml:1:'
tools/tidy --fix >/dev/null
expect 'a scenario whose line --fix has changed' none ''
[[ $(cat scenarios/handover/other.yaml) == '# yaml-language-server: $schema=../schema.json' ]] || broken=$((broken + 1))
echo 'roam: 1' >scenarios/handover/other.yaml
expect 'a scenario that names no schema' schema-line 'scenarios/handover/other.yaml:1:'
tools/tidy --fix >/dev/null
expect 'a scenario that --fix has given the line' none ''

# name NAME WHERE FILE TEXT: a file with a comment that names something, or a README that does.
name() {
    make_tree
    printf '%s\n%b\n' "$spdx" "$4" >>"$3"
    if [[ -n $2 ]]; then expect "$1" references "$2"; else expect "$1" none ''; fi
}
name 'a comment with a path that is gone' 'core/c.c:2: there is no core/d.h' core/c.c '/* see core/d.h */'
name 'a comment with a file that is gone' 'core/c.c:3: there is no d.h' core/c.c '/* see\n * d.h */'
name 'a comment with an identifier that is gone' 'core/c.c:2: there is no core_d' core/c.c 'int core_c; /* as core_d */'
name 'a comment that names what exists' '' core/c.c '/* core/a.h, a.h, time.h and core_a; core/X.c */'
name 'a string and quoted words' '' core/c.c 'const char *c = "/* core_d */"; /* "core_d" */'
name 'a README with a path that is gone' 'core/README.md:3: there is no core/d.h' core/README.md 'see core/d.h'
name 'a scenario with a path that is gone' 'scenarios/a.yaml:2: there is no core/d.h' scenarios/a.yaml '# see core/d.h'
make_tree
sed -i '/^FOREIGN = {/a\    "core_z": "nothing",' tools/references
expect 'an identifier of others that no comment names' references 'tools/references:1: no comment names core_z any more'

make_tree
picture=$(tools/tidy --arrows)
[[ $picture == 'digraph rooms {'*'"core/node" -> "core/quic" [label=1];'*'}' && $picture == *'"sim/wire";'* ]] || {
    printf -- '--arrows printed\n%s\n' "$picture"
    broken=$((broken + 1))
}
if command -v dot >/dev/null; then
    dot -Tplain <<<"$picture" >/dev/null || broken=$((broken + 1))
else # each line is one of those that make a DOT file here: a graph, attributes, a node, an edge, an end
    id='"[a-z0-9/]+"' attributes='[a-z]+=[^;]*'
    if grep -vxE " *((di|sub)graph [a-z_]+ \{|[a-z]+ \[$attributes\]; [a-z]+ \[$attributes\];|$id( -> $id \[$attributes\])?;\
|$attributes; .*|label=$id;|\})" <<<"$picture"; then
        echo 'the lines above are no DOT'
        broken=$((broken + 1))
    fi
    [[ $(tr -cd '{' <<<"$picture" | wc -c) == "$(tr -cd '}' <<<"$picture" | wc -c)" ]] || broken=$((broken + 1))
fi

fault 'wolfSSL elsewhere in core' walls 'core/node/node.c:2:' core/node/node.c '#include <wolfssl/ssl.h>\n'
fault 'wolfSSL in a header' walls 'core/tls/tls.h:2:' core/tls/tls.h '#include <wolfssl/ssl.h>\n'
fault 'wolfSSL in sim' walls 'sim/b.c:2:' sim/b.c '#include <wolfssl/wolfcrypt/aes.h>\n'
fault 'wolfCrypt where packets are sealed' none '' sim/wire/packet_seal.c '#include <wolfssl/wolfcrypt/aes.h>\n'
fault 'TLS where packets are sealed' walls 'sim/wire/packet_seal.c:2:' sim/wire/packet_seal.c '#include <wolfssl/ssl.h>\n'
fault 'ngtcp2 in sim' walls 'sim/b.c:2:' sim/b.c '#include <ngtcp2/ngtcp2.h>\n'
fault 'ngtcp2 in another file of a room' walls 'core/tls/b.c:2:' core/tls/b.c '#include <ngtcp2/ngtcp2.h>\n'
fault 'ngtcp2 in the public header' walls 'core/roam.h:2:' core/roam.h '#include <ngtcp2/ngtcp2.h>\n'
fault 'ngtcp2 in a header of its room' walls 'core/quic/quic.h:2:' core/quic/quic.h '#include <ngtcp2/ngtcp2.h>\n'
fault 'ngtcp2 in a private header' none '' core/quic/internal.h '#include <ngtcp2/ngtcp2.h>\n'
fault 'ngtcp2 in a test of core' none '' core/tests/test_b.c '#include <ngtcp2/ngtcp2.h>\n'
fault 'ns-3 in C' walls 'sim/b.c:2:' sim/b.c '#include <ns3/packet.h>\n'
fault 'second C++ file' walls 'sim/b.cc:1:' sim/b.cc ''

for call in 'time(0)' 'socket(1, 2, 3)' 'getenv("A")' 'fopen("a", "r")' 'clock_gettime(0, 0)' 'printf("a")' 'rand()' \
    'pthread_create(0, 0, 0, 0)' 'nanosleep(0, 0)' 'getrandom(0, 1, 0)'; do
    fault "core calls $call" core-io 'core/b.c:4:' core/b.c "void b(void)\n{\n    (void)$call;\n}\n"
done
fault 'call on a line with a comment' core-io 'core/b.c:4:' core/b.c \
    'void b(void)\n{\n    /* c */ (void)time(0); /* d */\n}\n'
fault 'calls in comments, strings and members' none '' core/b.c \
    '/* time()\n * open() */\nint b(const struct a *a)\n{\n    return a->close(a, "read()") + a->at.read(a);\n}\n'
fault 'names that only end like a call' none '' core/b.c 'int b(void)\n{\n    return send_time(1) + snprintf(0, 0, 0);\n}\n'
fault 'core includes pthread.h' core-io 'core/b.c:2:' core/b.c '#include <pthread.h>\n'
fault 'core/tests may do I/O' none '' core/tests/test_b.c '#include <unistd.h>\n'

fault 'file of 600 lines' none '' core/b.c "$(lines 599 'int core_b(void);')"
fault 'file of 601 lines' file-size 'core/b.c:601:' core/b.c "$(lines 600 'int core_b(void);')"
fault 'function of 70 lines' none '' core/b.c "void core_b(void)\n{\n$(lines 70 '    core_c();')}\n"
fault 'function of 71 lines' function-size 'core/b.c:3: core_b has 71' core/b.c \
    "void core_b(void)\n{\n$(lines 71 '    core_c();')}\n"
fault 'function behind a short one' function-size 'core/b.c:8: core_c' core/b.c \
    "int core_b(void)\n{\n    return 1;\n}\n\nint core_c(int a, int b)\n{\n$(lines 71 '    core_b();')}\n"
fault 'Rust function of 70 lines' none '' core/b.rs "fn b() {\n$(lines 70 '    c();')}\n"
fault 'Rust function of 71 lines' function-size 'core/b.rs:2: b has 71' core/b.rs "fn b() {\n$(lines 71 '    c();')}\n"
fault 'Rust method with a long signature' function-size 'core/b.rs:5: b_c has 71' core/b.rs \
    "impl B {\n    pub fn b_c(\n        a: u8,\n    ) -> u8 {\n$(lines 71 '        c();')    }\n}\n"

# exception TEXT: puts one into the tree's copy of tidy.
exception() {
    sed -i "s|^readonly exceptions=(|&'$1'|" tools/tidy
}
make_tree
printf '%s\n%b' "$spdx" "$(lines 600 'int core_b(void);')" >core/b.c
exception 'file-size core/b.c a table that is easier to read whole'
expect 'exception with a reason' none ''
make_tree
exception 'file-size core/a.c a table that is easier to read whole'
expect 'stale exception' file-size 'tools/tidy:1:'
make_tree
printf '%s\nvoid core_b(void)\n{\n%b}\n' "$spdx" "$(lines 71 '    core_c();')" >core/b.c
exception 'function-size core/b.c:core_b'
expect 'exception without a reason' function-size 'tools/tidy:1:'

# misfit NAME WHERE SED: a change whose head lacks something.
misfit() {
    make_tree
    change core/wolfssl/10-a.ed "$3"
    tools/changes table >core/ngtcp2/README.md
    expect "$1" changes "core/wolfssl/10-a.ed:1: $2"
}
misfit 'change without a title' 'the second line gives no title' '2s/.*/#/'
misfit 'change without a section' "the head has no line '# rfc: ...'" '/rfc/d'
misfit 'change without a word on upstream' "the head has no line '# upstream: ...'" '/upstream/d'
misfit 'change that nothing needs' 'the head names no scenario and no test' '/scenario/d'
misfit 'change with a scenario that is not there' 'there is no scenarios/b.yaml' 's/a\.yaml/b.yaml/'
misfit 'change with a test that is not there' 'there is no core/tests/test_b.c' 's,scenario: .*,test: core/test_b,'
misfit 'words after the head' 'the head names no scenario and no test' '/scenario/{h;d};/^w/G'
make_tree
change core/wolfssl/20-b.ed ''
expect 'table of another time' changes 'core/ngtcp2/README.md:1:'
make_tree
change core/wolfssl/b.ed ''
expect 'change without a number' changes 'core/wolfssl/b.ed:1:'
make_tree
change core/wolfssl/20-b.5.7.2.ed ''
expect 'change in place of none' changes 'core/wolfssl/20-b.5.7.2.ed:1: there is no core/wolfssl/20-b.ed'
make_tree
change core/wolfssl/10-a.5.7.2.ed ''
expect 'change for one version' none ''

make_tree
printf 'see /%s/main\n' work >results/README.md
expect 'path of a machine' private 'results/README.md:1:'
make_tree
printf 'deb http://archive.debian.%s/x\n' org >results/README.md
expect 'mirror' private 'results/README.md:1:'

fault 'format' format 'core/b.c:2:' core/b.c 'int  core_b(void);\n'
tools/tidy --fix >/dev/null || true
expect 'format after --fix' none ''

# Of a file that a build knows, and of no other; --lint-all says when it cannot look.
if command -v clang-tidy >/dev/null; then
    fault 'lint without a build' none '' core/b.c 'int core_b(int *at)\n{\n    at = 0;\n    return *at;\n}\n'
    output=$(tools/tidy --lint-all) && broken=$((broken + 1))
    [[ $output == *'tools/tidy:1: lint needs'*'FAIL lint'*'tools/tidy:1: const needs'*'FAIL const' ]] || { echo "--lint-all: $output" && broken=$((broken + 1)); }
    mkdir -p .build/release
    echo '/.build/' >.gitignore
    cp "$root/.clang-tidy" .
    echo "[{\"directory\": \"$PWD\", \"file\": \"$PWD/core/b.c\", \"command\": \"cc -c core/b.c\"}]" >.build/release/compile_commands.json
    expect 'lint' lint 'core/b.c:5:'
    git -c user.name=a -c user.email=a@b add -A && git -c user.name=a -c user.email=a@b commit -qm a
    expect 'lint of a file that is as committed' none ''
    cat >core/b.c <<'CODE'
/* SPDX-License-Identifier: GPL-2.0-or-later */
int core_b(int count, int by);

int core_b(int count, int by)
{
    int twice = 2 * count;
    int *to = &twice;
    int sum = 0, left = count;
    while (left-- > 0)
        sum += by;
    *to += sum;
    return twice;
}
CODE
    expect 'local that is not written' const 'core/b.c:7: a local'
    tools/tidy --fix >/dev/null || true
    grep -qxF '    int *const to = &twice;' core/b.c || { echo "const: --fix made '$(sed -n 7p core/b.c)'" && broken=$((broken + 1)); }
    expect 'const after --fix' none ''
    sed -i '/by)$/s/int by/const int by/' core/b.c
    expect 'const parameter' const 'core/b.c:4: a parameter'
fi

make_tree
printf '*.log.c\n' >.gitignore
echo 'int  x;' >core/x.log.c
expect 'ignored file' none ''

if ((broken)); then
    echo "$broken failed"
    exit 1
fi
