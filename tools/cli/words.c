/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/words.h"

#include "sim/endpoint/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_BYTES_MAX = 256 };

void words_of_adapters(const word_sink *out)
{
    size_t count = 0;
    char **const names = endpoint_library_names(&count);
    out->take(out->ctx, "roam", NULL);
    for (size_t i = 0; i < count; i++) {
        out->take(out->ctx, names[i], NULL);
        free(names[i]);
    }
    free(names);
}

typedef struct player {
    const char *who;
    const word_sink *out;
} player;

static void take_adapter(void *ctx, const char *word, const char *about)
{
    const player *const self = ctx;
    char text[WORD_BYTES_MAX];
    const int len = snprintf(text, sizeof text, "%s=%s", self->who, word);
    if (len > 0 && len < WORD_BYTES_MAX)
        self->out->take(self->out->ctx, text, about);
}

void words_of_players(const word_sink *out)
{
    static const char *const who[] = {"client", "server", "all"};
    for (size_t i = 0; i < sizeof who / sizeof who[0]; i++) {
        player one = {who[i], out};
        words_of_adapters(&(word_sink){take_adapter, &one});
    }
}

void words_each(const value_words *words, const word_sink *out)
{
    for (const char *at = words->choices; at && *at;) {
        char word[WORD_BYTES_MAX];
        const size_t len = strcspn(at, "|");
        (void)snprintf(word, sizeof word, "%.*s", (int)len, at);
        out->take(out->ctx, word, NULL);
        at += len + (at[len] == '|');
    }
    if (words->list)
        words->list(out);
}
