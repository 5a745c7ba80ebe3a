#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every wall that tools/tidy keeps: a clean tree passes, and each single fault is reported where it is.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
spdx='/* SPDX-License-Identifier: GPL-2.0-or-later */'
broken=0

# A tree that tidy has nothing to say about.
make_tree() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree"/{core/tests,core/live,core/ngtcp2,core/wolfssl,sim,tools,scenarios,results}
    cd "$work/tree"
    git init -q
    sed '/^readonly exceptions=(/,/^)/{/^    /d}' "$root/tools/tidy" >tools/tidy # without those of this project
    chmod +x tools/tidy
    cp "$root/.clang-format" .
    cp "$root/tools/changes" tools
    echo '# SPDX-License-Identifier: GPL-2.0-or-later' >CMakeLists.txt
    touch LICENSE README.md {core,sim,tools,scenarios,results}/README.md
    printf '%s\n#ifndef A_H\n#define A_H\nint core_a(void);\n#endif\n' "$spdx" >core/a.h
    printf '%s\n#include "core/a.h"\n\nint core_a(void)\n{\n    return 0; /* never time() */\n}\n' "$spdx" >core/a.c
    printf '%s\n#include <ns3/core-module.h>\n' "$spdx" >sim/ns3/ns3.cc
    printf '%s\n#include <time.h>\n' "$spdx" >core/live/clock.c
    printf '%s\n#include <ngtcp2/ngtcp2.h>\n#include <wolfssl/ssl.h>\n' "$spdx" >core/tls/tls.c
    touch scenarios/a.yaml
    change core/wolfssl/10-a.ed '/^$/d'
    tools/changes table >core/ngtcp2/README.md
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
echo 'int core_b(void);' >core/b.h
expect 'header without SPDX' licence 'core/b.h:1:'
make_tree
printf '#!/bin/sh\n' >tools/thing
expect 'script without SPDX' licence 'tools/thing:1:'

fault 'include not from the root' include-root 'core/b.c:2:' core/b.c '#include "a.h"\n'
fault 'include of ours in brackets' include-root 'core/b.c:2:' core/b.c '#include <core/a.h>\n'

# upward REASON FILE INCLUDED: where the included file exists, so that only the direction is wrong.
upward() {
    make_tree
    printf '%s\n' "$spdx" >"$3"
    printf '%s\n#include "%s"\n' "$spdx" "$3" >"$2"
    expect "$1" include-up "$2:2:"
}
upward 'core includes sim' core/b.c sim/b.h
upward 'core includes tools' core/b.c tools/b.h
upward 'a test of core includes sim' core/tests/test_b.c sim/b.h
upward 'sim includes tools' sim/b.c tools/b.h

fault 'wolfSSL elsewhere in core' wolfssl 'core/node/node.c:2:' core/node/node.c '#include <wolfssl/ssl.h>\n'
fault 'wolfSSL in a header' wolfssl 'core/tls/tls.h:2:' core/tls/tls.h '#include <wolfssl/ssl.h>\n'
fault 'wolfSSL in sim' wolfssl 'sim/b.c:2:' sim/b.c '#include <wolfssl/wolfcrypt/aes.h>\n'
fault 'wolfCrypt where packets are sealed' none '' sim/wire/packet_seal.c '#include <wolfssl/wolfcrypt/aes.h>\n'
fault 'TLS where packets are sealed' wolfssl 'sim/wire/packet_seal.c:2:' sim/wire/packet_seal.c '#include <wolfssl/ssl.h>\n'
fault 'ngtcp2 in sim' ngtcp2 'sim/b.c:2:' sim/b.c '#include <ngtcp2/ngtcp2.h>\n'
fault 'ngtcp2 in the public header' ngtcp2 'core/roam.h:2:' core/roam.h '#include <ngtcp2/ngtcp2.h>\n'
fault 'ngtcp2 in a private header' none '' core/quic/internal.h '#include <ngtcp2/ngtcp2.h>\n'
make_tree
printf '%s\n#include <ngtcp2/ngtcp2.h>\n' "$spdx" >core/quic/internal.h
printf '%s\n#include "core/quic/internal.h"\n' "$spdx" >core/node/node.c
expect 'ngtcp2 through a private header' ngtcp2 'core/node/node.c:2:'
fault 'ns-3 in C' ns3 'sim/link.c:2:' sim/link.c '#include <ns3/packet.h>\n'
fault 'second C++ file' ns3 'sim/b.cc:1:' sim/b.cc ''

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
printf 'see /%s/main\n' work >sim/README.md
expect 'path of a machine' private 'sim/README.md:1:'
make_tree
printf 'deb http://archive.debian.%s/x\n' org >sim/README.md
expect 'mirror' private 'sim/README.md:1:'

fault 'format' format 'core/b.c:2:' core/b.c 'int  core_b(void);\n'
tools/tidy --fix >/dev/null || true
expect 'format after --fix' none ''

make_tree
printf '*.log.c\n' >.gitignore
echo 'int  x;' >core/x.log.c
expect 'ignored file' none ''

if ((broken)); then
    echo "$broken failed"
    exit 1
fi
