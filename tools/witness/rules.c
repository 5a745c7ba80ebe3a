/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/requirements.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/table.h"

#include "tools/witness/rule_words.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define WIDTH 80 /* of a line of text, in columns */
#define TEXT_INDENT 6
#define LINE_MAX_BYTES 512

void rule_words(const word_sink *out)
{
    const char *rule;
    for (size_t i = 0; (rule = requirement_rule(i)) != NULL; i++) {
        const requirement *const of = requirement_principal(rule);
        out->take(out->ctx, rule, of ? of->text : NULL);
    }
}

static void id_words(const word_sink *out)
{
    for (size_t i = 0; i < requirement_count(); i++)
        out->take(out->ctx, requirement_at(i)->id, requirement_at(i)->text);
}

static void section_words(const word_sink *out)
{
    for (size_t i = 0; i < requirement_count(); i++)
        if (i == 0 || strcmp(requirement_at(i)->section, requirement_at(i - 1)->section) != 0)
            out->take(out->ctx, requirement_at(i)->section, NULL);
}

enum { OPTION_SECTION, OPTION_LEVEL, OPTION_RULE, OPTION_JSON, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_SECTION] = {.name = "section",
                        .value = "S",
                        .kind = VALUE_WORD,
                        .help = "of this section and the sections in it: 8.2",
                        .words = {.list = section_words}},
    [OPTION_LEVEL] = {.name = "level",
                      .value = "L",
                      .kind = VALUE_WORD,
                      .help = "must, should or may, with its negation",
                      .words = {.choices = "must|should|may"}},
    [OPTION_RULE] = {.name = "rule",
                     .value = "NAME",
                     .kind = VALUE_WORD,
                     .help = "that this rule checks: challenge-padded",
                     .words = {.list = rule_words}},
    [OPTION_JSON] = {.name = "json", .help = "as JSON, an array of objects"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *section;
    const char *level;
    unsigned rank; /* of the level */
    const char *rule;
    bool json;
    bool help;
    char *const *ids;
    int id_count;
} arguments;

/* ---- what is selected ---- */

/* 8.2 holds 8.2.1, and not 8.20. */
static bool section_holds(const char *outer, const char *section)
{
    const size_t len = strlen(outer);
    return strncmp(outer, section, len) == 0 && (section[len] == '\0' || section[len] == '.');
}

static bool is_selected(const arguments *self, const requirement *row)
{
    bool named = self->id_count == 0;
    for (int i = 0; i < self->id_count && !named; i++)
        named = strcmp(self->ids[i], row->id) == 0;
    return named && (!self->section || section_holds(self->section, row->section)) &&
           (!self->level || requirement_level_rank(row->level) == self->rank) &&
           (!self->rule || requirement_names(row, self->rule));
}

/* ---- for people ---- */

/* Words of text, as many as fit on each line. */
static void print_wrapped(const char *text, int indent)
{
    int column = 0;
    while (*text) {
        const int len = (int)strcspn(text, " ");
        if (column == 0 || column + 1 + len > WIDTH) {
            (void)printf("%s%*s", column == 0 ? "" : "\n", indent, "");
            column = indent;
        } else {
            (void)putchar(' ');
            column++;
        }
        (void)printf("%.*s", len, text);
        column += len;
        text += len;
        text += strspn(text, " ");
    }
    (void)putchar('\n');
}

static void print_standing(const requirement *row)
{
    char line[LINE_MAX_BYTES];
    if (row->standing == REQUIREMENT_CHECKED) {
        size_t len = (size_t)snprintf(line, sizeof line, "checked by");
        for (size_t i = 0; i < REQUIREMENT_RULES_MAX && row->rules[i] && len < sizeof line; i++)
            len += (size_t)snprintf(line + len, sizeof line - len, "%s %s", i ? "," : "", row->rules[i]);
    } else {
        (void)snprintf(line, sizeof line, "%s: %s", requirement_standing_name(row->standing), row->why);
    }
    print_wrapped(line, TEXT_INDENT);
}

static void print_row(const requirement *row, bool colour)
{
    const table_style style = row->level == REQUIREMENT_MAY ? TABLE_DIM : TABLE_PLAIN;
    (void)printf("  %-19s %s%s%s\n", row->id, table_style_sequence(style, colour),
                 requirement_level_name(row->level), table_style_sequence(TABLE_PLAIN, colour));
    print_wrapped(row->text, TEXT_INDENT);
    print_standing(row);
}

static void print_for_people(const arguments *self)
{
    const bool colour = table_colour(stdout);
    const char *section = "";
    size_t count = 0;
    size_t standing[REQUIREMENT_STANDINGS] = {0};
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        if (!is_selected(self, row))
            continue;
        if (strcmp(section, row->section) != 0)
            (void)printf("%sRFC 9000 section %s\n", count ? "\n" : "", row->section);
        section = row->section;
        print_row(row, colour);
        count++;
        standing[row->standing]++;
    }
    (void)printf("%s%zu requirement%s: %zu checked, %zu not observable, %zu not applicable\n",
                 count ? "\n" : "", count, count == 1 ? "" : "s", standing[REQUIREMENT_CHECKED],
                 standing[REQUIREMENT_NOT_OBSERVABLE], standing[REQUIREMENT_NOT_APPLICABLE]);
    if (self->rule) {
        const requirement *const principal = requirement_principal(self->rule);
        (void)printf("%s is first of all about %s, a %s\n", self->rule, principal->id,
                     requirement_level_name(principal->level));
    }
}

