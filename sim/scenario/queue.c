/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Queues of links: in packets, in bytes, or as a time of the link's rate. */
#include "sim/scenario/internal.h"

#include <string.h>

scenario_queue_limits scenario_link_queue(const scenario_link *link)
{
    const uint64_t amount = scenario_queue_amount(link->queue);
    scenario_queue_limits limits = {.packets = SCENARIO_PACKETS_MAX, .bytes = amount};
    switch (scenario_queue_unit(link->queue)) {
    case SCENARIO_QUEUE_PACKETS:
        return (scenario_queue_limits){.packets = (uint32_t)amount, .bytes = 0};
    case SCENARIO_QUEUE_BYTES:
        return limits;
    case SCENARIO_QUEUE_TIME:
        break;
    }
    /* Cut to whole bytes a second, and below 2^64: the rate is at most 1 Tbps, the time a minute. */
    const uint64_t second = link->rate_bps / 8;
    const uint64_t rest_ns = amount % SCENARIO_SECOND_NS;
    limits.bytes = second * (amount / SCENARIO_SECOND_NS) +
                   second / 1000 * rest_ns / (SCENARIO_SECOND_NS / 1000) +
                   second % 1000 * rest_ns / SCENARIO_SECOND_NS;
    if (limits.bytes > SCENARIO_QUEUE_MAX_BYTES)
        limits.bytes = SCENARIO_QUEUE_MAX_BYTES;
    if (limits.bytes == 0 && link->rate_bps > 0)
        limits.bytes = 1;
    return limits;
}

static const struct {
    units_kind kind;
    uint64_t max;
} UNITS[] = {
    [SCENARIO_QUEUE_PACKETS] = {UNITS_PACKETS, SCENARIO_PACKETS_MAX},
    [SCENARIO_QUEUE_BYTES] = {UNITS_SIZE, SCENARIO_QUEUE_MAX_BYTES},
    [SCENARIO_QUEUE_TIME] = {UNITS_DURATION, SCENARIO_QUEUE_MAX_NS},
};

bool scenario_read_queue(scenario_reader *reader, const tree_node *value, const key_row *row, uint64_t *queue)
{
    char message[UNITS_MESSAGE_MAX];
    uint64_t amount;
    for (scenario_queue_units unit = SCENARIO_QUEUE_PACKETS; unit <= SCENARIO_QUEUE_TIME; unit++) {
        const int status = units_parse(UNITS[unit].kind, value->text, 1, UNITS[unit].max, &amount, message);
        if (status == UNITS_OK)
            *queue = scenario_queue_of(unit, amount);
        else if (status == UNITS_ERR_RANGE)
            scenario_fault(reader, value->place, "%s: %s", row->name, message);
        if (status != UNITS_ERR_SYNTAX)
            return status == UNITS_OK;
    }
    scenario_fault(reader, value->place,
                   "%s: '%.40s' is no queue: write for example 64pkt, 90kB, or 100ms of the link's rate",
                   row->name, value->text);
    return false;
}

bool scenario_check_queue_unit(scenario_reader *reader, const tree_node *entry, scenario_link_type type,
                               scenario_queue queue)
{
    const tree_node *const value = tree_get(entry, "queue");
    const bool good = !value || scenario_queue_unit(queue) == SCENARIO_QUEUE_PACKETS ||
                      (type != SCENARIO_LINK_P2P && type != SCENARIO_LINK_CSMA);
    if (!good)
        scenario_fault(reader, value->place, "a %s counts its queue in packets: write for example 100pkt",
                       type == SCENARIO_LINK_P2P ? "p2p link" : "csma bus");
    return good;
}

static void check_link(scenario_reader *reader, const tree_node *key, scenario_link_type type)
{
    switch (type) {
    case SCENARIO_LINK_PIPE:
        break;
    case SCENARIO_LINK_P2P:
        scenario_fault(reader, key->key_place, "'%s' is for link: pipe: p2p is a link of ns-3's for one node",
                       key->key);
        break;
    case SCENARIO_LINK_CSMA:
    case SCENARIO_LINK_WIFI:
        scenario_fault(reader, key->key_place, "'%s' is for link: pipe: nodes share %s as it is", key->key,
                       type == SCENARIO_LINK_CSMA ? "a csma bus" : "the air");
        break;
    }
}

/* A time is of a rate, and so many bytes at most. */
static void check_time(scenario_reader *reader, const tree_node *value, const scenario_link *link)
{
    char rate[UNITS_TEXT_MAX];
    if (link->rate_bps == 0) {
        scenario_fault(reader, value->place, "a queue of %s needs a rate: write for example rate: 20Mbps",
                       value->text);
    } else if (scenario_link_queue(link).bytes == SCENARIO_QUEUE_MAX_BYTES) {
        scenario_fault(reader, value->place, "a queue of %s at %s is too large: at most 100MB", value->text,
                       units_format(UNITS_RATE, link->rate_bps, rate));
    }
}

void scenario_check_queue(scenario_reader *reader, const tree_node *entry, const scenario_network *network)
{
    const tree_node *const queue = tree_get(entry, "queue");
    const tree_node *const shared = network->shared ? tree_get(entry, "shared") : NULL;
    const tree_node *const discipline =
        network->discipline != SCENARIO_DROPTAIL ? tree_get(entry, "discipline") : NULL;
    const tree_node *const asked = shared ? shared : discipline;
    if (shared)
        check_link(reader, shared, network->link_type);
    if (discipline)
        check_link(reader, discipline, network->link_type);
    if (asked && network->link_type == SCENARIO_LINK_PIPE && network->link.rate_bps == 0)
        scenario_fault(reader, asked->place,
                       "'%s' has no rate, so nothing ever waits: write for example rate: 20Mbps",
                       network->name);
    else if (queue && scenario_check_queue_unit(reader, entry, network->link_type, network->link.queue) &&
             scenario_queue_unit(network->link.queue) == SCENARIO_QUEUE_TIME)
        check_time(reader, queue, &network->link);
}

const char *scenario_queue_format(scenario_queue queue, char *text)
{
    return units_format(UNITS[scenario_queue_unit(queue)].kind, scenario_queue_amount(queue), text);
}

void scenario_explain_queue(const scenario_network *network, FILE *stream)
{
    static const char *const NAMES[] = {[SCENARIO_DROPTAIL] = "drop-tail",
                                        [SCENARIO_CODEL] = "CoDel",
                                        [SCENARIO_FQ_CODEL] = "FQ-CoDel",
                                        [SCENARIO_RED] = "RED"};
    const scenario_queue queue = network->link.queue;
    char text[UNITS_TEXT_MAX];
    if (!network->shared && network->discipline == SCENARIO_DROPTAIL &&
        scenario_queue_unit(queue) == SCENARIO_QUEUE_PACKETS)
        return;
    fprintf(stream, ", queue %s", scenario_queue_format(queue, text));
    if (scenario_queue_unit(queue) == SCENARIO_QUEUE_TIME)
        fprintf(stream, " (%s)", units_format(UNITS_SIZE, scenario_link_queue(&network->link).bytes, text));
    fprintf(stream, " %s", NAMES[network->discipline]);
    if (network->shared)
        fprintf(stream, ", shared by all nodes");
}
