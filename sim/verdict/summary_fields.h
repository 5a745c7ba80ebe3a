/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_SUMMARY_FIELDS_H
#define SIM_VERDICT_SUMMARY_FIELDS_H

/*
 * The fields of an item of summary.json's migrations, rebinds, peers, traffic, rules, expectations and
 * overlay, one row each, in the order of that file:
 *
 *     FIELD(KIND, key, value, about, STORED)
 *
 * summary.c writes them as JSON, summary_rows.c as values, and the store of many runs (tools/store) and its
 * documentation (results/columns.md) are made of the same rows by summary_columns.h: a field more is a row
 * more. `value` is an expression over what the functions in summary.c and summary_rows.c have at hand.
 *
 * KIND: count, a number; time, nanoseconds of virtual time, null for ROAM_NEVER; maybe, a number, likewise;
 * index, null for SCENARIO_NONE; flag; mark, which is there only where it is true; span, a time or number
 * that is there only where it is measured; addr, null for none; text, null for NULL; name, a text that is
 * always there. STORED: the field is a column of the store, of that name. STORED_AS: of another name.
 * STORED_AFTER: in the store it stands after that column. STORED_LATER: stores that were made before this
 * column was are without, so that it is the last one; the way for all columns from now on.
 */

#include "core/roam_membership.h"
#include "sim/record/recorder_parts.h"

/* How many fields there are: SUMMARY_COUNT(SUMMARY_REBIND(SUMMARY_ONE)). */
#define SUMMARY_ONE(kind, key, value, about, ...) 0,
#define SUMMARY_COUNT(fields) sizeof((const char[]){fields})

#define SUMMARY_MIGRATION(FIELD, PARTS, CORE)                                                                \
    FIELD(count, "call", migration->call, "calls to migrate are numbered from 0", NOT_STORED)                \
    FIELD(text, "label", scenario_event_call(event)->label, "`as` of the entry", STORED)                     \
    FIELD(index, "joined", migration->joined, "the call that began the attempt of this one", NOT_STORED)     \
    FIELD(name, "node", whole->nodes[event->node].name, "the node that migrates", STORED)                    \
    FIELD(name, "to", whole->nodes[migration->to].name, "the other end", STORED_AS("peer"))                  \
    FIELD(text, "trigger", migration->trigger, "timeline or watchdog", STORED)                               \
    FIELD(text, "network", event->network == SCENARIO_NONE ? NULL : whole->networks[event->network].name,    \
          "the network to which it migrates", STORED)                                                        \
    FIELD(text, "mode",                                                                                      \
          scenario_event_call(event)->mode == SCENARIO_FOLLOW_FIRST ? "follow_first" : "validate_first",     \
          "whether data waits for the validation", STORED)                                                   \
    FIELD(count, "timeout_ns", scenario_event_call(event)->timeout_ns, "how long the call may take",         \
          STORED_AFTER("result"))                                                                            \
    FIELD(text, "result", migration->done ? roam_result_name(migration->record.result) : NULL,               \
          "the result of the call; NULL: the run ended before", STORED)                                      \
    FIELD(addr, "local", &migration->local, "the new local address", NOT_STORED)                             \
    FIELD(time, "requested_ns", migration->requested_ns, "the call", STORED)                                 \
    FIELD(time, "challenge_sent_ns", migration->challenge_sent_ns, "the first PATH_CHALLENGE was sent",      \
          STORED)                                                                                            \
    FIELD(time, "challenge_received_ns", migration->challenge_received_ns,                                   \
          "a PATH_CHALLENGE arrived that the other end could open", STORED)                                  \
    FIELD(time, "response_sent_ns", migration->response_sent_ns, "the PATH_RESPONSE that arrived was sent",  \
          STORED)                                                                                            \
    FIELD(time, "response_received_ns", migration->response_received_ns, "that PATH_RESPONSE arrived",       \
          STORED)                                                                                            \
    FIELD(time, "validated_ns", migration->validated_ns, "the new path was validated", STORED)               \
    FIELD(time, "peer_validated_ns", migration->peer_validated_ns, "the other end had validated it as well", \
          STORED)                                                                                            \
    FIELD(time, "first_payload_up_ns", migration->first_payload_up_ns,                                       \
          "the first message from the node over the new path arrived", STORED)                               \
    FIELD(time, "first_payload_down_ns", migration->first_payload_down_ns,                                   \
          "the first message to the node over the new path arrived", STORED)                                 \
    FIELD(time, "finished_ns", migration->done_ns, "the result was given to the caller", STORED)             \
    FIELD(time, "validation_ns", recorder_validation_ns(migration),                                          \
          "duration of the validation, from the call on", STORED)                                            \
    FIELD(time, "round_trip_ns", migration->round_trip_ns,                                                   \
          "the delays of the links that the answered challenge and its answer passed", STORED_LATER)         \
    PARTS CORE FIELD(text, "contradiction", migration->contradiction[0] ? migration->contradiction : NULL,   \
                     "the first contradiction between core and taps", STORED)

