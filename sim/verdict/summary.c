/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary.h"

#include "sim/record/latency.h"
#include "sim/verdict/rules/requirements.h"
#include "sim/verdict/summary_background.h"
#include "sim/verdict/summary_entries.h"
#include "sim/verdict/summary_fields.h"
#include "sim/verdict/summary_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD SUMMARY_JSON

static json_t *core_record(summary_writer *out, const roam_migration_record *record)
{
    json_t *const object = json_object();
    SUMMARY_CORE(FIELD)
    return object;
}

static json_t *parts_json(summary_writer *out, const recorder_parts *parts)
{
    json_t *const object = json_object();
    SUMMARY_MIGRATION_PARTS(FIELD)
    return object;
}

static json_t *rebind_parts_json(summary_writer *out, const recorder_parts *parts)
{
    json_t *const object = json_object();
    SUMMARY_REBIND_PARTS(FIELD)
    return object;
}

static json_t *migration_json(summary_writer *out, const scenario *whole, const recorder_migration *migration)
{
    const scenario_event *const event = migration->event;
    json_t *const object = json_object();
    SUMMARY_MIGRATION(
        FIELD,
        summary_put(out, object, "parts",
                    migration->validated_ns == ROAM_NEVER ? json_null() : parts_json(out, &migration->parts));
        , summary_put(out, object, "core",
                      migration->done ? core_record(out, &migration->record) : json_null());)
    return object;
}

static json_t *migrations_json(summary_writer *out, const summary_input *input)
{
    json_t *const array = json_array();
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(input->recorder, &count);
    for (size_t i = 0; i < count; i++)
        if (summary_is_listed(input->groups, SUMMARY_MIGRATIONS, i))
            summary_add(out, array, migration_json(out, input->scenario, &migrations[i]));
    return array;
}

static json_t *rebind_json(summary_writer *out, const scenario *whole, const recorder_rebind *rebind)
{
    const roam_rebind_record *const record = &rebind->record;
    json_t *const object = json_object();
    SUMMARY_REBIND(FIELD,
                   summary_put(out, object, "parts",
                               record->validated ? rebind_parts_json(out, &rebind->parts) : json_null());)
    return object;
}

static json_t *rebinds_json(summary_writer *out, const summary_input *input)
{
    json_t *const array = json_array();
    size_t count;
    const recorder_rebind *const rebinds = recorder_rebinds(input->recorder, &count);
    for (size_t i = 0; i < count; i++)
        if (summary_is_listed(input->groups, SUMMARY_REBINDS, i))
            summary_add(out, array, rebind_json(out, input->scenario, &rebinds[i]));
    return array;
}

static json_t *preferred_json(summary_writer *out, const scenario *whole, const recorder_preferred *preferred)
{
    const roam_preferred_record *const record = &preferred->record;
    json_t *const object = json_object();
    SUMMARY_PREFERRED(FIELD)
    return object;
}

/* Only where there are some. */
static void put_preferred(summary_writer *out, json_t *root, const summary_input *input)
{
    size_t count;
    const recorder_preferred *const all = recorder_preferred_addresses(input->recorder, &count);
    if (count == 0)
        return;
    json_t *const array = json_array();
    for (size_t i = 0; i < count; i++)
        if (summary_is_peer_listed(input->groups, input->scenario, all[i].node, all[i].other))
            summary_add(out, array, preferred_json(out, input->scenario, &all[i]));
    summary_put(out, root, "preferred_addresses", array);
}

static json_t *last_path_json(summary_writer *out, const roam_path_stats *stats)
{
    json_t *const object = json_object();
    SUMMARY_LAST_PATH(FIELD)
    return object;
}

static json_t *end_json(summary_writer *out, const char *node, const recorder_end *end,
                        const summary_path *path)
{
    json_t *const object = json_object();
    SUMMARY_END(FIELD, ,
                summary_put(out, object, "last_path",
                            path->connected ? last_path_json(out, &path->stats) : json_null());)
    return object;
}

/* On which servers of a balancer the connections came up. */
static json_t *landed_json(summary_writer *out, const summary_input *input, uint32_t peer)
{
    const scenario *const whole = input->scenario;
    const recorder *const recorded = input->recorder;
    const uint32_t server = recorder_server(recorded, peer);
    json_t *const object = json_object();
    SUMMARY_LANDED(FIELD)
    return object;
}

