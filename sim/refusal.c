/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/refusal.h"

typedef struct refusal_text {
    refusal why;
    int status; /* of the core or of host_open; 0: of neither */
    const char *name;
    const char *sentence; /* NULL: roam_strerror */
} refusal_text;

static const refusal_text TEXTS[] = {
#define REFUSAL_TEXT(name, text, status, sentence) {REFUSAL_##name, status, text, sentence},
    REFUSALS(REFUSAL_TEXT)
#undef REFUSAL_TEXT
};

static const refusal_text *find(refusal why)
{
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        if (TEXTS[i].why == why)
            return &TEXTS[i];
    return NULL;
}

const char *refusal_name(refusal why)
{
    const refusal_text *const text = find(why);
    return text ? text->name : "";
}

const char *refusal_sentence(refusal why)
{
    const refusal_text *const text = find(why);
    if (text && !text->sentence)
        return roam_strerror(text->status);
    return text ? text->sentence : "no refusal";
}

int refusal_or_error(run_error *error, const char *node, const char *what, int status)
{
    if (status == 0)
        return REFUSAL_NONE;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        if (TEXTS[i].status == status)
            return (int)TEXTS[i].why;
    const int code = status == ROAM_ERR_NO_MEMORY ? RUN_ERROR_MEMORY : RUN_ERROR_CORE;
    return run_error_set(error, code, "%s: %s: %s", node, what, roam_strerror(status));
}

int refusal_worse(int first, int second)
{
    if (first < 0 || second == 0)
        return first;
    return second < 0 || first == 0 ? second : first;
}