/* What the time of a validation went by (sim/record/recorder_parts.h): `parts` of the item, null without a
 * validation. They add up to validation_ns. The store has "part_" in front of their names. */
#define SUMMARY_PART(FIELD, field, words) FIELD(count, #field, parts->field, words, STORED_LATER)
#define SUMMARY_MIGRATION_PARTS(FIELD) RECORDER_PARTS(SUMMARY_PART, FIELD)
#define SUMMARY_REBIND_PARTS(FIELD) RECORDER_STAGES(SUMMARY_PART, FIELD)

/* What the core says of a migration, which the taps do not show: `core` of the item, null without a
 * result. */
#define SUMMARY_CORE(FIELD)                                                                                  \
    FIELD(text, "detail",                                                                                    \
          record->detail == ROAM_DETAIL_NONE ? NULL : roam_migration_detail_name(record->detail),            \
          "the reason of the result", NOT_STORED)                                                            \
    FIELD(text, "role", record->initiator ? "initiator" : "acceptor",                                        \
          "initiator: this node dialled; acceptor: the other end did", NOT_STORED)                           \
    FIELD(addr, "old_local", &record->old_local, "local address before", NOT_STORED)                         \
    FIELD(addr, "new_local", &record->new_local, "local address asked for", NOT_STORED)                      \
    FIELD(addr, "remote", &record->remote, "the peer's address", NOT_STORED)                                 \
    FIELD(count, "challenges_sent", record->challenges_sent, "PATH_CHALLENGE frames", STORED)                \
    FIELD(count, "validation_rounds", record->validation_rounds, "path validations begun", STORED)           \
    FIELD(time, "first_challenge_ns", record->first_challenge_ns, "the first PATH_CHALLENGE", NOT_STORED)    \
    FIELD(time, "response_ns", record->response_ns, "the PATH_RESPONSE that matched", NOT_STORED)            \
    FIELD(time, "finished_ns", record->finished_ns, "commit, or roll-back", NOT_STORED)                      \
    FIELD(count, "srtt_before_ns", record->srtt_before_ns, "smoothed RTT before", STORED)                    \
    FIELD(count, "srtt_after_ns", record->srtt_after_ns, "smoothed RTT after", STORED)                       \
    FIELD(count, "cwnd_before", record->cwnd_before, "congestion window before, bytes", STORED)              \
    FIELD(count, "cwnd_after", record->cwnd_after, "congestion window after, bytes", STORED)                 \
    FIELD(flag, "connection_id_changed", record->connection_id_changed,                                      \
          "another connection ID of the peer is in use", STORED)

#define SUMMARY_REBIND(FIELD, PARTS)                                                                         \
    FIELD(name, "node", whole->nodes[rebind->node].name, "the node that detected the change", STORED)        \
    FIELD(text, "peer", rebind->other == SCENARIO_NONE ? NULL : whole->nodes[rebind->other].name,            \
          "the node whose address changed", STORED)                                                          \
    FIELD(flag, "port_only", record->port_only, "the IP address stayed", STORED)                             \
    FIELD(flag, "validated", record->validated, "else the old path is in use, or a newer one", STORED)       \
    FIELD(addr, "local", &record->local, "local address", NOT_STORED)                                        \
    FIELD(addr, "old_remote", &record->old_remote, "the peer's address before", NOT_STORED)                  \
    FIELD(addr, "new_remote", &record->new_remote, "the peer's address after", NOT_STORED)                   \
    FIELD(count, "challenges_sent", record->challenges_sent, "PATH_CHALLENGE frames", STORED)                \
    FIELD(time, "noticed_ns", record->noticed_ns, "the first packet from the new address", STORED)           \
    FIELD(time, "finished_ns", record->finished_ns, "validated, or given up", STORED)                        \
    FIELD(count, "srtt_before_ns", record->srtt_before_ns, "smoothed RTT before", STORED)                    \
    FIELD(count, "srtt_after_ns", record->srtt_after_ns, "smoothed RTT after", STORED)                       \
    FIELD(count, "cwnd_before", record->cwnd_before, "congestion window before, bytes", STORED)              \
    FIELD(count, "cwnd_after", record->cwnd_after, "congestion window after, bytes", STORED)                 \
    FIELD(time, "validation_ns", recorder_rebind_ns(rebind), "how long the validation took", STORED_LATER)   \
    FIELD(time, "round_trip_ns", rebind->round_trip_ns,                                                      \
          "the delays of the links that the answered challenge and its answer passed", STORED_LATER)         \
    PARTS

