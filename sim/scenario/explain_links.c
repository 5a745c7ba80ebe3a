/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In words: parameters of links, faults aimed at packets, and what happens at one time. */
#include "sim/scenario/internal.h"
#include "sim/scenario/units.h"

#include <inttypes.h>

enum { LINES_MAX = 8, LOOK_BACK_MAX = 64 };

static void print_time(FILE *stream, const char *before, uint64_t ns)
{
    char text[UNITS_TEXT_MAX];
    fprintf(stream, "%s%s", before, units_format(UNITS_DURATION, ns, text));
}

static void print_share(FILE *stream, const char *before, uint32_t ppb)
{
    char text[UNITS_TEXT_MAX];
    fprintf(stream, "%s%s", before, units_format(UNITS_FRACTION, ppb, text));
}

static void print_burst(FILE *stream, const scenario_burst *burst)
{
    print_share(stream, " bursts enter ", burst->enter_ppb);
    print_share(stream, " leave ", burst->leave_ppb);
    print_share(stream, " loss ", burst->loss_ppb);
    print_share(stream, " otherwise ", burst->otherwise_ppb);
}

void scenario_explain_link(FILE *stream, const scenario_link *link, uint32_t fields)
{
    char text[UNITS_TEXT_MAX];
    if (fields & SCENARIO_CHANGE_DELAY) {
        print_time(stream, " delay ", link->delay_ns);
    }
    if (fields & SCENARIO_CHANGE_JITTER) {
        print_time(stream, " jitter ", link->jitter_ns);
    }
    if (fields & SCENARIO_CHANGE_REORDERING) {
        fprintf(stream, " %s", link->reordering ? "reordering" : "in order");
    }
    if (fields & SCENARIO_CHANGE_RATE) {
        fprintf(stream, " rate %s",
                link->rate_bps ? units_format(UNITS_RATE, link->rate_bps, text) : "unlimited");
    }
    if (fields & SCENARIO_CHANGE_QUEUE) {
        fprintf(stream, " queue %" PRIu32 "pkt", link->queue_packets);
    }
    if (fields & SCENARIO_CHANGE_LOSS) {
        print_share(stream, " loss ", link->loss_ppb);
    }
    if (fields & SCENARIO_CHANGE_BURST) {
        print_burst(stream, &link->burst);
    }
    if (fields & SCENARIO_CHANGE_ECN_MARK) {
        print_share(stream, " marks ", link->ecn_mark_ppb);
    }
    if (fields & SCENARIO_CHANGE_ECN_BLEACH) {
        fprintf(stream, " %s", link->ecn_bleach ? "bleaches" : "does not bleach");
    }
}

uint32_t scenario_explain_fields(const scenario_link *link)
{
    uint32_t fields = SCENARIO_CHANGE_DELAY | SCENARIO_CHANGE_RATE;
    fields |= link->jitter_ns ? SCENARIO_CHANGE_JITTER : 0u;
    fields |= link->reordering ? SCENARIO_CHANGE_REORDERING : 0u;
    fields |= link->loss_ppb ? SCENARIO_CHANGE_LOSS : 0u;
    fields |= link->burst.enter_ppb || link->burst.otherwise_ppb ? SCENARIO_CHANGE_BURST : 0u;
    fields |= link->ecn_mark_ppb ? SCENARIO_CHANGE_ECN_MARK : 0u;
    fields |= link->ecn_bleach ? SCENARIO_CHANGE_ECN_BLEACH : 0u;
    return fields;
}

static void explain_choice(const scenario_impair *what, FILE *stream)
{
    for (size_t i = 0; i < what->nth_count; i++) {
        fprintf(stream, "%s%" PRIu32, i ? ", " : ": number ", what->nth[i]);
    }
    if (what->fraction_ppb) {
        print_share(stream, ": ", what->fraction_ppb);
    }
    if (what->count) {
        fprintf(stream, "%s %" PRIu64, what->fraction_ppb ? ", at most" : ": the next", what->count);
    }
    if (!what->nth_count && !what->fraction_ppb && !what->count) {
        fprintf(stream, ": all");
    }
    if (what->frame != SCENARIO_FRAME_ANY) {
        fprintf(stream, " with %s", scenario_frame_name(what->frame));
    }
    if (what->frame == SCENARIO_FRAME_STREAM) {
        fprintf(stream, " %" PRIu64, what->stream);
    }
}