static json_t *peers_json(summary_writer *out, const summary_input *input)
{
    json_t *const array = json_array();
    const recorder_peer *const peers = recorder_peers(input->recorder);
    for (size_t i = 0; i < input->scenario->peer_count; i++) {
        const scenario_peer *const peer = &input->scenario->peers[i];
        if (!summary_is_listed(input->groups, SUMMARY_PEERS, i))
            continue;
        json_t *const object = json_object();
        summary_put(
            out, object, "dialer",
            end_json(out, input->scenario->nodes[peer->dialer].name, &peers[i].dialer, &input->paths[2 * i]));
        summary_put(out, object, "acceptor",
                    end_json(out, input->scenario->nodes[peer->acceptor].name, &peers[i].acceptor,
                             &input->paths[2 * i + 1]));
        if (input->scenario->nodes[peer->acceptor].balancer)
            summary_put(out, object, "landed", landed_json(out, input, (uint32_t)i));
        summary_add(out, array, object);
    }
    return array;
}

static json_t *flow_json(summary_writer *out, const scenario *whole, const scenario_traffic *traffic,
                         const recorder_flow *flow, const recorder_latency *latency)
{
    json_t *const object = json_object();
    SUMMARY_FLOW(FIELD)
    if (traffic->stream) {
        summary_put_count(out, object, "streams", flow->streams);
        summary_put_count(out, object, "streams_lost", flow->streams_lost);
    }
    return object;
}

static json_t *traffic_json(summary_writer *out, const summary_input *input)
{
    json_t *const array = json_array();
    const recorder_flow *const flows = recorder_flows(input->recorder);
    for (size_t i = 0; i < input->scenario->traffic_count; i++)
        if (summary_is_listed(input->groups, SUMMARY_FLOWS, i))
            summary_add(out, array,
                        flow_json(out, input->scenario, &input->scenario->traffic[i], &flows[i],
                                  recorder_latency_of_flow(input->recorder, (uint32_t)i)));
    return array;
}

static json_t *move_json(summary_writer *out, const scenario *whole, const recorder_move *move)
{
    json_t *const object = json_object();
    SUMMARY_MOVE(FIELD)
    return object;
}

/* Only if there is one. */
static void put_moves(summary_writer *out, json_t *root, const summary_input *input)
{
    size_t count;
    const recorder_move *const moves = recorder_moves(input->recorder, &count);
    json_t *const array = count > 0 ? json_array() : NULL;
    for (size_t i = 0; i < count; i++)
        if (summary_is_listed(input->groups, SUMMARY_MOVES, i))
            summary_add(out, array, move_json(out, input->scenario, &moves[i]));
    if (count > 0)
        summary_put(out, root, "moves", array);
}

/* Percentiles that are asked for, and the worst, of an expectation over several. */
static void put_over(summary_writer *out, json_t *object, const scenario *whole, const scenario_over *asked,
                     const expect_over *of)
{
    json_t *const worst = json_array();
    for (size_t i = 0; i < asked->percentile_count && of->count > 0; i++)
        summary_put_time(out, object, asked->percentiles[i].name, of->percentiles[i]);
    for (size_t i = 0; i < of->worst_count; i++) {
        json_t *const item = json_object();
        summary_put_text(out, item, "node", whole->nodes[of->worst[i].node].name);
        summary_put_flag(out, item, "held", of->worst[i].held);
        summary_put_text(out, item, "measured", of->worst[i].text);
        summary_add(out, worst, item);
    }
    summary_put(out, object, "worst", worst);
}

static json_t *expectation_json(summary_writer *out, const scenario *whole,
                                const scenario_expectation *expectation, const expect_outcome *outcome)
{
    json_t *const object = json_object();
    SUMMARY_EXPECTATION(FIELD)
    if (outcome->over)
        put_over(out, object, whole, expectation->over, outcome->over);
    if (expectation->kind == SCENARIO_EXPECT_PEER) {
        summary_put_text(out, object, "label", expectation->peer.label);
        summary_put(out, object, "alive", json_boolean(outcome->alive));
        summary_put(out, object, "arrived",
                    outcome->has_traffic ? json_boolean(outcome->arrived) : json_null());
    }
    return object;
}

