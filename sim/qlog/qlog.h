/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_QLOG_QLOG_H
#define SIM_QLOG_QLOG_H

/*
 * The qlog trace of one end of one connection, as JSON text sequence (RFC 7464), in one of two forms.
 *
 * Current: draft-ietf-quic-qlog-main-schema-14 and -quic-events-13. The records that the QUIC library writes
 * in qlog 0.3 are translated, and tuples, connection IDs, timers, sizes and states of migrations are added.
 * Times are milliseconds with three decimals since epoch_ns.
 *
 * 0.3: what the library writes, byte for byte (draft-ietf-quic-qlog-main-schema-02).
 *
 * What a library writes in any other form goes through as it is, in both.
 */

#include "core/roam.h"

#include <jansson.h>

typedef enum qlog_form { QLOG_NONE, QLOG_CURRENT, QLOG_0_3, QLOG_FORMS } qlog_form;

/* "current", "0.3"; NULL for the others. */
const char *qlog_form_name(qlog_form form);
/* QLOG_NONE: there is no such form. */
qlog_form qlog_form_named(const char *name);

/* The events of a simulation, and what this project adds to their data. */
#define QLOG_SCHEMA_QUIC "urn:ietf:params:qlog:events:quic-13"
#define QLOG_SCHEMA_SIMULATION "urn:ietf:params:qlog:events:simulation"
#define QLOG_SCHEMA_TIMELINE "urn:roam:qlog:events:simulation#timeline"

typedef struct qlog_trace_options {
    qlog_form form;
    const char *node;       /* whose trace it is; must outlive it */
    const char *title;      /* of the trace; NULL: none. Must outlive it */
    const char *wall_clock; /* RFC 3339, when epoch_ns was; NULL: not said. Must outlive it */
    bool simulated;         /* events of the simulation are to come */
    bool dialled;
    uint64_t epoch_ns;
    /* Appends to the file. False: it failed, and nothing more is written. */
    bool (*write)(void *ctx, const void *data, size_t len);
    void *ctx;
} qlog_trace_options;

typedef struct qlog_trace qlog_trace;

/* NULL: no memory. */
qlog_trace *qlog_trace_new(const qlog_trace_options *options);
void qlog_trace_free(qlog_trace *trace);

void qlog_trace_take(qlog_trace *trace, const roam_qlog *told);

/* An event of another source, behind the header; takes data. Nothing in form 0.3. */
void qlog_trace_event(qlog_trace *trace, const char *name, json_t *data, uint64_t now_ns);

/* False: something is missing in the file, because write failed (told is errno's value) or there was no
 * memory (ENOMEM). */
bool qlog_trace_is_whole(const qlog_trace *trace, int *told);

#endif
