/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of sim/qlog alone. */
#ifndef SIM_QLOG_INTERNAL_H
#define SIM_QLOG_INTERNAL_H

#include "sim/qlog/qlog.h"

/* translate.c: makes the data of an event of qlog 0.3 that of the current form. Returns the current name, or
 * NULL when the event has none; the data is then as it was. */
const char *qlog_translate(const char *name, json_t *data);

/* frames.c: likewise each frame. */
void qlog_translate_frames(json_t *frames);
/* An error code as the current form has it: `error`, and `error_code` where it has no name. */
void qlog_put_error(json_t *object, const char *key, bool application, uint64_t code);
/* {"data": "..."} of a token, where the current form has the digits alone. */
void qlog_flatten(json_t *object, const char *key);
/* The member `length`, where the current form has it in `raw`. */
void qlog_move_length(json_t *object);

/* tuples.c: the network tuples of a connection, by local and remote address. */
enum { QLOG_TUPLES_MAX = 4096 };

typedef struct qlog_connection_id {
    uint8_t len;
    uint8_t bytes[20];
} qlog_connection_id;

typedef struct qlog_tuple {
    roam_addr local, remote;
    qlog_connection_id to_remote, to_local; /* in use on it; of length 0: none seen yet */
    bool assigned;                          /* its event was written */
    char id[24];                            /* "" for the first */
} qlog_tuple;

typedef struct qlog_tuples {
    qlog_tuple *items;
    size_t count, room;
} qlog_tuples;

void qlog_tuples_free(qlog_tuples *tuples);
/* The tuple of these addresses, a new one if need be; valid until the next call. NULL: not known, no memory,
 * or there are QLOG_TUPLES_MAX. */
qlog_tuple *qlog_tuples_find(qlog_tuples *tuples, const roam_addr *local, const roam_addr *remote);
/* Data of tuple_assigned and of migration_state_updated. */
json_t *qlog_tuple_data(const qlog_tuple *tuple);
/* TupleEndpointInfo. id may be NULL. */
json_t *qlog_endpoint(const roam_addr *address, const qlog_connection_id *id);
json_t *qlog_id(const qlog_connection_id *id);

/* Which tuple a packet number of 1-RTT packets was sent on: where a run of numbers begins. */
enum { QLOG_RUNS_MAX = 128 };

typedef struct qlog_run {
    uint64_t first;
    char id[24];
} qlog_run;

typedef struct qlog_runs {
    qlog_run items[QLOG_RUNS_MAX]; /* ascending; the oldest are forgotten */
    size_t count;
} qlog_runs;

void qlog_runs_add(qlog_runs *runs, uint64_t number, const char *id);
const char *qlog_runs_find(const qlog_runs *runs, uint64_t number); /* NULL: forgotten */

/* Milliseconds with three decimals, rounded down. */
double qlog_ms(uint64_t ns);

#endif
