/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/print_json.h"

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* null stands for never. */
static json_t *time_of(uint64_t time_ns)
{
    return time_ns == CONNECTION_NEVER ? json_null() : integer(time_ns);
}

static json_t *address(const roam_addr *addr)
{
    char text[ROAM_ADDR_STRING_MAX];
    return json_string(roam_addr_format(addr, text));
}

static json_t *id(const dissect_id *of)
{
    char text[2 * DISSECT_CONNECTION_ID_MAX + 1] = "";
    for (size_t i = 0; i < of->len; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", of->bytes[i]);
    return json_string(text);
}

static json_t *flow(const connection_flow *of)
{
    return json_pack("{s:o, s:o, s:o}", "packets", integer(of->packets), "datagrams", integer(of->datagrams),
                     "bytes", integer(of->bytes));
}

/* Counts by what was the matter. */
static json_t *unread(const uint64_t counts[CONNECTION_STATUSES])
{
    json_t *const made = json_object();
    for (int i = DISSECT_READ + 1; i < CONNECTION_STATUSES; i++)
        if (counts[i] > 0)
            (void)json_object_set_new(made, dissect_status_name((dissect_status)i), integer(counts[i]));
    return made;
}

static json_t *side(const connection *of, dissect_side which)
{
    json_t *const made = flow(&of->flow[which]);
    (void)json_object_set_new(made, "key_updates", integer(of->key_updates[which]));
    (void)json_object_set_new(made, "not_read", unread(of->unread[which]));
    return made;
}

static json_t *paths(const connection *of)
{
    json_t *const made = json_array();
    for (uint32_t i = 0; i < of->path_count; i++) {
        const connection_path *const path = &of->paths[i];
        (void)json_array_append_new(
            made,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "client", address(&path->client), "server",
                      address(&path->server), "first_ns", integer(path->first_ns), "last_ns",
                      integer(path->last_ns), "from_client", flow(&path->flow[DISSECT_CLIENT]), "from_server",
                      flow(&path->flow[DISSECT_SERVER]), "connection_id", id(&path->id)));
    }
    return made;
}

/* The last part, or the three before it, are null: what the capture does not show. */
static json_t *parts_of(const connection_validation *of)
{
    if (of->answered_ns == CONNECTION_NEVER)
        return json_null();
    const connection_parts parts = connection_parts_of(of);
    const bool apart = of->flight.apart;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "before_ns", integer(parts.before_ns), "unanswered_ns",
                     integer(parts.unanswered_ns), "to_peer_ns",
                     apart ? integer(parts.to_peer_ns) : json_null(), "at_peer_ns",
                     apart ? integer(parts.at_peer_ns) : json_null(), "back_ns",
                     apart ? integer(parts.back_ns) : json_null(), "there_and_back_ns",
                     apart ? json_null() : integer(parts.round_trip_ns));
}

static json_t *validation(const connection_validation *of)
{
    const bool whole = of->answered_ns != CONNECTION_NEVER && of->challenge_ns != CONNECTION_NEVER;
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "challenges", integer(of->challenges), "challenge_ns",
                     time_of(of->challenge_ns), "answered_ns", time_of(of->answered_ns), "duration_ns",
                     whole ? integer(of->answered_ns - of->challenge_ns) : json_null(), "parts",
                     parts_of(of));
}

static json_t *moves(const connection *of)
{
    json_t *const made = json_array();
    for (uint32_t i = 0; i < of->move_count; i++) {
        const connection_move *const move = &of->moves[i];
        (void)json_array_append_new(
            made, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "kind", connection_move_name(move->kind),
                            "from", integer(move->from), "to", integer(move->to), "first_ns",
                            integer(move->first_ns), "data_ns", time_of(move->data_ns), "by_client",
                            validation(&move->validation[DISSECT_CLIENT]), "by_server",
                            validation(&move->validation[DISSECT_SERVER])));
    }
    return made;
}

