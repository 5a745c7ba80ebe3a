/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WITNESS_EXPLAIN_STORY_H
#define TOOLS_WITNESS_EXPLAIN_STORY_H

/* What is told of a run, before it is drawn: a section for each pair of connected nodes, with a lifeline for
 * each address of theirs, each NAT, relay and attacker between them, and rows in order of time. */

#include "tools/witness/explain_trace.h"

#include <stdio.h>

#define EXPLAIN_TEXT_MAX 768
#define EXPLAIN_VIA_MAX 8
#define EXPLAIN_LOSSES_MAX 16 /* kinds of losses, told apart */
#define EXPLAIN_LOSS_MAX 128  /* bytes of one in words */

typedef enum explain_tone { EXPLAIN_PLAIN, EXPLAIN_GOOD, EXPLAIN_BAD, EXPLAIN_DIM } explain_tone;

typedef enum explain_line_kind {
    EXPLAIN_HOST,  /* number is a place */
    EXPLAIN_NAT,   /* of the NAT */
    EXPLAIN_RELAY, /* of the node, as the next */
    EXPLAIN_ATTACKER
} explain_line_kind;

typedef struct explain_lifeline {
    explain_line_kind kind;
    uint32_t number;
    uint32_t rank; /* from the client's side to the server's */
    char text[EXPLAIN_TEXT_MAX];
} explain_lifeline;

typedef enum explain_end {
    EXPLAIN_ARRIVES,
    EXPLAIN_LOST_EARLY,   /* at the sender's link */
    EXPLAIN_LOST_BETWEEN, /* at a NAT or relay: via[via_count - 1] */
    EXPLAIN_LOST_LATE,    /* at the receiver's link */
    EXPLAIN_UNDER_WAY     /* when the run ended */
} explain_end;

typedef enum explain_row_kind { EXPLAIN_ROW_PACKET, EXPLAIN_ROW_EVENT, EXPLAIN_ROW_GAP } explain_row_kind;

typedef struct explain_row {
    explain_row_kind kind;
    explain_tone tone;
    explain_end end;
    uint64_t at_ns;
    uint64_t took_ns;  /* on its way; EXPLAIN_NEVER: it did not arrive */
    uint32_t from, to; /* lifelines */
    uint32_t via[EXPLAIN_VIA_MAX];
    uint32_t via_count;
    uint32_t count; /* of datagrams alike that it stands for */
    char text[EXPLAIN_TEXT_MAX];
} explain_row;

typedef struct explain_section {
    uint32_t client, server; /* nodes */
    explain_lifeline *lifelines;
    size_t lifeline_count;
    explain_row *rows;
    size_t row_count;
    char (*sums)[EXPLAIN_TEXT_MAX]; /* below the rows: where the time of each migration went, outcomes */
    size_t sum_count;
    size_t windows_left; /* that are not told */
    size_t left_out;     /* rows, likewise */
} explain_section;

typedef struct explain_window {
    uint64_t from_ns, to_ns; /* both included */
} explain_window;

typedef struct explain_wish {
    bool all;            /* every packet */
    uint32_t of;         /* connections of that node alone; EXPLAIN_NONE: of all */
    const char *around;  /* a label, verb, event or time; NULL: what is of interest */
    const char *between; /* "A..B", or NULL */
} explain_wish;

typedef struct explain_story {
    const explain_trace *trace;
    explain_section *sections;
    size_t section_count;
    size_t pairs; /* of connected nodes: more than sections when some are left out */
} explain_story;

/* False: message (EXPLAIN_MESSAGE_MAX bytes) says what of the wish is wrong, or "out of memory". Whatever it
 * returns, explain_story_fini frees. */
ROAM_CHECKED bool explain_story_make(const explain_trace *trace, const explain_wish *wish,
                                     explain_story *story, char *message);
void explain_story_fini(explain_story *story);

/* Sections from here on are for the files of this module alone. */

/* A packet's way, or an event, in order of time. */
typedef struct explain_item {
    uint64_t at_ns;
    const explain_hop *hop;     /* the first; NULL: an event */
    const explain_event *event; /* NULL: a packet */
    bool matters;
} explain_item;

/* Windows that the wish asks for (explain_windows.c). */
ROAM_CHECKED bool explain_windows_make(const explain_run *run, const explain_section *section,
                                       const explain_wish *wish, explain_window **out, size_t *count,
                                       char *message);
/* Whether the event is of that pair of nodes, and is told at all. */
bool explain_event_matters(const explain_run *run, const explain_section *section,
                           const explain_event *event);

/* Rows and lifelines (explain_rows.c). all: every packet in the windows. choose: not too many. */
ROAM_CHECKED bool explain_rows_make(const explain_trace *trace, const explain_item *items, size_t item_count,
                                    const explain_window *windows, size_t window_count, bool all, bool choose,
                                    explain_section *section);

/* Words (explain_words.c, explain_events.c). Each returns text (EXPLAIN_TEXT_MAX bytes). */
bool explain_packet_matters(const explain_trace *trace, const explain_hop *hop);
/* count: how many like it one row stands for. */
const char *explain_packet_text(const explain_trace *trace, const explain_hop *hop, uint32_t count, bool all,
                                char *text);
/* Whether the second is like the first, and says no more: both of path validation, on one path, with one
 * fate. */
bool explain_packets_alike(const explain_trace *trace, const explain_hop *first, const explain_hop *second);
const char *explain_path_name(const explain_trace *trace, uint32_t path, char *text);
const char *explain_event_text(const explain_trace *trace, const explain_event *event, char *text,
                               explain_tone *tone);
/* "36.501 ms", "1024.000 ms". */
const char *explain_milliseconds(uint64_t time_ns, char *text);
/* The text of explain_time: "36.501 ms", "4.812 s". */
const char *explain_time(uint64_t time_ns, char *text);
/* Rougher: "36.5 ms", "4.812 s". */
const char *explain_span(uint64_t time_ns, char *text);
void explain_put(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The reason of that name (explain_losses.c), for as long as the program runs; of none of these "another
 * reason". */
const char *explain_loss_reason(const char *name);
/* Why a datagram was lost, and where (explain_losses.c): "queue laptop->home full". drop is its index. */
const char *explain_loss(const explain_run *run, uint32_t drop, char *text);
/* Nobody had its destination address any more. */
bool explain_loss_aims_nowhere(const explain_run *run, const explain_drop *drop);

/* Of a number of datagrams, how many were lost, and to what. Zero-initialised: none. */
typedef struct explain_losses {
    size_t count;
    struct {
        char words[EXPLAIN_LOSS_MAX];
        size_t count;
    } kinds[EXPLAIN_LOSSES_MAX]; /* what comes after them is in count alone */
    size_t kind_count;
} explain_losses;

void explain_losses_add(const explain_run *run, uint32_t drop, explain_losses *losses);
/* ": random loss", ": 3 random loss, 1 black hole", or nothing. */
void explain_losses_put(const explain_losses *losses, char *text);

/* Where the time of the section's migrations went (explain_sums.c). */
ROAM_CHECKED bool explain_sums_make(const explain_trace *trace, const explain_item *items, size_t item_count,
                                    explain_section *section);
/* What came of it all: interruptions, losses, rules (explain_outcome.c). all: frames of each path too. */
ROAM_CHECKED bool explain_outcome_make(const explain_trace *trace, const explain_item *items,
                                       size_t item_count, bool all, explain_section *section);
/* Whether an event of that time is among the rows. */
bool explain_is_told(const explain_section *section, uint64_t at_ns);
/* Another line below the section; NULL: out of memory. */
char *explain_new_sum(explain_section *section);

#endif