#define SUMMARY_PREFERRED(FIELD)                                                                             \
    FIELD(name, "node", whole->nodes[preferred->node].name, "the client", STORED)                            \
    FIELD(text, "peer", preferred->other == SCENARIO_NONE ? NULL : whole->nodes[preferred->other].name,      \
          "its server", STORED)                                                                              \
    FIELD(name, "result", roam_result_name(record->result),                                                  \
          "ok, timeout (the original address stays in use) or no_conn", STORED)                              \
    FIELD(addr, "local", &record->local, "the client's address, in the latest validation", NOT_STORED)       \
    FIELD(addr, "old_remote", &record->old_remote, "the server's original address", NOT_STORED)              \
    FIELD(addr, "new_remote", &record->new_remote, "the one that it prefers", NOT_STORED)                    \
    FIELD(count, "challenges_sent", record->challenges_sent, "PATH_CHALLENGE frames to the preferred one",   \
          STORED)                                                                                            \
    FIELD(count, "validation_rounds", record->validation_rounds,                                             \
          "path validations started: one for each address of the client", STORED)                            \
    FIELD(time, "started_ns", record->started_ns, "the handshake was confirmed", STORED)                     \
    FIELD(time, "first_challenge_ns", record->first_challenge_ns, "the first challenge left", STORED)        \
    FIELD(time, "finished_ns", record->finished_ns, "validated, or given up", STORED)                        \
    FIELD(time, "validation_ns", recorder_preferred_ns(preferred), "how long the validation took", STORED)   \
    FIELD(count, "srtt_before_ns", record->srtt_before_ns, "smoothed RTT before", STORED)                    \
    FIELD(count, "srtt_after_ns", record->srtt_after_ns, "smoothed RTT after", STORED)                       \
    FIELD(count, "cwnd_before", record->cwnd_before, "congestion window before, bytes", STORED)              \
    FIELD(count, "cwnd_after", record->cwnd_after, "congestion window after, bytes", STORED)

/* One end of a connection: `dialer` and `acceptor` of the item. The store has each column twice, with the
 * end's name in front; NODE says how it has the node's name. */
#define SUMMARY_END(FIELD, NODE, LAST_PATH)                                                                  \
    FIELD(name, "node", node, "its name", NODE)                                                              \
    FIELD(flag, "up", end->up, "at the end", NOT_STORED)                                                     \
    FIELD(flag, "restarted", end->restarted, "the node was restarted since it was up", NOT_STORED)           \
    FIELD(count, "ups", end->ups, "how often the connection came up", STORED)                                \
    FIELD(count, "downs", end->downs, "how often the connection went down", STORED)                          \
    FIELD(time, "up_ns", end->first_up_ns, "the connection came up for the first time", NOT_STORED)          \
    FIELD(time, "down_ns", end->last_down_ns, "the connection went down for the last time", NOT_STORED)      \
    FIELD(text, "down_reason", end->downs ? roam_down_reason_name(end->reason) : NULL,                       \
          "the reason, the last time", NOT_STORED)                                                           \
    FIELD(maybe, "down_code", end->downs ? end->code : ROAM_NEVER, "its error code", NOT_STORED)             \
    FIELD(count, "path_changes", end->path_changes, "how often the path in use changed", NOT_STORED)         \
    LAST_PATH

