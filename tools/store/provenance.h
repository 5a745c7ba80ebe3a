/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STORE_PROVENANCE_H
#define TOOLS_STORE_PROVENANCE_H

/*
 * Where the runs of a store come from: the texts of their scenarios, with every file that these name, each
 * text once; what the builds were made of; on which machines they ran. Stores made before these tables were
 * have none of them.
 */

#include "sim/scenario/scenario.h"
#include "tools/store/store.h"

/*
 * Tables: texts (digest: a hash of the text), sources (which text a scenario's file had; name: "" for its
 * own, else as the scenario names it), build_facts (compiler, flags, libraries: as text; diff: the digest of
 * a text, of a modified tree alone) and machines (not the same in two stores of the same runs).
 */
#define STORE_PROVENANCE_SCHEMA                                                                              \
    "CREATE TABLE IF NOT EXISTS texts (digest TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;"  \
    "CREATE TABLE IF NOT EXISTS sources ("                                                                   \
    " scenario TEXT NOT NULL, digest TEXT NOT NULL, name TEXT NOT NULL,"                                     \
    " text TEXT NOT NULL REFERENCES texts(digest), PRIMARY KEY (scenario, digest, name)"                     \
    ") STRICT, WITHOUT ROWID;"                                                                               \
    "CREATE TABLE IF NOT EXISTS build_facts ("                                                               \
    " build INTEGER NOT NULL REFERENCES builds(id), fact TEXT NOT NULL, value TEXT NOT NULL,"                \
    " PRIMARY KEY (build, fact)) STRICT, WITHOUT ROWID;"                                                     \
    "CREATE TABLE IF NOT EXISTS machines ("                                                                  \
    " build INTEGER NOT NULL REFERENCES builds(id), cpu TEXT NOT NULL, uname TEXT NOT NULL,"                 \
    " PRIMARY KEY (build, cpu, uname)) STRICT, WITHOUT ROWID;"

#define STORE_FACTS_MAX 8

/* A fact of the build that runs. */
typedef struct store_fact {
    const char *name;
    const char *value;
} store_fact;

/* Of this program: compiler, flags, libraries. Their number. */
size_t store_facts(store_fact facts[STORE_FACTS_MAX]);

#define STORE_MACHINE_MAX 512
typedef struct store_machine {
    char cpu[STORE_MACHINE_MAX];   /* the model's name, "" when it is not known */
    char uname[STORE_MACHINE_MAX]; /* system, release, version and architecture, without the machine's name */
} store_machine;

void store_machine_read(store_machine *out);

/* Enters what this program was made of, and this machine. Makes the tables. Inside a transaction. */
ROAM_CHECKED int store_add_provenance(store *self, int64_t build);

/* Enters the texts of a scenario under its name and digest (16 hex digits). Inside a transaction. */
ROAM_CHECKED int store_add_texts(store *self, const scenario *whole, const char *digest);

#endif
