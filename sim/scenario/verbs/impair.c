/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drop, duplicate, reorder and corrupt: faults aimed at packets. */
#include "core/number.h"
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NTH_MAX = 64, COPIES_MAX = 100, BITS_MAX = 1000 };

#define PACKETS_MAX 1000000u
#define STREAM_MAX ((UINT64_C(1) << 62) - 1) /* RFC 9000 section 2.1 */

static const key_choice FRAMES[] = {{"any", SCENARIO_FRAME_ANY},
                                    {"path_challenge", SCENARIO_FRAME_PATH_CHALLENGE},
                                    {"path_response", SCENARIO_FRAME_PATH_RESPONSE},
                                    {"new_connection_id", SCENARIO_FRAME_NEW_CONNECTION_ID},
                                    {"ack-only", SCENARIO_FRAME_ACK_ONLY},
                                    {"stream", SCENARIO_FRAME_STREAM},
                                    {0}};

#define SCHEMA_ONE "{\"type\": \"integer\", \"minimum\": 1}"
#define SCHEMA_NTH                                                                                           \
    "{\"anyOf\": [" SCHEMA_ONE ", {\"type\": \"array\", \"minItems\": 1, \"items\": " SCHEMA_ONE "}]}"
const char *scenario_frame_name(scenario_frame frame)
{
    return key_choice_name(FRAMES, frame);
}