static json_t *expectations_json(summary_writer *out, const scenario *whole,
                                 const scenario_expectation *expectations, size_t count,
                                 const expect_outcome *outcomes)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < count; i++)
        summary_add(out, array, expectation_json(out, whole, &expectations[i], &outcomes[i]));
    return array;
}

/* Those of the scenario; and the one that is implied, when it does not hold. */
static json_t *expected_json(summary_writer *out, const summary_input *input)
{
    const scenario *const whole = input->scenario;
    const size_t count = whole->expectation_count;
    const expect_outcome *const implied = &input->outcomes[count + whole->known_fault.expectation_count];
    json_t *const array = expectations_json(out, whole, whole->expectations, count, input->outcomes);
    if (!implied->held)
        summary_add(out, array, expectation_json(out, whole, &EXPECT_IMPLIED, implied));
    return array;
}

/* ---- rules ---- */

static json_t *violation_json(summary_writer *out, const rules_violation *violation)
{
    char hex[2 * RULES_BYTES_MAX + 1] = "";
    json_t *const object = json_object();
    for (size_t i = 0; i < violation->len && i < RULES_BYTES_MAX; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", violation->bytes[i]);
    summary_put_time(out, object, "at_ns", violation->at_ns);
    summary_put_text(out, object, "packet_type", dissect_packet_type_name(violation->type));
    summary_put_maybe(out, object, "packet", violation->number);
    summary_put_text(out, object, "text", violation->text);
    summary_put_count(out, object, "datagram_bytes", violation->len);
    summary_put_text(out, object, "datagram", hex);
    return object;
}

static json_t *finding_json(summary_writer *out, const scenario *whole, const witness_finding *finding)
{
    json_t *const object = json_object();
    summary_put_count(out, object, "connection", finding->connection);
    summary_put_text(out, object, "node", whole->nodes[finding->node].name);
    summary_put_text(out, object, "to",
                     finding->other == SCENARIO_NONE ? NULL : whole->nodes[finding->other].name);
    summary_put_text(out, object, "side", finding->side == DISSECT_CLIENT ? "client" : "server");
    summary_put_text(out, object, "verdict", rules_verdict_name(finding->outcome.verdict));
    summary_put_count(out, object, "exercised", finding->outcome.exercised);
    summary_put_count(out, object, "broken", finding->outcome.broken);
    summary_put(out, object, "first",
                finding->outcome.violation ? violation_json(out, finding->outcome.violation) : json_null());
    return object;
}

static json_t *rule_json(summary_writer *out, const scenario *whole, rules_rule rule, const witness_rule *of)
{
    json_t *const object = json_object();
    json_t *const endpoints = json_array();
    const requirement *const principal = rules_requirement(rule);
    const rules_violation *const first = of->first.outcome.violation;
    SUMMARY_RULE(FIELD)
    for (uint32_t i = 0; i < of->finding_count; i++)
        summary_add(out, endpoints, finding_json(out, whole, &of->findings[i]));
    summary_put(out, object, "endpoints", endpoints);
    return object;
}

static json_t *rules_json(summary_writer *out, const summary_input *input)
{
    json_t *const array = json_array();
    const witness_rule *const rules = witness_rules(input->witness);
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        if (rules[rule].verdict != RULES_NOT_EXERCISED)
            summary_add(out, array, rule_json(out, input->scenario, rule, &rules[rule]));
    return array;
}

/* ---- groups ---- */

static json_t *group_json(summary_writer *out, const scenario *whole, const summary_group *of)
{
    json_t *const object = json_object();
    json_t *const members = json_array();
    const char *const worst = whole->nodes[of->worst_nodes[0]].name;
    SUMMARY_GROUP(FIELD)
    for (size_t i = 0; i < of->worst_count; i++)
        summary_add(out, members, json_string(whole->nodes[of->worst_nodes[i]].name));
    summary_put(out, object, "worst", members);
    return object;
}

/* Only if there is one. */
static void put_groups(summary_writer *out, json_t *root, const summary_input *input)
{
    json_t *const array = input->groups && input->groups->count > 0 ? json_array() : NULL;
    for (size_t i = 0; array && i < input->groups->count; i++)
        summary_add(out, array, group_json(out, input->scenario, &input->groups->rows[i]));
    if (array)
        summary_put(out, root, "groups", array);
}

/* Only if the witness did not see all. */
static void put_unread(summary_writer *out, json_t *root, const summary_input *input)
{
    if (witness_unread(input->witness) > 0)
        summary_put_count(out, root, "unread_initials", witness_unread(input->witness));
}

/* ---- the overlay ---- */

static json_t *overlay_counts_json(summary_writer *out, const summary_overlay *of)
{
    json_t *const object = json_object();
    ROAM_MEMBERSHIP_COUNTS(SUMMARY_COUNTED)
    return object;
}

static json_t *overlay_json(summary_writer *out, const summary_overlay *of)
{
    const overlay_state *const state = &of->state;
    json_t *const object = json_object();
    json_t *const in_degrees = json_array();
    SUMMARY_OVERLAY(FIELD, summary_put(out, object, "counts", overlay_counts_json(out, of));)
    for (uint32_t i = 0; i <= state->in_degree_max; i++)
        summary_add(out, in_degrees, json_integer(state->in_degrees[i]));
    summary_put(out, object, "in_degrees", in_degrees);
    return object;
}

/* ---- the whole ---- */

static json_t *known_fault_json(summary_writer *out, const summary_input *input)
{
    const scenario_known_fault *const fault = &input->scenario->known_fault;
    const expect_outcome *const outcomes = input->outcomes + input->scenario->expectation_count;
    if (fault->expectation_count == 0)
        return json_null();
    json_t *const object = json_object();
    summary_put_text(out, object, "reference", fault->reference);
    summary_put_text(out, object, "about", fault->about);
    summary_put(out, object, "happened",
                json_boolean(expect_count_failed(outcomes, fault->expectation_count) > 0));
    summary_put(
        out, object, "expectations",
        expectations_json(out, input->scenario, fault->expectations, fault->expectation_count, outcomes));
    return object;
}

/* The value of each varied key. */
static json_t *combination_json(summary_writer *out, const scenario *whole)
{
    if (!whole->combination)
        return json_null();
    json_t *const object = json_object();
    for (size_t i = 0; i < whole->choice_count; i++)
        summary_put_text(out, object, whole->choice_keys[i], whole->choices[i]);
    return object;
}

static json_t *counts_json(summary_writer *out, const world_link_counts *counts)
{
    json_t *const object = json_object();
    summary_put_count(out, object, "packets", counts->packets);
    summary_put_count(out, object, "bytes", counts->bytes);
    summary_put_count(out, object, "delivered", counts->delivered);
    summary_put_count(out, object, "dropped_queue", counts->dropped_queue);
    summary_put_count(out, object, "dropped_loss", counts->dropped_loss);
    summary_put_count(out, object, "dropped_down", counts->dropped_down);
    summary_put_count(out, object, "dropped_blackhole", counts->dropped_blackhole);
    summary_put_count(out, object, "dropped_fault", counts->dropped_fault);
    summary_put_count(out, object, "dropped_checksum", counts->dropped_checksum);
    summary_put_count(out, object, "dropped_medium", counts->dropped_medium);
    if (counts->dropped_partition > 0)
        summary_put_count(out, object, "dropped_partition", counts->dropped_partition);
    summary_put_count(out, object, "copied", counts->copied);
    summary_put_count(out, object, "held", counts->held);
    summary_put_count(out, object, "corrupted", counts->corrupted);
    summary_put_count(out, object, "ecn_marked", counts->ecn_marked);
    summary_put_count(out, object, "ecn_bleached", counts->ecn_bleached);
    summary_put_count(out, object, "queue_peak", counts->queue_peak);
    return object;
}

static json_t *links_json(summary_writer *out, const summary_input *input)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < input->link_count; i++) {
        const summary_link *const link = &input->links[i];
        json_t *const object = json_object();
        if (link->links > 1) {
            summary_put_text(out, object, "group", input->scenario->nodes[link->node].group->name);
            summary_put_count(out, object, "links", link->links);
        } else {
            summary_put_text(out, object, "node", input->scenario->nodes[link->node].name);
        }
        summary_put_text(out, object, "network", input->scenario->networks[link->network].name);
        summary_put(out, object, "up", counts_json(out, &link->up));
        summary_put(out, object, "down", counts_json(out, &link->down));
        summary_add(out, array, object);
    }
    return array;
}

