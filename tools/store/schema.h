/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STORE_SCHEMA_H
#define TOOLS_STORE_SCHEMA_H

/*
 * The tables of the store, version 1, but for migrations, rebinds, gaps, peers, moves and rules, which are
 * made of the fields of summary.json (columns.h). Every column that ends in _ns holds nanoseconds of virtual
 * time, or NULL where there is none; times of a run count from its start. All tables but builds, runs,
 * rule_sets and files refer to runs by `run`.
 */

/* The scenario's file, as it was given to the command that ran it. Stores made before this table was have
 * none. */
#define STORE_SCHEMA_FILES                                                                                   \
    "CREATE TABLE IF NOT EXISTS files ("                                                                     \
    " scenario TEXT NOT NULL, digest TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (scenario, digest)"      \
    ") STRICT, WITHOUT ROWID;"

/* Which rules of RFC 9000 packets exercised in a run: names with blanks between them, in the order of the
 * program. id: a hash of them. */
#define STORE_SCHEMA_RULE_SETS                                                                               \
    "CREATE TABLE IF NOT EXISTS rule_sets ( id INTEGER PRIMARY KEY, rules TEXT NOT NULL ) STRICT;"

#define STORE_SCHEMA_INDEX "CREATE INDEX IF NOT EXISTS runs_by_scenario ON runs(scenario, combination, seed);"

/* Columns of runs that stores made before they were lack: how many rules were exercised and broken, and the
 * id of a row of rule_sets. */
static const char *const STORE_SCHEMA_LATER[] = {"rules_exercised", "rules_broken", "rules_set"};

static const char STORE_SCHEMA_FIRST[] =
    /* What made the results. id: a hash of all other columns. */
    "CREATE TABLE builds ("
    " id INTEGER PRIMARY KEY, commit_id TEXT NOT NULL, committed_s INTEGER NOT NULL,"
    " modified INTEGER NOT NULL,"
    " roam TEXT NOT NULL, ngtcp2 TEXT NOT NULL, wolfssl TEXT NOT NULL, ns3 TEXT NOT NULL"
    ") STRICT;"
    /* One world. id: a hash of build, scenario, digest and combination, plus the seed. status: finished,
     * crashed, hung, refused; verdict: that of summary.json, NULL unless finished; message: why it did not
     * finish, or the contradiction of a run that did, where it is of no migration. */
    "CREATE TABLE runs ("
    " id INTEGER PRIMARY KEY, build INTEGER NOT NULL REFERENCES builds(id),"
    " scenario TEXT NOT NULL, directory TEXT NOT NULL, digest TEXT NOT NULL, combination TEXT NOT NULL,"
    " seed INTEGER NOT NULL, status TEXT NOT NULL, verdict TEXT, message TEXT, duration_ns INTEGER,"
    " rules_exercised INTEGER, rules_broken INTEGER, rules_set INTEGER"
    ") STRICT;" STORE_SCHEMA_INDEX
    /* The combination, key by key. */
    "CREATE TABLE settings ("
    " run INTEGER NOT NULL REFERENCES runs(id), key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (run, key)"
    ") STRICT, WITHOUT ROWID;";

/* Here STORE_ITEM_TABLE (columns.h) has its place. */

static const char STORE_SCHEMA_LAST[] =
    /* known_fault: 1 when it stands under known_fault. */
    "CREATE TABLE expectations ("
    " run INTEGER NOT NULL REFERENCES runs(id), number INTEGER NOT NULL, known_fault INTEGER NOT NULL,"
    " text TEXT NOT NULL, held INTEGER NOT NULL, measured TEXT, unsupported INTEGER,"
    " members INTEGER, failed INTEGER, value_ns INTEGER, value_bps INTEGER,"
    " PRIMARY KEY (run, number)"
    ") STRICT, WITHOUT ROWID;" STORE_SCHEMA_FILES STORE_SCHEMA_RULE_SETS
    /* Wall-clock: with files, what differs between equal runs. */
    "CREATE TABLE timings ("
    " run INTEGER PRIMARY KEY REFERENCES runs(id), wall_ns INTEGER NOT NULL"
    ") STRICT;";

#endif
