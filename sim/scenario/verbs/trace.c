/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace: changes of links that a file has: lines of comma-separated values, the first one naming the columns.
 */
#include "core/hash.h"
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BYTES_MAX = 1 << 20, ROWS_MAX = 100000, CELL_MAX = 64, PATH_BYTES_MAX = 4096 };

/* The time comes first. */
static const key_row TIME_ROW = {"time", KEY_FIELD(KEY_DURATION, scenario_trace_row, at_ns),
                                 .max = SCENARIO_DAY_NS};

enum { COLUMNS_MAX = 1 + LINK_FIELD_COUNT };

typedef struct column {
    size_t kind;  /* 0: the time; else number of a field (scenario_link_column) */
    char unit[8]; /* that the header gives to bare numbers; "" for none */
} column;

typedef struct csv {
    scenario_reader *reader;
    const tree_node *value; /* of `file:` */
    unsigned line;
    column columns[COLUMNS_MAX];
    size_t column_count;
    scenario_trace_row *rows;
    size_t count;
} csv;

__attribute__((format(printf, 2, 3))) static bool bad(const csv *self, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    scenario_fault(self->reader, self->value->place, "%.200s:%u: %s", self->value->text, self->line, text);
    return false;
}

/* --- cells --- */

/* Copies the next cell of the line, less the space around it, and moves on. False when it is too long. */
static bool next_cell(const char **at, const char *end, char *cell)
{
    const char *const comma = memchr(*at, ',', (size_t)(end - *at));
    const char *first = *at;
    const char *last = comma ? comma : end;
    *at = comma ? comma + 1 : NULL;
    while (first < last && (*first == ' ' || *first == '\t'))
        first++;
    while (last > first && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r'))
        last--;
    if ((size_t)(last - first) >= CELL_MAX)
        return false;
    memcpy(cell, first, (size_t)(last - first));
    cell[last - first] = '\0';
    return true;
}

/* NULL past the last. */
static const key_row *row_of(size_t kind)
{
    const uint32_t field = scenario_link_column(kind);
    if (kind == 0)
        return &TIME_ROW;
    return field == SCENARIO_NONE ? NULL : &SCENARIO_LINK_ROWS[field];
}

static const char *kind_name(const void *names, size_t index)
{
    const key_row *const row = row_of(index);
    (void)names;
    return row ? row->name : NULL;
}

static const char *field_name(const void *names, size_t index)
{
    return kind_name(names, index + 1);
}

static bool unknown_column(csv *self, const char *name)
{
    const char *const near = scenario_suggest(name, kind_name, NULL, NULL);
    char known[SCENARIO_NAMES_MAX];
    if (near)
        return bad(self, "unknown column '%s'; did you mean '%s'?", name, near);
    scenario_list_names(known, kind_name, NULL, ", ");
    return bad(self, "unknown column '%s'; known: %s", name, known);
}

/* "rate" or "rate[Mbps]". */
static bool read_column(csv *self, char *cell)
{
    column *const read = &self->columns[self->column_count];
    char *const open = strchr(cell, '[');
    char *const close = open ? strchr(open, ']') : NULL;
    *read = (column){0};
    if (open && (!close || close[1] != '\0' || close - open - 1 >= (ptrdiff_t)sizeof(read->unit)))
        return bad(self, "'%s' is no column: write for example rate[Mbps]", cell);
    if (open) {
        memcpy(read->unit, open + 1, (size_t)(close - open - 1));
        *open = '\0';
    }
    while (row_of(read->kind) && strcmp(cell, row_of(read->kind)->name) != 0)
        read->kind++;
    if (!row_of(read->kind))
        return unknown_column(self, cell);
    for (size_t i = 0; i < self->column_count; i++)
        if (self->columns[i].kind == read->kind)
            return bad(self, "column '%s' twice", cell);
    self->column_count++;
    return true;
}

static bool read_header(csv *self, const char *at, const char *end)
{
    char cell[CELL_MAX];
    char known[SCENARIO_NAMES_MAX];
    while (at) {
        if (!row_of(self->column_count) || !next_cell(&at, end, cell))
            return bad(self, "a first line like time[s],rate[Mbps],delay[ms],loss[%%] is expected");
        if (!read_column(self, cell))
            return false;
    }
    if (self->columns[0].kind != 0 || self->column_count < 2) {
        scenario_list_names(known, field_name, NULL, ", ");
        return bad(self, "the first line must name the column time, and one or more of %s", known);
    }
    return true;
}

static bool read_value(const csv *self, const column *of, char *cell, uint64_t *value)
{
    const key_row *const row = row_of(of->kind);
    char message[UNITS_MESSAGE_MAX];
    char text[CELL_MAX + sizeof(of->unit)];
    const size_t length = strlen(cell);
    const bool bare = length > 0 && strspn(cell, "0123456789.") == length;
    snprintf(text, sizeof(text), "%s%s", cell, bare ? of->unit : "");
    if (units_parse(key_units(row->type), text, 0, row->max, value, message) != UNITS_OK)
        return bad(self, "%s: %s", row->name, message);
    if (row->type == KEY_LINK_RATE && *value > 0 && *value < SCENARIO_RATE_MIN_BPS)
        return bad(self, SCENARIO_RATE_FAULT, row->name, text);
    return true;
}

/* An empty cell leaves its parameter as it was. */
static bool read_row(csv *self, const char *at, const char *end)
{
    char cell[CELL_MAX];
    scenario_trace_row row = {0};
    size_t i = 0;
    for (; at; i++) {
        uint64_t value = 0;
        if (i == self->column_count || !next_cell(&at, end, cell)) {
            return bad(self, "more cells than the %zu columns of the first line, or one too long",
                       self->column_count);
        }
        if (i > 0 && cell[0] == '\0')
            continue;
        if (!read_value(self, &self->columns[i], cell, &value))
            return false;
        if (i == 0) {
            row.at_ns = value;
        } else {
            const uint32_t field = scenario_link_column(self->columns[i].kind);
            row.changes |= 1u << field;
            link_field_set(&LINK_FIELD[field], &row.link, value);
        }
    }
    if (i < self->column_count)
        return bad(self, "%zu cells, but the first line has %zu columns", i, self->column_count);
    if (self->count > 0 && row.at_ns < self->rows[self->count - 1].at_ns + SCENARIO_MILLISECOND_NS)
        return bad(self, "time: each line must come at least 1ms after the one before");
    self->rows[self->count++] = row;
    return true;
}

/* --- the file --- */

static bool read_lines(csv *self, const char *text, size_t bytes)
{
    size_t lines = 1;
    for (size_t i = 0; i < bytes; i++)
        lines += text[i] == '\n';
    self->rows =
        scenario_arena_alloc(self->reader->arena, lines < ROWS_MAX ? lines : ROWS_MAX, sizeof(*self->rows));
    const char *const stop = text + bytes;
    const char *const start = text + (strncmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0); /* a byte order mark */
    for (const char *at = start, *end; self->rows && at < stop; at = end + 1) {
        end = memchr(at, '\n', (size_t)(stop - at));
        end = end ? end : stop;
        self->line++;
        const size_t blank = strspn(at, " \t\r");
        if (at[0] == '#' || at + blank >= end)
            continue;
        if (self->count == ROWS_MAX)
            return bad(self, "more than %d lines", ROWS_MAX);
        if (!(self->column_count ? read_row(self, at, end) : read_header(self, at, end)))
            return false;
    }
    if (self->rows && self->count == 0) {
        self->line += self->line == 0;
        return bad(self, "no line of values");
    }
    return self->rows != NULL;
}

/* The file's bytes, to be freed; NULL with a fault reported. Only a regular file: others may have no end. */
static char *slurp(scenario_reader *reader, const tree_node *value, const char *path, size_t *bytes)
{
    struct stat about;
    char *text = NULL;
    const char *why = NULL;
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0) {
        why = strerror(errno);
    } else if (!S_ISREG(about.st_mode)) {
        why = "not a file";
    } else if (about.st_size > BYTES_MAX) {
        why = "larger than 1MiB";
    } else if (!(text = calloc(1, (size_t)about.st_size + 1))) {
        why = strerror(ENOMEM);
    } else {
        const ssize_t n = read(fd, text, (size_t)about.st_size);
        *bytes = n > 0 ? (size_t)n : 0;
        why = n < 0 ? strerror(errno) : memchr(text, '\0', *bytes) ? "not a text" : NULL;
    }
    if (fd >= 0)
        close(fd);
    if (why) {
        scenario_fault(reader, value->place, "'%.200s' cannot be read: %s", value->text, why);
        free(text);
        text = NULL;
    }
    return text;
}