/* bindings = live at the end + timed_out + forgotten. Refused, filtered and so on are packets. */
static json_t *nats_json(summary_writer *out, const summary_input *input)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < input->scenario->nat_count; i++) {
        const nat_counts *const counts = &input->nats[i];
        json_t *const object = json_object();
        summary_put_text(out, object, "nat", input->scenario->nats[i].name);
        summary_put_count(out, object, "bindings", counts->made);
        summary_put_count(out, object, "live", counts->live);
        summary_put_count(out, object, "peak", counts->peak);
        summary_put_count(out, object, "timed_out", counts->timed_out);
        summary_put_count(out, object, "forgotten", counts->forgotten);
        summary_put_count(out, object, "shuffled", counts->shuffled);
        summary_put_count(out, object, "translated_out", counts->translated_out);
        summary_put_count(out, object, "translated_in", counts->translated_in);
        summary_put_count(out, object, "refused",
                          counts->no_port + counts->no_block + counts->subscriber_limit + counts->table_full);
        summary_put_count(out, object, "refused_no_port", counts->no_port);
        summary_put_count(out, object, "refused_no_block", counts->no_block);
        summary_put_count(out, object, "refused_subscriber_limit", counts->subscriber_limit);
        summary_put_count(out, object, "refused_binding_limit", counts->table_full);
        summary_put_count(out, object, "filtered", counts->filtered);
        summary_put_count(out, object, "no_binding", counts->no_binding);
        summary_add(out, array, object);
    }
    return array;
}