/* ---- for programs ---- */

static json_t *row_as_json(const requirement *row)
{
    json_t *const rules = json_array();
    for (size_t i = 0; i < REQUIREMENT_RULES_MAX && row->rules[i]; i++)
        (void)json_array_append_new(rules, json_string(row->rules[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s?}", "id", row->id, "section", row->section, "level",
                     requirement_level_name(row->level), "text", row->text, "standing",
                     requirement_standing_name(row->standing), "rules", rules, "because", row->why);
}

static int print_for_programs(const arguments *self)
{
    json_t *const all = json_array();
    bool complete = all != NULL;
    for (size_t i = 0; i < requirement_count(); i++)
        if (is_selected(self, requirement_at(i)))
            complete = json_array_append_new(all, row_as_json(requirement_at(i))) == 0 && complete;
    char *const text = complete ? json_dumps(all, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(all);
    if (!text) {
        (void)fprintf(stderr, "roam rules: out of memory\n");
        return COMMAND_BROKEN;
    }
    (void)puts(text);
    free(text);
    return COMMAND_OK;
}

/* ---- the names that options and operands take ---- */

static const char *next_section(const void *ctx, size_t index)
{
    (void)ctx;
    return index < requirement_count() ? requirement_at(index)->section : NULL;
}

static const char *next_id(const void *ctx, size_t index)
{
    (void)ctx;
    return index < requirement_count() ? requirement_at(index)->id : NULL;
}

static const char *next_rule(const void *ctx, size_t index)
{
    (void)ctx;
    return requirement_rule(index);
}

static const char *next_level(const void *ctx, size_t index)
{
    static const char *const names[] = {"must", "should", "may"}; /* by rank */
    (void)ctx;
    return index < sizeof names / sizeof names[0] ? names[index] : NULL;
}

static int complain(const char *what, const char *word, const char *(*next)(const void *ctx, size_t index))
{
    const char *const nearest = option_nearest(word, next, NULL);
    (void)fprintf(stderr, "roam rules: there is no %s '%s'", what, word);
    if (nearest)
        (void)fprintf(stderr, "; did you mean '%s'?\n", nearest);
    else
        (void)fprintf(stderr, "; roam rules prints all\n");
    return COMMAND_USAGE;
}

static bool has_section(const char *outer)
{
    for (size_t i = 0; i < requirement_count(); i++)
        if (section_holds(outer, requirement_at(i)->section))
            return true;
    return false;
}

static int check_names(arguments *self)
{
    if (self->section && !has_section(self->section))
        return complain("section", self->section, next_section);
    if (self->rule && !requirement_principal(self->rule))
        return complain("rule", self->rule, next_rule);
    for (int i = 0; i < self->id_count; i++)
        if (!requirement_find(self->ids[i]))
            return complain("requirement", self->ids[i], next_id);
    if (!self->level)
        return COMMAND_OK;
    for (unsigned rank = 0; next_level(NULL, rank); rank++)
        if (strcasecmp(self->level, next_level(NULL, rank)) == 0) {
            self->rank = rank;
            return COMMAND_OK;
        }
    return complain("level", self->level, next_level);
}

/* ---- the command ---- */

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam rules", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (option == OPTION_SECTION)
            self->section = reader.value;
        else if (option == OPTION_LEVEL)
            self->level = reader.value;
        else if (option == OPTION_RULE)
            self->rule = reader.value;
        else if (option == OPTION_JSON)
            self->json = true;
        else
            self->help = true;
    self->ids = argv + 1;
    self->id_count = reader.operands;
    return option != OPTION_INVALID;
}

static int command_rules(int argc, char **argv)
{
    arguments self = {0};
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (self.help) {
        help_print(&COMMAND_RULES, stdout);
        return COMMAND_OK;
    }
    const int status = check_names(&self);
    if (status != COMMAND_OK)
        return status;
    if (self.json)
        return print_for_programs(&self);
    print_for_people(&self);
    return COMMAND_OK;
}

const command_row COMMAND_RULES = {
    .name = "rules",
    .about = "print what RFC 9000 requires, and what checks it",
    .function = command_rules,
    .usage = "roam rules [OPTION]... [ID]...",
    .text = "Prints what RFC 9000 requires of connections that migrate: each sentence with a key word\n"
            "(MUST, SHOULD, MAY and their negations), its level, what it says in a line, and the rules\n"
            "that check it on packets; or why none does. Without an ID (rfc9000-8.2.1-3: section, and\n"
            "number of the sentence in it) all of them. Options together: what all of them select.",
    .options = rows,
    .column = 15,
    .status = "0 printed; 2 usage; 3 roam itself failed.",
    .operands = {{.kind = VALUE_WORD, .words = {.list = id_words}}},
    .operand_count = 1,
};
