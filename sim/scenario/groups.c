/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/groups.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_MAX_BYTES = 31, DIGITS_MAX = 12 };

typedef struct count_draft {
    uint32_t count;
    uint32_t only;
} count_draft;

static const key_row COUNT_ROW = {"count", KEY_FIELD(KEY_INTEGER, count_draft, count), .min = 1,
                                  .max = SCENARIO_NODES_MAX, .example = "40"};
static const key_row ONLY_ROW = {"only", KEY_FIELD(KEY_INTEGER, count_draft, only), .min = 1,
                                 .max = SCENARIO_NODES_MAX, .example = "7"};

/* --- names --- */

/* "NAME-1" and so on, for a member. */
static const char *member_name(scenario_reader *reader, const scenario_group *group, uint32_t member)
{
    char name[SCENARIO_KEY_MAX];
    const int length = snprintf(name, sizeof name, "%.200s-%" PRIu32, group->name, member + 1);
    return scenario_arena_text(reader->arena, name, (size_t)length);
}

/* --- the nodes --- */

static const tree_node *count_of(const tree_node *entry)
{
    return tree_get(entry, COUNT_ROW.name);
}

/* The only member that is wanted, from 1; 0: all are, or it is faulty. */
static uint32_t read_only(scenario_reader *reader, const tree_node *entry, uint32_t count)
{
    const tree_node *const value = tree_get(entry, ONLY_ROW.name);
    count_draft draft = {.only = 0};
    if (!value || !scenario_read_value(reader, value, &ONLY_ROW, &draft))
        return 0;
    if (draft.only > count) {
        scenario_fault(reader, value->place, "only: '%.60s' has %" PRIu32 " member%s", entry->key, count,
                       count == 1 ? "" : "s");
        return 0;
    }
    return draft.only;
}

/* The group's size; what is faulty counts as one member, so that its name is known. */
static uint32_t read_count(scenario_reader *reader, const tree_node *entry, size_t before)
{
    const tree_node *const value = count_of(entry);
    count_draft draft = {.count = 0};
    if (!scenario_read_value(reader, value, &COUNT_ROW, &draft))
        return 1;
    const int digits = snprintf(NULL, 0, "%" PRIu32, draft.count);
    if (strlen(entry->key) + 1 + (size_t)digits > NAME_MAX_BYTES) {
        scenario_fault(reader, entry->key_place,
                       "'%.60s-%" PRIu32 "' is no name: it has more than %d characters", entry->key,
                       draft.count, NAME_MAX_BYTES);
        return 1;
    }
    if (draft.count > SCENARIO_NODES_MAX - before) {
        scenario_fault(reader, value->place, "more than %d nodes, with those of all groups",
                       SCENARIO_NODES_MAX);
        return 1;
    }
    return draft.count;
}

static bool declare(scenario_reader *reader, tree_node *expanded, const tree_node *entry,
                    scenario_group *group)
{
    const uint32_t size = read_count(reader, entry, expanded->count);
    const uint32_t only = read_only(reader, entry, size);
    *group = (scenario_group){.name = entry->key,
                              .place = entry->key_place,
                              .first = (uint32_t)expanded->count,
                              .count = only > 0 ? 1 : size,
                              .from = only > 0 ? only - 1 : 0,
                              .size = size,
                              .turns = 1};
    for (uint32_t i = 0; i < group->count; i++) {
        tree_node *const member = tree_append_copy(reader, expanded, entry);
        if (!member || !(member->key = member_name(reader, group, group->from + i)))
            return false;
        member->group = group;
        member->member = group->from + i;
    }
    return true;
}

const tree_node *scenario_groups_declare(scenario_reader *reader, const tree_node *nodes)
{
    size_t count = 0;
    for (const tree_node *entry = nodes->first; entry; entry = entry->next)
        count += count_of(entry) != NULL;
    if (count == 0)
        return nodes;
    scenario_group *const groups = scenario_arena_alloc(reader->arena, count, sizeof(*groups));
    tree_node *const expanded = tree_empty_copy(reader, nodes);
    if (!groups || !expanded)
        return NULL;
    reader->scenario->groups = groups;
    for (const tree_node *entry = nodes->first; entry; entry = entry->next) {
        const bool good = count_of(entry)
                              ? declare(reader, expanded, entry, &groups[reader->scenario->group_count++])
                              : tree_append_copy(reader, expanded, entry) != NULL;
        if (!good)
            return NULL;
    }
    return expanded;
}

