/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a NAT: their keys, what they exclude, and how they are explained. What an option does is in
 * sim/nat, and nat_options (sim/nat/nat.h) has its value.
 */
#include "sim/scenario/nat_draft.h"
#include "sim/scenario/nat_forwards.h"
#include "sim/scenario/units.h"

#include <arpa/inet.h>
#include <string.h>

static const key_choice BEHAVIOURS[] = {{"endpoint-independent", NAT_ENDPOINT_INDEPENDENT},
                                        {"address-dependent", NAT_ADDRESS_DEPENDENT},
                                        {"address-and-port-dependent", NAT_ADDRESS_AND_PORT_DEPENDENT},
                                        {0}};
static const key_choice POOLINGS[] = {
    {"paired", NAT_POOLING_PAIRED}, {"arbitrary", NAT_POOLING_ARBITRARY}, {0}};
static const key_choice ORDERS[] = {{"preserve", NAT_PORTS_PRESERVE},
                                    {"sequential", NAT_PORTS_SEQUENTIAL},
                                    {"random", NAT_PORTS_RANDOM},
                                    {"preserve-or-random", NAT_PORTS_PRESERVE_OR_RANDOM},
                                    {0}};
static const key_choice BLOCKS[] = {
    {"dynamic", NAT_BLOCKS_DYNAMIC}, {"deterministic", NAT_BLOCKS_DETERMINISTIC}, {0}};
static const key_choice REFRESHES[] = {{"outbound", NAT_REFRESH_OUTBOUND}, {"both", NAT_REFRESH_BOTH}, {0}};
static const key_choice KINDS[] = {{"linux-masquerade", NAT_LINUX_MASQUERADE},
                                   {"linux-masquerade-random", NAT_LINUX_MASQUERADE_RANDOM},
                                   {"home-router", NAT_HOME_ROUTER},
                                   {"cgnat-deterministic", NAT_CGNAT_DETERMINISTIC},
                                   {"rfc-6888", NAT_RFC_6888},
                                   {"firewall", NAT_FIREWALL},
                                   {"nptv6", NAT_NPTV6},
                                   {0}};
static const key_choice UNSOLICITED[] = {{"drop", false}, {"track", true}, {0}};
static const key_choice MID_FLOW[] = {{"pass", false}, {"drop", true}, {0}};

#define SCHEMA_ADDRESS "{\"type\": \"string\", \"pattern\": \"^[0-9a-fA-F:.]+(/[0-9]{1,3})?$\"}"
#define SCHEMA_POOL                                                                                          \
    "{\"anyOf\": [" SCHEMA_ADDRESS ", {\"type\": \"array\", \"minItems\": 1, \"items\": " SCHEMA_ADDRESS "}" \
    "]"                                                                                                      \
    "}"

#define OPTION(type, member) KEY_FIELD(type, nat_draft, nat.options.member)

