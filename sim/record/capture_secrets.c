/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/capture_secrets.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct capture_secrets {
    capture_connection *buckets[BUCKETS];
};

capture_secrets *capture_secrets_new(void)
{
    return calloc(1, sizeof(capture_secrets));
}

void capture_secrets_free(capture_secrets *self)
{
    for (size_t i = 0; self && i < BUCKETS; i++) {
        while (self->buckets[i]) {
            capture_connection *const first = self->buckets[i];
            self->buckets[i] = first->next;
            free(first->lines);
            free(first);
        }
    }
    free(self);
}

/* The second word of a line. */
static bool read_random(const char *line, char random[65])
{
    const char *const space = strchr(line, ' ');
    const size_t len = space ? strcspn(space + 1, " ") : 0;
    if (len == 0 || len > 64)
        return false;
    memcpy(random, space + 1, len);
    random[len] = '\0';
    return true;
}

static capture_connection *find(capture_secrets *self, const char *line)
{
    char random[65];
    size_t bucket = 0;
    if (!read_random(line, random))
        return NULL;
    for (const char *at = random; *at; at++)
        bucket = bucket * 31 + (unsigned char)*at;
    bucket %= BUCKETS;
    capture_connection *connection = self->buckets[bucket];
    while (connection && strcmp(connection->random, random) != 0)
        connection = connection->next;
    if (connection || !(connection = calloc(1, sizeof *connection)))
        return connection;
    memcpy(connection->random, random, sizeof random);
    connection->next = self->buckets[bucket];
    self->buckets[bucket] = connection;
    return connection;
}

static bool has_line(const capture_connection *connection, const char *line, size_t len)
{
    for (const char *at = connection->lines; at && *at; at = strchr(at, '\n') + 1)
        if (strncmp(at, line, len) == 0 && at[len] == '\n')
            return true;
    return false;
}

static bool join(capture_connection *connection, uint32_t node)
{
    for (size_t i = 0; i < connection->end_count; i++)
        if (connection->ends[i] == node)
            return false;
    if (connection->end_count == CAPTURE_ENDS)
        return false;
    connection->ends[connection->end_count++] = node;
    return true;
}

bool capture_secrets_take(capture_secrets *self, uint32_t node, const char *line,
                          const capture_connection **out, bool *is_new, bool *joins)
{
    capture_connection *const connection = find(self, line);
    const size_t len = strcspn(line, "\n");
    if (!connection)
        return false;
    *is_new = !has_line(connection, line, len);
    if (*is_new) {
        char *const lines = realloc(connection->lines, connection->len + len + 2);
        if (!lines)
            return false;
        memcpy(lines + connection->len, line, len);
        connection->lines = lines;
        connection->len += len + 1;
        lines[connection->len - 1] = '\n';
        lines[connection->len] = '\0';
    }
    *joins = join(connection, node);
    *out = connection;
    return true;
}
