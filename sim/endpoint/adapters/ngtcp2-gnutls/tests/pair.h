/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client and a server of the adapter, and a network between them that delays and drops. */
#ifndef NGTCP2_GNUTLS_TESTS_PAIR_H
#define NGTCP2_GNUTLS_TESTS_PAIR_H

#include "core/roam.h"
#include "core/tests/check.h"
#include "sim/endpoint/library.h"

#define PAIR_MS UINT64_C(1000000)
#define PAIR_DELAY_NS (10 * PAIR_MS) /* one way */

typedef struct pair pair;

typedef struct pair_event {
    uint64_t at_ns;
    roam_endpoint_event event;
} pair_event;

struct roam_endpoint_host {
    pair *pair;
    roam_identity *identity;
    uint64_t random;
    roam_endpoint *endpoint;
    roam_endpoint_connection *connection; /* NULL: none, or not announced yet */
    pair_event *events;
    size_t event_count, event_capacity;
    unsigned accepted, keylog_lines, sent;
    unsigned sent_from[8]; /* by address of the client */
    char keylog[4096];     /* the labels, each with a blank behind it */
    char said[256];        /* the latest log() */
    uint8_t latest[1500];  /* the datagram sent last */
    size_t qlog_bytes;
    char qlog_begin[16];
    bool qlog_ended;
    bool blocked;     /* stream_write took less than all, and no STREAM_WRITABLE came since */
    bool bulk;        /* streams are read and checked, and those of the peer are echoed */
    uint64_t to_send; /* bytes that are still to be written to stream 0 */
    uint64_t written, read;
    bool finished;
    /* what was wrong with what came */
    uint64_t wrong_bytes;
};

typedef struct pair_options {
    uint64_t seed;
    const roam_endpoint_option *options; /* of both ends */
    size_t option_count;
    bool disable_active_migration; /* at the server */
    bool no_server;                /* all that the client sends is lost */
    const char *client_alpn;       /* NULL: that of the server */
} pair_options;

struct pair {
    const roam_endpoint_library *library;
    uint64_t now_ns;
    roam_endpoint_host client, server;
    struct pair_packet *packets; /* under way, by arrival */
    roam_endpoint_address dead;  /* nothing comes from there or goes there */
    size_t largest;              /* longer datagrams are TOO_LARGE */
    uint64_t hash;               /* of all datagrams so far, with their times and addresses */
    bool no_server;
};

extern const roam_endpoint_calls pair_calls;

/* The adapter, opened once a process; NULL: it was not built. */
const roam_endpoint_library *pair_library(void);

/* Addresses of the client: 1, 2, ... */
roam_endpoint_path pair_path(uint8_t client);

/* The client begins a connection from address 1, in place of the one that it has. */
void pair_connect(pair *self);
/* Makes both ends, and connects. The result is to be freed. */
pair *pair_new(const pair_options *options);
void pair_free(pair *self);
/* Two ends whose handshake is confirmed. */
pair *pair_established(uint64_t seed);

/* Until that time: what falls on it happens too. */
void pair_run_until(pair *self, uint64_t until_ns);
void pair_run(pair *self, uint64_t for_ns);
void pair_flush(pair *self);
/* The client migrates to that address of its own. */
int pair_migrate(pair *self, uint8_t client, uint32_t mode);

unsigned pair_count(const roam_endpoint_host *end, uint32_t kind);
/* The first of that kind at or after that time; NULL: none. */
const pair_event *pair_find(const roam_endpoint_host *end, uint32_t kind, uint64_t from_ns);
/* Its time, or 0. */
uint64_t pair_time(const roam_endpoint_host *end, uint32_t kind, uint64_t from_ns);

/* As check_main; 77 where the adapter was not built. */
int pair_main(const char *suite, const check_test *tests, size_t count);
#define PAIR_MAIN(suite, tests)                                                                              \
    int main(void)                                                                                           \
    {                                                                                                        \
        return pair_main(suite, tests, sizeof tests / sizeof tests[0]);                                      \
    }

#endif
