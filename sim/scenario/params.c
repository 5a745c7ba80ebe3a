/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `params`, and what stands in ${...}: it is replaced by its value before the sections are read. */
#include "sim/scenario/expression.h"
#include "sim/scenario/internal.h"

#include <string.h>

enum { PARAMS_MAX = 64, NAME_MAX_BYTES = 31 };

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

typedef struct param {
    const char *name;
    const char *text; /* what stands for it */
    bool is_name;     /* the text is no number and no quantity */
    bool used;
    scenario_place place;
    expression_value value;
} param;

typedef struct params {
    scenario_reader *reader;
    param *items;
    size_t count;
    const char *unknown; /* set by a look-up that found nothing: the name, ... */
    size_t unknown_length;
} params;

static const char *param_name(const void *names, size_t index)
{
    const params *const self = names;
    return index < self->count ? self->items[index].name : NULL;
}

static param *find(params *self, const char *name, size_t length)
{
    for (size_t i = 0; i < self->count; i++)
        if (strlen(self->items[i].name) == length && strncmp(self->items[i].name, name, length) == 0)
            return &self->items[i];
    return NULL;
}

static const expression_value *look_up(void *ctx, const char *name, size_t length, char *message)
{
    params *const self = ctx;
    param *const found = find(self, name, length);
    if (!found) {
        self->unknown = name;
        self->unknown_length = length;
        (void)snprintf(message, EXPRESSION_MESSAGE_MAX, "unknown");
        return NULL;
    }
    found->used = true;
    if (!found->is_name)
        return &found->value;
    (void)snprintf(message, EXPRESSION_MESSAGE_MAX,
                   "'%.31s' is the name '%.60s': it stands alone, as ${%.31s}", found->name, found->text,
                   found->name);
    return NULL;
}

/* ---- texts ---- */

/* The place of a byte of a plain value's text. */
static scenario_place place_in(const tree_node *value, size_t offset)
{
    scenario_place place = value->place;
    for (size_t i = 0; place.line > 0 && i < offset; i++)
        place.column += ((unsigned char)value->text[i] & 0xc0) != 0x80;
    return place;
}

static bool report(params *self, const tree_node *value, size_t offset, const expression_fault *fault)
{
    const scenario_place place = place_in(value, offset + fault->offset);
    if (!self->unknown) {
        scenario_fault(self->reader, place, "%s", fault->message);
        return false;
    }
    char name[64];
    (void)snprintf(name, sizeof name, "%.*s", self->unknown_length < 60 ? (int)self->unknown_length : 60,
                   self->unknown);
    self->unknown = NULL;
    scenario_report_unknown(self->reader, place, "parameter", name, param_name, self);
    return false;
}

/* What stands for the expression of that length at the offset of the value's text; NULL: a fault, reported.
 */
static const char *evaluate(params *self, const tree_node *value, size_t offset, size_t length,
                            char text[EXPRESSION_TEXT_MAX])
{
    const char *const from = value->text + offset;
    const size_t blanks = strspn(from, " ");
    const size_t word = strspn(from + blanks, LETTERS DIGITS "_");
    param *const alone =
        blanks + word + strspn(from + blanks + word, " ") == length ? find(self, from + blanks, word) : NULL;
    expression_value result;
    expression_fault fault = {0};
    if (alone && alone->is_name) {
        alone->used = true;
        return alone->text;
    }
    if (!expression_evaluate(from, length, look_up, self, &result, &fault) ||
        !expression_write(&result, text, fault.message)) {
        report(self, value, offset, &fault);
        return NULL;
    }
    return text;
}

/* Appends so many bytes to a text of the arena. */
static char *append(scenario_reader *reader, char *text, const char *more, size_t bytes)
{
    const size_t used = text ? strlen(text) : 0;
    char *const longer = scenario_arena_alloc(reader->arena, used + bytes + 1, 1);
    if (longer) {
        memcpy(longer, text ? text : "", used);
        memcpy(longer + used, more, bytes);
    }
    return longer;
}

static size_t arrow_of(const char *text)
{
    const char *const arrow = strstr(text, "->");
    return arrow ? (size_t)(arrow - text) : 0;
}

static bool expand_text(params *self, tree_node *value)
{
    const char *at = value->text;
    const char *opened;
    char *made = NULL;
    while ((opened = strstr(at, "${")) != NULL) {
        const char *const closed = strchr(opened, '}');
        const size_t offset = (size_t)(opened + 2 - value->text);
        char text[EXPRESSION_TEXT_MAX];
        if (!closed) {
            scenario_fault(self->reader, place_in(value, offset - 2), "'${' without its '}'");
            return false;
        }
        const char *const result = evaluate(self, value, offset, (size_t)(closed - opened - 2), text);
        if (!result)
            return false;
        made = append(self->reader, made, at, (size_t)(opened - at));
        made = made ? append(self->reader, made, result, strlen(result)) : NULL;
        if (!made)
            return false;
        at = closed + 1;
    }
    made = append(self->reader, made, at, strlen(at));
    if (!made)
        return false;
    value->grown = (uint32_t)(arrow_of(made) - arrow_of(value->text));
    value->text = made;
    return true;
}

static bool has_expression(const tree_node *value)
{
    return value->kind == TREE_SCALAR && strstr(value->text, "${");
}