static const key_row NAT_ROWS[] = {
    {"kind", KEY_FIELD(KEY_CHOICE, nat_draft, kind), .choices = KINDS,
     .about = "A kind of router, which gives the defaults of the other keys", .otherwise = "none",
     .example = "linux-masquerade"},
    {"pool", KEY_OTHER, 0, 0,
     .about = "The addresses outside: an address, a prefix, or a list; of nptv6 the prefix outside",
     .otherwise = "203.0.113.N, of a NAT behind another 100.64.0.N", .example = "203.0.113.7",
     .schema = SCHEMA_POOL},
    {"behind", KEY_OTHER, 0, 0, .about = "The NAT that this one is behind", .otherwise = "none",
     .example = "carrier", .schema = "{\"$ref\": \"#/$defs/name\"}"},
    {"mapping", OPTION(KEY_CHOICE, mapping), .choices = BEHAVIOURS,
     .about = "What the endpoint outside depends on, beside the endpoint inside (RFC 4787 section 4.1)",
     .otherwise = "endpoint-independent", .example = "endpoint-independent"},
    {"filtering", OPTION(KEY_CHOICE, filtering), .choices = BEHAVIOURS,
     .about = "From where packets come in through a binding (RFC 4787 section 5)",
     .otherwise = "address-and-port-dependent", .example = "address-dependent"},
    {"pooling", OPTION(KEY_CHOICE, pooling), .choices = POOLINGS,
     .about = "Whether a host keeps its address outside (RFC 4787 section 4.1)", .otherwise = "paired",
     .example = "paired"},
    {"ports", OPTION(KEY_CHOICE, ports), .choices = ORDERS, .about = "How ports outside are chosen",
     .otherwise = "preserve", .example = "preserve"},
    {"port_range", KEY_FIELD(KEY_COUNT, nat_draft, ports), .max = 65535, .about = "The ports outside",
     .otherwise = "1024..65535", .example = "1024..65535"},
    {"block", OPTION(KEY_INTEGER, block_ports), .min = 1, .max = 65535,
     .about = "How many ports a subscriber has as its own", .otherwise = "no blocks", .example = "512"},
    {"blocks", KEY_FIELD(KEY_CHOICE, nat_draft, blocks), .choices = BLOCKS,
     .about = "Whether blocks are given when they are needed, or follow from the address",
     .otherwise = "dynamic", .example = "dynamic"},
    {"subscriber_limit", OPTION(KEY_INTEGER, subscriber_bindings_max), .min = 1, .max = NAT_BINDINGS_MAX,
     .about = "The most bindings of a subscriber", .otherwise = "none", .example = "128"},
    {"binding_limit", OPTION(KEY_INTEGER, bindings_max), .min = 1, .max = NAT_BINDINGS_MAX,
     .about = "The most bindings of the NAT", .otherwise = "1048576", .example = "4096"},
    {"overloading", OPTION(KEY_CHOICE, overloading), .choices = SCENARIO_BOOLEANS,
     .about = "Whether one endpoint outside serves several flows (RFC 4787 section 4.2.1)",
     .otherwise = "false", .example = "true"},
    {"unsolicited", OPTION(KEY_CHOICE, track_unsolicited), .choices = UNSOLICITED,
     .about = "Whether a packet from outside that no binding lets in occupies its endpoint for a time",
     .otherwise = "drop", .example = "track"},
    {"timeout", OPTION(KEY_DURATION, timeout_ns), .min = 1000000, .max = SCENARIO_DAY_NS,
     .about = "When a binding ends that no packet refreshes", .otherwise = "120s", .example = "120s"},
    {"unreplied_timeout", OPTION(KEY_DURATION, unreplied_timeout_ns), .min = 1000000, .max = SCENARIO_DAY_NS,
     .about =
         "The timeout of a binding until it is a stream: answered, and older than stream_after at a packet",
     .otherwise = "none", .example = "30s"},
    {"stream_after", OPTION(KEY_DURATION, stream_after_ns), .max = SCENARIO_DAY_NS,
     .about = "See unreplied_timeout", .otherwise = "0s", .example = "2s"},
    {"lifetime", KEY_FIELD(KEY_BOUND, nat_draft, lifetime), .alone = KEY_ALONE_IS_BOTH, .min = 1000000,
     .max = SCENARIO_DAY_NS,
     .about = "The age at which a binding ends, whatever passes; of a range, each at an age of its own",
     .otherwise = "none", .example = "50s..75s"},
    {"quarantine", OPTION(KEY_DURATION, quarantine_ns), .min = 1000000, .max = SCENARIO_DAY_NS,
     .about = "How long a port is not given out again after its binding has ended or moved",
     .otherwise = "none", .example = "120s"},
    {"forwards", KEY_OTHER, 0, 0,
     .about = "Ports of the first address that lead to nodes inside: PORT -> NODE, or PORT -> NODE:PORT",
     .example = "[8443 -> server]", .schema = SCENARIO_FORWARDS_SCHEMA},
    {"mid_flow", KEY_FIELD(KEY_CHOICE, nat_draft, nat.drops_mid_flow), .choices = MID_FLOW,
     .about = "Whether a packet from inside makes a binding if no QUIC connection begins with it",
     .otherwise = "pass", .example = "drop"},
    {"icmp", KEY_FIELD(KEY_CHOICE, nat_draft, nat.icmp), .choices = SCENARIO_BOOLEANS,
     .about = "Whether the NAT answers packets that it drops with ICMP errors", .otherwise = "false",
     .example = "true"},
    {"refresh", OPTION(KEY_CHOICE, refresh), .choices = REFRESHES, .about = "Which packets refresh a binding",
     .otherwise = "outbound", .example = "outbound"},
    {"hairpin", OPTION(KEY_CHOICE, hairpinning), .choices = SCENARIO_BOOLEANS,
     .about = "Whether hosts behind the NAT reach each other at its outside", .otherwise = "true",
     .example = "true"},
    {0},
};

