/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/refusal.h"

#include "sim/world.h"

typedef struct refusal_text {
    refusal why;
    int status; /* of the core or of host_open; 0: of neither */
    const char *name;
    const char *sentence; /* NULL: roam_strerror */
} refusal_text;

static const refusal_text TEXTS[] = {
    {REFUSAL_NOT_CONNECTED, ROAM_ERR_NOT_CONNECTED, "not_connected", NULL},
    {REFUSAL_NO_CONN, ROAM_ERR_NO_CONN, "no_conn", NULL},
    {REFUSAL_EXISTS, ROAM_ERR_EXISTS, "exists", NULL},
    {REFUSAL_ADDRESS_NOT_LOCAL, ROAM_ERR_ADDRESS_NOT_LOCAL, "address_not_local", NULL},
    {REFUSAL_ADDRESS_IN_USE, ROAM_ERR_ADDRESS_IN_USE, "address_in_use", NULL},
    {REFUSAL_ADDRESS_REFUSED, ROAM_ERR_ADDRESS_REFUSED, "address_refused", NULL},
    {REFUSAL_NO_ROUTE, ROAM_ERR_NO_ROUTE, "no_route", NULL},
    {REFUSAL_FAMILY, ROAM_ERR_FAMILY, "family", NULL},
    {REFUSAL_LIMIT, ROAM_ERR_LIMIT, "limit", NULL},
    {REFUSAL_STOPPED, 0, "stopped", "the node is stopped"},
    {REFUSAL_NO_RELAY, 0, "no_relay", "the relay has no address of that family"},
    {REFUSAL_NO_BINDING, 0, "no_binding", "a NAT on the way has no binding to give"},
    {REFUSAL_ATTACHED, 0, "attached", "the node is on that network already"},
    {REFUSAL_NOT_ATTACHED, 0, "not_attached", "the node is not on that network"},
    {REFUSAL_NO_ADDRESS, 0, "no_address", "the network has no address left"},
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
    const refusal_text *text = find(why);
    return text ? text->name : "";
}

const char *refusal_sentence(refusal why)
{
    const refusal_text *text = find(why);
    if (text && !text->sentence)
        return roam_strerror(text->status);
    return text ? text->sentence : "no refusal";
}

int refusal_or_fault(fault_latch *fault, const char *node, const char *what, int status)
{
    if (status == 0)
        return REFUSAL_NONE;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        if (TEXTS[i].status == status)
            return (int)TEXTS[i].why;
    const int code = status == ROAM_ERR_NO_MEMORY ? WORLD_ERR_MEMORY : WORLD_ERR_CORE;
    return fault_set(fault, code, "%s: %s: %s", node, what, roam_strerror(status));
}

int refusal_worse(int first, int second)
{
    if (first < 0 || second == 0)
        return first;
    return second < 0 || first == 0 ? second : first;
}
