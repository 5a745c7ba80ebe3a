/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CI_VERDICTS_H
#define TOOLS_CI_VERDICTS_H

/*
 * Verdicts as CI systems read them: cases in suites, and of a case that is bad what is at fault, and where.
 * The commands fill in what they found; JUnit's XML, GitHub's Markdown and GitHub's workflow commands are
 * written from that alone.
 */

#include "core/roam.h"
#include "sim/scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum ci_kind {
    CI_PASSED,
    CI_SKIPPED, /* nothing was shown */
    CI_FAILED,
    CI_BROKEN /* it could not be judged: JUnit's error */
} ci_kind;

/* Where a fault is. */
typedef struct ci_place {
    const char *file; /* as it was given to the command; NULL: nowhere */
    uint32_t line;    /* from 1; 0: the file as a whole */
    uint32_t column;
} ci_place;

typedef struct ci_fault {
    ci_place place;
    const char *title;
    const char *text;
} ci_fault;

typedef struct ci_case {
    ci_kind kind;
    const char *name;
    const char *message; /* in one line; "": none */
    char *body;          /* lines, each ended; "": none */
    ci_fault *faults;
    size_t fault_count;
} ci_case;

typedef struct ci_suite {
    const char *name;
    const char *class_name; /* of its cases, in JUnit's XML */
    ci_case *cases;
    size_t count;
} ci_suite;

/* Owns its texts, which are UTF-8 whatever was given. */
typedef struct ci_verdicts {
    ci_suite *suites;
    size_t count;
    bool failed; /* out of memory: once set, what is added is dropped, and nothing is written */
} ci_verdicts;

void ci_verdicts_free(ci_verdicts *self);

/* Each goes to what was added last: a case to a suite, lines and faults to a case. */
void ci_suite_add(ci_verdicts *self, const char *name, const char *class_name);
void ci_case_add(ci_verdicts *self, ci_kind kind, const char *name, const char *message);
__attribute__((format(printf, 2, 3))) void ci_line_add(ci_verdicts *self, const char *format, ...);
void ci_fault_add(ci_verdicts *self, ci_place place, const char *title, const char *text);

/* Of a scenario that is not valid, as scenario_files_fault_fn: a case a file. self: a ci_verdicts. */
void ci_invalid_add(void *self, const char *file, uint32_t line, uint32_t column, const char *text);

size_t ci_verdicts_count(const ci_verdicts *self, ci_kind kind);

/* The expectation of the scenario that the text is, or that is about it: "migration: move" stands in
 * "migration: move, result: ok". The scenario's file alone, where it has none. */
ci_place ci_place_of(const scenario *whole, const char *text);

/* False: out of memory, as for all of these. */
ROAM_CHECKED bool ci_junit(const ci_verdicts *self, FILE *stream);
/* What is bad in full, and of the rest how many. */
ROAM_CHECKED bool ci_markdown(const ci_verdicts *self, const char *title, FILE *stream);
/* GitHub's workflow commands: `::error file=...,line=...,title=...::text` for each fault of a case that is
 * bad, `::warning` of one that is skipped. workspace: the top of the checkout, from where files are named;
 * NULL: files are named as they were given. */
ROAM_CHECKED bool ci_github(const ci_verdicts *self, const char *workspace, FILE *stream);

#endif