/* True with the rows and the changes of the trace filled in. */
static bool read_trace(scenario_reader *reader, const tree_node *value, scenario_trace *trace)
{
    size_t bytes = 0;
    const char *const path = scenario_find_file(reader, value);
    char *const text = path ? slurp(reader, value, path, &bytes) : NULL;
    csv read = {.reader = reader, .value = value};
    if (!text || !read_lines(&read, text, bytes)) {
        free(text);
        return false;
    }
    reader->scenario->digest = core_hash_bytes(reader->scenario->digest, text, bytes);
    const char *const kept = scenario_arena_text(reader->arena, text, bytes);
    if (kept)
        scenario_keep_text(reader, value->text, kept, bytes);
    free(text);
    trace->rows = read.rows;
    trace->count = read.count;
    for (size_t i = 0; i < trace->count; i++)
        trace->changes |= trace->rows[i].changes;
    return true;
}

/* --- the verb --- */

/* What a row asks for that links of that kind cannot do; NULL: nothing. */
static const char *refusal(scenario_link_type type, const scenario_trace_row *row,
                           scenario_direction direction)
{
    const bool rate = row->changes & SCENARIO_CHANGE_RATE;
    const bool one_way = (row->changes & SCENARIO_CHANGE_DELAY) && direction != SCENARIO_BOTH;
    if (type == SCENARIO_LINK_CSMA && rate)
        return "is a csma bus, whose rate cannot be changed";
    if (type == SCENARIO_LINK_P2P &&
        (row->link.jitter_ns > 0 || (rate && row->link.rate_bps == 0) || one_way))
        return "has p2p links, which have no jitter, need a rate, and one delay for both directions";
    return NULL;
}

