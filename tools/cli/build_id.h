/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_BUILD_ID_H
#define TOOLS_CLI_BUILD_ID_H

/* What this program was built from: written by tools/build_id.cmake at every build. */

#include <stdbool.h>
#include <stdint.h>

/* What made the results: equal builds give equal results. Texts are kept, not owned. */
typedef struct build_id {
    const char *commit;  /* "" when not known */
    int64_t committed_s; /* when, in seconds since 1970; 0 when not known. Builds are ordered by it */
    bool modified;       /* the tree had changes that no commit has */
    const char *roam;
    const char *ngtcp2;
    const char *wolfssl;
    const char *ns3;
} build_id;

/* The version of roam that a modified tree makes has a hash of BUILD_DIFF behind it: "0.1.0+0123456789ab". */
extern const build_id BUILD_ID;
extern const char BUILD_WITH[]; /* other libraries, as roam --version has them: "  SQLite    3.40.1\n" each */
extern const char BUILD_COMPILER[];  /* "GNU 12.2.0" */
extern const char BUILD_FLAGS[];     /* for C, then for C++ */
extern const char BUILD_LIBRARIES[]; /* provenance.txt of ngtcp2 and wolfSSL: sources, patches, our changes */
extern const char BUILD_DIFF[];      /* what no commit has, as git diff tells it; "" when there is nothing */

#endif
