/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/request.h"

#include "core/live/address.h"
#include "core/number.h"

#include <string.h>

#define DAY_NS UINT64_C(86400000000000)

bool live_duration_parse(const char *text, uint64_t *out_ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"ns", 1},
                 {"us", 1000},
                 {"ms", 1000000},
                 {"s", UINT64_C(1000000000)},
                 {"min", UINT64_C(60000000000)}};
    uint64_t value = 0;
    bool fits = true;
    const char *const end = core_number_digits(text, &value, &fits);
    if (end == text || !fits || value > DAY_NS)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].name) != 0)
            continue;
        if (value == 0 || value > DAY_NS / units[i].ns)
            return false;
        *out_ns = value * units[i].ns;
        return true;
    }
    return false;
}

/* The next word of *at, cut off in place; NULL: none is left. */
static char *next_word(char **at)
{
    char *const begin = *at + strspn(*at, " ");
    if (*begin == '\0')
        return NULL;
    char *const end = begin + strcspn(begin, " ");
    *at = *end ? end + 1 : end;
    *end = '\0';
    return begin;
}

static const char *parse_migrate(char *at, live_request *out)
{
    static const char timeout[] = "timeout=", local[] = "local=", remote[] = "remote=";
    const char *word = next_word(&at);
    if (!word || strlen(word) > ROAM_NAME_MAX)
        return "migrate needs the name of a peer";
    memcpy(out->peer, word, strlen(word) + 1);
    while ((word = next_word(&at))) {
        if (strncmp(word, timeout, sizeof timeout - 1) == 0) {
            if (!live_duration_parse(word + sizeof timeout - 1, &out->options.timeout_ns))
                return "timeout= needs a time like 5s or 500ms";
        } else if (strncmp(word, local, sizeof local - 1) == 0) {
            if (!live_address_parse(word + sizeof local - 1, &out->options.local))
                return "local= needs an address like 192.0.2.1 or [2001:db8::1]:4433";
        } else if (strncmp(word, remote, sizeof remote - 1) == 0) {
            if (!live_address_parse(word + sizeof remote - 1, &out->options.remote) ||
                out->options.remote.port == 0)
                return "remote= needs an address with a port like 192.0.2.1:4433 or [2001:db8::1]:4433";
        } else {
            return "migrate takes timeout=, local= and remote= only";
        }
    }
    return NULL;
}

static const char *parse_send(char *at, live_request *out)
{
    const char *const word = next_word(&at);
    if (!word || strlen(word) > ROAM_NAME_MAX)
        return "send needs the name of a peer";
    if (*at == '\0' || strlen(at) > LIVE_PATH_MAX)
        return "send needs the path of a file after the name of the peer";
    memcpy(out->peer, word, strlen(word) + 1);
    memcpy(out->path, at, strlen(at) + 1);
    return NULL;
}

const char *live_request_parse(const char *text, size_t len, live_request *out)
{
    char line[LIVE_REQUEST_MAX];
    live_request request = {0};
    const char *why = NULL;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len >= sizeof line)
        return "the request is too long";
    memcpy(line, text, len);
    line[len] = '\0';
    const bool has_path = strncmp(line, "send ", strlen("send ")) == 0;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)line[i];
        if (c < ' ' || c == 0x7f || (c > '~' && !has_path))
            return has_path ? "the request has a control character"
                            : "the request is not one line of printable ASCII";
    }
    live_migrate_options_default(&request.options);
    char *at = line;
    const char *const verb = next_word(&at);
    if (verb && strcmp(verb, "migrate") == 0) {
        request.kind = LIVE_REQUEST_MIGRATE;
        why = parse_migrate(at, &request);
    } else if (verb && strcmp(verb, "changed") == 0) {
        request.kind = LIVE_REQUEST_CHANGED;
    } else if (verb && strcmp(verb, "peers") == 0) {
        request.kind = LIVE_REQUEST_PEERS;
    } else if (verb && strcmp(verb, "views") == 0) {
        request.kind = LIVE_REQUEST_VIEWS;
    } else if (verb && strcmp(verb, "send") == 0) {
        request.kind = LIVE_REQUEST_SEND;
        why = parse_send(at, &request);
    } else {
        return "the request is none of: changed, migrate NAME, peers, views, send NAME PATH";
    }
    const bool takes_words = request.kind == LIVE_REQUEST_MIGRATE || request.kind == LIVE_REQUEST_SEND;
    if (!takes_words && next_word(&at))
        return "there is a word too many in the request";
    if (!why)
        *out = request;
    return why;
}