/* What an end says of its path at the end of the run: `last_path`, null without a connection. */
#define SUMMARY_LAST_PATH(FIELD)                                                                             \
    FIELD(addr, "local", &stats->local, "local address", NOT_STORED)                                         \
    FIELD(addr, "remote", &stats->remote, "the peer's address", NOT_STORED)                                  \
    FIELD(count, "srtt_ns", stats->srtt_ns, "smoothed RTT", NOT_STORED)                                      \
    FIELD(count, "rttvar_ns", stats->rttvar_ns, "RTT variation", NOT_STORED)                                 \
    FIELD(count, "min_rtt_ns", stats->min_rtt_ns, "least RTT", NOT_STORED)                                   \
    FIELD(count, "cwnd", stats->cwnd, "congestion window, bytes", NOT_STORED)                                \
    FIELD(count, "datagrams_sent", stats->datagrams_sent, "on all paths", NOT_STORED)                        \
    FIELD(count, "datagrams_failed", stats->datagrams_failed, "refused by the adapter", NOT_STORED)          \
    FIELD(count, "datagrams_received", stats->datagrams_received, "on all paths", NOT_STORED)                \
    FIELD(count, "datagrams_damped", stats->datagrams_damped,                                                \
          "left unread: the peer's address changed too often", NOT_STORED)

/* On which servers of a balancer the connections of a peer came up: `landed`, of such peers alone. */
#define SUMMARY_LANDED(FIELD)                                                                                \
    FIELD(count, "connections", recorder_connections_landed(recorded, peer),                                 \
          "the acceptor is a service: how many connections came up at its servers", STORED_LATER)            \
    FIELD(count, "servers", recorder_servers_seen(recorded, peer), "at how many different servers",          \
          STORED_LATER)                                                                                      \
    FIELD(text, "server", server == SCENARIO_NONE ? NULL : whole->nodes[server].name,                        \
          "the one at which the last of them came up", STORED_LATER)

/* An entry of the traffic: `traffic` of summary.json, `gaps` of the store. */
#define SUMMARY_FLOW(FIELD)                                                                                  \
    FIELD(name, "from", whole->nodes[traffic->from].name, "the node that sends", STORED_AS("sender"))        \
    FIELD(name, "to", whole->nodes[traffic->to].name, "the node that receives", STORED_AS("receiver"))       \
    FIELD(text, "kind", scenario_traffic_name(traffic->kind),                                                \
          "send (a constant bit rate, too), bulk, request, or response", STORED)                             \
    FIELD(count, "interval_ns", traffic->every_ns, "from message to message", NOT_STORED)                    \
    FIELD(count, "sent", flow->sent, "messages that the core took", STORED)                                  \
    FIELD(count, "unsent", flow->unsent, "bulk: messages left at the end", NOT_STORED)                       \
    FIELD(count, "passed_over", flow->passed_over,                                                           \
          "messages that were due while there was no connection, or no room in it", STORED_LATER)            \
    FIELD(count, "passed_over_at_start", flow->passed_over_at_start,                                         \
          "of those, the ones before the first that was sent", STORED_LATER)                                 \
    FIELD(count, "delivered", flow->delivered, "different messages that came out", STORED)                   \
    FIELD(count, "bytes", flow->bytes, "in those", STORED)                                                   \
    FIELD(count, "missing", flow->missing, "sent and not delivered", STORED)                                 \
    FIELD(count, "duplicated", flow->duplicated, "delivered once more", NOT_STORED)                          \
    FIELD(count, "reordered", flow->reordered, "delivered after a later one", NOT_STORED)                    \
    FIELD(count, "corrupt", flow->corrupt, "delivered with other bytes than were sent", NOT_STORED)          \
    FIELD(time, "first_delivery_ns", flow->first_delivery_ns, "the first delivery", NOT_STORED)              \
    FIELD(time, "last_delivery_ns", flow->last_delivery_ns, "the last delivery", NOT_STORED)                 \
    FIELD(time, "gap_ns", flow->gap_ns, "the longest time without a delivery, less the interval", STORED)    \
    FIELD(time, "gap_start_ns", flow->gap_start_ns, "when that time began", STORED)                          \
    FIELD(span, "latency_p50_ns", latency ? latency->p50_ns : ROAM_NEVER,                                    \
          "half of the messages took no longer, from when they were due to their delivery", STORED_LATER)    \
    FIELD(span, "latency_p90_ns", latency ? latency->p90_ns : ROAM_NEVER, "likewise 90 %", STORED_LATER)     \
    FIELD(span, "latency_p99_ns", latency ? latency->p99_ns : ROAM_NEVER, "likewise 99 %", STORED_LATER)     \
    FIELD(span, "latency_worst_ns", latency ? latency->worst_ns : ROAM_NEVER,                                \
          "likewise all; NULL, as of the others: more of them never came", STORED_LATER)