/* Texts for people are left as they are. */
static bool is_prose(const tree_node *value)
{
    static const char *const PROSE[] = {"about", "say", "reference"};
    for (size_t i = 0; value->key && i < sizeof(PROSE) / sizeof(PROSE[0]); i++)
        if (strcmp(value->key, PROSE[i]) == 0)
            return true;
    return false;
}

static bool expand_tree(params *self, tree_node *node)
{
    bool good = true;
    if (is_prose(node))
        return true;
    if (has_expression(node))
        return expand_text(self, node);
    for (tree_node *child = node->first; child; child = child->next)
        good = expand_tree(self, child) && good;
    return good;
}

/* ---- the section ---- */

static bool is_param_name(const char *name)
{
    const size_t length = strspn(name, LETTERS DIGITS "_");
    return length > 0 && length <= NAME_MAX_BYTES && name[length] == '\0' && strchr(LETTERS, name[0]);
}

static bool is_plain_name(const char *text)
{
    const size_t length = strspn(text, LETTERS DIGITS "_-");
    return length > 0 && text[length] == '\0' && strchr(LETTERS, text[0]);
}

static bool is_quantity(const char *text)
{
    size_t length = strspn(text, DIGITS ".");
    length += text[length] == ' ';
    const size_t unit = strspn(text + length, LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ%");
    return strchr(DIGITS, text[0]) && text[0] && text[length + unit] == '\0';
}

static bool read_param(params *self, tree_node *entry)
{
    scenario_reader *const reader = self->reader;
    param read = {.name = entry->key, .place = entry->key_place};
    expression_fault fault = {0};
    if (!is_param_name(entry->key)) {
        scenario_fault(reader, entry->key_place,
                       "'%.60s' is no name of a parameter: write 1 to %d of a-z 0-9 _, a letter first",
                       entry->key, NAME_MAX_BYTES);
        return false;
    }
    if (!scenario_read_kind(reader, entry, TREE_SCALAR, "a value", "40ms") ||
        (has_expression(entry) && !expand_text(self, entry)))
        return false;
    read.text = entry->text;
    read.is_name = is_plain_name(entry->text);
    if (!read.is_name && !is_quantity(entry->text)) {
        scenario_fault(
            reader, entry->place,
            "'%.60s' is no number, no quantity and no name: write for example 40ms; sums and products stand "
            "in ${...}",
            entry->text);
        return false;
    }
    if (!read.is_name &&
        !expression_evaluate(entry->text, strlen(entry->text), look_up, self, &read.value, &fault))
        return report(self, entry, 0, &fault);
    self->items[self->count++] = read;
    return true;
}

static bool read_params(params *self, tree_node *section)
{
    bool good = true;
    if (!scenario_read_kind(self->reader, section, TREE_MAP, "a mapping of parameters", "{rtt: 40ms}"))
        return false;
    if (section->count > PARAMS_MAX) {
        scenario_fault(self->reader, section->place, "%zu parameters: at most %d", section->count,
                       PARAMS_MAX);
        return false;
    }
    self->items = scenario_arena_alloc(self->reader->arena, section->count, sizeof(*self->items));
    for (tree_node *entry = section->first; self->items && entry; entry = entry->next)
        if (tree_get(section, entry->key) == entry)
            good = read_param(self, entry) && good;
    return good && self->items;
}

/* Values that `vary` gives are as --set takes them. */
static bool check_vary(scenario_reader *reader, const tree_node *node)
{
    bool good = true;
    if (has_expression(node)) {
        scenario_fault(
            reader, node->place,
            "values of vary are written out: vary a parameter, for example params.rtt: [40ms, 80ms]");
        return false;
    }
    for (const tree_node *child = node->first; child; child = child->next)
        good = check_vary(reader, child) && good;
    return good;
}

/* One that --set adds, and that nothing uses, was probably another one. */
static bool check_use(params *self)
{
    bool good = true;
    for (size_t i = 0; i < self->count; i++) {
        param *const at = &self->items[i];
        if (at->used || at->place.override == 0)
            continue;
        const char *const name = at->name;
        at->name = ""; /* it is not what was meant */
        scenario_report_unknown(self->reader, at->place, "parameter", name, param_name, self);
        at->name = name;
        good = false;
    }
    return good;
}

static void keep(params *self)
{
    scenario *const whole = self->reader->scenario;
    scenario_param *const kept = scenario_arena_alloc(self->reader->arena, self->count, sizeof(*kept));
    for (size_t i = 0; kept && i < self->count; i++)
        kept[i] = (scenario_param){.name = self->items[i].name, .value = self->items[i].text};
    whole->params = kept;
    whole->param_count = kept ? self->count : 0;
}

bool scenario_params_expand(scenario_reader *reader, tree_node *root)
{
    params self = {.reader = reader};
    bool good = true;
    for (tree_node *section = root->first; section; section = section->next)
        if (strcmp(section->key, "params") == 0 && self.count == 0)
            good = read_params(&self, section) && good;
    if (!good)
        return false;
    for (tree_node *section = root->first; section; section = section->next)
        if (strcmp(section->key, "vary") == 0)
            good = check_vary(reader, section) && good;
        else if (strcmp(section->key, "params") != 0)
            good = expand_tree(&self, section) && good;
    good = good && check_use(&self);
    keep(&self);
    return good;
}
