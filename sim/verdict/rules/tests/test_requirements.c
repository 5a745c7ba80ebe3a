/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/verdict/rules/requirements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 512

/* ---- each row ---- */

static void each_id_is_section_and_number(void)
{
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        char id[64];
        (void)snprintf(id, sizeof id, "rfc9000-%s-%u", row->section, row->number);
        CHECK_STRING(row->id, id, "row %zu", i);
        CHECK(requirement_find(row->id) == row, 1, "%s is not the first of its id", row->id);
    }
    CHECK(requirement_find("rfc9000-8.2.1-0") == NULL, 1, "there is no sentence 0");
}

/* "8.2.1" and "8.10": by the numbers between the dots. */
static int compare_sections(const char *left, const char *right)
{
    for (;;) {
        char *left_end, *right_end;
        const long a = strtol(left, &left_end, 10), b = strtol(right, &right_end, 10);
        if (a != b)
            return a < b ? -1 : 1;
        if (*left_end != '.' || *right_end != '.')
            return (*left_end == '.') - (*right_end == '.');
        left = left_end + 1;
        right = right_end + 1;
    }
}

static void rows_are_in_the_order_of_the_text_without_holes(void)
{
    const requirement *before = NULL;
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        const bool same = before && strcmp(before->section, row->section) == 0;
        CHECK(row->number, same ? before->number + 1 : 1, "%s", row->id);
        CHECK(!before || same || compare_sections(before->section, row->section) < 0, 1,
              "%s stands before %s", before ? before->id : "", row->id);
        before = row;
    }
}

static bool is_kebab_case(const char *name)
{
    const size_t len = strlen(name);
    if (len == 0 || name[0] == '-' || name[len - 1] == '-' || strstr(name, "--"))
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static void each_row_has_rules_or_a_reason(void)
{
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        const bool checked = row->standing == REQUIREMENT_CHECKED;
        CHECK(row->rules[0] != NULL, checked, "%s: rules", row->id);
        CHECK(row->why == NULL, checked, "%s: a reason", row->id);
        CHECK(!row->why || row->why[0] != '\0', 1, "%s: an empty reason", row->id);
        for (size_t j = 0; j < REQUIREMENT_RULES_MAX && row->rules[j]; j++) {
            CHECK(is_kebab_case(row->rules[j]), 1, "%s: rule '%s'", row->id, row->rules[j]);
            CHECK(requirement_names(row, row->rules[j]), 1, "%s: rule '%s'", row->id, row->rules[j]);
        }
    }
}

/* A text that forbids says so, one that does not forbid begins with its subject; all are sentences. */
static void each_text_says_what_its_level_says(void)
{
    static const char *const negations[] = {" not ", " no ", "nothing", "neither", "alone", NULL};
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        const size_t len = strlen(row->text);
        CHECK_BETWEEN(len, 10, 140, "%s: length of the text", row->id);
        CHECK(len > 0 && row->text[len - 1] == '.', 1, "%s: a sentence", row->id);
        CHECK(strstr(row->text, "MUST") || strstr(row->text, "SHOULD") || strstr(row->text, "MAY"), 0,
              "%s: key words are in the level", row->id);
        if (row->level != REQUIREMENT_MUST_NOT && row->level != REQUIREMENT_SHOULD_NOT)
            continue;
        bool forbids = false;
        for (size_t j = 0; negations[j]; j++)
            forbids = forbids || strstr(row->text, negations[j]);
        CHECK(forbids, 1, "%s: '%s' does not forbid", row->id, row->text);
    }
}

/* ---- levels and principals ---- */