static const key_row *const KIND_ROW = &NAT_ROWS[0];

const key_table SCENARIO_NAT_TABLE = {NAT_ROWS, NULL, "a NAT"};

/* --- reading --- */

static void check_ports(scenario_reader *reader, nat_draft *draft)
{
    nat_options *const options = &draft->nat.options;
    const tree_node *const range = tree_get(draft->entry, "port_range");
    const tree_node *const block = tree_get(draft->entry, "block");
    const tree_node *const blocks = tree_get(draft->entry, "blocks");
    const bool has_block = block || options->blocks != NAT_BLOCKS_NONE;
    if (draft->ports.min == 0 || draft->ports.max > 65535) {
        scenario_fault(reader, range->place, "port_range: ports are 1 to 65535: write for example %s",
                       "1024..65535");
        return;
    }
    options->port_first = (uint16_t)draft->ports.min;
    options->port_last = (uint16_t)draft->ports.max;
    const uint64_t ports = draft->ports.max - draft->ports.min + 1;
    if (has_block && options->block_ports > ports) {
        scenario_fault(reader, block ? block->place : range->place,
                       "a block of %u ports, and each address has %llu", options->block_ports,
                       (unsigned long long)ports);
    }
    if (blocks && !has_block)
        scenario_fault(reader, blocks->key_place, "blocks of no size: give it for example block: 512");
    options->blocks = has_block ? (nat_block_order)draft->blocks : NAT_BLOCKS_NONE;
}

/* Overloading needs a table of flows, and what unsolicited packets leave is a row of such a table. */
static void check_flows(scenario_reader *reader, const nat_draft *draft)
{
    const nat_options *const options = &draft->nat.options;
    const scenario_place place = draft->entry->key_place;
    if (options->overloading && (options->mapping != NAT_ADDRESS_AND_PORT_DEPENDENT ||
                                 options->filtering != NAT_ADDRESS_AND_PORT_DEPENDENT)) {
        scenario_fault(reader, place,
                       "'%s' overloads its ports: mapping and filtering are then address-and-port-dependent",
                       draft->nat.name);
    } else if (options->overloading && options->blocks != NAT_BLOCKS_NONE) {
        scenario_fault(reader, place,
                       "'%s' overloads its ports: each subscriber has all of them, and no block",
                       draft->nat.name);
    } else if (options->overloading && options->quarantine_ns > 0) {
        scenario_fault(reader, place,
                       "'%s' overloads its ports: none is free or taken, so none can be in quarantine",
                       draft->nat.name);
    } else if (!options->overloading && options->track_unsolicited) {
        scenario_fault(reader, place, "'%s' tracks unsolicited packets: it needs overloading: true",
                       draft->nat.name);
    }
    if (tree_get(draft->entry, "stream_after") && options->unreplied_timeout_ns == 0) {
        scenario_fault(reader, place, "'%s' has stream_after and one timer: give it unreplied_timeout",
                       draft->nat.name);
    }
}

/* The keys of a kind that is no NAT with ports; NULL ends them. */
static const char *const *keys_of(nat_kind kind)
{
    static const char *const FIREWALL[] = {
        "kind",         "behind",   "binding_limit", "subscriber_limit", "timeout", "unreplied_timeout",
        "stream_after", "lifetime", "refresh",       "mid_flow",         NULL};
    static const char *const NPTV6[] = {"kind", "behind", "pool", NULL};
    return kind == NAT_FIREWALL ? FIREWALL : kind == NAT_NPTV6 ? NPTV6 : NULL;
}