/* Of the nodes that do not run the core; NULL: all do. */
static json_t *endpoints_json(summary_writer *out, const summary_input *input)
{
    const scenario *const whole = input->scenario;
    json_t *object = NULL;
    for (uint32_t i = 0; i < whole->node_count; i++) {
        const scenario_endpoint *const endpoint = scenario_endpoint_of(whole, i);
        if (!endpoint)
            continue;
        json_t *const library = json_object();
        summary_put_text(out, library, "name", endpoint->name);
        summary_put_text(out, library, "version", input->versions ? input->versions[i] : NULL);
        object = object ? object : json_object();
        summary_put(out, object, whole->nodes[i].name, library);
    }
    return object;
}

char *summary_text(const summary_input *input)
{
    summary_writer out = {0};
    char *with_newline = NULL;
    char digest[17];
    (void)snprintf(digest, sizeof digest, "%016llx", (unsigned long long)input->scenario->digest);
    json_t *const root = json_object();
    summary_put_count(&out, root, "schema", SUMMARY_SCHEMA);
    summary_put_text(&out, root, "scenario", input->scenario->name);
    summary_put(&out, root, "combination", combination_json(&out, input->scenario));
    summary_put_text(&out, root, "digest", digest);
    summary_put_count(&out, root, "duration_ns", input->scenario->duration_ns);
    summary_put_count(&out, root, "seed", input->seed);
    json_t *const endpoints = endpoints_json(&out, input);
    if (endpoints)
        summary_put(&out, root, "endpoints", endpoints);
    summary_put_text(&out, root, "verdict", summary_verdict_name(summary_judge(input)));
    if (recorder_contradiction(input->recorder)[0] != '\0')
        summary_put_text(&out, root, "contradiction", recorder_contradiction(input->recorder));
    summary_put(&out, root, "migrations", migrations_json(&out, input));
    summary_put(&out, root, "rebinds", rebinds_json(&out, input));
    put_preferred(&out, root, input);
    summary_put(&out, root, "peers", peers_json(&out, input));
    summary_put(&out, root, "traffic", traffic_json(&out, input));
    put_moves(&out, root, input);
    put_groups(&out, root, input);
    put_unread(&out, root, input);
    summary_put(&out, root, "expectations", expected_json(&out, input));
    summary_put(&out, root, "rules", rules_json(&out, input));
    summary_put(&out, root, "known_fault", known_fault_json(&out, input));
    summary_put(&out, root, "links", links_json(&out, input));
    summary_put(&out, root, "nats", nats_json(&out, input));
    summary_put_background(&out, root, input);
    summary_put_entries(&out, root, input);
    if (input->overlay)
        summary_put(&out, root, "overlay", overlay_json(&out, input->overlay));

    char *const text = out.failed ? NULL : json_dumps(root, JSON_INDENT(2));
    if (text) {
        const size_t len = strlen(text);
        with_newline = realloc(text, len + 2);
        if (with_newline) {
            with_newline[len] = '\n';
            with_newline[len + 1] = '\0';
        } else {
            free(text);
        }
    }
    json_decref(root);
    return with_newline;
}
