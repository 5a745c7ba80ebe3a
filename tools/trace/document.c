/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/trace/document.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef enum item_kind { SLICE, INSTANT, COUNTER } item_kind;

typedef struct item {
    item_kind kind;
    trace_scope scope;
    uint64_t from_ns, to_ns;
    char *name;
    json_t *args;
    uint32_t track;  /* of a counter, the process */
    uint32_t parent; /* of a slice; TRACE_NONE: it is no part */
    uint32_t lane;   /* of the track, from 0; TRACE_NONE: left out */
} item;

typedef struct track {
    char *name;
    uint32_t process, rank;
    uint32_t next; /* of the process */
    uint32_t lanes;
    uint32_t first_tid;
    bool used;
} track;

typedef struct process {
    char *name;
    uint32_t first_track;
    bool used;
} process;

struct trace_document {
    process *processes;
    size_t process_count;
    track *tracks;
    size_t track_count;
    item *items;
    size_t item_count;
    uint32_t *order; /* of items, by time */
    size_t left_out;
    bool failed;
};

/* ---- making ---- */

trace_document *trace_document_new(void)
{
    return calloc(1, sizeof(trace_document));
}

void trace_document_free(trace_document *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->process_count; i++)
        free(self->processes[i].name);
    for (size_t i = 0; i < self->track_count; i++)
        free(self->tracks[i].name);
    for (size_t i = 0; i < self->item_count; i++) {
        free(self->items[i].name);
        json_decref(self->items[i].args);
    }
    free(self->processes);
    free(self->tracks);
    free(self->items);
    free(self->order);
    free(self);
}

/* Room for one more, grown at each power of two. */
static bool grow(trace_document *self, void **things, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return true;
    void *const more = count < TRACE_NONE / 2 ? realloc(*things, (count ? 2 * count : 1) * size) : NULL;
    if (more)
        *things = more;
    self->failed = self->failed || !more;
    return more != NULL;
}

/* Of a name that was cut within a character, and so is no UTF-8, with '?' for each byte that is not ASCII. */
static char *copy_of(trace_document *self, const char *name)
{
    char *const copy = strdup(name);
    json_t *const text = json_string(name);
    for (char *at = copy; at && !text && *at; at++)
        if ((unsigned char)*at >= 128)
            *at = '?';
    json_decref(text);
    self->failed = self->failed || !copy;
    return copy;
}

trace_process trace_add_process(trace_document *self, const char *name)
{
    if (!grow(self, (void **)&self->processes, self->process_count, sizeof *self->processes))
        return (trace_process){TRACE_NONE};
    self->processes[self->process_count] = (process){.name = copy_of(self, name), .first_track = TRACE_NONE};
    return (trace_process){(uint32_t)self->process_count++};
}

trace_track trace_track_of(trace_document *self, trace_process of, uint32_t rank, const char *name)
{
    if (of.value == TRACE_NONE || self->failed)
        return (trace_track){TRACE_NONE};
    uint32_t at = self->processes[of.value].first_track;
    while (at != TRACE_NONE && (self->tracks[at].rank != rank || strcmp(self->tracks[at].name, name) != 0))
        at = self->tracks[at].next;
    if (at != TRACE_NONE)
        return (trace_track){at};
    if (!grow(self, (void **)&self->tracks, self->track_count, sizeof *self->tracks))
        return (trace_track){TRACE_NONE};
    self->tracks[self->track_count] = (track){.name = copy_of(self, name),
                                              .process = of.value,
                                              .rank = rank,
                                              .next = self->processes[of.value].first_track};
    self->processes[of.value].first_track = (uint32_t)self->track_count;
    return (trace_track){(uint32_t)self->track_count++};
}

/* Takes args. */
static uint32_t add(trace_document *self, item what, const char *name, json_t *args)
{
    if (what.track == TRACE_NONE || self->failed ||
        !grow(self, (void **)&self->items, self->item_count, sizeof *self->items)) {
        json_decref(args);
        return TRACE_NONE;
    }
    what.name = copy_of(self, name);
    what.args = json_is_object(args) ? args : NULL;
    if (!what.args)
        json_decref(args);
    self->items[self->item_count] = what;
    return (uint32_t)self->item_count++;
}

uint32_t trace_slice(trace_document *self, trace_track on, trace_span span, const char *name, json_t *args)
{
    if (span.from_ns > span.to_ns || span.to_ns == UINT64_MAX) {
        json_decref(args);
        return TRACE_NONE;
    }
    return add(self,
               (item){.kind = SLICE,
                      .from_ns = span.from_ns,
                      .to_ns = span.to_ns,
                      .track = on.value,
                      .parent = TRACE_NONE},
               name, args);
}

