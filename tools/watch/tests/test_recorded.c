/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model beside runs of scenarios: it is fed with the lines of events.jsonl, and compared every 100 ms and
 * at the end with what does not come from them: the endpoints' own statistics of their paths, and the calls
 * and rebinds of the recorder. Addresses are compared with another reader of the lines (tools/witness).
 */
#include "core/tests/check.h"
#include "sim/verdict/run.h"
#include "tools/watch/model.h"
#include "tools/witness/explain_run.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_DIR "test_recorded.run"

typedef struct watching {
    const scenario *scenario;
    run *run;
    watch_model model;
    uint64_t compared; /* ends that were up, of all instants */
    uint64_t moving;   /* ends with a call under way */
    /* Of the first peer, at its two ends: the connection ID at the last instant, and how often it was
     * another. */
    uint8_t id[2][ROAM_CONNECTION_ID_MAX];
    uint64_t id_changes[2];
    bool external; /* the address that the acceptor of the first peer sees is that of a binding */
} watching;

static void on_told(void *ctx, const json_t *line)
{
    watching *const self = ctx;
    watch_model_line(&self->model, line);
}

/* ---- an end, as the run has it ---- */

/* The node that has the connection: of a service the server. */
static uint32_t holder_of(const watching *self, uint32_t peer, uint32_t node)
{
    const uint32_t server = recorder_server(run_recorder(self->run), peer);
    return node == self->scenario->peers[peer].acceptor && server != SCENARIO_NONE ? server : node;
}

/* What the latest result by then says; with a call under way, that. */
static watch_path_state state_of(const watching *self, uint32_t node, uint32_t other, uint64_t at_ns)
{
    const recorder *const recorded = run_recorder(self->run);
    uint64_t last_ns = 0;
    size_t count = 0;
    watch_path_state state = WATCH_PATH_NONE;
    const recorder_rebind *const rebinds = recorder_rebinds(recorded, &count);
    for (size_t i = 0; i < count; i++) {
        const roam_rebind_record *const of = &rebinds[i].record;
        if (rebinds[i].node != node || rebinds[i].other != other || of->finished_ns > at_ns ||
            of->finished_ns < last_ns)
            continue;
        last_ns = of->finished_ns;
        state = of->validated ? WATCH_PATH_VALIDATED : WATCH_PATH_FAILED;
    }
    const recorder_preferred *const preferred = recorder_preferred_addresses(recorded, &count);
    for (size_t i = 0; i < count; i++) {
        const roam_preferred_record *const of = &preferred[i].record;
        if (preferred[i].node != node || preferred[i].other != other || of->finished_ns > at_ns ||
            of->finished_ns < last_ns)
            continue;
        last_ns = of->finished_ns;
        state = of->result == ROAM_OK ? WATCH_PATH_VALIDATED : WATCH_PATH_FAILED;
    }
    const recorder_migration *const calls = recorder_migrations(recorded, &count);
    for (size_t i = 0; i < count; i++) {
        if (calls[i].event->node != node || calls[i].to != other || calls[i].requested_ns > at_ns)
            continue;
        if (!calls[i].done || calls[i].done_ns > at_ns)
            return WATCH_PATH_VALIDATING;
        if (calls[i].done_ns < last_ns)
            continue;
        last_ns = calls[i].done_ns;
        state = calls[i].record.result == ROAM_OK ? WATCH_PATH_VALIDATED : WATCH_PATH_FAILED;
    }
    return state;
}

/* The recorder keeps no earlier connections than the last. */
static bool began_anew(const watching *self, uint32_t peer, uint32_t node)
{
    const recorder_peer *const ends = &recorder_peers(run_recorder(self->run))[peer];
    const recorder_end *const end =
        node == self->scenario->peers[peer].dialer ? &ends->dialer : &ends->acceptor;
    return end->ups != 1 || end->downs > 0 || end->restarted_ns != ROAM_NEVER;
}

