/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tap/observer_set.h"

#include "sim/tap/packet_inspector.h"

/* Calls one function of every observer that has it. */
#define TELL(set, function, ...)                                                                             \
    for (size_t i = 0; i < (set)->count; i++) {                                                              \
        const observer *const item = &(set)->items[i];                                                       \
        if (item->function)                                                                                  \
            item->function(item->ctx, __VA_ARGS__);                                                          \
    }

observer_set observer_set_of(const observer *items, size_t count)
{
    observer_set set = {.items = items, .count = count};
    for (size_t i = 0; i < count; i++) {
        set.packet |= items[i].packet != NULL;
        set.keylog |= items[i].keylog != NULL;
        set.qlog |= items[i].qlog != NULL;
        set.frames |= items[i].frames;
        set.checksums |= items[i].checksums;
    }
    return set;
}

void observer_set_packet(const observer_set *set, const observer_packet *packet, uint64_t now_ns)
{
    TELL(set, packet, packet, now_ns)
}

void observer_set_timeline(const observer_set *set, const scenario_event *event, uint64_t now_ns)
{
    TELL(set, timeline, event, now_ns)
}

void observer_set_refused(const observer_set *set, const observer_refused *refused, uint64_t now_ns)
{
    TELL(set, refused, refused, now_ns)
}

void observer_set_lacks(const observer_set *set, uint32_t node, const char *what, uint64_t now_ns)
{
    TELL(set, lacks, node, what, now_ns)
}

void observer_set_endpoint_log(const observer_set *set, uint32_t node, const char *text, uint64_t now_ns)
{
    TELL(set, endpoint_log, node, text, now_ns)
}

void observer_set_migrate_called(const observer_set *set, const observer_migrate *migrate, uint64_t now_ns)
{
    TELL(set, migrate_called, migrate, now_ns)
}

void observer_set_migrate_done(const observer_set *set, uint32_t call, const roam_migration_record *record,
                               uint64_t now_ns)
{
    TELL(set, migrate_done, call, record, now_ns)
}

void observer_set_migrate_dropped(const observer_set *set, uint32_t call, uint64_t now_ns)
{
    TELL(set, migrate_dropped, call, now_ns)
}

void observer_set_dial(const observer_set *set, uint32_t node, uint32_t to, uint64_t now_ns)
{
    TELL(set, dial, node, to, now_ns)
}

void observer_set_redial(const observer_set *set, const observer_redial *told, uint64_t now_ns)
{
    TELL(set, redial, told, now_ns)
}

void observer_set_reconnect(const observer_set *set, const observer_reconnect *reconnect, uint64_t now_ns)
{
    TELL(set, reconnect, reconnect, now_ns)
}

void observer_set_stream(const observer_set *set, uint32_t traffic, bool lost, uint64_t now_ns)
{
    TELL(set, stream, traffic, lost, now_ns)
}

void observer_set_core_event(const observer_set *set, uint32_t node, uint32_t other, const roam_event *event,
                             uint64_t now_ns)
{
    TELL(set, core_event, node, other, event, now_ns)
}

void observer_set_stepped(const observer_set *set, uint32_t node)
{
    TELL(set, stepped, node)
}

void observer_set_message(const observer_set *set, const observer_message *message, bool delivered,
                          uint64_t now_ns)
{
    if (delivered)
        TELL(set, message_delivered, message, now_ns)
    else
        TELL(set, message_sent, message, now_ns)
}

void observer_set_address(const observer_set *set, uint32_t node, uint32_t network, const roam_addr *addr,
                          bool attached, uint64_t now_ns)
{
    TELL(set, address, node, network, addr, attached, now_ns)
}

void observer_set_nat(const observer_set *set, const observer_nat *told, uint64_t now_ns)
{
    TELL(set, nat, told, now_ns)
}

void observer_set_background(const observer_set *set, const observer_background *told, uint64_t now_ns)
{
    TELL(set, background, told, now_ns)
}

void observer_set_icmp(const observer_set *set, uint32_t node, const icmp_error *error, int taken,
                       uint64_t now_ns)
{
    TELL(set, icmp, node, error, taken, now_ns)
}

void observer_set_keylog(const observer_set *set, uint32_t node, const char *line, uint64_t now_ns)
{
    if (set->inspector)
        packet_inspector_keylog(set->inspector, line);
    TELL(set, keylog, node, line, now_ns)
}

void observer_set_qlog(const observer_set *set, uint32_t node, uint32_t connection, bool dialled,
                       const roam_qlog *told)
{
    TELL(set, qlog, node, connection, dialled, told)
}