static void check_kind(scenario_reader *reader, const nat_draft *draft)
{
    const char *const *const known = keys_of(draft->kind);
    for (const tree_node *key = known ? draft->entry->first : NULL; key; key = key->next) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key->key) != 0)
            i++;
        if (known[i])
            continue;
        scenario_fault(reader, key->key_place,
                       draft->kind == NAT_FIREWALL
                           ? "'%s' is about ports and addresses, and a firewall translates neither"
                           : "'%s' is about bindings, and nptv6 has none: it translates prefixes (RFC 6296)",
                       key->key);
    }
}

/* A NAT without other keys: the default, as many homes have it, or that of its kind. */
static bool read_kind(scenario_reader *reader, nat_draft *draft)
{
    nat_options *const options = &draft->nat.options;
    const tree_node *const value = tree_get(draft->entry, "kind");
    draft->kind = NAT_OF_NO_KIND;
    if (value && value->kind == TREE_SCALAR && strcmp(value->text, "nat64") == 0) {
        scenario_fault(reader, value->place,
                       "kind: " SCENARIO_NO_NAT64 ": give nodes a network of each family, or write kind: "
                       "nptv6 for IPv6 on both sides");
        return false;
    }
    if (value && !scenario_read_value(reader, value, KIND_ROW, draft))
        return false;
    nat_kind_options(draft->kind, options);
    if (draft->kind != NAT_OF_NO_KIND)
        draft->nat.kind = key_choice_name(KINDS, draft->kind);
    draft->ports = (scenario_bound){options->port_first, options->port_last};
    draft->blocks = options->blocks == NAT_BLOCKS_NONE ? NAT_BLOCKS_DYNAMIC : (uint32_t)options->blocks;
    return true;
}

void scenario_nat_options_read(scenario_reader *reader, nat_draft *draft)
{
    if (read_kind(reader, draft) && scenario_read_map(reader, draft->entry, SCENARIO_NAT_TABLE, draft)) {
        check_ports(reader, draft);
        check_flows(reader, draft);
        check_kind(reader, draft);
        draft->nat.options.lifetime_ns = draft->lifetime.min;
        draft->nat.options.lifetime_most_ns = draft->lifetime.max;
    }
    draft->nat.prefixes = draft->kind == NAT_NPTV6;
}

/* --- telling --- */

static const char *address_text(const roam_addr *addr, char text[INET6_ADDRSTRLEN])
{
    return inet_ntop(addr->family == ROAM_FAMILY_IPV4 ? AF_INET : AF_INET6, addr->bytes, text,
                     INET6_ADDRSTRLEN);
}

/* Options that are shown when they differ from the default, in this order, after the ports. */
static const struct {
    const char *key;
    uint64_t usual;
    const char *words; /* %s: the quantity */
} TOLD[] = {
    {"unsolicited", false, "unsolicited packets take ports"},
    {"hairpin", true, "no hairpinning"},
    {"quarantine", 0, "ports rest for %s"},
    {"mid_flow", false, "flows begin with a handshake"},
    {"icmp", false, "answers what it drops (ICMP)"},
};

static void explain_told(const nat_draft *draft, FILE *stream)
{
    char text[UNITS_TEXT_MAX];
    for (size_t i = 0; i < sizeof(TOLD) / sizeof(TOLD[0]); i++) {
        const key_row *row = NAT_ROWS;
        while (strcmp(row->name, TOLD[i].key) != 0)
            row++;
        const uint64_t value = key_load(row, draft);
        const char *const quantity = strstr(TOLD[i].words, "%s");
        if (value == TOLD[i].usual || (draft->nat.options.transparent && strcmp(row->name, "hairpin") == 0))
            continue;
        if (quantity) {
            fprintf(stream, "%.*s%s", (int)(quantity - TOLD[i].words), TOLD[i].words,
                    units_format(key_units(row->type), value, text));
        }
        fprintf(stream, "%s, ", quantity ? quantity + strlen("%s") : TOLD[i].words);
    }
}

