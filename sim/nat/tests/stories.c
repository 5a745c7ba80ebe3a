/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/tests/stories.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS = 26, TEXT_MAX = 160, OUTCOME_MAX = 16 };

const char *const NAT_STORY_KINDS[STORY_KINDS] = {"linux-masquerade", "linux-masquerade-random",
                                                  "home-router"};

const nat_story NAT_STORIES[] = {
    {.name = "mapping: one external endpoint towards all, unless ports are random",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 out a:5000 s:443 x | kept | as x | kept",
               "0 out a:5000 s:444 y | kept | new | kept", "0 out a:5000 t:443 z | kept | new | kept",
               "0 in s:443 x | a:5000", "0 in s:444 y | a:5000", "0 in t:443 z | a:5000"}},
    {.name = "filtering: only the remote endpoint that was sent to",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 in s:443 x | a:5000", "0 in s:444 x | lost",
               "0 in t:443 x | lost", "0 in s:443 x | a:5000"}},
    {.name = "ports: one external endpoint serves two hosts towards different remotes",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 out b:5000 t:443 y | kept | new | kept",
               "0 in s:443 x | a:5000", "0 in t:443 y | b:5000", "0 out b:5000 s:443 z | new",
               "0 in s:443 z | b:5000", "0 in s:443 x | a:5000"}},
    {.name = "ports: the newest endpoint of a host's port is used again, before its own port",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 out b:5000 s:443 y | new",
               "0 out b:5000 t:443 z | as y | new | as y", "0 out b:5000 s:444 w | as y | new | as y",
               "0 in t:443 z | b:5000", "0 in s:444 w | b:5000"}},
    {.name = "ports: system ports stay system ports",
     .steps = {"0 out a:700 s:443 x | kept | new | kept", "0 out b:700 s:443 y | new",
               "0 out a:80 s:443 z | kept | new | kept", "0 out b:80 s:443 w | new"}},
    {.name = "ports: a range is exhausted towards one remote, not towards another",
     .port_first = 6000,
     .port_last = 6003,
     .steps = {"0 out a:7000 s:443 v | new", "0 out b:7000 s:443 w | new", "0 out c:7000 s:443 x | new",
               "0 out d:7000 s:443 y | new", "0 out e:7000 s:443 z | lost", "0 delete c s | done",
               "0 out e:7000 s:443 z | as x", "0 in s:443 z | e:7000"}},
    {.name = "ports: what is in the range is kept",
     .port_first = 6000,
     .port_last = 60000,
     .steps = {"0 out a:6002 s:443 x | kept | new | kept", "0 out a:5000 s:443 y | new",
               "0 in s:443 y | a:5000"}},
    {.name = "deleted, and the client speaks first",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 in s:443 x | a:5000", "0 delete a s | done",
               "0 out a:5000 s:443 y | kept | new | kept", "0 in s:443 y | a:5000"}},
    {.name = "deleted, and the server speaks first",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 in s:443 x | a:5000", "0 delete a s | done",
               "0 in s:443 x | lost", "0 out a:5000 s:443 y | new | new | kept", "0 in s:443 y | a:5000",
               "0 in s:443 x | lost | lost | a:5000"}},
    {.name = "deleted towards one remote, which speaks first",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 out a:5000 t:443 y | kept | new | kept",
               "0 delete a s | done", "0 in s:443 x | lost", "0 in t:443 y | a:5000",
               "0 out a:5000 s:443 z | new | new | kept", "0 in t:443 y | a:5000"}},
    {.name = "all deleted, with what the server left",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 delete a s | done", "0 in s:443 x | lost",
               "0 delete all | done", "0 out a:5000 s:443 y | kept | new | kept"}},
    {.name = "a remote speaks to an endpoint before it was spoken to",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 in t:443 x | lost",
               "0 out a:5000 t:443 y | new | new | kept", "0 in t:443 y | a:5000"}},
    {.name = "hairpinning",
     .steps = {"0 out a:5000 s:443 x | kept | new | kept", "0 out b:5001 s:443 y | kept | new | kept",
               "0 hairpin b:5001 x | lost", "0 in s:443 x | a:5000"}},
    /* Unanswered: 2 s. Once answered and older than 2 s: 3 s. A packet in either direction refreshes. */
    {.name = "timers",
     .steps = {"0 out a:6000 s:443 a | kept | new | kept", /* never answered, refreshed from inside */
               "0 out a:6001 s:443 b | kept | new | kept", /* never answered */
               "0 out a:6002 s:443 c | kept | new | kept", /* answered once, when young */
               "0 out a:6003 s:443 d | kept | new | kept", /* a stream, refreshed from inside and then from
                                                              outside */
               "0 out a:6004 s:443 e | kept | new | kept", /* a stream by packets from outside alone */
               "0 out a:6005 s:443 f | kept | new | kept", /* first answered when old */
               "0 out a:6006 s:443 i | kept | new | kept", /* answered, and no packet when older than 2 s */
               "0.2 in s:443 c | a:6002",
               "0.2 in s:443 d | a:6003",
               "0.2 in s:443 e | a:6004",
               "0.2 in s:443 i | a:6006",
               "1.2 out a:6000 s:443 a | kept | as a | kept",
               "1.2 out a:6003 s:443 d | kept | as d | kept",
               "1.2 in s:443 e | a:6004",
               "1.2 out a:6005 s:443 f | kept | as f | kept",
               "1.6 out a:6006 s:443 i | kept | as i | kept",
               "2.4 out a:6003 s:443 d | kept | as d | kept",
               "2.4 in s:443 f | a:6005",
               "2.6 in s:443 a | a:6000",
               "2.6 in s:443 b | lost",
               "2.6 in s:443 e | a:6004",
               "2.8 in s:443 c | lost",
               "2.9 out a:6002 s:443 g | new | new | kept", /* the server had spoken last */
               "4.1 in s:443 i | lost",
               "4.9 in s:443 d | a:6003",
               "4.9 in s:443 f | lost",
               "5.1 in s:443 e | a:6004",
               "5.2 out a:6001 s:443 h | kept | new | kept", /* what the server left at 2.6 is gone */
               "7.4 in s:443 d | a:6003",
               "11 in s:443 d | lost"}},
    {0},
};