static void compare_end(watching *self, uint32_t peer, uint32_t of, uint32_t with, uint64_t now_ns)
{
    roam_path_stats stats;
    char text[ROAM_ADDR_STRING_MAX];
    const uint32_t at = holder_of(self, peer, of);
    const char *const node = self->scenario->nodes[at].name;
    const char *const other = self->scenario->nodes[with].name;
    const char *const name = self->scenario->name;
    const double at_s = (double)now_ns / 1e9;
    const watch_end *const end = watch_model_end(&self->model, node, other);
    CU_ASSERT_FATAL(end != NULL);
    const bool up = run_path_now(self->run, peer, of, &stats);
    CHECK(end->up, up, "%s: %s > %s is up at %f s", name, node, other, at_s);
    if (!up || !end->up)
        return;
    self->compared++;
    if (end->local[0] != '\0') {
        CHECK_STRING(end->local, roam_addr_format(&stats.local, text), "%s: %s > %s at %f s", name, node,
                     other, at_s);
        CHECK_STRING(end->remote, roam_addr_format(&stats.remote, text), "%s: %s > %s at %f s", name, node,
                     other, at_s);
    }
}

static void follow_ids(watching *self)
{
    const scenario_peer *const peer = &self->scenario->peers[0];
    const uint32_t nodes[] = {peer->dialer, peer->acceptor};
    for (int i = 0; i < 2; i++) {
        uint8_t id[ROAM_CONNECTION_ID_MAX] = {0};
        roam_path_stats stats;
        if (!run_path_now(self->run, 0, nodes[i], &stats) ||
            recorder_connection_id(run_recorder(self->run), nodes[i], nodes[1 - i], &stats.local, id) == 0)
            continue;
        self->id_changes[i] += memcmp(id, self->id[i], sizeof id) != 0;
        memcpy(self->id[i], id, sizeof id);
    }
}

static void compare_bindings(watching *self)
{
    roam_path_stats stats;
    const bool up = run_path_now(self->run, 0, self->scenario->peers[0].acceptor, &stats);
    self->external = false;
    for (uint32_t i = 0; i < self->scenario->nat_count; i++) {
        nat_binding binding;
        uint32_t cursor = 0;
        uint32_t count = 0;
        for (; run_nat_next_binding(self->run, i, &cursor, &binding); count++)
            self->external |= up && roam_addr_equal(&binding.external, &stats.remote);
        CHECK(count, run_nat_now(self->run, i).live, "%s: bindings of NAT %u", self->scenario->name, i);
    }
}

static void on_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
    watching *const self = ctx;
    (void)end_ns;
    for (uint32_t i = 0; self->run && i < self->scenario->peer_count; i++) {
        const scenario_peer *const peer = &self->scenario->peers[i];
        compare_end(self, i, peer->dialer, peer->acceptor, now_ns);
        compare_end(self, i, peer->acceptor, peer->dialer, now_ns);
    }
    if (self->run && self->scenario->peer_count > 0) {
        follow_ids(self);
        compare_bindings(self);
    }
}

/* ---- the end ---- */

static void compare_addresses(watching *self, const explain_run *recorded)
{
    for (uint32_t i = 0; i < recorded->node_count; i++) {
        const uint32_t at = watch_model_node(&self->model, recorded->nodes[i].name);
        size_t count = 0;
        CU_ASSERT_FATAL(at != UINT32_MAX);
        const watch_node *const node = &self->model.nodes[at];
        for (size_t j = 0; j < recorded->address_count; j++) {
            const explain_address *const address = &recorded->addresses[j];
            if (address->place / recorded->network_count != i || address->until_ns != EXPLAIN_NEVER)
                continue;
            char text[ROAM_ADDR_STRING_MAX];
            (void)roam_addr_format(&address->addr, text);
            bool found = false;
            for (size_t k = 0; k < node->address_count; k++)
                found |= roam_addr_equal(&address->addr, &node->addresses[k].addr);
            CHECK(found, true, "%s: %s has %s at the end", recorded->scenario, node->name, text);
            count++;
        }
        CHECK(node->address_count, count, "%s: addresses of %s at the end", recorded->scenario, node->name);
    }
}