uint32_t trace_part(trace_document *self, uint32_t slice, trace_span span, const char *name, json_t *args)
{
    if (slice == TRACE_NONE) {
        json_decref(args);
        return TRACE_NONE;
    }
    const item *const whole = &self->items[slice];
    const uint64_t from_ns = span.from_ns > whole->from_ns ? span.from_ns : whole->from_ns;
    const uint64_t to_ns = span.to_ns < whole->to_ns ? span.to_ns : whole->to_ns;
    const trace_track on = {whole->track};
    const uint32_t part = trace_slice(self, on, (trace_span){from_ns, to_ns}, name, args);
    if (part != TRACE_NONE)
        self->items[part].parent = slice;
    return part;
}

void trace_instant(trace_document *self, trace_track on, trace_scope scope, uint64_t at_ns, const char *name,
                   json_t *args)
{
    (void)add(self,
              (item){.kind = INSTANT,
                     .scope = scope,
                     .from_ns = at_ns,
                     .to_ns = at_ns,
                     .track = on.value,
                     .parent = TRACE_NONE},
              name, args);
}

void trace_counter(trace_document *self, trace_process of, uint64_t at_ns, const char *name, double value)
{
    json_t *const args = json_pack("{s:f}", "value", value);
    self->failed = self->failed || !args;
    (void)add(
        self,
        (item){.kind = COUNTER, .from_ns = at_ns, .to_ns = at_ns, .track = of.value, .parent = TRACE_NONE},
        name, args);
}

size_t trace_left_out(const trace_document *self)
{
    return self->left_out;
}

/* ---- threads ---- */

typedef struct sort_key {
    uint64_t from_ns, to_ns;
    uint32_t number;
} sort_key;

/* By time; of one time, what lasts longer first, and of the same length what was made first: a slice comes
 * before its parts. */
static int compare_keys(const void *a, const void *b)
{
    const sort_key *const one = a;
    const sort_key *const other = b;
    if (one->from_ns != other->from_ns)
        return one->from_ns < other->from_ns ? -1 : 1;
    if (one->to_ns != other->to_ns)
        return one->to_ns > other->to_ns ? -1 : 1;
    return one->number < other->number ? -1 : one->number > other->number;
}

/* The numbers of the things whose keys these are, in order. NULL: out of memory, as keys may be. */
static uint32_t *sorted(sort_key *keys, size_t count)
{
    uint32_t *const order = keys ? malloc((count + 1) * sizeof *order) : NULL;
    if (!order)
        return NULL;
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 0; i < count; i++)
        order[i] = keys[i].number;
    return order;
}

static bool sort_items(trace_document *self)
{
    sort_key *const keys = malloc((self->item_count + 1) * sizeof *keys);
    for (size_t i = 0; keys && i < self->item_count; i++)
        keys[i] = (sort_key){self->items[i].from_ns, self->items[i].to_ns, (uint32_t)i};
    self->order = sorted(keys, self->item_count);
    free(keys);
    return self->order != NULL;
}

/* The first lane that is free. */
static uint32_t lane_of(trace_document *self, track *on, uint64_t *free_ns, const item *slice)
{
    uint32_t lane = 0;
    while (lane < on->lanes && free_ns[lane] > slice->from_ns)
        lane++;
    if (lane == TRACE_LANES_MAX) {
        self->left_out++;
        return TRACE_NONE;
    }
    if (lane == on->lanes)
        on->lanes++;
    free_ns[lane] = slice->to_ns;
    return lane;
}

/* Slices that are no parts, in order of time. */
static bool assign_lanes(trace_document *self)
{
    uint64_t(*const free_ns)[TRACE_LANES_MAX] = calloc(self->track_count + 1, sizeof *free_ns);
    for (size_t i = 0; free_ns && i < self->item_count; i++) {
        item *const one = &self->items[self->order[i]];
        if (one->kind == COUNTER) {
            self->processes[one->track].used = true;
            continue;
        }
        track *const on = &self->tracks[one->track];
        if (one->kind == SLICE && one->parent == TRACE_NONE)
            one->lane = lane_of(self, on, free_ns[one->track], one);
        on->used = true;
        self->processes[on->process].used = true;
    }
    for (size_t i = 0; free_ns && i < self->item_count; i++) /* a slice is made before its parts */
        if (self->items[i].parent != TRACE_NONE)
            self->items[i].lane = self->items[self->items[i].parent].lane;
    free(free_ns);
    return free_ns != NULL;
}

/* ---- writing ---- */

typedef struct writer {
    FILE *to;
    const char *separator; /* before the next event */
} writer;

static void put_text(FILE *to, const char *text)
{
    json_t *const value = json_string(text);
    if (value)
        (void)json_dumpf(value, to, JSON_ENCODE_ANY | JSON_COMPACT);
    else
        (void)fputs("\"?\"", to); /* out of memory */
    json_decref(value);
}