/* What a migration or a reconnect cost: `moves` of summary.json, which is there only if there is one. */
#define SUMMARY_MOVE(FIELD)                                                                                  \
    FIELD(text, "label", scenario_event_call(move->event)->label, "`as` of the entry", STORED)               \
    FIELD(name, "kind", move->kind == RECORDER_MIGRATE ? "migrate" : "reconnect", "migrate or reconnect",    \
          STORED)                                                                                            \
    FIELD(name, "node", whole->nodes[move->event->node].name, "the node that moves", STORED)                 \
    FIELD(name, "peer", whole->nodes[move->to].name, "the other end", STORED)                                \
    FIELD(text, "network",                                                                                   \
          move->event->network == SCENARIO_NONE ? NULL : whole->networks[move->event->network].name,         \
          "the network to which it moves", STORED)                                                           \
    FIELD(text, "result", move->done ? roam_result_name(move->result) : NULL,                                \
          "the result of the call; NULL: the run ended before", STORED)                                      \
    FIELD(time, "requested_ns", move->requested_ns, "the call", STORED)                                      \
    FIELD(time, "finished_ns", move->done_ns, "the result was given", STORED)                                \
    FIELD(time, "over_ns", move->over_ns,                                                                    \
          "with ok: the result is given and a message has arrived each way over the new path or "            \
          "connection, where a flow had more to send; else the result",                                      \
          STORED)                                                                                            \
    FIELD(time, "round_trip_ns", move->round_trip_ns,                                                        \
          "the delays of the links that the new path leads over", STORED)                                    \
    FIELD(maybe, "round_trips", move->round_trips,                                                           \
          "how often the node waited for the other end before it could send application data there", STORED) \
    FIELD(time, "to_first_message_up_ns", recorder_move_to_first_ns(move, &move->up),                        \
          "from the call to the first message from the node over the new path or connection", STORED)        \
    FIELD(time, "to_first_message_down_ns", recorder_move_to_first_ns(move, &move->down),                    \
          "likewise, to the node", STORED)                                                                   \
    FIELD(time, "gap_up_ns", move->up.gap_ns,                                                                \
          "the longest time without a delivery from the node that includes or follows the call and begins "  \
          "before the move is over, less the interval",                                                      \
          STORED)                                                                                            \
    FIELD(time, "gap_down_ns", move->down.gap_ns, "likewise, to the node", STORED)                           \
    FIELD(count, "datagrams_up", move->up.datagrams,                                                         \
          "UDP datagrams that left the node for this peer from the call until the move was over", STORED)    \
    FIELD(count, "datagrams_down", move->down.datagrams, "likewise, that left the peer", STORED)             \
    FIELD(count, "bytes_up", move->up.bytes, "of UDP payload in datagrams_up", STORED)                       \
    FIELD(count, "bytes_down", move->down.bytes, "of UDP payload in datagrams_down", STORED)                 \
    FIELD(count, "overhead_datagrams", move->overhead_datagrams,                                             \
          "of both, those with neither application data nor acknowledgements alone", STORED)                 \
    FIELD(count, "overhead_bytes", move->overhead_bytes, "of UDP payload in those", STORED)                  \
    FIELD(count, "lost", move->up.lost + move->down.lost,                                                    \
          "messages handed to the core before the move was over, and never delivered", STORED)               \
    FIELD(count, "repeated", move->up.repeated + move->down.repeated, "of those, delivered more than once",  \
          STORED)                                                                                            \
    FIELD(count, "passed_over", move->up.passed_over + move->down.passed_over,                               \
          "messages that were due until then and not sent, for lack of a connection or of room", STORED)     \
    FIELD(count, "streams_lost", move->streams_lost, "user streams that ended with their connection",        \
          STORED)                                                                                            \
    FIELD(count, "churn", move->churn,                                                                       \
          "peer_up and peer_down at other nodes about one of the two, to 1 s after: of membership", STORED)