static void levels_are_those_of_the_text(void)
{
    static const struct {
        const char *id, *level;
    } known[] = {
        {"rfc9000-5.1.1-1", "MUST"},      {"rfc9000-5.1.2-8", "SHOULD NOT"}, {"rfc9000-8.1-2", "MUST NOT"},
        {"rfc9000-8.2-1", "MAY"},         {"rfc9000-8.2.1-2", "SHOULD NOT"}, {"rfc9000-8.2.1-5", "MUST"},
        {"rfc9000-8.2.2-7", "MUST NOT"},  {"rfc9000-8.2.4-2", "SHOULD"},     {"rfc9000-9-1", "MUST NOT"},
        {"rfc9000-9.3.3-2", "SHOULD"},    {"rfc9000-9.4-4", "MUST NOT"},     {"rfc9000-9.5-5", "SHOULD NOT"},
        {"rfc9000-9.6.2-6", "MUST NOT"},  {"rfc9000-9.7-2", "MUST"},         {"rfc9000-14-4", "MUST NOT"},
        {"rfc9000-19.16-2", "MUST NOT"},  {"rfc9000-19.17-1", "MUST"},       {"rfc9000-19.18-1", "MAY"},
        {"rfc9000-21.5.3-1", "MUST NOT"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const requirement *const row = requirement_find(known[i].id);
        CHECK(row != NULL, 1, "%s is missing", known[i].id);
        if (row)
            CHECK_STRING(requirement_level_name(row->level), known[i].level, "%s", known[i].id);
    }
}

static void a_principal_is_the_first_of_the_strongest_level(void)
{
    static const struct {
        const char *rule, *id;
    } known[] = {
        {"challenge-padded", "rfc9000-8.2.1-5"},
        {"handshake-within-limit", "rfc9000-8.1-2"}, /* a MAY stands before it */
        {"spare-id-supplied", "rfc9000-5.1.1-3"},    /* SHOULD, the first of three */
        {"congestion-kept-on-port-change", "rfc9000-9.4-3"},
        {"challenge-not-more-often-than-initial",
         "rfc9000-8.2.1-3"},                      /* 9.4-4, a MUST NOT, is of timers alone */
        {"response-accepted", "rfc9000-8.2.2-4"}, /* 8.2.1-7 is of small datagrams alone */
        {"unknown-server-address-ignored", "rfc9000-9-7"},
        {"response-sent", "rfc9000-8.2.2-1"}, /* a MUST NOT before it names another rule first */
        {"move-followed", "rfc9000-9.3-1"},
        {"probing-frames-do-not-move", "rfc9000-9.3-1"}, /* named first by none */
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const requirement *const row = requirement_principal(known[i].rule);
        CHECK_STRING(row ? row->id : NULL, known[i].id, "%s", known[i].rule);
    }
    CHECK(requirement_principal("no-such-rule") == NULL, 1, "a rule that nothing names");
}

static void each_rule_is_listed_once(void)
{
    size_t count = 0;
    for (size_t i = 0; requirement_rule(i); i++, count++)
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(requirement_rule(i), requirement_rule(j)) != 0, 1, "%s is listed twice",
                  requirement_rule(i));
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        for (size_t j = 0; j < REQUIREMENT_RULES_MAX && row->rules[j]; j++) {
            size_t at = 0;
            while (requirement_rule(at) && strcmp(requirement_rule(at), row->rules[j]) != 0)
                at++;
            CHECK(at < count, 1, "%s of %s is not listed", row->rules[j], row->id);
            for (size_t k = 0; k < j; k++)
                CHECK(strcmp(row->rules[j], row->rules[k]) != 0, 1, "%s names %s twice", row->id,
                      row->rules[j]);
        }
    }
}

/* ---- the count by section, as sim/README.md prints it ---- */

static void count_section(const char *section, size_t counts[1 + REQUIREMENT_STANDINGS])
{
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        if (section && strcmp(row->section, section) != 0)
            continue;
        counts[0]++;
        counts[1 + row->standing]++;
    }
}

static void add_line(char *text, size_t max, const char *title, const char *section)
{
    size_t counts[1 + REQUIREMENT_STANDINGS] = {0};
    const size_t len = strlen(text);
    count_section(section, counts);
    (void)snprintf(text + len, max - len, "| %s | %zu | %zu | %zu | %zu |\n", title, counts[0], counts[1],
                   counts[2], counts[3]);
}