static void explain_lifetime(const nat_options *options, FILE *stream)
{
    char text[UNITS_TEXT_MAX];
    if (options->lifetime_ns == 0)
        return;
    fprintf(stream, "bindings end at an age of %s", units_format(UNITS_DURATION, options->lifetime_ns, text));
    if (options->lifetime_most_ns > options->lifetime_ns)
        fprintf(stream, " to %s, each at its own",
                units_format(UNITS_DURATION, options->lifetime_most_ns, text));
    fprintf(stream, ", ");
}

static void explain_ports(const nat_options *options, FILE *stream)
{
    static const char *const WORDS[] = {[NAT_PORTS_PRESERVE] = "preserved, else the next one",
                                        [NAT_PORTS_SEQUENTIAL] = "sequential",
                                        [NAT_PORTS_RANDOM] = "random",
                                        [NAT_PORTS_PRESERVE_OR_RANDOM] = "preserved, else random"};
    fprintf(stream, "ports %s%s, ", WORDS[options->ports],
            options->overloading ? ", one for many remotes" : "");
    if (options->blocks != NAT_BLOCKS_NONE) {
        fprintf(stream, "blocks of %u ports%s, ", options->block_ports,
                options->blocks == NAT_BLOCKS_DETERMINISTIC ? " by the subscriber's number" : "");
    }
}

static void explain_timers(const nat_options *options, FILE *stream)
{
    char text[UNITS_TEXT_MAX];
    fprintf(stream, "idle bindings gone after %s", units_format(UNITS_DURATION, options->timeout_ns, text));
    if (options->unreplied_timeout_ns > 0) {
        fprintf(stream, " (%s", units_format(UNITS_DURATION, options->unreplied_timeout_ns, text));
        fprintf(stream, " until answered and %s old)",
                units_format(UNITS_DURATION, options->stream_after_ns, text));
    }
    fprintf(stream,
            options->refresh == NAT_REFRESH_OUTBOUND ? " without a packet out\n" : " without a packet\n");
}

static void explain_forwards(const scenario *whole, const scenario_nat *item, FILE *stream)
{
    for (size_t i = 0; i < item->options.forward_count; i++)
        fprintf(stream, "port %u leads to %s:%u, ", item->options.forwards[i],
                whole->nodes[item->forwards[i].node].name, item->forwards[i].port);
}

static void explain_prefix(const nat_prefix *prefix, FILE *stream)
{
    char inside[INET6_ADDRSTRLEN], outside[INET6_ADDRSTRLEN];
    fprintf(stream, " %s/%u stands for %s/%u, without state\n", address_text(&prefix->external, outside),
            prefix->bits, address_text(&prefix->internal, inside), prefix->bits);
}

void scenario_explain_nat(const scenario *whole, const scenario_nat *item, FILE *stream)
{
    const nat_options *const options = &item->options;
    char text[INET6_ADDRSTRLEN];
    fprintf(stream, "  NAT %s:", item->name);
    if (item->behind != SCENARIO_NONE)
        fprintf(stream, " behind %s,", whole->nats[item->behind].name);
    if (item->kind)
        fprintf(stream, " %s:", item->kind);
    if (item->prefixes) {
        explain_prefix(&item->prefix, stream);
        return;
    }
    if (options->transparent) {
        fprintf(stream, " only answers pass inwards, ");
    } else {
        fprintf(stream, " %zu address%s from %s, mapping %s, filtering %s, ", options->pool_count,
                options->pool_count == 1 ? "" : "es", address_text(&options->pool[0], text),
                key_choice_name(BEHAVIOURS, options->mapping),
                key_choice_name(BEHAVIOURS, options->filtering));
        explain_ports(options, stream);
    }
    explain_forwards(whole, item, stream);
    explain_told(&(nat_draft){.nat = *item}, stream);
    explain_lifetime(options, stream);
    explain_timers(options, stream);
}