scenario_group *scenario_group_of(scenario_reader *reader, const tree_node *entry)
{
    return (scenario_group *)&reader->scenario->groups[entry->group - reader->scenario->groups];
}

/* --- the entries that name a group --- */

/* Where in an entry a group stands. */
typedef struct mention {
    const scenario_group *group; /* NULL: nowhere */
    const tree_node *value;      /* the entry itself, when it is a plain value, or one of its values */
    size_t offset;               /* in the value's text, of the group's name */
    size_t length;
    bool before_arrow;
    const key_row *row;  /* of the value; NULL: it is the entry itself */
    const key_row *rows; /* of the entry; NULL: it is no map */
} mention;

static const scenario_group *group_at(const scenario_reader *reader, const char *text, size_t length)
{
    char name[NAME_MAX_BYTES + 1];
    if (length == 0 || length > NAME_MAX_BYTES)
        return NULL;
    memcpy(name, text, length);
    name[length] = '\0';
    const uint32_t index = scenario_group_index(reader->scenario, name);
    return index == SCENARIO_NONE ? NULL : &reader->scenario->groups[index];
}

/* A name alone, or one of those at an arrow. */
static mention find_in(const scenario_reader *reader, const tree_node *value)
{
    mention found = {.value = value};
    if (value->kind != TREE_SCALAR)
        return found;
    const char *const arrow = strstr(value->text, "->");
    const char *part = value->text;
    for (int i = 0; i < 2 && part && !found.group; i++) {
        part += strspn(part, " ");
        found.offset = (size_t)(part - value->text);
        found.length = strcspn(part, " ");
        found.before_arrow = arrow && i == 0;
        if (found.before_arrow && part + found.length > arrow)
            found.length = arrow > part ? (size_t)(arrow - part) : 0;
        found.group = group_at(reader, part, found.length);
        part = arrow ? arrow + 2 : NULL;
    }
    return found;
}

/* restart: of a node or of a NAT. A name of both is reported there. */
static bool is_nat(const scenario_reader *reader, const tree_node *value)
{
    return value->kind == TREE_SCALAR && scenario_nat_index(reader->scenario, value->text) != SCENARIO_NONE;
}

/* The `of` of the entry's `after`; NULL: it has none. */
static const tree_node *after_of(const tree_node *entry)
{
    const tree_node *const after = tree_get(entry, "after");
    return after && after->kind == TREE_MAP ? tree_get(after, "of") : NULL;
}

static mention find_mention(const scenario_reader *reader, const tree_node *entry, group_rows_of *rows_of)
{
    mention found = {.value = entry};
    if (entry->kind != TREE_MAP)
        return find_in(reader, entry);
    const key_row *const rows = rows_of(entry);
    for (const key_row *row = rows; row && row->name && !found.group; row++) {
        const tree_node *const value = row->of_group ? tree_get(entry, row->name) : NULL;
        if (value && !(row->type == KEY_OTHER && is_nat(reader, value)))
            found = find_in(reader, value);
        found.row = row;
    }
    const tree_node *const of = after_of(entry);
    found = found.group || !of ? found : find_in(reader, of);
    found.rows = rows;
    return found;
}

/* The value's text with a member's name in place of the group's, into a text that has room for it. */
static void write_member(tree_node *value, const mention *at, uint32_t member, char *text, size_t room)
{
    const char *const written = at->value->text;
    const int before = snprintf(text, room, "%.*s", (int)at->offset, written);
    const int name =
        snprintf(text + before, room - (size_t)before, "%s-%" PRIu32, at->group->name, member + 1);
    (void)snprintf(text + before + name, room - (size_t)(before + name), "%s",
                   written + at->offset + at->length);
    value->text = text;
    value->grown = at->value->grown + (at->before_arrow ? (uint32_t)((size_t)name - at->length) : 0);
}

static size_t member_room(const mention *at)
{
    return strlen(at->value->text) + 1 + DIGITS_MAX + 1;
}

static bool put_member(scenario_reader *reader, tree_node *value, const mention *at, uint32_t member)
{
    char *const text = scenario_arena_alloc(reader->arena, member_room(at), 1);
    if (text)
        write_member(value, at, member, text, member_room(at));
    return text;
}

