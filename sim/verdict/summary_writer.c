/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_writer.h"

#include "sim/scenario/scenario.h"

void summary_put(summary_writer *out, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new_nocheck(object, key, value) != 0)
        out->failed = true;
}

void summary_add(summary_writer *out, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        out->failed = true;
}

void summary_put_count(summary_writer *out, json_t *object, const char *key, uint64_t value)
{
    summary_put(out, object, key, json_integer((json_int_t)value));
}

void summary_put_time(summary_writer *out, json_t *object, const char *key, uint64_t time_ns)
{
    summary_put(out, object, key, time_ns == ROAM_NEVER ? json_null() : json_integer((json_int_t)time_ns));
}

void summary_put_maybe(summary_writer *out, json_t *object, const char *key, uint64_t value)
{
    summary_put_time(out, object, key, value);
}

void summary_put_index(summary_writer *out, json_t *object, const char *key, uint32_t index)
{
    summary_put(out, object, key, index == SCENARIO_NONE ? json_null() : json_integer((json_int_t)index));
}

void summary_put_flag(summary_writer *out, json_t *object, const char *key, bool value)
{
    summary_put(out, object, key, json_boolean(value));
}

void summary_put_mark(summary_writer *out, json_t *object, const char *key, bool value)
{
    if (value)
        summary_put_flag(out, object, key, value);
}

void summary_put_span(summary_writer *out, json_t *object, const char *key, uint64_t time_ns)
{
    if (time_ns != ROAM_NEVER)
        summary_put_time(out, object, key, time_ns);
}

void summary_put_text(summary_writer *out, json_t *object, const char *key, const char *text)
{
    summary_put(out, object, key, text ? json_string(text) : json_null());
}

void summary_put_name(summary_writer *out, json_t *object, const char *key, const char *name)
{
    summary_put_text(out, object, key, name);
}

void summary_put_addr(summary_writer *out, json_t *object, const char *key, const roam_addr *addr)
{
    char text[ROAM_ADDR_STRING_MAX];
    summary_put_text(out, object, key,
                     addr->family == ROAM_FAMILY_NONE ? NULL : roam_addr_format(addr, text));
}
