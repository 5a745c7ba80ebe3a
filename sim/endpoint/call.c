/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/call.h"

#include "sim/endpoint/virtual_os.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

static struct {
    const endpoint_call *current;
    endpoint_call_page *page;
    const char *fault; /* of the call under way */
} state;

void endpoint_call_share(endpoint_call_page *page)
{
    virtual_os_find();
    state.page = page;
}

static void copy(char to[ENDPOINT_CALL_NAME_MAX], const char *from)
{
    const size_t len = strnlen(from, ENDPOINT_CALL_NAME_MAX - 1);
    memcpy(to, from, len);
    to[len] = '\0';
}

static void note(endpoint_call_page *page, const endpoint_call *call)
{
    copy(page->adapter, call->adapter);
    copy(page->node, call->node);
    copy(page->function, call->function);
    page->now_ns = call->now_ns;
    page->calls++;
    page->inside = true;
}

void endpoint_call_enter(const endpoint_call *call)
{
    assert(!state.current);
    if (state.page)
        note(state.page, call);
    state.fault = NULL;
    state.current = call;
}

const char *endpoint_call_leave(void)
{
    assert(state.current);
    state.current = NULL;
    if (state.page)
        state.page->inside = false;
    return state.fault;
}

const endpoint_call *endpoint_call_current(void)
{
    return state.current;
}

void endpoint_call_fault(const char *rule)
{
    endpoint_call_page *const page = state.page;
    char place[ENDPOINT_CALL_PLACE_MAX];
    if (!state.fault)
        state.fault = rule;
    if (!page || !state.current || page->fault[0] != '\0')
        return;
    endpoint_call_place(state.current, place);
    (void)snprintf(page->fault, sizeof page->fault, "%s: %.140s", place, rule);
}

endpoint_call endpoint_call_latest(const endpoint_call_page *page)
{
    return (endpoint_call){
        .adapter = page->adapter, .node = page->node, .function = page->function, .now_ns = page->now_ns};
}

void endpoint_call_place(const endpoint_call *call, char text[ENDPOINT_CALL_PLACE_MAX])
{
    (void)snprintf(text, ENDPOINT_CALL_PLACE_MAX,
                   "%.60s at %" PRIu64 ".%09" PRIu64 " s: the adapter %.60s, in %.60s", call->node,
                   call->now_ns / SECOND_NS, call->now_ns % SECOND_NS, call->adapter, call->function);
}