static void explain_impair(const scenario_impair *what, FILE *stream)
{
    explain_choice(what, stream);
    if (what->verb == SCENARIO_DUPLICATE) {
        fprintf(stream, ", %" PRIu32 " more", what->copies);
    }
    if (what->verb == SCENARIO_CORRUPT) {
        fprintf(stream, ", %" PRIu32 " bits%s", what->bits, what->keep_checksum ? ", checksum repaired" : "");
    }
    if (what->delay_ns) {
        print_time(stream, ", later by ", what->delay_ns);
    }
    if (what->packets) {
        fprintf(stream, ", after %" PRIu32 " others", what->packets);
    }
}

void scenario_explain_verb(const scenario_event *event, FILE *stream)
{
    if (scenario_event_ends(event)) {
        fprintf(stream, " %s ends", scenario_verb_name(event->ends));
    } else {
        fprintf(stream, " %s", scenario_verb_name(event->verb));
    }
}

void scenario_explain_change(const scenario_event *event, FILE *stream)
{
    if (event->verb == SCENARIO_SET) {
        scenario_explain_link(stream, &event->link, event->changes);
    }
    if (event->over_ns) {
        print_time(stream, " over ", event->over_ns);
    }
    if (event->trace) {
        fprintf(stream, ": %zu steps", event->trace->count);
        print_time(stream, event->repeat ? ", repeated each " : ", the last after ",
                   event->trace->rows[event->trace->count - 1].at_ns -
                       (event->repeat ? event->trace->rows[0].at_ns : 0));
    }
    if (event->verb == SCENARIO_MTU) {
        fprintf(stream, " %" PRIu32 "B%s", event->mtu.bytes, event->mtu.silent ? ", silently" : "");
    }
    if (event->impair && event->verb != SCENARIO_HEAL) {
        explain_impair(event->impair, stream);
    }
}

/* --- one time --- */

/* About one node, or one NAT, or one of them about all nodes of a network that the other is about too. */
static bool overlap(const scenario_event *a, const scenario_event *b)
{
    const bool one_entry = a->place.line == b->place.line && a->place.column == b->place.column;
    const bool one_node = a->node != SCENARIO_NONE && a->node == b->node;
    const bool one_network = a->network != SCENARIO_NONE && a->network == b->network &&
                             (a->node == SCENARIO_NONE || b->node == SCENARIO_NONE);
    const bool one_nat = a->nat != SCENARIO_NONE && a->nat == b->nat;
    return !one_entry && (one_node || one_network || one_nat);
}

/* Looks back only so far: it is a remark for people. */
static bool overlaps_earlier(const scenario_event *events, size_t index)
{
    for (size_t back = 1; back <= index && back <= LOOK_BACK_MAX; back++) {
        if (overlap(&events[index], &events[index - back])) {
            return true;
        }
    }
    return false;
}

void scenario_explain_order(const scenario *whole, FILE *stream)
{
    for (size_t first = 0, next; first < whole->event_count; first = next) {
        const scenario_event *events = &whole->events[first];
        bool overlaps = false;
        for (next = first; next < whole->event_count && whole->events[next].at_ns == events->at_ns; next++) {
            overlaps = overlaps || overlaps_earlier(events, next - first);
        }
        if (!overlaps) {
            continue;
        }
        print_time(stream, "  note: at ", events->at_ns);
        fprintf(stream, " in the file's order:");
        for (size_t i = 0; i < next - first && i < LINES_MAX; i++) {
            fprintf(stream, "%s", i ? "," : "");
            scenario_explain_verb(&events[i], stream);
            if (events[i].place.line > 0) {
                fprintf(stream, " (line %" PRIu32 ")", events[i].place.line);
            }
        }
        fprintf(stream, "%s\n", next - first > LINES_MAX ? ", ..." : "");
    }
}
