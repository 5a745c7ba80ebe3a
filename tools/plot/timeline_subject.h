/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_PLOT_TIMELINE_SUBJECT_H
#define TOOLS_PLOT_TIMELINE_SUBJECT_H

/* What a timeline is about: a migration, or a NAT rebinding as the other end of the connection saw it. */

#include "tools/plot/figure.h"

/* Instants in seconds since the start of the run. Texts and objects are borrowed from the summary. */
typedef struct timeline_subject {
    const json_t *record; /* the row of `migrations` or `rebinds` in summary.json */
    bool rebind;
    const char *node;   /* the end that validates the path, whose statistics are shown */
    const char *peer;   /* the other end */
    double started_s;   /* the migration was requested; a packet came from the new address */
    double validated_s; /* NAN: never */
    double finished_s;  /* NAN: never */
    double new_path_s;  /* from here on path statistics are surely those of the new path; NAN: never */
} timeline_subject;

/* The subject that the options ask for: the migration of a label, the rebinding of a number; else the first
 * migration that went well, else the first one, else the first rebinding that was validated, else the first.
 * 0, or a command_status after a message (PLOT_MESSAGE_MAX bytes). */
ROAM_CHECKED int timeline_find_subject(const json_t *summary, const plot_options *options,
                                       timeline_subject *subject, char *message);

/* Instants of a rebinding that events.jsonl does not tell: calls `take` with the first packet from the new
 * address, and the challenges and responses that the parts of its validation give. */
void timeline_rebind_events(const timeline_subject *subject,
                            void (*take)(void *ctx, double at_s, const char *text), void *ctx);

/* "laptop: wifi -> cellular, in wifi-to-cellular". from: the network that a migration leaves; "" when it is
 * not known. */
void timeline_title(const timeline_subject *subject, const char *scenario, const char *from,
                    char title[PLOT_TEXT_MAX]);

double timeline_seconds(const json_t *object, const char *key);   /* of a value in ns; NAN: none */
const char *timeline_text(const json_t *object, const char *key); /* "": none */

#endif
