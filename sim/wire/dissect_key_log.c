/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_key_log.h"

#include <stdlib.h>
#include <string.h>

void dissect_key_log_fini(dissect_key_log *self)
{
    dissect_table_fini(&self->randoms);
    for (uint32_t i = 0; i < self->count; i++)
        dissect_secrets_fini(&self->secrets[i]);
    free(self->secrets);
}

const dissect_value *dissect_key_log_find(const dissect_key_log *self,
                                          const uint8_t client_random[DISSECT_CLIENT_RANDOM_BYTES])
{
    return dissect_table_find(&self->randoms, client_random, DISSECT_CLIENT_RANDOM_BYTES);
}

static bool read_hex(const char **text, uint8_t *out, size_t max, size_t *len)
{
    const size_t digits = strspn(*text, "0123456789abcdefABCDEF");
    if (digits == 0 || digits % 2 || digits / 2 > max)
        return false;
    for (size_t i = 0; i < digits; i++) {
        const char digit = (*text)[i];
        const int value = digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] << 4 | value : value);
    }
    *len = digits / 2;
    *text += digits;
    return true;
}

static dissect_secrets *add_secrets(dissect_key_log *self, const uint8_t *client_random)
{
    if (self->count == self->max)
        return NULL;
    if (self->count == self->capacity) {
        const uint32_t capacity = self->capacity ? self->capacity * 2 : 4;
        dissect_secrets *const grown = realloc(self->secrets, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        self->secrets = grown;
        self->capacity = capacity;
    }
    if (!dissect_table_add(&self->randoms, client_random, DISSECT_CLIENT_RANDOM_BYTES, self->count))
        return NULL;
    dissect_secrets *const secrets = &self->secrets[self->count++];
    *secrets = (dissect_secrets){0};
    memcpy(secrets->client_random, client_random, DISSECT_CLIENT_RANDOM_BYTES);
    return secrets;
}

typedef struct secret_label {
    const char *text;
    dissect_side side;
    enum { EARLY, HANDSHAKE, TRAFFIC } of;
} secret_label;

static const secret_label LABELS[] = {{"CLIENT_EARLY_TRAFFIC_SECRET ", DISSECT_CLIENT, EARLY},
                                      {"CLIENT_HANDSHAKE_TRAFFIC_SECRET ", DISSECT_CLIENT, HANDSHAKE},
                                      {"SERVER_HANDSHAKE_TRAFFIC_SECRET ", DISSECT_SERVER, HANDSHAKE},
                                      {"CLIENT_TRAFFIC_SECRET_0 ", DISSECT_CLIENT, TRAFFIC},
                                      {"SERVER_TRAFFIC_SECRET_0 ", DISSECT_SERVER, TRAFFIC}};

static dissect_secret *secret_of(dissect_secrets *secrets, const secret_label *label)
{
    switch (label->of) {
    case EARLY:
        return &secrets->early;
    case HANDSHAKE:
        return &secrets->handshake[label->side];
    case TRAFFIC:
        break;
    }
    return &secrets->traffic[label->side];
}

/* Both ends log the same. A server that restarts logs others for a ClientHello that comes again: the lines of
 * one handshake follow each other. */
static bool take_secret(dissect_key_log *self, const uint8_t *random, const secret_label *label,
                        const dissect_secret *secret)
{
    const dissect_value *const first = dissect_key_log_find(self, random);
    dissect_secrets *latest = first ? &self->secrets[first->value] : NULL;
    for (const dissect_value *at = first; at; at = at->next) {
        const dissect_secret *const known = secret_of(&self->secrets[at->value], label);
        if (known->len == secret->len && memcmp(known->bytes, secret->bytes, secret->len) == 0)
            return true;
    }
    if (!latest || secret_of(latest, label)->len > 0)
        latest = add_secrets(self, random);
    if (latest)
        *secret_of(latest, label) = *secret;
    return latest != NULL;
}

bool dissect_key_log_read(dissect_key_log *self, const char *line)
{
    const secret_label *label = NULL;
    uint8_t random[DISSECT_CLIENT_RANDOM_BYTES];
    dissect_secret secret = {.len = 0};
    size_t random_len;
    for (size_t i = 0; i < sizeof LABELS / sizeof *LABELS && !label; i++)
        if (strncmp(line, LABELS[i].text, strlen(LABELS[i].text)) == 0)
            label = &LABELS[i];
    if (!label)
        return true;
    line += strlen(label->text);
    if (!read_hex(&line, random, sizeof random, &random_len) || random_len != sizeof random ||
        *line++ != ' ' || !read_hex(&line, secret.bytes, sizeof secret.bytes, &secret.len))
        return true;
    return take_secret(self, random, label, &secret);
}
