/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/line.h"

#include "tools/cli/table.h"

#include <stdio.h>
#include <string.h>

static const char UNPRINTABLE = '?';

static bool is_printable(char byte)
{
    return byte >= ' ' && byte <= '~';
}

void watch_line_clean(char *to, size_t size, const char *from)
{
    size_t len = 0;
    for (; from && from[len] != '\0' && len + 1 < size; len++)
        to[len] = (char)(is_printable(from[len]) ? from[len] : UNPRINTABLE);
    to[len] = '\0';
}

/* What readers of a terminal have no use for. */
static bool is_left_out(const char *key, watch_line_form form)
{
    static const struct {
        const char *key;
        bool brief; /* only there */
    } KEYS[] = {{"at_ns", false},     {"payload", false},    {"line", false},
                {"column", false},    {"noticed_ns", false}, {"started_ns", false},
                {"old_local", true},  {"old_remote", true},  {"challenges_sent", true},
                {"challenges", true}, {"rounds", true},      {"validation_rounds", true}};
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
        if (strcmp(key, KEYS[i].key) == 0 && (!KEYS[i].brief || form == WATCH_LINE_BRIEF))
            return true;
    return form == WATCH_LINE_TIMELINE && strcmp(key, "event") == 0;
}

/* These stand for themselves: "detach laptop". */
static bool says_itself(const char *key)
{
    static const char *const KEYS[] = {"event", "verb", "node", "reason", "network", "direction", "nat"};
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
        if (strcmp(key, KEYS[i]) == 0)
            return true;
    return false;
}

static void append(char *text, size_t size, const char *more)
{
    const size_t len = strlen(text);
    watch_line_clean(text + len, size - len, more);
}

static void append_number(const char *key, json_int_t value, char *text, size_t size)
{
    char digits[TABLE_TIME_MAX];
    const size_t len = strlen(key);
    if (len > 3 && strcmp(key + len - 3, "_ns") == 0 && value >= 0)
        (void)table_time((uint64_t)value, digits);
    else
        (void)snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, value);
    append(text, size, digits);
}

static void append_value(const char *key, const json_t *value, char *text, size_t size)
{
    if (json_is_string(value))
        append(text, size, json_string_value(value));
    else if (json_is_integer(value))
        append_number(key, json_integer_value(value), text, size);
    else if (json_is_boolean(value))
        append(text, size, json_is_true(value) ? "yes" : "no");
    else
        append(text, size, "...");
}

static void append_key(const char *key, char *text, size_t size)
{
    char name[64];
    const size_t len = strlen(key);
    const bool time = len > 3 && strcmp(key + len - 3, "_ns") == 0;
    (void)snprintf(name, sizeof name, "%.*s ", time ? (int)(len - 3) : (int)len, key);
    append(text, size, name);
}

void watch_line_text(const json_t *line, watch_line_form form, char *text, size_t size)
{
    const char *key;
    json_t *value;
    text[0] = '\0';
    json_object_foreach((json_t *)line, key, value)
    {
        if (is_left_out(key, form) || json_is_null(value))
            continue;
        if (text[0] != '\0')
            append(text, size, " ");
        if (!says_itself(key))
            append_key(key, text, size);
        append_value(key, value, text, size);
    }
}

bool watch_line_bad(const json_t *line)
{
    static const char *const NAMES[] = {
        "drop",         "refused",           "unsupported", "rule_broken", "peer_down", "migration_dropped",
        "channel_down", "reconnect_dropped", "not_started", "icmp"};
    const char *const name = json_string_value(json_object_get(line, "event"));
    const char *const result = json_string_value(json_object_get(line, "result"));
    for (size_t i = 0; name && i < sizeof NAMES / sizeof NAMES[0]; i++)
        if (strcmp(name, NAMES[i]) == 0)
            return true;
    return result && strcmp(result, "ok") != 0;
}
