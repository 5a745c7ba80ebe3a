/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"

#include <libfyaml.h>
#include <string.h>

/* The limits are checked before libfyaml sees the text: its scanner reads ahead, so a depth limit of its own
 * comes too late for a file of opening brackets. */
enum { DEPTH_MAX = 16, BRACKETS_MAX = 64, LINE_BYTES_MAX = 4096, CHILDREN_MAX = 10000 };

typedef struct builder {
    scenario_reader *reader;
    scenario_place from;
    tree_node *root;
    tree_node *stack[DEPTH_MAX];
    size_t depth;
    const char *key; /* read, its value still to come */
    scenario_place key_place;
    bool has_expression; /* ${ somewhere in the text */
} builder;

/* A line and a column of the file; of an override there are none. */
static scenario_place place_at(const builder *b, uint32_t line, uint32_t column)
{
    scenario_place place = b->from;
    place.line = place.override ? 0 : line;
    place.column = place.override ? 0 : column;
    return place;
}

/* --- what is refused before parsing --- */

/* Bytes of the UTF-8 character at `at`, or 0. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    const size_t length = at[0] < 0x80                    ? 1
                          : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                          : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                          : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                          : 0;
    if (length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
    const bool surrogate = at[0] == 0xed && at[1] >= 0xa0;
    const bool beyond = at[0] == 0xf4 && at[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : length;
}

/* What moves a terminal's cursor or turns the text around: C0, DEL, C1, the bidirectional controls. */
static bool is_control(const unsigned char *at, size_t length)
{
    const bool c1 = length == 2 && at[0] == 0xc2 && at[1] < 0xa0;
    const bool turns = length == 3 && at[0] == 0xe2 &&
                       ((at[1] == 0x80 && at[2] >= 0xaa && at[2] <= 0xae) ||
                        (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
    return at[0] < 0x20 || at[0] == 0x7f || c1 || turns;
}

static const char *refuse_character(const unsigned char *at, size_t length, size_t line_bytes,
                                    size_t brackets)
{
    if (length == 0)
        return "not UTF-8 text";
    if (is_control(at, length) && at[0] != '\n' && at[0] != '\r' && at[0] != '\t')
        return "control character in the text";
    if (brackets > BRACKETS_MAX)
        return "nested too deeply: a scenario needs at most 16 levels";
    if (line_bytes > LINE_BYTES_MAX)
        return "line too long: at most 4096 bytes";
    return NULL;
}

static bool check_text(builder *b, const char *text, size_t bytes)
{
    scenario_place place = place_at(b, 1, 1);
    size_t line_bytes = 0;
    size_t brackets = 0;
    for (size_t i = 0; i < bytes;) {
        const unsigned char *const at = (const unsigned char *)text + i;
        const size_t length = utf8_length(at, bytes - i);
        b->has_expression |= length == 1 && *at == '$' && i + 1 < bytes && at[1] == '{';
        if (*at == '[' || *at == '{')
            brackets++;
        else if ((*at == ']' || *at == '}') && brackets > 0)
            brackets--;
        line_bytes += length;
        const char *const refusal = refuse_character(at, length, line_bytes, brackets);
        if (refusal) {
            scenario_fault(b->reader, place, "%s", refusal);
            return false;
        }
        place.column++;
        if (*at == '\n') {
            place.line++;
            place.column = 1;
            line_bytes = 0;
        }
        i += length;
    }
    return true;
}

/* --- events to tree --- */

static scenario_place place_of(const builder *b, struct fy_event *event)
{
    const struct fy_mark *const mark = fy_event_start_mark(event);
    if (!mark && b->from.override == 0) { /* nothing was written: where it belongs to */
        const tree_node *const parent = b->depth ? b->stack[b->depth - 1] : NULL;
        return b->key ? b->key_place : parent ? parent->place : place_at(b, 1, 1);
    }
    return mark ? place_at(b, (uint32_t)mark->line + 1, (uint32_t)mark->column + 1) : b->from;
}

/* Escapes, as in "\e[2J", make characters that the file itself may not have. The line break with which a
 * block ends is none of the text. */
static char *copy_token(builder *b, struct fy_event *event, struct fy_token *token)
{
    size_t bytes = 0;
    const char *const text = token ? fy_token_get_text(token, &bytes) : NULL;
    while (text && bytes > 0 && text[bytes - 1] == '\n')
        bytes--;
    for (size_t i = 0, length; text && i < bytes; i += length) {
        const unsigned char *const at = (const unsigned char *)text + i;
        length = utf8_length(at, bytes - i);
        if (length == 0 || is_control(at, length)) {
            scenario_fault(b->reader, place_of(b, event), "%s in a text: leave it out",
                           *at == '\n' ? "a line break" : "a control character");
            return NULL;
        }
    }
    return scenario_arena_text(b->reader->arena, text, text ? bytes : 0);
}

static bool take_key(builder *b, struct fy_event *event)
{
    scenario_place place = place_of(b, event);
    if (event->type != FYET_SCALAR) {
        scenario_fault(b->reader, place, "a key must be a plain word");
        return false;
    }
    const char *const key = copy_token(b, event, event->scalar.value);
    if (!key)
        return false;
    const tree_node *const earlier = tree_get(b->stack[b->depth - 1], key);
    if (earlier) {
        scenario_fault(b->reader, place, "duplicate key '%.60s': it is on line %u already", key,
                       earlier->key_place.line);
    }
    b->key = key;
    b->key_place = place;
    return true;
}

/* A duplicate is reported by take_key; here it is kept, as lookups find the first. */
static tree_node *add_node(builder *b, struct fy_event *event, tree_kind kind)
{
    tree_node *const parent = b->depth ? b->stack[b->depth - 1] : NULL;
    scenario_place place = place_of(b, event);
    if (parent && parent->count >= CHILDREN_MAX) {
        scenario_fault(b->reader, place, "too many entries: at most %d", CHILDREN_MAX);
        return NULL;
    }
    tree_node *const node = scenario_arena_alloc(b->reader->arena, 1, sizeof(*node));
    if (!node)
        return NULL;
    *node = (tree_node){.kind = kind, .place = place};
    if (b->key) {
        node->key = b->key;
        node->key_place = b->key_place;
        node->key_hash = tree_hash(b->key);
        b->key = NULL;
    }
    if (parent)
        tree_append(parent, node);
    else
        b->root = node;
    return node;
}

static bool open_node(builder *b, struct fy_event *event, tree_kind kind)
{
    if (b->depth == DEPTH_MAX) {
        scenario_fault(b->reader, place_of(b, event), "nested too deeply: a scenario needs at most %d levels",
                       DEPTH_MAX);
        return false;
    }
    tree_node *const node = add_node(b, event, kind);
    if (node)
        b->stack[b->depth++] = node;
    return node != NULL;
}

static bool add_scalar(builder *b, struct fy_event *event)
{
    tree_node *const node = add_node(b, event, TREE_SCALAR);
    if (!node)
        return false;
    node->quoted = event->scalar.value && fy_token_scalar_style(event->scalar.value) != FYSS_PLAIN;
    node->text = copy_token(b, event, event->scalar.value);
    return node->text != NULL;
}

static bool refuse_decoration(builder *b, struct fy_event *event, const struct fy_token *anchor,
                              const struct fy_token *tag)
{
    if (anchor) {
        scenario_fault(b->reader, place_of(b, event),
                       "anchors (&) and aliases (*) are not part of the format");
    } else if (tag) {
        scenario_fault(b->reader, place_of(b, event), "tags (!) are not part of the format");
    }
    return anchor || tag;
}

static bool is_refused(builder *b, struct fy_event *event)
{
    switch (event->type) {
    case FYET_SCALAR:
        return refuse_decoration(b, event, event->scalar.anchor, event->scalar.tag);
    case FYET_SEQUENCE_START:
        return refuse_decoration(b, event, event->sequence_start.anchor, event->sequence_start.tag);
    case FYET_MAPPING_START:
        return refuse_decoration(b, event, event->mapping_start.anchor, event->mapping_start.tag);
    case FYET_ALIAS:
        return refuse_decoration(b, event, event->alias.anchor, NULL);
    case FYET_DOCUMENT_START:
        if (b->root)
            scenario_fault(b->reader, place_of(b, event), "a second document: a file holds one scenario");
        return b->root != NULL;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        break;
    }
    return false;
}

static bool take_event(builder *b, struct fy_event *event)
{
    if (is_refused(b, event))
        return false;
    const bool opens =
        event->type == FYET_SCALAR || event->type == FYET_SEQUENCE_START || event->type == FYET_MAPPING_START;
    const tree_node *const parent = b->depth ? b->stack[b->depth - 1] : NULL;
    if (opens && parent && parent->kind == TREE_MAP && !b->key)
        return take_key(b, event);
    switch (event->type) {
    case FYET_SCALAR:
        return add_scalar(b, event);
    case FYET_SEQUENCE_START:
        return open_node(b, event, TREE_LIST);
    case FYET_MAPPING_START:
        return open_node(b, event, TREE_MAP);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        b->depth--;
        return true;
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_START:
    case FYET_DOCUMENT_END:
    case FYET_ALIAS:
        break;
    }
    return true;
}

/* --- libfyaml's own complaints --- */

static void report_syntax(builder *b, struct fy_diag *diag)
{
    void *previous = NULL;
    const struct fy_diag_error *const error = fy_diag_errors_iterate(diag, &previous);
    const bool placed = error && error->line > 0;
    const scenario_place place =
        place_at(b, placed ? (uint32_t)error->line : 1, placed ? (uint32_t)error->column : 1);
    const char *const what = error && error->msg ? error->msg : "cannot be read";
    scenario_fault(b->reader, place, "not YAML: %.120s (%s needs quotes)", what,
                   b->has_expression ? "${...} inside of {...} or [...]"
                                     : "a value that begins with > | @ ` or % or holds a colon and a space");
}

static struct fy_diag *new_diag(void)
{
    struct fy_diag_cfg config;
    fy_diag_cfg_default(&config);
    config.fp = NULL;
    struct fy_diag *const diag = fy_diag_create(&config);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

static bool run_parser(builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
    bool ended = false;
    while (!ended) {
        struct fy_event *const event = fy_parser_parse(parser);
        if (!event) {
            report_syntax(b, diag);
            return false;
        }
        ended = event->type == FYET_STREAM_END;
        const bool good = take_event(b, event);
        fy_parser_event_free(parser, event);
        if (!good)
            return false;
    }
    return true;
}

tree_node *scenario_yaml_parse(scenario_reader *reader, const char *text, size_t bytes, scenario_place from)
{
    builder b = {.reader = reader, .from = from};
    tree_node *root = NULL;
    struct fy_parser *parser = NULL;
    if (!check_text(&b, text, bytes))
        return NULL;
    struct fy_diag *const diag = new_diag();
    if (!diag)
        goto out;
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE, .diag = diag};
    parser = fy_parser_create(&config);
    if (!parser || fy_parser_set_string(parser, text, bytes) != 0)
        goto out;
    if (run_parser(&b, parser, diag)) {
        root = b.root;
        if (!root) {
            scenario_fault(reader, place_at(&b, 1, 1),
                           from.file ? "empty: write for example networks: {wifi: {delay: 8ms}}"
                                     : "empty: a scenario begins with 'roam: 1'");
        }
    }
out:
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return root;
}
