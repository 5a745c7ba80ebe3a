/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/node_index.h"

#include <stdlib.h>
#include <string.h>

typedef struct name {
    const char *text;
    uint32_t node;
} name;

struct node_index {
    name *names; /* sorted */
    size_t count;
    size_t *first;    /* of each node in others; one more than there are nodes */
    uint32_t *others; /* by node */
};

static int compare_names(const void *left, const void *right)
{
    const name *const a = left;
    const name *const b = right;
    return strcmp(a->text, b->text);
}

/* Counting sort of the peers by node, each under both its ends. */
static void list_others(node_index *self, const scenario *whole)
{
    for (size_t i = 0; i < whole->peer_count; i++) {
        self->first[whole->peers[i].dialer]++;
        self->first[whole->peers[i].acceptor]++;
    }
    for (size_t i = 1; i <= self->count; i++)
        self->first[i] += self->first[i - 1];
    /* first[n] is the end of n's now, and each entry from the back moves it towards the beginning. */
    for (size_t i = whole->peer_count; i > 0; i--) {
        const scenario_peer *const peer = &whole->peers[i - 1];
        self->others[--self->first[peer->dialer]] = peer->acceptor;
        self->others[--self->first[peer->acceptor]] = peer->dialer;
    }
}

node_index *node_index_new(const scenario *whole)
{
    node_index *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->count = whole->node_count;
    self->names = calloc(self->count + 1, sizeof *self->names);
    self->first = calloc(self->count + 1, sizeof *self->first);
    self->others = calloc(2 * whole->peer_count + 1, sizeof *self->others);
    if (!self->names || !self->first || !self->others) {
        node_index_free(self);
        return NULL;
    }
    for (uint32_t i = 0; i < self->count; i++)
        self->names[i] = (name){whole->nodes[i].name, i};
    qsort(self->names, self->count, sizeof *self->names, compare_names);
    list_others(self, whole);
    return self;
}

void node_index_free(node_index *self)
{
    if (!self)
        return;
    free(self->names);
    free(self->first);
    free(self->others);
    free(self);
}

uint32_t node_index_find(const node_index *self, const char *text)
{
    name wanted = {text, SCENARIO_NONE};
    const name *const found = bsearch(&wanted, self->names, self->count, sizeof *self->names, compare_names);
    return found ? found->node : SCENARIO_NONE;
}

const uint32_t *node_index_others(const node_index *self, uint32_t node, size_t *count)
{
    *count = self->first[node + 1] - self->first[node];
    return self->others + self->first[node];
}
