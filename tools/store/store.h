/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STORE_STORE_H
#define TOOLS_STORE_STORE_H

/*
 * The store: what many runs gave, in one SQLite file (journal mode WAL, application_id "roam", user_version
 * STORE_VERSION). schema.h documents tables and columns. What is in it follows from builds, scenarios
 * and seeds alone, except for the tables timings and files: two stores of the same runs hold the same rows,
 * whatever order, machine or number of processes they came by.
 */

#include "core/roam.h"
#include "sim/verdict/summary_rows.h"
#include "tools/cli/build_id.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_VERSION 1
#define STORE_MESSAGE_MAX 512

typedef enum store_error {
    STORE_OK = 0,
    STORE_ERR_SYSTEM = -1,    /* it cannot be opened, read or written: the disk is full, say */
    STORE_ERR_NOT_STORE = -2, /* a file of another kind, or a damaged one */
    STORE_ERR_VERSION = -3,   /* made by a later roam */
    STORE_ERR_EXISTS = -4,    /* STORE_CREATE, and there is one */
    STORE_ERR_MISSING = -5,   /* there is none */
    STORE_ERR_NO_MEMORY = -6,
    STORE_ERR_INPUT = -7, /* a combination or a summary is not one, or the run is there with other results */
    STORE_ERR_READ_ONLY = -8
} store_error;

typedef struct store store;
struct sqlite3;
struct sqlite3_stmt;

typedef enum store_mode {
    STORE_READ,   /* as it is; nothing is changed, not even by opening it */
    STORE_CREATE, /* a new file: STORE_ERR_EXISTS when there is one */
    STORE_APPEND  /* an existing one, to add to; also an empty file, as a store is that was never filled */
} store_mode;

/* On failure the message (STORE_MESSAGE_MAX bytes) names the file and says what to do. */
ROAM_CHECKED int store_open(const char *path, store_mode mode, store **out, char *message);
void store_close(store *self); /* what was not committed is gone; NULL is fine */

/*
 * Calls that joined one another are one validation: they have run, node, peer, the first challenge and the
 * last of these columns in common, and the first that ended with ok stands for them, or else the first. A
 * call that was superseded in the instant of its first challenge has it in common with none.
 */
#define STORE_VALIDATION_OF                                                                                  \
    "node, peer, coalesce(challenge_sent_ns, -1 - call),"                                                    \
    " CASE WHEN result = 'superseded' AND finished_ns = challenge_sent_ns THEN call ELSE -1 END"
#define STORE_VALIDATION_FIRST "result IS NOT 'ok', call"

/* A table for queries: of migrations, one row a validation, of the runs that a condition names. */
#define STORE_VALIDATIONS_WHERE(condition)                                                                   \
    "(SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY run, " STORE_VALIDATION_OF                    \
    " ORDER BY " STORE_VALIDATION_FIRST ") AS turn FROM migrations WHERE " condition ") WHERE turn = 1)"

/* For queries: what distinguishes builds in output, of a row `b` of builds. The commit, and behind it, of a
 * modified tree, a hash of the changes: "0123abcd...+0123456789ab"; "+modified" where it is not known. */
#define STORE_BUILD_NAME                                                                                     \
    "b.commit_id || CASE WHEN NOT b.modified THEN '' WHEN instr(b.roam, '+') = 0 THEN '+modified'"           \
    " ELSE substr(b.roam, instr(b.roam, '+')) END"

/* For queries, which may sort by `COLLATE combination`, where numbers count as numbers
 * (tools/cli/combination.h); owned by the store. */
struct sqlite3 *store_database(store *self);
/* A text in the row of a query, "" for NULL; valid until the next row. */
const char *store_text(struct sqlite3_stmt *row, int column);

/* Names as a JSON array, for `IN (SELECT value FROM json_each(?))`. The caller's; NULL: out of memory. */
char *store_names(const char *const *names, size_t count);

/* The text of the latest failure, until the next call. */
const char *store_message(const store *self);

/* A query of one's own has failed: its code, with the text in store_message. */
int store_fault(store *self);

/* Names a run. combination: the values of `vary` as "KEY=VALUE,KEY=VALUE", then what
 * the command was given (tools/cli/settings.h); "" for none. */
typedef struct store_key {
    const char *scenario;  /* its name */
    const char *directory; /* of the scenario's file below the library: "handover"; "" when it has none */
    const char *file; /* NULL: not known. As it was given: "scenarios/handover/x.yaml"; no part of the name */
    const char *digest; /* of the scenario's text, without seed and combination: 16 hex digits */
    const char *combination;
    uint64_t seed;
} store_key;

typedef enum store_status {
    STORE_FINISHED,
    STORE_CRASHED, /* its process died, or an adapter is at fault: message says of what */
    STORE_HUNG,    /* killed by the wall-clock watchdog */
    STORE_REFUSED  /* the world could not be made: message says why */
} store_status;

const char *store_status_name(store_status status); /* "finished", ... */

typedef struct store_run {
    store_key key;
    store_status status;
    const summary_rows *rows; /* FINISHED: what the summary says; else NULL */
    const char *message;      /* otherwise: what happened */
    uint64_t wall_ns;         /* 0: not known. Kept in timings alone */
} store_run;

/* The scenario's file, as it was given to the command that ran it. NULL: not known. The caller's. */
char *store_file(store *self, const char *scenario, const char *digest);

/* A store that is read may be from before the column was. */
bool store_has_column(store *self, const char *table, const char *column);

/* The id of a build, which is entered if it is new. Inside a transaction or not. */
ROAM_CHECKED int store_add_build(store *self, const build_id *build, int64_t *id);

/*
 * Equal for the same build and key in every store; never negative. It is a hash of all but the seed, and the
 * seed is added: runs of neighbouring seeds are neighbours in the tables, so that a sweep writes pages one
 * after the other, however large the store is.
 */
int64_t store_run_id(int64_t build, const store_key *key);

/* The run is in the store and was brought to its end: one that crashed or hung may be run again. */
ROAM_CHECKED int store_has_run(store *self, int64_t id, bool *has);

ROAM_CHECKED int store_begin(store *self);
ROAM_CHECKED int
store_commit(store *self); /* afterwards it is on the disk, whatever happens to the process */

/* Enters a run and all that its summary holds, or nothing of it. A run that is there already is left as it
 * is, unless it crashed or hung: then this one takes its place. Runs that follow one another cost less when
 * they are of one scenario. Inside a transaction (store_begin). Where the disk fails, the transaction may be
 * undone: store_commit then fails. */
ROAM_CHECKED int store_add_run(store *self, int64_t build, const store_run *run);

/*
 * Adds the runs of other stores to this one: those that two of them have must be equal (STORE_ERR_INPUT). The
 * stores are read side by side, and memory does not grow with them. Rows are entered in transactions of
 * 100,000 rows: on failure the store holds whole runs, and what the latest transaction added is gone.
 */
ROAM_CHECKED int store_merge(store *self, const char *const *paths, size_t count);

#endif