static void begin_event(writer *out, char phase, const char *name, uint32_t pid, uint32_t tid)
{
    (void)fprintf(out->to,
                  "%s{\"ph\":\"%c\",\"pid\":%" PRIu32 ",\"tid\":%" PRIu32 ",\"name\":", out->separator, phase,
                  pid, tid);
    put_text(out->to, name);
    out->separator = ",\n";
}

static void put_time(FILE *to, const char *key, uint64_t ns)
{
    (void)fprintf(to, ",\"%s\":%" PRIu64 ".%03u", key, ns / 1000, (unsigned)(ns % 1000));
}

static void put_name(writer *out, const char *what, uint32_t pid, uint32_t tid, const char *name)
{
    begin_event(out, 'M', what, pid, tid);
    (void)fputs(",\"args\":{\"name\":", out->to);
    put_text(out->to, name);
    (void)fputs("}}", out->to);
}

static void put_rank(writer *out, const char *what, uint32_t pid, uint32_t tid, uint32_t rank)
{
    begin_event(out, 'M', what, pid, tid);
    (void)fprintf(out->to, ",\"args\":{\"sort_index\":%" PRIu32 "}}", rank);
}

/* Names of the threads of a track: NAME, NAME (2), ... */
static void put_track(writer *out, const track *one)
{
    for (uint32_t lane = 0; lane < (one->lanes ? one->lanes : 1); lane++) {
        const uint32_t tid = one->first_tid + lane;
        char name[TRACE_NAME_MAX + 16];
        (void)snprintf(name, sizeof name, lane > 0 ? "%s (%" PRIu32 ")" : "%s", one->name, lane + 1);
        put_name(out, "thread_name", one->process + 1, tid, name);
        put_rank(out, "thread_sort_index", one->process + 1, tid, tid);
    }
}

/* Numbers of threads, in the order in which they are shown; and what they are called. */
static bool write_tracks(trace_document *self, writer *out)
{
    sort_key *const keys = malloc((self->track_count + 1) * sizeof *keys);
    uint32_t tid = 1;
    for (size_t i = 0; keys && i < self->track_count; i++) {
        const track *const one = &self->tracks[i];
        keys[i] = (sort_key){(uint64_t)one->process << 32 | one->rank, 0, (uint32_t)i};
    }
    uint32_t *const order = sorted(keys, self->track_count);
    for (size_t i = 0; order && i < self->track_count; i++) {
        track *const one = &self->tracks[order[i]];
        if (!one->used)
            continue;
        one->first_tid = tid;
        tid += one->lanes ? one->lanes : 1;
        put_track(out, one);
    }
    free(keys);
    free(order);
    return order != NULL;
}

static void put_item(const trace_document *self, writer *out, const item *one)
{
    static const char PHASE[] = {[SLICE] = 'X', [INSTANT] = 'i', [COUNTER] = 'C'};
    const track *const on = one->kind == COUNTER ? NULL : &self->tracks[one->track];
    if (one->lane == TRACE_NONE)
        return;
    begin_event(out, PHASE[one->kind], one->name, (on ? on->process : one->track) + 1,
                on ? on->first_tid + one->lane : 0);
    put_time(out->to, "ts", one->from_ns);
    if (one->kind == SLICE)
        put_time(out->to, "dur", one->to_ns - one->from_ns);
    if (one->kind == INSTANT)
        (void)fprintf(out->to, ",\"s\":\"%c\"", one->scope == TRACE_GLOBAL ? 'g' : 't');
    if (one->args) {
        (void)fputs(",\"args\":", out->to);
        (void)json_dumpf(one->args, out->to, JSON_COMPACT);
    }
    (void)fputc('}', out->to);
}

bool trace_document_write(trace_document *self, const json_t *other, FILE *to)
{
    writer out = {.to = to, .separator = ""};
    if (self->failed || !sort_items(self) || !assign_lanes(self))
        return false;
    (void)fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":", to);
    (void)json_dumpf(other, to, JSON_COMPACT);
    (void)fputs(",\n\"traceEvents\":[\n", to);
    for (uint32_t i = 0; i < self->process_count; i++) {
        if (!self->processes[i].used)
            continue;
        put_name(&out, "process_name", i + 1, 0, self->processes[i].name);
        put_rank(&out, "process_sort_index", i + 1, 0, i + 1);
    }
    if (!write_tracks(self, &out))
        return false;
    for (size_t i = 0; i < self->item_count; i++)
        put_item(self, &out, &self->items[self->order[i]]);
    (void)fputs("\n]}\n", to);
    return !ferror(to);
}
