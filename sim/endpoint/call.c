/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/call.h"

#include <assert.h>
#include <stdio.h>

static struct {
    const endpoint_call *current;
    endpoint_call_page *page;
} state;

void endpoint_call_share(endpoint_call_page *page)
{
    state.page = page;
}

void endpoint_call_enter(const endpoint_call *call)
{
    endpoint_call_page *const page = state.page;
    assert(!state.current);
    state.current = call;
    if (!page)
        return;
    (void)snprintf(page->adapter, sizeof page->adapter, "%s", call->adapter);
    (void)snprintf(page->node, sizeof page->node, "%s", call->node);
    (void)snprintf(page->function, sizeof page->function, "%s", call->function);
    page->now_ns = call->now_ns;
    page->calls++;
    page->inside = true;
}

void endpoint_call_leave(void)
{
    assert(state.current);
    state.current = NULL;
    if (state.page)
        state.page->inside = false;
}

const endpoint_call *endpoint_call_current(void)
{
    return state.current;
}