static void compare_state(watching *self, uint32_t peer, uint32_t of, uint32_t with, uint64_t at_ns)
{
    const uint32_t at = holder_of(self, peer, of);
    const watch_end *const end =
        watch_model_end(&self->model, self->scenario->nodes[at].name, self->scenario->nodes[with].name);
    CU_ASSERT_FATAL(end != NULL);
    if (began_anew(self, peer, of) || !end->up)
        return;
    const watch_path_state state = state_of(self, of, with, at_ns);
    CHECK(end->state, state, "%s: state of %s > %s at %f s", self->scenario->name,
          self->scenario->nodes[at].name, self->scenario->nodes[with].name, (double)at_ns / 1e9);
    self->moving += state == WATCH_PATH_VALIDATING;
}

static void compare_states(watching *self, uint64_t at_ns)
{
    for (uint32_t i = 0; i < self->scenario->peer_count; i++) {
        const scenario_peer *const peer = &self->scenario->peers[i];
        compare_state(self, i, peer->dialer, peer->acceptor, at_ns);
        compare_state(self, i, peer->acceptor, peer->dialer, at_ns);
    }
}

/* The lines once more, from the file, to a new model: after all lines of one time it is compared. */
static void compare_each_line(watching *self)
{
    char *text = NULL;
    size_t size = 0;
    ssize_t len;
    uint64_t at_ns = 0;
    FILE *const file = fopen(OUT_DIR "/events.jsonl", "re");
    CU_ASSERT_FATAL(file != NULL);
    watch_model_fini(&self->model);
    CU_ASSERT_FATAL(watch_model_init(&self->model));
    while ((len = getline(&text, &size, file)) > 0) {
        json_t *const line = json_loadb(text, (size_t)len, 0, NULL);
        CU_ASSERT_FATAL(line != NULL);
        const uint64_t line_ns = explain_count(line, "at_ns", 0);
        if (line_ns > at_ns && self->model.node_count > 0)
            compare_states(self, at_ns);
        at_ns = line_ns;
        watch_model_line(&self->model, line);
        json_decref(line);
    }
    compare_states(self, at_ns);
    free(text);
    (void)fclose(file);
}

static void compare_recorded(watching *self)
{
    explain_run recorded;
    char message[EXPLAIN_MESSAGE_MAX];
    CU_ASSERT_FATAL(explain_run_read(OUT_DIR, &recorded, message));
    CHECK(self->model.drops, recorded.drop_count, "%s: drops", recorded.scenario);
    CHECK(self->model.ended, true, "%s: ended", recorded.scenario);
    CHECK(self->model.node_count, recorded.node_count, "%s: nodes", recorded.scenario);
    CHECK(self->model.nat_count, recorded.nat_count, "%s: NATs", recorded.scenario);
    compare_addresses(self, &recorded);
    compare_each_line(self);
    CHECK(self->model.drops, recorded.drop_count, "%s: drops of the file", recorded.scenario);
    explain_run_fini(&recorded);
}