static json_t *close_of(const connection *of)
{
    if (of->closed_ns == CONNECTION_NEVER)
        return json_null();
    return json_pack("{s:o, s:s, s:b, s:o}", "time_ns", integer(of->closed_ns), "by",
                     of->closed_by == DISSECT_CLIENT ? "client" : "server", "application",
                     (int)of->close_by_application, "error", integer(of->close_error));
}

static json_t *connection_of(const findings *found, const connection *of)
{
    dissect_about about;
    dissect_describe(sightings_dissect(found->seen), of->index, &about);
    const char *const cipher = findings_cipher_name(about.cipher_suite);
    json_t *const made =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:s?, s:b, s:b, s:b}", "index", integer(of->index), "client",
                  address(&of->client), "server", address(&of->server), "version", integer(about.version),
                  "first_version", integer(about.first_version), "cipher_suite", cipher, "secrets",
                  (int)about.has_secrets, "retry", (int)about.retried, "version_negotiation",
                  (int)of->version_negotiation);
    json_object_update_new(made, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "first_ns",
                                           integer(of->first_ns), "last_ns", integer(of->last_ns),
                                           "server_hello_ns", time_of(of->server_hello_ns),
                                           "client_one_rtt_ns", time_of(of->one_rtt_ns[DISSECT_CLIENT]),
                                           "server_one_rtt_ns", time_of(of->one_rtt_ns[DISSECT_SERVER]),
                                           "confirmed_ns", time_of(of->confirmed_ns), "close", close_of(of)));
    json_object_update_new(made,
                           json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "from_client",
                                     side(of, DISSECT_CLIENT), "from_server", side(of, DISSECT_SERVER),
                                     "paths", paths(of), "paths_left_out", integer(of->paths_left_out),
                                     "moves", moves(of), "moves_left_out", integer(of->moves_left_out)));
    (void)json_object_set_new(made, "judged", findings_judged_json(found, of));
    return made;
}

static json_t *capture_of(const findings *found)
{
    static const char *const endings[] = {
        [CAPTURE_WHOLE] = "whole", [CAPTURE_CUT] = "cut", [CAPTURE_NOT_VALID] = "not valid"};
    sightings_counts counts;
    sightings_count(found->seen, &counts);
    json_t *const not_read = json_object();
    for (int i = LINK_UDP + 1; i < LINK_STATUSES; i++)
        if (counts.packets[i] > 0)
            (void)json_object_set_new(not_read, link_status_name((link_status)i), integer(counts.packets[i]));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:s, s:o}", "file", found->path,
                     "packets", integer(counts.capture.packets), "bad_packets",
                     integer(counts.capture.bad_packets), "udp_datagrams", integer(counts.packets[LINK_UDP]),
                     "not_read", not_read, "joined_datagrams", integer(counts.joined), "cut_datagrams",
                     integer(counts.cut), "secrets", integer(counts.secrets), "twice", (int)counts.twice,
                     "in_order", (int)counts.whole_order, "ending", endings[counts.capture.ending], "bytes",
                     integer(counts.capture.bytes));
}

bool findings_print_json(const findings *found, FILE *stream)
{
    json_t *const list = json_array();
    for (uint32_t i = 0; i < found->all->count; i++)
        if (found->all->items[i])
            (void)json_array_append_new(list, connection_of(found, found->all->items[i]));
    json_t *const whole =
        json_pack("{s:i, s:o, s:o, s:{s:o, s:o}}", "schema", 1, "capture", capture_of(found), "connections",
                  list, "other", "datagrams", integer(found->all->other_datagrams), "packets",
                  unread(found->all->other_packets));
    (void)json_object_set_new(whole, "rules", findings_rules_json(found));
    (void)json_object_set_new(whole, "connections_not_judged", integer(verdicts_left_out(found->verdicts)));
    const bool good = whole && json_dumpf(whole, stream, JSON_INDENT(2)) == 0;
    if (good)
        (void)fputc('\n', stream);
    json_decref(whole);
    return good;
}
