/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a datagram that was lost: why, and where. */
#include "tools/witness/explain_story.h"

#include <string.h>

typedef struct losing {
    const explain_run *run;
    const explain_drop *drop;
    char *text;
} losing;

static const char *network_of(const losing *self)
{
    return self->drop->place == EXPLAIN_NONE
               ? "?"
               : self->run->networks[self->drop->place % self->run->network_count].name;
}

static const char *host_of(const losing *self)
{
    return self->drop->place == EXPLAIN_NONE
               ? "?"
               : self->run->nodes[self->drop->place / self->run->network_count].name;
}

static void tell_queue(const losing *self)
{
    const bool up = self->drop->up;
    explain_put(self->text, "queue %s->%s full", up ? host_of(self) : network_of(self),
                up ? network_of(self) : host_of(self));
}

bool explain_loss_aims_nowhere(const explain_run *run, const explain_drop *drop)
{
    return strcmp(drop->reason, "detached") == 0 &&
           (!drop->up || explain_run_owner(run, &drop->source, drop->at_ns) == drop->place);
}

static void tell_detached(const losing *self)
{
    explain_put(self->text, "%s gone",
                explain_loss_aims_nowhere(self->run, self->drop) ? "destination" : "source");
}

/* "NAT carrier", if the run has no other: a drop does not name it. */
static void put_nat(const losing *self)
{
    if (self->run->nat_count == 1)
        explain_put(self->text, "NAT %s", self->run->nats[0].name);
    else
        explain_put(self->text, "a NAT");
}

static void tell_exhausted(const losing *self)
{
    put_nat(self);
    explain_put(self->text, " has no port left");
}

static void tell_filtered(const losing *self)
{
    explain_put(self->text, "filtered by ");
    put_nat(self);
}

static void tell_no_binding(const losing *self)
{
    put_nat(self);
    explain_put(self->text, " has no such binding");
}

static void tell_hairpin(const losing *self)
{
    put_nat(self);
    explain_put(self->text, " does not hairpin");
}

static void tell_stale(const losing *self)
{
    explain_put(self->text, "stale in ");
    put_nat(self);
}

static void tell_mid_flow(const losing *self)
{
    put_nat(self);
    explain_put(self->text, " does not know the flow");
}

static const struct {
    const char *reason;
    const char *words; /* NULL: tell */
    void (*tell)(const losing *self);
} LOSSES[] = {
    {"queue", NULL, tell_queue},
    {"loss", "random loss", NULL},
    {"down", "link down", NULL},
    {"blackhole", "black hole", NULL},
    {"detached", NULL, tell_detached},
    {"mtu", "longer than the link's MTU", NULL},
    {"medium", "given up by the medium", NULL},
    {"malformed", "no IP datagram", NULL},
    {"checksum", "damaged: wrong checksum", NULL},
    {"fault", "dropped by the timeline", NULL},
    {"partition", "parted by the timeline", NULL},
    {"suspended", "its host is suspended", NULL},
    {"nat_exhausted", NULL, tell_exhausted},
    {"nat_filtered", NULL, tell_filtered},
    {"nat_no_binding", NULL, tell_no_binding},
    {"nat_hairpin", NULL, tell_hairpin},
    {"nat_stale", NULL, tell_stale},
    {"nat_mid_flow", NULL, tell_mid_flow},
    {"nat_prefix", "has no translation of its prefix", NULL},
};

const char *explain_loss_reason(const char *name)
{
    for (size_t i = 0; name && i < sizeof LOSSES / sizeof *LOSSES; i++)
        if (strcmp(LOSSES[i].reason, name) == 0)
            return LOSSES[i].reason;
    return "another reason";
}

const char *explain_loss(const explain_run *run, uint32_t drop, char *text)
{
    const losing self = {run, &run->drops[drop], text};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof LOSSES / sizeof *LOSSES; i++)
        if (strcmp(LOSSES[i].reason, self.drop->reason) == 0) {
            if (LOSSES[i].tell)
                LOSSES[i].tell(&self);
            else
                explain_put(text, "%s", LOSSES[i].words);
            return text;
        }
    explain_put(text, "%s", self.drop->reason);
    return text;
}

/* ---- how many of each ---- */

void explain_losses_add(const explain_run *run, uint32_t drop, explain_losses *self)
{
    char words[EXPLAIN_TEXT_MAX];
    (void)explain_loss(run, drop, words);
    self->count++;
    for (size_t i = 0; i < self->kind_count; i++)
        if (strncmp(self->kinds[i].words, words, EXPLAIN_LOSS_MAX - 1) == 0) {
            self->kinds[i].count++;
            return;
        }
    if (self->kind_count == EXPLAIN_LOSSES_MAX)
        return;
    (void)snprintf(self->kinds[self->kind_count].words, EXPLAIN_LOSS_MAX, "%.*s", EXPLAIN_LOSS_MAX - 1,
                   words);
    self->kinds[self->kind_count++].count = 1;
}

void explain_losses_put(const explain_losses *self, char *text)
{
    if (self->kind_count == 1) {
        explain_put(text, ": %s", self->kinds[0].words);
        return;
    }
    for (size_t i = 0; i < self->kind_count; i++)
        explain_put(text, "%s%zu %s", i == 0 ? ": " : ", ", self->kinds[i].count, self->kinds[i].words);
}