static bool check_links(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const scenario *const whole = reader->scenario;
    const scenario_trace *const trace = scenario_event_trace(event);
    for (size_t i = 0; event->network != SCENARIO_NONE && i < trace->count; i++) {
        const scenario_network *const network = &whole->networks[event->network];
        const bool one = network->shared && event->node != SCENARIO_NONE;
        const char *const why = one && (trace->rows[i].changes & SCENARIO_CHANGE_RATE)
                                    ? "is shared, and its rate is that of all nodes: leave out 'node'"
                                    : refusal(network->link_type, &trace->rows[i], event->direction);
        if (why) {
            scenario_fault(reader, tree_get(entry, "file")->place, "'%s' %s", network->name, why);
            return false;
        }
    }
    return true;
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const tree_node *const value = tree_get(entry, "file");
    scenario_trace *const trace = &draft->event.data.trace;
    if (!value || value->kind != TREE_SCALAR || !draft->file || !read_trace(reader, value, trace))
        return false;
    if (trace->repeat && trace->count < 2) {
        scenario_fault(reader, value->place, "a trace of one line cannot repeat");
        return false;
    }
    return !draft->good || check_links(reader, entry, &draft->event);
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_trace *const trace = scenario_event_trace(event);
    scenario_explain_where(whole, event, stream);
    fprintf(stream, ": %zu steps", trace->count);
    scenario_explain_time(stream, trace->repeat ? ", repeated each " : ", the last after ",
                          trace->rows[trace->count - 1].at_ns - (trace->repeat ? trace->rows[0].at_ns : 0));
}

static const key_row ROWS[] = {
    {"trace", EVENT_FIELD(KEY_NETWORK, network), .about = "The network whose links follow a file of steps",
     .example = "wifi"},
    {"file", KEY_FIELD(KEY_TEXT, entry_draft, file), .required = true,
     .about = "The file, from where the scenario is", .example = "traces/lte.csv"},
    {"node", EVENT_FIELD(KEY_NODE, node), .of_group = true, .about = "The node whose link it is",
     .otherwise = "all nodes of the network", .example = "laptop"},
    DIRECTION_ROW,
    {"repeat", DATA_FIELD(KEY_CHOICE, trace.repeat), .choices = SCENARIO_BOOLEANS,
     .about = "Whether the file begins anew at its end", .otherwise = "false", .example = "true"},
    {0},
};

const verb_descriptor SCENARIO_VERB_TRACE = {"trace", ROWS, .check = check, .follow = order_follow_on,
                                             .explain = explain};