/* An `after` whose `of` names that group too is that of the member. */
static bool put_after(scenario_reader *reader, tree_node *after, const mention *at, uint32_t member)
{
    const tree_node *const of = tree_get(after, "of");
    const tree_node *value = after->first;
    const mention in = of ? find_in(reader, of) : (mention){.group = NULL};
    if (in.group != at->group)
        return true;
    tree_clear(after);
    for (; value; value = value->next) {
        tree_node *const copy = tree_append_copy(reader, after, value);
        if (!copy || (value == of && !put_member(reader, copy, &in, member)))
            return false;
    }
    return true;
}

/* Where another group stands whose members take turns, the one whose turn it is. */
static bool put_turns(scenario_reader *reader, tree_node *made, const mention *at, uint32_t member)
{
    for (const key_row *row = at->rows; row && row->name; row++) {
        tree_node *const value = row->in_turn ? (tree_node *)tree_get(made, row->name) : NULL;
        if (!value || value->kind != TREE_SCALAR)
            continue;
        const scenario_group *const of =
            value->group ? value->group : group_at(reader, value->text, strlen(value->text));
        if (!of || of == at->group)
            continue;
        value->group = of;
        value->text = member_name(reader, of, of->from + member % of->count);
        if (!value->text)
            return false;
    }
    return true;
}

static bool add_member(scenario_reader *reader, tree_node *expanded, const tree_node *entry,
                       const mention *at, uint32_t member)
{
    tree_node *const made = tree_append_copy(reader, expanded, entry);
    if (!made)
        return false;
    made->group = at->group;
    made->member = member;
    if (at->value == entry)
        return put_member(reader, made, at, member);
    tree_clear(made);
    for (const tree_node *value = entry->first; value; value = value->next) {
        tree_node *const copy = tree_append_copy(reader, made, value);
        if (!copy || (value == at->value && !put_member(reader, copy, at, member)))
            return false;
        if (copy->kind == TREE_MAP && strcmp(copy->key, "after") == 0 && !put_after(reader, copy, at, member))
            return false;
    }
    return put_turns(reader, made, at, member);
}

static void report_many(scenario_reader *reader, const mention *at)
{
    scenario_fault(reader, at->value->place, "more than %d entries, with one for each node of '%s'",
                   SCENARIO_EVENTS_MAX, at->group->name);
}

static bool add_entry(scenario_reader *reader, tree_node *expanded, const tree_node *entry,
                      group_rows_of *rows_of)
{
    const mention at = find_mention(reader, entry, rows_of);
    if (!at.group)
        return tree_append_copy(reader, expanded, entry) != NULL;
    if (at.group->count > SCENARIO_EVENTS_MAX - expanded->count) {
        report_many(reader, &at);
        return false;
    }
    for (uint32_t i = 0; i < at.group->count; i++)
        if (!add_member(reader, expanded, entry, &at, at.group->from + i))
            return false;
    return true;
}

const tree_node *scenario_groups_expand(scenario_reader *reader, const tree_node *list,
                                        group_rows_of *rows_of)
{
    if (reader->scenario->group_count == 0)
        return list;
    tree_node *const expanded = tree_empty_copy(reader, list);
    if (!expanded)
        return NULL;
    for (const tree_node *entry = list->first; entry; entry = entry->next)
        if (!add_entry(reader, expanded, entry, rows_of))
            return NULL;
    return expanded;
}

/* --- one at a time --- */

struct scenario_members {
    scenario_reader *reader;
    group_rows_of *rows_of;
    const tree_node *next; /* entry of the list */
    mention at;            /* of the entry that is being made for each member */
    tree_node *made;       /* that one, written anew for each; NULL: none is */
    tree_node *named;      /* its value with the member's name */
    char *text;
    uint32_t left; /* members to come */
};

/* False with a fault reported. */
static bool count_entries(scenario_reader *reader, const tree_node *list, group_rows_of *rows_of,
                          size_t *count)
{
    *count = 0;
    for (const tree_node *entry = list->first; entry; entry = entry->next) {
        const mention at = find_mention(reader, entry, rows_of);
        const size_t more = at.group ? at.group->count : 1;
        if (at.group && more > SCENARIO_EVENTS_MAX - *count) {
            report_many(reader, &at);
            return false;
        }
        *count += more;
    }
    return true;
}