/* A time without a connection: `outages` of summary.json, which is there only if there is one. */
#define SUMMARY_OUTAGE(FIELD)                                                                                \
    FIELD(name, "node", whole->nodes[peer->dialer].name, "the node that dials", STORED)                      \
    FIELD(name, "peer", whole->nodes[peer->acceptor].name, "the other end", STORED)                          \
    FIELD(flag, "was_up", outage->was_up, "there had been a connection; else the first dial failed", STORED) \
    FIELD(text, "reason", outage->has_reason ? roam_down_reason_name(outage->reason) : NULL,                 \
          "why it was lost, or the dial failed; NULL: the node was restarted", STORED)                       \
    FIELD(count, "dials", outage->dials, "dials from then on that were not refused", STORED)                 \
    FIELD(time, "lost_ns", outage->lost_ns, "the connection was lost, or the dial that failed", STORED)      \
    FIELD(time, "regained_ns", outage->regained_ns, "there was a connection; NULL: none came", STORED)       \
    FIELD(count, "without_ns", outage->end_ns - outage->lost_ns,                                             \
          "from then until there was one, or the end", STORED)

/* What came of a rule of the witness that was exercised: `rules` of summary.json. The store has a row of
 * those alone that are broken or declined. */
#define SUMMARY_RULE(FIELD)                                                                                  \
    FIELD(name, "rule", rules_name(rule), "the rule: `roam rules` prints all", STORED)                       \
    FIELD(name, "id", principal->id, "the requirement that it is first of all about",                        \
          STORED_AS("requirement"))                                                                          \
    FIELD(name, "level", requirement_level_name(principal->level), "MUST, SHOULD, MAY, and their negations", \
          STORED)                                                                                            \
    FIELD(name, "verdict", rules_verdict_name(of->verdict),                                                  \
          "pass, broken, or declined: a MAY that was not taken", STORED)                                     \
    FIELD(count, "exercised", of->exercised, "how often it could have been broken, by all ends", STORED)     \
    FIELD(count, "broken", of->broken, "how often it was broken, or declined", STORED)                       \
    FIELD(count, "endpoint_count", of->endpoints, "ends of connections that could have broken it", STORED)   \
    FIELD(count, "endpoint_count_broken", of->endpoints_broken, "ends that broke it", STORED)                \
    FIELD(text, "first_node", first ? whole->nodes[of->first.node].name : NULL,                              \
          "the node that broke it first", STORED)                                                            \
    FIELD(time, "first_at_ns", of->first_ns, "when it did so", STORED)                                       \
    FIELD(maybe, "first_packet", first ? first->number : ROAM_NEVER,                                         \
          "the number of the packet with which it showed", STORED)                                           \
    FIELD(text, "first_text", first ? first->text : NULL, "what was seen", STORED)

/* The overlay of the nodes with membership, of all its members at the end: `overlay` of summary.json, which
 * runs without such nodes lack, is one item. Shares and means are in millionths. */
#define SUMMARY_OVERLAY(FIELD, COUNTS)                                                                       \
    FIELD(count, "nodes", of->nodes, "nodes with membership", STORED)                                        \
    FIELD(count, "members", state->nodes, "of those, the ones that are members", STORED)                     \
    FIELD(count, "edges", state->edges, "entries of active views", STORED)                                   \
    FIELD(count, "symmetric_edges", state->symmetric, "of those, the ones whose reverse is there", STORED)   \
    FIELD(flag, "connected", state->components.count == 1, "all members are linked over members", STORED)    \
    FIELD(count, "components", state->components.count, "parts that are not linked with each other", STORED) \
    FIELD(count, "largest", state->components.largest, "members of the largest of them", STORED)             \
    FIELD(count, "largest_share_ppm", summary_ppm(state->components.largest, state->nodes),                  \
          "their share of all members", STORED)                                                              \
    FIELD(count, "path_mean_ppm", summary_ppm(state->paths.hops, state->paths.pairs),                        \
          "mean length of the shortest paths between members", STORED)                                       \
    FIELD(count, "path_max", state->paths.longest, "the longest of these paths", STORED)                     \
    FIELD(count, "path_sources", state->paths.sources, "members from which they were followed", STORED)      \
    FIELD(count, "clustering_ppm", summary_ppm_of(state->clustering), "clustering coefficient", STORED)      \
    FIELD(count, "in_degree_min", state->in_degree_min, "the fewest active views that a member is in",       \
          STORED)                                                                                            \
    FIELD(count, "in_degree_mean_ppm", summary_ppm(state->edges, state->nodes), "the mean of these numbers", \
          STORED)                                                                                            \
    FIELD(count, "in_degree_max", state->in_degree_max, "the largest of them", STORED)                       \
    FIELD(count, "ups", of->churn.ups, "how often a peer entered an active view", STORED)                    \
    FIELD(count, "downs", of->churn.downs, "how often one left", STORED)                                     \
    FIELD(time, "connected_ns", of->connected_ns, "since when it was connected until the end", STORED)       \
    FIELD(count, "disconnected_ns", of->divided_ns,                                                          \
          "the longest time in which members that had been linked were not connected", STORED)               \
    COUNTS

