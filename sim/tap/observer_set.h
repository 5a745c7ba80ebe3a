/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The observers of a world, called one after the other. */
#ifndef SIM_TAP_OBSERVER_SET_H
#define SIM_TAP_OBSERVER_SET_H

#include "sim/tap/observer.h"

#include <stdbool.h>
#include <stddef.h>

/* Value; it does not own items. */
typedef struct observer_set {
    const observer *items;
    size_t count;
    bool packet; /* an observer needs packets: to be read before one is prepared */
    bool keylog;
    bool qlog;
    bool frames;                        /* an observer needs observer_packet.view */
    bool checksums;                     /* an observer needs those of observer_packet.bytes */
    struct packet_inspector *inspector; /* reads the payload; NULL: not needed */
} observer_set;

observer_set observer_set_of(const observer *items, size_t count);

void observer_set_packet(const observer_set *set, const observer_packet *packet, uint64_t now_ns);
void observer_set_timeline(const observer_set *set, const scenario_event *event, uint64_t now_ns);
void observer_set_refused(const observer_set *set, const observer_refused *refused, uint64_t now_ns);
void observer_set_lacks(const observer_set *set, uint32_t node, const char *what, uint64_t now_ns);
void observer_set_endpoint_log(const observer_set *set, uint32_t node, const char *text, uint64_t now_ns);
void observer_set_migrate_called(const observer_set *set, const observer_migrate *migrate, uint64_t now_ns);
void observer_set_migrate_done(const observer_set *set, uint32_t call, const roam_migration_record *record,
                               uint64_t now_ns);
void observer_set_migrate_dropped(const observer_set *set, uint32_t call, uint64_t now_ns);
void observer_set_dial(const observer_set *set, uint32_t node, uint32_t to, uint64_t now_ns);
void observer_set_redial(const observer_set *set, const observer_redial *told, uint64_t now_ns);
void observer_set_reconnect(const observer_set *set, const observer_reconnect *reconnect, uint64_t now_ns);
void observer_set_stream(const observer_set *set, uint32_t traffic, bool lost, uint64_t now_ns);
void observer_set_core_event(const observer_set *set, uint32_t node, uint32_t other, const roam_event *event,
                             uint64_t now_ns);
void observer_set_stepped(const observer_set *set, uint32_t node);
void observer_set_message(const observer_set *set, const observer_message *message, bool delivered,
                          uint64_t now_ns);

/* Same parameters as observer.address. */
void observer_set_address(const observer_set *set, uint32_t node, uint32_t network, const roam_addr *addr,
                          bool attached, uint64_t now_ns);
void observer_set_nat(const observer_set *set, const observer_nat *nat, uint64_t now_ns);
void observer_set_background(const observer_set *set, const observer_background *told, uint64_t now_ns);
void observer_set_icmp(const observer_set *set, uint32_t node, const icmp_error *error, int taken,
                       uint64_t now_ns);
void observer_set_keylog(const observer_set *set, uint32_t node, const char *line, uint64_t now_ns);
void observer_set_qlog(const observer_set *set, uint32_t node, uint32_t connection, bool dialled,
                       const roam_qlog *told);

#endif
