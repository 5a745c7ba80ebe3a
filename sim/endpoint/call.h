/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which call of an adapter is under way. One at a time in a process: calls do not nest.
 *
 * It serves three: host calls from outside of a call are refused; what the adapter asks the operating system
 * for is answered from the run, or refused (virtual_os.h); and after a crash or a hang the parent of the
 * process reads from the shared page whose fault it is (isolate.h).
 */
#ifndef SIM_ENDPOINT_CALL_H
#define SIM_ENDPOINT_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENDPOINT_CALL_NAME_MAX 64
#define ENDPOINT_CALL_PLACE_MAX 288
#define ENDPOINT_CALL_TEXT_MAX 448

/* What a call may ask of its node. All outlives the call. */
typedef struct endpoint_call {
    const char *adapter;  /* name of the endpoint in the scenario, or of the library */
    const char *node;     /* whose endpoint it is */
    const char *function; /* member of roam_endpoint_library; "dlopen" for the constructors of a library */
    uint64_t now_ns;
    void (*random)(void *ctx, uint8_t *bytes, size_t len);
    void *ctx;
} endpoint_call;

/* The page that a parent shares with the process of a run. Texts are cut to their room. */
typedef struct endpoint_call_page {
    char adapter[ENDPOINT_CALL_NAME_MAX], node[ENDPOINT_CALL_NAME_MAX], function[ENDPOINT_CALL_NAME_MAX];
    uint64_t now_ns;
    uint64_t calls;                     /* begun so far; a parent that sees it stand still sees a hang */
    volatile bool inside;               /* a call is under way */
    char fault[ENDPOINT_CALL_TEXT_MAX]; /* the first breach of a rule, as a sentence; "": none */
} endpoint_call_page;

/* From now on calls are noted there; NULL: nowhere. */
void endpoint_call_share(endpoint_call_page *page);

void endpoint_call_enter(const endpoint_call *call);
/* The rule that the call broke by what it asked the operating system for, as endpoint_call_fault had it;
 * NULL: none. */
const char *endpoint_call_leave(void);
/* NULL: none is under way. */
const endpoint_call *endpoint_call_current(void);

/* The call under way breaks a rule: "pthread_create: an adapter starts no thread". The text outlives the
 * process's calls; the first of a call counts. */
void endpoint_call_fault(const char *rule);

/* The latest call of the page, without its random; the texts are those of the page. */
endpoint_call endpoint_call_latest(const endpoint_call_page *page);

/* "laptop at 1.500000000 s: the adapter mine, in receive". */
void endpoint_call_place(const endpoint_call *call, char text[ENDPOINT_CALL_PLACE_MAX]);

#endif