/* What the nodes counted since they were started last, added up: `counts` of the item. Where FIELD is
 * defined, SUMMARY_OVERLAY(FIELD, ROAM_MEMBERSHIP_COUNTS(SUMMARY_COUNTED)) is all of it. */
#define SUMMARY_COUNTED(name, about) FIELD(count, #name, of->counts.name, about, STORED)
#define SUMMARY_COUNTED_ONE(name, about) 0,

/* What the members of a large group measured together: `groups` of summary.json, which is there only if there
 * is such a group. */
#define SUMMARY_GROUP(FIELD)                                                                                 \
    FIELD(name, "group", of->group->name, "the group", STORED_AS("of_group"))                                \
    FIELD(count, "members", of->group->count, "nodes in it", STORED)                                         \
    FIELD(name, "items", summary_group_items(of->table),                                                     \
          "migrations, rebinds, traffic, peers or moves: of what this is", STORED)                           \
    FIELD(text, "label", of->label, "`as` of the entry, of migrations and moves", STORED)                    \
    FIELD(name, "of", of->of, "who sends, dials, moves or notices, and to or of whom", STORED_AS("ends"))    \
    FIELD(name, "measure", summary_group_measure(of->table),                                                 \
          "validation, gap, connected (from the dial to peer_up) or took", STORED)                           \
    FIELD(count, "count", of->count, "how many there are", STORED_AS("items_count"))                         \
    FIELD(count, "valued", of->valued, "of those, the ones that have the measure", STORED)                   \
    FIELD(time, "p50_ns", of->p50_ns, "percentiles of it by nearest rank, and the largest", STORED)          \
    FIELD(time, "p90_ns", of->p90_ns, "likewise", STORED)                                                    \
    FIELD(time, "p99_ns", of->p99_ns, "likewise", STORED)                                                    \
    FIELD(time, "max_ns", of->max_ns, "likewise", STORED)                                                    \
    FIELD(name, "worst_member", worst, "the member that has it, or that has none", STORED)

/* What must hold, of the scenario or of its known fault. */
#define SUMMARY_EXPECTATION(FIELD)                                                                           \
    FIELD(text, "text", expectation->text, "as the scenario has it", STORED)                                 \
    FIELD(flag, "held", outcome->held, "what was measured agrees", STORED)                                   \
    FIELD(text, "measured", outcome->text, "what was measured", STORED)                                      \
    FIELD(mark, "unsupported", outcome->unsupported,                                                         \
          "a QUIC library cannot do what it needs, and so it did not hold", STORED_LATER)                    \
    FIELD(span, "members", outcome->over ? outcome->over->count : ROAM_NEVER,                                \
          "over a group: the members; over the calls of a label: these", STORED_LATER)                       \
    FIELD(span, "failed", outcome->over ? outcome->over->failed : ROAM_NEVER,                                \
          "of those, the ones that fail", STORED_LATER)                                                      \
    FIELD(span, "value_ns", expect_value_ns(expectation, outcome),                                           \
          "the time that its bound is on, the longest of several: of a migration from the call to its "      \
          "result, of a rebind, gap, outage, move or preferred address; not over a group",                   \
          STORED_LATER)                                                                                      \
    FIELD(span, "value_bps", expect_value_bps(expectation, outcome), "likewise the rate of a goodput",       \
          STORED_LATER)

#endif
