/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_CAPTURE_WORDS_H
#define SIM_RECORD_CAPTURE_WORDS_H

/*
 * How a comment in a capture begins that tells what happens, and not that something is wrong with its packet.
 * A display filter finds them by it: frame.comment contains "timeline ".
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define CAPTURE_TIMELINE "timeline "   /* an entry of the scenario's timeline */
#define CAPTURE_REFUSED "refused "     /* one that was not carried out */
#define CAPTURE_MIGRATION "migration " /* its call, its milestones as in summary.json, its result */
#define CAPTURE_PATH "path "           /* the first packet on it */
#define CAPTURE_CHALLENGE "PATH_CHALLENGE "
#define CAPTURE_RESPONSE "PATH_RESPONSE "
#define CAPTURE_NAT "NAT "     /* what happened to its bindings */
#define CAPTURE_DROP "drop "   /* a datagram, before this packet */
#define CAPTURE_EVENT "event " /* of an endpoint, as in events.jsonl */
#define CAPTURE_MORE "more: "  /* that there was no room for */

/* text need not be terminated. */
static inline bool capture_tells_event(const char *text, size_t len)
{
    static const char *const WORDS[] = {CAPTURE_TIMELINE,  CAPTURE_REFUSED,  CAPTURE_MIGRATION, CAPTURE_PATH,
                                        CAPTURE_CHALLENGE, CAPTURE_RESPONSE, CAPTURE_NAT,       CAPTURE_DROP,
                                        CAPTURE_EVENT,     CAPTURE_MORE};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (len >= strlen(WORDS[i]) && memcmp(text, WORDS[i], strlen(WORDS[i])) == 0)
            return true;
    return false;
}

#endif