/* Returns what was seen; the run and the model are gone then. */
static watching watch_scenario(const char *path)
{
    char whole[512];
    char message[RUN_MESSAGE_MAX] = "";
    scenario *loaded = NULL;
    scenario_diagnostics diagnostics;
    watching self = {0};
    (void)snprintf(whole, sizeof whole, ROAM_SOURCE_DIR "/scenarios/%s.yaml", path);
    scenario_diagnostics_init(&diagnostics);
    CU_ASSERT_FATAL(scenario_load(&(scenario_source){.path = whole}, &loaded, &diagnostics) == SCENARIO_OK);
    scenario_diagnostics_fini(&diagnostics);
    self.scenario = loaded;
    CU_ASSERT_FATAL(watch_model_init(&self.model));
    const run_options options = {.scenario = loaded,
                                 .seed = 1,
                                 .out_dir = OUT_DIR,
                                 .progress = on_progress,
                                 .told = on_told,
                                 .ctx = &self};
    CU_ASSERT_FATAL(run_begin(&options, &self.run, message) == RUN_OK);
    CU_ASSERT_FATAL(run_end(self.run, message) == RUN_OK);
    CHECK(self.model.no_memory, false, "%s: no_memory", path);
    CHECK_AT_LEAST(self.compared, 1, "%s: ends compared", path);
    compare_recorded(&self);
    watch_model_fini(&self.model);
    run_free(self.run);
    scenario_free(loaded);
    return self;
}

/* ---- the tests ---- */

/* A new path is used with connection IDs that no other was used with (RFC 9000 section 9.5). */
static void test_handover(void)
{
    const watching seen = watch_scenario("handover/a-b-a");
    CHECK_AT_LEAST(seen.moving, 9, "instants with a call under way");
    CHECK(seen.id_changes[0], 4,
          "connection IDs that the dialler sent to: of the handshake, of three migrations");
    CHECK(seen.id_changes[1], 4, "connection IDs that the acceptor sent to");
    (void)watch_scenario("handover/wifi-to-cellular");
    (void)watch_scenario("handover/ipv4-to-ipv6");
    (void)watch_scenario("handover/during-handshake");
    (void)watch_scenario("handover/connection-ids-run-out");
    (void)watch_scenario("handover/preferred-address-and-a-move");
}

static void test_addresses(void)
{
    (void)watch_scenario("nat/renumber-overlap");
    (void)watch_scenario("nat/prefix-change");
    (void)watch_scenario("handover/redials-until-there-is-a-network");
}

static void test_nat(void)
{
    CHECK(watch_scenario("nat/rebind-port").external, true,
          "the address that the server sees is a binding's");
    CHECK(watch_scenario("nat/nested").external, true, "the address that the server sees is a binding's");
    (void)watch_scenario("nat/rebind-there-and-back");
    (void)watch_scenario("nat/cgnat-shuffle");
}

static void test_relay(void)
{
    (void)watch_scenario("relay/relay-swap");
    (void)watch_scenario("relay/tunnel-reconnect");
}

static void test_attack(void)
{
    (void)watch_scenario("attack/challenge-flood");
    (void)watch_scenario("attack/off-path-forward");
    (void)watch_scenario("attack/spoofed-source");
    (void)watch_scenario("attack/address-flood");
}

static void test_many(void)
{
    (void)watch_scenario("multi/two-peers-one-behind-a-nat");
    (void)watch_scenario("multi/all-peers-move");
    (void)watch_scenario("service/rebind-behind-four-tuple");
    (void)watch_scenario("service/rebind-behind-connection-ids");
    (void)watch_scenario("membership/silent-peer-demoted");
}

static void test_failures(void)
{
    (void)watch_scenario("errors/first-dial-fails");
    (void)watch_scenario("errors/no-conn-closed");
    (void)watch_scenario("errors/no-conn-crash-mid-call");
    (void)watch_scenario("errors/restart-without-redial");
    CHECK_AT_LEAST(watch_scenario("errors/superseded").moving, 3, "instants with a call under way");
    (void)watch_scenario("errors/same-target-joined");
    (void)watch_scenario("errors/timeout-new-path-blackholed");
    (void)watch_scenario("errors/restart-in-the-handshake");
}

static const check_test TESTS[] = {
    {"handover", test_handover}, {"addresses", test_addresses}, {"NAT", test_nat},      {"relay", test_relay},
    {"attack", test_attack},     {"many", test_many},           {"fail", test_failures}};
CHECK_MAIN("watch, recorded", TESTS)
