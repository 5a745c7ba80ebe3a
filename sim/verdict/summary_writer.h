/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The values of summary.json, by the kinds of fields of summary_fields.h. */
#ifndef SIM_VERDICT_SUMMARY_WRITER_H
#define SIM_VERDICT_SUMMARY_WRITER_H

#include "core/roam.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* jansson's setters take the new reference whatever happens, and NULL as a failure: so every value is made in
 * place, and `failed` says at the end whether one was not. */
typedef struct summary_writer {
    bool failed;
} summary_writer;

/* Take the value. */
void summary_put(summary_writer *out, json_t *object, const char *key, json_t *value);
void summary_add(summary_writer *out, json_t *array, json_t *value);

void summary_put_count(summary_writer *out, json_t *object, const char *key, uint64_t value);
void summary_put_time(summary_writer *out, json_t *object, const char *key, uint64_t time_ns);
void summary_put_maybe(summary_writer *out, json_t *object, const char *key, uint64_t value);
void summary_put_index(summary_writer *out, json_t *object, const char *key, uint32_t index);
void summary_put_flag(summary_writer *out, json_t *object, const char *key, bool value);
void summary_put_mark(summary_writer *out, json_t *object, const char *key, bool value);
void summary_put_span(summary_writer *out, json_t *object, const char *key, uint64_t time_ns);
void summary_put_text(summary_writer *out, json_t *object, const char *key, const char *text);
void summary_put_name(summary_writer *out, json_t *object, const char *key, const char *name);
void summary_put_addr(summary_writer *out, json_t *object, const char *key, const roam_addr *addr);

/* A field of summary_fields.h: its value goes to `object` of the writer `out`. */
#define SUMMARY_JSON(kind, key, value, about, ...) summary_put_##kind(out, object, key, value);

#endif