/* A whole number from 1, greater than the one before. */
static bool read_number(scenario_reader *reader, const tree_node *item, uint32_t before, uint32_t *out)
{
    if (!scenario_read_kind(reader, item, TREE_SCALAR, "the number of a packet", "3"))
        return false;
    uint64_t number = 0;
    if (strlen(item->text) >= 8 || !core_number_whole(item->text, 1, PACKETS_MAX, &number)) {
        scenario_fault(reader, item->place,
                       "nth: '%.40s' is not the number of a packet, from 1 to %u: write for example [1, 3]",
                       item->text, PACKETS_MAX);
        return false;
    }
    if (number <= before) {
        scenario_fault(reader, item->place,
                       "nth: %" PRIu64 " comes after %u: write each once, the smaller ones first", number,
                       before);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* `nth: 3` or `nth: [1, 3]`. */
static bool read_nth(scenario_reader *reader, const tree_node *value, scenario_impair *impair)
{
    const size_t count = value->kind == TREE_LIST ? value->count : 1;
    if (count == 0 || count > NTH_MAX) {
        scenario_fault(reader, value->place, "nth: write 1 to %d numbers, for example [1, 3]", NTH_MAX);
        return false;
    }
    uint32_t *const nth = scenario_arena_alloc(reader->arena, count, sizeof(*nth));
    const tree_node *item = value->kind == TREE_LIST ? value->first : value;
    for (size_t i = 0; nth && i < count; i++, item = item->next)
        if (!read_number(reader, item, i ? nth[i - 1] : 0, &nth[i]))
            return false;
    impair->nth = nth;
    impair->nth_count = nth ? count : 0;
    return nth != NULL;
}

/* The selectors that do not go together, and an entry that chooses nothing in particular. */
static bool check_selectors(scenario_reader *reader, const tree_node *entry, const char *verb)
{
    const tree_node *const nth = tree_get(entry, "nth");
    const tree_node *other = tree_get(entry, "fraction");
    other = other ? other : tree_get(entry, "count");
    if (nth && other) {
        scenario_fault(reader, other->key_place,
                       "'%s' besides 'nth', which says already which packets: leave one out", other->key);
        return false;
    }
    if (!nth && !other && !tree_get(entry, "frame")) {
        scenario_fault(
            reader, entry->place,
            "%s: which packets? write for example nth: [1, 3], fraction: 10%%, count: 2, or frame: any",
            verb);
        return false;
    }
    return true;
}

static bool check_stream(scenario_reader *reader, const tree_node *entry, const scenario_impair *impair)
{
    const tree_node *const stream = tree_get(entry, "stream");
    const bool wanted = impair->frame == SCENARIO_FRAME_STREAM;
    if (wanted && !stream) {
        scenario_fault(reader, tree_get(entry, "frame")->place,
                       "frame: which stream? write for example stream: 0");
    } else if (!wanted && stream) {
        scenario_fault(reader, stream->key_place, "'stream' needs frame: stream");
    }
    return wanted == (stream != NULL);
}

static bool check_reorder(scenario_reader *reader, const tree_node *entry)
{
    const tree_node *const delay = tree_get(entry, "delay");
    const tree_node *const packets = tree_get(entry, "packets");
    if (delay && packets) {
        scenario_fault(reader, packets->key_place, "'packets' besides 'delay': write one of them");
    } else if (!delay && !packets) {
        scenario_fault(reader, entry->place,
                       "reorder: held back how long? write for example delay: 30ms, or packets: 3");
    }
    return !delay != !packets;
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_impair *const impair = &draft->impair;
    const tree_node *const nth = tree_get(entry, "nth");
    bool good = check_selectors(reader, entry, draft->verb->name);
    good = (!draft->good || check_stream(reader, entry, impair)) && good;
    good = (!nth || read_nth(reader, nth, impair)) && good;
    good = (draft->event.verb != SCENARIO_REORDER || check_reorder(reader, entry)) && good;
    impair->verb = draft->event.verb;
    impair->copies = impair->copies ? impair->copies : 1;
    impair->bits = impair->bits ? impair->bits : 1;
    draft->event.data.impair = impair;
    return good;
}

const scenario_impair *scenario_event_impair(const scenario_event *event)
{
    const scenario_verb verb = event->verb == SCENARIO_HEAL ? event->ends : event->verb;
    const bool aimed = verb == SCENARIO_DROP || verb == SCENARIO_DUPLICATE || verb == SCENARIO_REORDER ||
                       verb == SCENARIO_CORRUPT;
    return aimed ? event->data.impair : NULL;
}

/* --- turns --- */

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_nth(const scenario_impair *a, const scenario_impair *b)
{
    int order = compare(a->nth_count, b->nth_count);
    for (size_t i = 0; !order && i < a->nth_count; i++)
        order = compare(a->nth[i], b->nth[i]);
    return order;
}

/* Faults that are numbered together: those that have the same random stream but for the number. */
static int compare_purpose(const entry_draft *a, const entry_draft *b)
{
    int order = compare(a->event.node, b->event.node);
    order = order ? order : compare(a->event.network, b->event.network);
    order = order ? order : compare(a->impair.verb, b->impair.verb);
    order = order ? order : compare(a->impair.frame, b->impair.frame);
    return order ? order : compare(a->impair.stream, b->impair.stream);
}

/* By all that an entry says, so that only equal entries are left to the order of the file. */
static int compare_turns(const void *left, const void *right)
{
    const entry_draft *const a = *(entry_draft *const *)left;
    const entry_draft *const b = *(entry_draft *const *)right;
    const scenario_impair *const one = &a->impair;
    const scenario_impair *const other = &b->impair;
    const uint64_t fields[][2] = {
        {a->event.at_ns, b->event.at_ns}, {a->event.direction, b->event.direction},
        {a->every_ns, b->every_ns},       {a->times, b->times},
        {a->for_ns, b->for_ns},           {one->fraction_ppb, other->fraction_ppb},
        {one->count, other->count},       {one->delay_ns, other->delay_ns},
        {one->packets, other->packets},   {one->copies, other->copies},
        {one->bits, other->bits},         {one->keep_checksum, other->keep_checksum}};
    int order = compare_purpose(a, b);
    order = order ? order : scenario_after_compare(a->event.after, b->event.after);
    for (size_t i = 0; !order && i < sizeof(fields) / sizeof(fields[0]); i++)
        order = compare(fields[i][0], fields[i][1]);
    return order ? order : compare_nth(one, other);
}

void scenario_number_impairs(scenario_reader *reader, entry_draft *drafts, size_t count)
{
    entry_draft **const order = scenario_arena_alloc(reader->arena, count, sizeof(entry_draft *));
    size_t impairs = 0;
    for (size_t i = 0; order && i < count; i++)
        if (scenario_event_impair(&drafts[i].event))
            order[impairs++] = &drafts[i];
    if (impairs == 0)
        return;
    qsort(order, impairs, sizeof(entry_draft *), compare_turns);
    for (size_t i = 1; i < impairs; i++) {
        const bool together = compare_purpose(order[i - 1], order[i]) == 0;
        order[i]->impair.turn = together ? order[i - 1]->impair.turn + 1 : 0;
    }
}

/* --- words --- */

static void explain_choice(const scenario_impair *what, FILE *stream)
{
    char text[UNITS_TEXT_MAX];
    for (size_t i = 0; i < what->nth_count; i++)
        fprintf(stream, "%s%" PRIu32, i ? ", " : ": number ", what->nth[i]);
    if (what->fraction_ppb)
        fprintf(stream, ": %s", units_format(UNITS_FRACTION, what->fraction_ppb, text));
    if (what->count)
        fprintf(stream, "%s %" PRIu64, what->fraction_ppb ? ", at most" : ": the next", what->count);
    if (!what->nth_count && !what->fraction_ppb && !what->count)
        fprintf(stream, ": all");
    if (what->frame != SCENARIO_FRAME_ANY)
        fprintf(stream, " with %s", scenario_frame_name(what->frame));
    if (what->frame == SCENARIO_FRAME_STREAM)
        fprintf(stream, " %" PRIu64, what->stream);
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_impair *const what = scenario_event_impair(event);
    scenario_explain_where(whole, event, stream);
    explain_choice(what, stream);
    if (what->verb == SCENARIO_DUPLICATE)
        fprintf(stream, ", %" PRIu32 " more", what->copies);
    if (what->verb == SCENARIO_CORRUPT)
        fprintf(stream, ", %" PRIu32 " bits%s", what->bits, what->keep_checksum ? ", checksum repaired" : "");
    if (what->delay_ns)
        scenario_explain_time(stream, ", later by ", what->delay_ns);
    if (what->packets)
        fprintf(stream, ", after %" PRIu32 " others", what->packets);
}

/* --- keys --- */

#define IMPAIR_FIELD(type, member) KEY_FIELD(type, entry_draft, impair.member)
/* Where, which packets, and for how long. */
#define SELECTOR_ROWS(verb, says)                                                                            \
    NODE_ROW(verb, says), NETWORK_ROW, DIRECTION_ROW,                                                        \
        {"frame", IMPAIR_FIELD(KEY_CHOICE, frame), .choices = FRAMES,                                        \
         .about = "Only packets with such a QUIC frame count", .example = "path_challenge"},                 \
        {"stream", IMPAIR_FIELD(KEY_INTEGER, stream), .max = STREAM_MAX,                                     \
         .about = "With frame stream: the ID of the stream", .example = "0"},                                \
        {"nth",                                                                                              \
         KEY_OTHER,                                                                                          \
         0,                                                                                                  \
         0,                                                                                                  \
         .about =                                                                                            \
             "Which of the packets that enter the link from then on: a number or a list of numbers, from 1", \
         .example = "[1, 3]",                                                                                \
         .schema = SCHEMA_NTH},                                                                              \
        {"fraction",                                                                                         \
         IMPAIR_FIELD(KEY_FRACTION, fraction_ppb),                                                           \
         .min = 1,                                                                                           \
         .max = SCENARIO_PPB,                                                                                \
         .about = "The share of the packets that are chosen, each at random",                                \
         .example = "10%"},                                                                                  \
        {"count",                                                                                            \
         IMPAIR_FIELD(KEY_INTEGER, count),                                                                   \
         .min = 1,                                                                                           \
         .max = PACKETS_MAX,                                                                                 \
         .about = "How many packets are chosen at most",                                                     \
         .example = "2"},                                                                                    \
        FOR_ROW("2s")

static const key_row DROP_ROWS[] = {SELECTOR_ROWS("drop", "The node on whose link packets are dropped"), {0}};
static const key_row DUPLICATE_ROWS[] = {
    SELECTOR_ROWS("duplicate", "The node on whose link packets are copied"),
    {"delay", IMPAIR_FIELD(KEY_DURATION, delay_ns), .max = SCENARIO_DELAY_MAX_NS,
     .about = "How much later than the one before each copy comes", .otherwise = "0s", .example = "30ms"},
    {"copies", IMPAIR_FIELD(KEY_INTEGER, copies), .min = 1, .max = COPIES_MAX,
     .about = "How many copies are made of a packet", .otherwise = "1", .example = "2"},
    {0},
};
static const key_row REORDER_ROWS[] = {
    SELECTOR_ROWS("reorder", "The node on whose link packets are held back"),
    {"delay", IMPAIR_FIELD(KEY_DURATION, delay_ns), .min = 1, .max = SCENARIO_DELAY_MAX_NS,
     .about = "How long the packets are held back; or write packets", .example = "30ms"},
    {"packets", IMPAIR_FIELD(KEY_INTEGER, packets), .min = 1, .max = PACKETS_MAX,
     .about = "How many other packets pass before these; or write delay", .example = "3"},
    {0},
};
static const key_row CORRUPT_ROWS[] = {
    SELECTOR_ROWS("corrupt", "The node on whose link bits of packets are flipped"),
    {"bits", IMPAIR_FIELD(KEY_INTEGER, bits), .min = 1, .max = BITS_MAX,
     .about = "How many bits of the UDP payload are flipped", .otherwise = "1", .example = "1"},
    {"keep_checksum", IMPAIR_FIELD(KEY_CHOICE, keep_checksum), .choices = SCENARIO_BOOLEANS,
     .about = "Whether the UDP checksum is adjusted, so that only QUIC detects the change",
     .otherwise = "false", .example = "true"},
    {0},
};

#define IMPAIR_VERB(written, itself)                                                                         \
    {                                                                                                        \
        written, itself##_ROWS, .check = check, .follow = order_follow_disturbance, .explain = explain,      \
                                .undone_by = SCENARIO_HEAL                                                   \
    }
const verb_descriptor SCENARIO_VERB_DROP = IMPAIR_VERB("drop", DROP);
const verb_descriptor SCENARIO_VERB_DUPLICATE = IMPAIR_VERB("duplicate", DUPLICATE);
const verb_descriptor SCENARIO_VERB_REORDER = IMPAIR_VERB("reorder", REORDER);
const verb_descriptor SCENARIO_VERB_CORRUPT = IMPAIR_VERB("corrupt", CORRUPT);
