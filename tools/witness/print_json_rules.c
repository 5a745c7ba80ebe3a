/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/requirements.h"
#include "tools/witness/print_json.h"

static const char *const SIDES[] = {"client", "server"};

static json_t *integer(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *address(const roam_addr *addr)
{
    char text[ROAM_ADDR_STRING_MAX];
    return json_string(roam_addr_format(addr, text));
}

json_t *findings_judged_json(const findings *found, const connection *of)
{
    uint64_t until_ns = 0;
    const char *const why = verdicts_ended(found->verdicts, of->index, &until_ns);
    const verdicts_scope client = verdicts_scope_of(found->verdicts, of->index, DISSECT_CLIENT);
    const verdicts_scope server = verdicts_scope_of(found->verdicts, of->index, DISSECT_SERVER);
    return json_pack("{s:s, s:s, s:o, s:s?}", "client", verdicts_scope_name(client), "server",
                     verdicts_scope_name(server), "until_ns", why ? integer(until_ns) : json_null(),
                     "because", why);
}

static json_t *violation(const findings *found, const rules_violation *of)
{
    char hex[2 * RULES_BYTES_MAX + 1] = "";
    for (size_t i = 0; i < of->len && i < RULES_BYTES_MAX; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", of->bytes[i]);
    return json_pack("{s:o, s:s, s:o, s:s, s:o, s:s}", "at_ns",
                     integer(verdicts_time(found->verdicts, of->at_ns)), "packet_type",
                     dissect_packet_type_name(of->type), "packet",
                     of->number == ROAM_NEVER ? json_null() : integer(of->number), "text", of->text,
                     "datagram_bytes", integer(of->len), "datagram", hex);
}

static json_t *endpoint(const findings *found, const connection *of, int side, const rules_outcome *outcome)
{
    const roam_addr *const own = side == DISSECT_CLIENT ? &of->client : &of->server;
    const roam_addr *const other = side == DISSECT_CLIENT ? &of->server : &of->client;
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o}", "connection", integer(of->index), "node",
                     address(own), "to", address(other), "side", SIDES[side], "verdict",
                     rules_verdict_name(outcome->verdict), "exercised", integer(outcome->exercised), "broken",
                     integer(outcome->broken), "first",
                     outcome->violation ? violation(found, outcome->violation) : json_null());
}

typedef struct sums {
    rules_verdict verdict;
    uint64_t exercised, broken, endpoints, endpoints_broken;
} sums;

static void add_connection(const findings *found, const connection *of, rules_rule rule, sums *all,
                           json_t *endpoints)
{
    const findings_rule what = findings_rule_of(found, of->index, rule);
    for (int side = 0; side < 2; side++) {
        const rules_outcome *const outcome = &what.at[side];
        if (outcome->verdict == RULES_NOT_EXERCISED)
            continue;
        all->verdict = outcome->verdict > all->verdict ? outcome->verdict : all->verdict;
        all->exercised += outcome->exercised;
        all->broken += outcome->broken;
        all->endpoints++;
        all->endpoints_broken += outcome->broken > 0;
        (void)json_array_append_new(endpoints, endpoint(found, of, side, outcome));
    }
}

static json_t *rule_json(const findings *found, rules_rule rule)
{
    const requirement *const principal = rules_requirement(rule);
    json_t *const endpoints = json_array();
    sums all = {.verdict = RULES_NOT_EXERCISED};
    for (uint32_t i = 0; i < found->all->count; i++)
        if (found->all->items[i])
            add_connection(found, found->all->items[i], rule, &all, endpoints);
    json_t *const made =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o}", "rule", rules_name(rule), "id",
                  principal->id, "level", requirement_level_name(principal->level), "verdict",
                  rules_verdict_name(all.verdict), "excepted", (int)found->excepted[rule], "exercised",
                  integer(all.exercised), "broken", integer(all.broken), "endpoint_count",
                  integer(all.endpoints), "endpoint_count_broken", integer(all.endpoints_broken));
    if (all.verdict == RULES_NOT_EXERCISED || !made) {
        json_decref(endpoints);
        json_decref(made);
        return NULL;
    }
    (void)json_object_set_new(made, "endpoints", endpoints);
    return made;
}

json_t *findings_rules_json(const findings *found)
{
    json_t *const rules = json_array();
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        json_t *const one = rule_json(found, rule);
        if (one)
            (void)json_array_append_new(rules, one);
    }
    return rules;
}