static void expected_table(char *text, size_t max)
{
    const char *before = "";
    (void)snprintf(text, max,
                   "| section | sentences | checked | not observable | not applicable |\n"
                   "|---|---|---|---|---|\n");
    for (size_t i = 0; i < requirement_count(); i++) {
        const char *const section = requirement_at(i)->section;
        if (strcmp(section, before) != 0)
            add_line(text, max, section, section);
        before = section;
    }
    add_line(text, max, "all", NULL);
}

/* The lines of the file from the title of the table on, as long as they are rows. */
static void read_table(const char *path, char *text, size_t max)
{
    char line[LINE_BYTES];
    bool inside = false;
    FILE *const file = fopen(path, "r");
    text[0] = '\0';
    CHECK(file != NULL, 1, "%s cannot be read", path);
    if (!file)
        return;
    while (fgets(line, sizeof line, file)) {
        inside = line[0] == '|' && (inside || strncmp(line, "| section | sentences |", 23) == 0);
        if (inside)
            (void)snprintf(text + strlen(text), max - strlen(text), "%s", line);
    }
    (void)fclose(file);
}

static void the_readme_has_the_count_by_section(void)
{
    static char expected[8192], found[8192];
    expected_table(expected, sizeof expected);
    read_table(ROAM_SOURCE_DIR "/sim/README.md", found, sizeof found);
    CHECK_STRING(found, expected, "sim/README.md");
}

/* Sentences of the sections, counted in the text of RFC 9000. */
static void no_sentence_is_missing(void)
{
    static const struct {
        const char *section;
        unsigned sentences;
    } text[] = {
        {"5.1", 3},    {"5.1.1", 11}, {"5.1.2", 8},  {"8", 1},     {"8.1", 6},    {"8.1.1", 1},
        {"8.1.2", 2},  {"8.1.3", 17}, {"8.1.4", 9},  {"8.2", 1},   {"8.2.1", 7},  {"8.2.2", 7},
        {"8.2.3", 1},  {"8.2.4", 3},  {"9", 7},      {"9.1", 1},   {"9.2", 1},    {"9.3", 4},
        {"9.3.2", 3},  {"9.3.3", 2},  {"9.4", 4},    {"9.5", 7},   {"9.6", 1},    {"9.6.1", 4},
        {"9.6.2", 6},  {"9.6.3", 7},  {"9.7", 2},    {"10", 1},    {"10.2.1", 7}, {"10.3", 10},
        {"10.3.1", 5}, {"10.3.2", 6}, {"10.3.3", 1}, {"14", 4},    {"14.1", 6},   {"14.2", 7},
        {"14.2.1", 7}, {"14.3", 1},   {"14.4", 1},   {"18.2", 11}, {"19.15", 9},  {"19.16", 4},
        {"19.17", 1},  {"19.18", 1},  {"21.3", 1},   {"21.5", 2},  {"21.5.3", 1}, {"21.5.6", 6},
        {"21.11", 2},
    };
    size_t all = 0;
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
        size_t counts[1 + REQUIREMENT_STANDINGS] = {0};
        count_section(text[i].section, counts);
        CHECK(counts[0], text[i].sentences, "section %s", text[i].section);
        all += text[i].sentences;
    }
    CHECK(requirement_count(), all, "requirements of other sections");
}

static const check_test tests[] = {
    {"each id is section and number", each_id_is_section_and_number},
    {"rows are in the order of the text without holes", rows_are_in_the_order_of_the_text_without_holes},
    {"each row has rules or a reason", each_row_has_rules_or_a_reason},
    {"each text says what its level says", each_text_says_what_its_level_says},
    {"levels are those of the text", levels_are_those_of_the_text},
    {"a principal is the first of the strongest level", a_principal_is_the_first_of_the_strongest_level},
    {"each rule is listed once", each_rule_is_listed_once},
    {"no sentence is missing", no_sentence_is_missing},
    {"the README has the count by section", the_readme_has_the_count_by_section},
};

CHECK_MAIN("requirements", tests)