/* ---- Steps ---- */

typedef struct telling {
    const nat_story *story;
    nat_story_kind kind;
    const nat_stage *stage;
    roam_addr labelled[LABELS]; /* family NONE: not yet */
    unsigned faults;
} telling;

static roam_addr ipv4(uint8_t b, uint8_t d, uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {10, b, 0, d}};
}

roam_addr nat_story_external(void)
{
    return ipv4(9, 1, 0);
}

static roam_addr host_of(char name, unsigned port)
{
    return name >= 's' ? ipv4(9, (uint8_t)(2 + name - 's'), (uint16_t)port)
                       : ipv4(1, (uint8_t)(2 + name - 'a'), (uint16_t)port);
}

static void name_inside(const roam_addr *inside, char outcome[OUTCOME_MAX])
{
    snprintf(outcome, OUTCOME_MAX, "%c:%u", 'a' + inside->bytes[3] - 2, inside->port);
}

static void name_external(const telling *self, const roam_addr *external, uint16_t internal_port,
                          char outcome[OUTCOME_MAX])
{
    if (external->port == internal_port) {
        snprintf(outcome, OUTCOME_MAX, "kept");
        return;
    }
    for (int i = 0; i < LABELS; i++) {
        if (self->labelled[i].family != ROAM_FAMILY_NONE && self->labelled[i].port == external->port) {
            snprintf(outcome, OUTCOME_MAX, "as %c", 'a' + i);
            return;
        }
    }
    snprintf(outcome, OUTCOME_MAX, "%s", (external->port < 1024) == (internal_port < 1024) ? "new" : "odd");
}

static bool act_out(telling *self, const char *act, char outcome[OUTCOME_MAX])
{
    char inside_name, remote_name, label;
    unsigned inside_port, remote_port;
    if (sscanf(act, "out %c:%u %c:%u %c", &inside_name, &inside_port, &remote_name, &remote_port, &label) !=
        5)
        return false;
    const roam_addr inside = host_of(inside_name, inside_port), remote = host_of(remote_name, remote_port);
    roam_addr external;
    if (self->stage->out(self->stage->ctx, &inside, &remote, &external)) {
        name_external(self, &external, inside.port, outcome);
        self->labelled[label - 'a'] = external;
    }
    return true;
}

static bool act_in(telling *self, const char *act, char outcome[OUTCOME_MAX])
{
    char name, label;
    unsigned port;
    const bool in = sscanf(act, "in %c:%u %c", &name, &port, &label) == 3;
    if (!in && sscanf(act, "hairpin %c:%u %c", &name, &port, &label) != 3)
        return false;
    const roam_addr from = host_of(name, port), *external = &self->labelled[label - 'a'];
    roam_addr inside;
    assert(external->family != ROAM_FAMILY_NONE);
    if ((in ? self->stage->in : self->stage->hairpin)(self->stage->ctx, &from, external, &inside))
        name_inside(&inside, outcome);
    return true;
}

static bool act_delete(telling *self, const char *act, char outcome[OUTCOME_MAX])
{
    char inside_name, remote_name;
    if (strcmp(act, "delete all") == 0) {
        self->stage->expire(self->stage->ctx, NULL, NULL);
    } else if (sscanf(act, "delete %c %c", &inside_name, &remote_name) == 2) {
        const roam_addr inside = host_of(inside_name, 0), remote = host_of(remote_name, 0);
        self->stage->expire(self->stage->ctx, &inside, &remote);
    } else {
        return false;
    }
    snprintf(outcome, OUTCOME_MAX, "done");
    return true;
}

/* The first part of a step that ends with ` | `, which is cut off. */
static char *part(char **rest)
{
    char *begin = *rest, *end = begin ? strstr(begin, " | ") : NULL;
    if (end)
        *end = '\0';
    *rest = end ? end + 3 : NULL;
    return begin;
}

static void tell_step(telling *self, const char *step)
{
    char text[TEXT_MAX], outcome[OUTCOME_MAX] = "lost", *rest = text, *act;
    snprintf(text, sizeof text, "%s", step);
    const double at_s = strtod(part(&rest), &act);
    act += strspn(act, " ");
    const char *wanted = part(&rest);
    for (int i = 0; i < (int)self->kind && rest; i++)
        wanted = part(&rest);
    self->stage->until(self->stage->ctx, (uint64_t)(at_s * 1000 + 0.5) * 1000000);
    const bool known =
        act_out(self, act, outcome) || act_in(self, act, outcome) || act_delete(self, act, outcome);
    assert(known);
    if (strcmp(outcome, wanted) != 0) {
        printf("  %s: %s\n    %s: got %s, wanted %s\n", NAT_STORY_KINDS[self->kind], self->story->name, step,
               outcome, wanted);
        self->faults++;
    }
}

unsigned nat_story_tell(const nat_story *story, nat_story_kind kind, const nat_stage *stage)
{
    telling self = {.story = story, .kind = kind, .stage = stage};
    for (size_t i = 0; story->steps[i]; i++)
        tell_step(&self, story->steps[i]);
    return self.faults;
}