scenario_members *scenario_members_new(scenario_reader *reader, const tree_node *list, group_rows_of *rows_of,
                                       size_t *count)
{
    scenario_members *const self = scenario_arena_alloc(reader->arena, 1, sizeof(*self));
    if (!self || !count_entries(reader, list, rows_of, count))
        return NULL;
    *self = (scenario_members){.reader = reader, .rows_of = rows_of, .next = list->first};
    return self;
}

static tree_node *value_of(tree_node *made, const mention *at, const tree_node *entry)
{
    tree_node *copy = made->first;
    if (at->value == entry)
        return made;
    for (const tree_node *value = entry->first; value != at->value; value = value->next)
        copy = copy->next;
    return copy;
}

/* The entry for the group's first member, whose text has room for any other's. */
static const tree_node *begin_entry(scenario_members *self, const tree_node *entry)
{
    scenario_reader *const reader = self->reader;
    tree_node *const list = tree_empty_copy(reader, entry);
    if (!list || !add_member(reader, list, entry, &self->at, self->at.group->from))
        return NULL;
    self->made = list->first;
    self->named = value_of(self->made, &self->at, entry);
    self->text = scenario_arena_alloc(reader->arena, member_room(&self->at), 1);
    self->left = self->at.group->count - 1;
    return self->text ? self->made : NULL;
}

const tree_node *scenario_members_next(scenario_members *self)
{
    const tree_node *const entry = self->next;
    if (self->made && self->left > 0) {
        self->left--;
        self->made->member++;
        write_member(self->named, &self->at, self->made->member, self->text, member_room(&self->at));
        return put_turns(self->reader, self->made, &self->at, self->made->member) ? self->made : NULL;
    }
    self->made = NULL;
    if (!entry)
        return NULL;
    self->next = entry->next;
    self->at = find_mention(self->reader, entry, self->rows_of);
    return self->at.group ? begin_entry(self, entry) : entry;
}

const tree_node *scenario_groups_lead(scenario_reader *reader, const tree_node *entry, group_rows_of *rows_of,
                                      group_mention *out)
{
    const mention at =
        reader->scenario->group_count > 0 ? find_mention(reader, entry, rows_of) : (mention){0};
    tree_node *const list = at.group ? tree_empty_copy(reader, entry) : NULL;
    *out = (group_mention){.group = at.group, .row = at.row, .second = !at.before_arrow};
    if (!at.group)
        return entry;
    return list && add_member(reader, list, entry, &at, at.group->from) ? list->first : NULL;
}

/* --- reading them --- */

bool scenario_member_told(scenario_reader *reader, const tree_node *entry)
{
    if (scenario_follows(entry))
        return reader->diagnostics->total > reader->told_before;
    reader->told_before = reader->diagnostics->total;
    return false;
}

const tree_node *scenario_turns_key(const tree_node *entry)
{
    const tree_node *const spread = tree_get(entry, "spread");
    return spread ? spread : tree_get(entry, "step");
}

scenario_turns scenario_member_turns(scenario_reader *reader, const tree_node *entry,
                                     const turns_draft *draft)
{
    const tree_node *const step = tree_get(entry, "step");
    const tree_node *const within = tree_get(entry, "within");
    const tree_node *const key = scenario_turns_key(entry) ? scenario_turns_key(entry) : within;
    if (!key)
        return (scenario_turns){0};
    if (!entry->group)
        scenario_fault(reader, key->key_place,
                       "'%s' needs a group: a node with for example count: 40, named in the entry", key->key);
    else if (tree_get(entry, "spread") && step)
        scenario_fault(reader, step->key_place,
                       "'spread' and 'step' in one entry: spread is the time that all members take");
    else if (within && !step)
        scenario_fault(reader, within->key_place, "'within' needs 'step': write for example step: 1ms");
    else
        return (scenario_turns){step ? draft->step_ns : draft->spread_ns / entry->group->size,
                                draft->within_ns};
    return (scenario_turns){0};
}

/* A day in ns times SCENARIO_NODES_MAX: less than 64 bits. */
uint64_t scenario_member_delay(const tree_node *entry, const turns_draft *draft)
{
    const uint64_t delay_ns = draft->step_ns * entry->member;
    if (!entry->group)
        return 0;
    if (draft->step_ns == 0)
        return draft->spread_ns * entry->member / entry->group->size;
    return draft->within_ns > 0 ? delay_ns % draft->within_ns : delay_ns;
}
