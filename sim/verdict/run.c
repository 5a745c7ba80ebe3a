/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/run.h"

#include "sim/record/capture.h"
#include "sim/record/events.h"
#include "sim/record/output.h"
#include "sim/record/qlog_files.h"
#include "sim/record/witness.h"
#include "sim/wall.h"
#include "sim/world/world.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define OBSERVER_COUNT 7

_Static_assert(RUN_MESSAGE_MAX >= PCAPNG_MESSAGE_MAX && RUN_MESSAGE_MAX >= QLOG_FILES_MESSAGE_MAX &&
                   RUN_MESSAGE_MAX >= OUTPUT_MESSAGE_MAX,
               "messages are handed on");

struct run {
    run_options options;
    recorder *recorder;
    witness *witness;
    overlay *overlay;
    world *world;
    events *events;
    capture *capture;
    qlog_files *qlog;
    expect_outcome *outcomes;
    nat_counts *nats;
    background_counts *background;
    const char **versions; /* of the QUIC library of each node */
    summary_link *links;
    size_t link_count;
    summary_path *paths;
    summary_groups stored;    /* their texts are in the rows of run_summary_rows */
    summary_overlay measured; /* of the overlay */
    expect_member *members;   /* one a node; NULL: none has membership */
    summary_verdict verdict;
    uint64_t start_ns; /* wall clock */
    uint64_t world_ns; /* spent in the world */
    uint64_t end_ns;   /* virtual: how far it ran */
};

static int out_of_memory(char *message)
{
    (void)snprintf(message, RUN_MESSAGE_MAX, "out of memory");
    return RUN_ERR_NO_MEMORY;
}

static int cannot_write(const char *path, int failure, char *message)
{
    (void)snprintf(message, RUN_MESSAGE_MAX, "%.300s: %s", path, strerror(failure));
    return RUN_ERR_OUTPUT;
}

/* --- the output directory --- */

static int open_events(run *self, const char *path)
{
    const run_options *const options = &self->options;
    return events_open(&(events_options){.path = path,
                                         .scenario = options->scenario,
                                         .seed = options->seed,
                                         .told = options->told,
                                         .ctx = options->ctx},
                       &self->events);
}

static int open_output(run *self, char *message)
{
    const run_options *const options = &self->options;
    char path[OUTPUT_PATH_MAX];
    int result = output_prepare(options->out_dir, message);
    if (result != 0)
        return result == OUTPUT_ERR_REFUSED ? RUN_ERR_REFUSED : RUN_ERR_OUTPUT;
    if (output_path(options->out_dir, "events.jsonl", path, message) != 0)
        return RUN_ERR_OUTPUT;
    result = open_events(self, path);
    if (result != 0)
        return cannot_write(path, result, message);
    const qlog_files_options traces = {
        .dir = options->out_dir, .scenario = options->scenario, .seed = options->seed, .form = options->qlog};
    if (options->qlog && qlog_files_new(&traces, &self->qlog) != 0)
        return out_of_memory(message);
    if (options->pcap && (output_path(options->out_dir, "packets.pcapng", path, message) != 0 ||
                          capture_open(path, options->scenario, &self->capture, message) != 0))
        return RUN_ERR_OUTPUT;
    return 0;
}

/* Closes all of it, whatever fails; says the first failure. */
static int close_output(run *self, char *message)
{
    char later[RUN_MESSAGE_MAX];
    int result = 0;
    const int failure = events_close(self->events);
    self->events = NULL;
    if (failure)
        result = cannot_write(self->options.out_dir, failure, message);
    if (qlog_files_close(self->qlog, result == 0 ? message : later) != 0)
        result = RUN_ERR_OUTPUT;
    self->qlog = NULL;
    if (capture_close(self->capture, result == 0 ? message : later) != 0)
        result = RUN_ERR_OUTPUT;
    self->capture = NULL;
    return result;
}

/* Of the whole process, with every run before this one. */
static uint64_t peak_memory_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

static int write_timing(const run *self, char *message)
{
    char path[OUTPUT_PATH_MAX];
    char text[512];
    const uint64_t total_ns = wall_ns() - self->start_ns;
    const uint64_t packets = recorder_packet_count(self->recorder);
    const uint64_t world_us = self->world_ns / 1000 + 1;
    (void)snprintf(text, sizeof text,
                   "{\n  \"schema\": %d,\n  \"wall_ns\": %" PRIu64 ",\n  \"world_wall_ns\": %" PRIu64
                   ",\n  \"virtual_ns\": %" PRIu64 ",\n  \"packets\": %" PRIu64
                   ",\n  \"packets_per_second\": %" PRIu64 ",\n  \"peak_memory_bytes\": %" PRIu64 "\n}\n",
                   SUMMARY_SCHEMA, total_ns, self->world_ns, self->end_ns, packets,
                   packets * 1000000 / world_us, peak_memory_bytes());
    if (output_path(self->options.out_dir, "timing.json", path, message) != 0 ||
        output_write(path, text, message) != 0)
        return RUN_ERR_OUTPUT;
    return 0;
}

/* Frees the text; NULL is for one that there was no memory for. */
static int write_text(const run *self, const char *name, char *text, char *message)
{
    char path[OUTPUT_PATH_MAX];
    int result = 0;
    if (!text)
        result = out_of_memory(message);
    else if (output_path(self->options.out_dir, name, path, message) != 0 ||
             output_write(path, text, message) != 0)
        result = RUN_ERR_OUTPUT;
    free(text);
    return result;
}

static int write_output(run *self, char *message)
{
    int result = close_output(self, message);
    if (result == 0)
        result = write_timing(self, message);
    if (result == 0 && overlay_nodes_of(self->options.scenario) > 0)
        result = write_text(self, "overlay.csv", overlay_csv(self->overlay), message);
    if (result == 0)
        result = write_text(self, "summary.json", run_summary(self), message);
    return result;
}

/* --- the world --- */

static int status_of(int error)
{
    if (error == RUN_ERROR_NONE)
        return RUN_OK;
    return error == RUN_ERROR_ENDPOINT ? RUN_ERR_ENDPOINT : RUN_ERR_WORLD;
}

static int open_world(run *self, char *message)
{
    observer observers[OBSERVER_COUNT];
    size_t count = 0;
    observers[count++] = recorder_observer(self->recorder);
    observers[count++] = witness_observer(self->witness);
    if (overlay_nodes_of(self->options.scenario) > 0)
        observers[count++] = overlay_observer(self->overlay);
    if (self->events)
        observers[count++] = events_observer(self->events);
    if (self->capture) {
        observers[count++] = capture_events_observer(self->capture);
        observers[count++] = capture_observer(self->capture);
    }
    if (self->qlog)
        observers[count++] = qlog_files_observer(self->qlog);
    const world_options options = {
        .scenario = self->options.scenario,
        .seed = self->options.seed,
        .observers = observers,
        .observer_count = count,
        .connections_max = self->options.connections_max,
    };
    return status_of(world_new(&options, &self->world, message, RUN_MESSAGE_MAX));
}

static int run_slice(run *self, uint64_t until_ns, char *message)
{
    const run_options *const options = &self->options;
    if (options->stop && options->stop(options->ctx)) {
        (void)snprintf(message, RUN_MESSAGE_MAX, "interrupted");
        return RUN_ERR_INTERRUPTED;
    }
    const int error = world_run(self->world, until_ns);
    if (error) {
        (void)snprintf(message, RUN_MESSAGE_MAX, "%.*s", RUN_MESSAGE_MAX - 1, world_error(self->world));
        return status_of(error);
    }
    self->end_ns = until_ns;
    if (options->progress)
        options->progress(options->ctx, until_ns, options->scenario->duration_ns);
    return 0;
}

static int run_slices(run *self, uint64_t until_ns, char *message)
{
    int result = 0;
    while (result == 0 && self->end_ns < until_ns)
        result = run_slice(
            self, until_ns - self->end_ns > RUN_SLICE_NS ? self->end_ns + RUN_SLICE_NS : until_ns, message);
    return result;
}

static int run_world(run *self, char *message)
{
    const uint64_t duration_ns = self->options.scenario->duration_ns;
    const uint64_t start_ns = wall_ns();
    int result = run_slices(self, duration_ns, message);
    if (result == 0 && self->events)
        events_end(self->events, self->recorder, duration_ns);
    while (result == 0 && self->end_ns < duration_ns + RUN_OUT_MAX_NS && !recorder_is_settled(self->recorder))
        result = run_slice(self, self->end_ns + RUN_SLICE_NS, message);
    self->world_ns += wall_ns() - start_ns;
    return result;
}

static void add_counts(world_link_counts *to, const world_link_counts *more)
{
    to->packets += more->packets;
    to->bytes += more->bytes;
    to->delivered += more->delivered;
    to->dropped_queue += more->dropped_queue;
    to->dropped_loss += more->dropped_loss;
    to->dropped_down += more->dropped_down;
    to->dropped_blackhole += more->dropped_blackhole;
    to->dropped_fault += more->dropped_fault;
    to->dropped_checksum += more->dropped_checksum;
    to->dropped_medium += more->dropped_medium;
    to->dropped_partition += more->dropped_partition;
    to->copied += more->copied;
    to->held += more->held;
    to->corrupted += more->corrupted;
    to->ecn_marked += more->ecn_marked;
    to->ecn_bleached += more->ecn_bleached;
    to->queue_peak = more->queue_peak > to->queue_peak ? more->queue_peak : to->queue_peak;
}

/* Those of the large group to which the node belongs are added up at the first of them in that network, whose
 * number in the list plus 1 is in `sums`. */
static void take_links_of(run *self, uint32_t node, size_t *sums)
{
    const scenario *const whole = self->options.scenario;
    const scenario_group *const group = whole->nodes[node].group;
    const bool add_up = group && group->count > SUMMARY_EACH_MAX && !self->options.each;
    for (uint32_t network = 0; network < whole->network_count; network++) {
        const summary_link link = {
            .links = 1,
            .node = node,
            .network = network,
            .up = world_link_count(self->world, node, network, true),
            .down = world_link_count(self->world, node, network, false),
        };
        if (add_up && node == group->first)
            sums[network] = 0;
        if (link.up.packets == 0 && link.down.packets == 0)
            continue;
        if (add_up && sums[network] > 0) {
            summary_link *const sum = &self->links[sums[network] - 1];
            sum->links++;
            add_counts(&sum->up, &link.up);
            add_counts(&sum->down, &link.down);
            continue;
        }
        self->links[self->link_count++] = link;
        sums[network] = self->link_count;
    }
}

static int take_links(run *self, char *message)
{
    const scenario *const whole = self->options.scenario;
    self->links = calloc(whole->node_count * whole->network_count + 1, sizeof *self->links);
    self->paths = calloc(2 * whole->peer_count + 1, sizeof *self->paths);
    self->nats = calloc(whole->nat_count + 1, sizeof *self->nats);
    self->background = calloc(whole->background_count + 1, sizeof *self->background);
    if (overlay_nodes_of(whole) > 0)
        self->members = calloc(whole->node_count, sizeof *self->members);
    self->versions = calloc(whole->node_count + 1, sizeof *self->versions);
    size_t *const sums = calloc(whole->network_count + 1, sizeof *sums);
    if (!sums || !self->links || !self->paths || !self->nats || !self->background || !self->versions ||
        (overlay_nodes_of(whole) > 0 && !self->members)) {
        free(sums);
        return out_of_memory(message);
    }
    for (uint32_t node = 0; node < whole->node_count; node++) {
        self->versions[node] = world_library_version(self->world, node);
        take_links_of(self, node, sums);
    }
    free(sums);
    for (uint32_t node = 0; self->members && node < whole->node_count; node++) {
        expect_member *const of = &self->members[node];
        *of = (expect_member){world_passive_view(self->world, node),
                              world_membership_counts(self->world, node)};
        summary_overlay_add(&self->measured, &of->counts);
    }
    for (uint32_t i = 0; i < whole->nat_count; i++)
        self->nats[i] = world_nat_count(self->world, i);
    for (size_t i = 0; i < whole->background_count; i++)
        self->background[i] = world_background_count(self->world, i);
    for (uint32_t i = 0; i < whole->peer_count; i++) {
        const scenario_peer *const peer = &whole->peers[i];
        summary_path *const paths = &self->paths[2 * i];
        paths[0].connected = world_path_stats(self->world, i, peer->dialer, &paths[0].stats);
        paths[1].connected = world_path_stats(self->world, i, peer->acceptor, &paths[1].stats);
    }
    return 0;
}

static summary_input input_of(const run *self)
{
    return (summary_input){
        .scenario = self->options.scenario,
        .seed = self->options.seed,
        .recorder = self->recorder,
        .witness = self->witness,
        .outcomes = self->outcomes,
        .links = self->links,
        .link_count = self->link_count,
        .paths = self->paths,
        .nats = self->nats,
        .background = self->background,
        .versions = self->versions,
        .overlay = run_overlay(self),
    };
}

static size_t outcome_count(const run *self)
{
    const scenario *const whole = self->options.scenario;
    return whole->expectation_count + whole->known_fault.expectation_count + 1;
}

static int judge(run *self, char *message)
{
    const scenario *const whole = self->options.scenario;
    if (recorder_finish(self->recorder, whole->duration_ns) != 0 || witness_finish(self->witness) != 0 ||
        overlay_finish(self->overlay) != 0)
        return out_of_memory(message);
    if (overlay_nodes_of(whole) > 0 && summary_overlay_of(whole, self->overlay, &self->measured) != 0)
        return out_of_memory(message);
    const scenario_known_fault *const fault = &whole->known_fault;
    const size_t count = whole->expectation_count + fault->expectation_count;
    self->outcomes = calloc(count + 1, sizeof *self->outcomes);
    if (!self->outcomes)
        return out_of_memory(message);
    const expect_evidence evidence = {
        .recorder = self->recorder,
        .witness = self->witness,
        .overlay = self->overlay,
        .members = self->members,
    };
    expect_judge(whole, whole->expectations, whole->expectation_count, &evidence, self->outcomes);
    expect_judge(whole, fault->expectations, fault->expectation_count, &evidence,
                 self->outcomes + whole->expectation_count);
    if (expect_is_implied(whole))
        expect_judge(whole, &EXPECT_IMPLIED, 1, &evidence, &self->outcomes[count]);
    else
        self->outcomes[count].held = true;
    const summary_input input = input_of(self);
    self->verdict = summary_judge(&input);
    return 0;
}

/* --- all of it --- */

/* For events.jsonl and for the comments of captures. */
static void on_milestone(void *ctx, const recorder_migration *migration, const char *name, uint64_t now_ns)
{
    const run *const self = ctx;
    const recorder_milestones told = events_milestones(self->events);
    told.reached(told.ctx, migration, name, now_ns);
    if (!self->capture)
        return;
    const recorder_milestones commented = capture_milestones(self->capture);
    commented.reached(commented.ctx, migration, name, now_ns);
}

static int begin(run *self, char *message)
{
    int result = 0;
    if (self->options.out_dir)
        result = open_output(self, message);
    else if (self->options.told && open_events(self, NULL) != 0)
        return out_of_memory(message);
    if (result != 0)
        return result;
    const recorder_milestones milestones = {.ctx = self, .reached = self->events ? on_milestone : NULL};
    if (recorder_new(self->options.scenario, &milestones, &self->recorder) != 0 ||
        witness_new(self->options.scenario, &self->witness) != 0 ||
        overlay_new(self->options.scenario, &self->overlay) != 0)
        return out_of_memory(message);
    if (self->events)
        events_witness(self->events, self->witness);
    if (self->capture)
        capture_witness(self->capture, self->witness);
    return open_world(self, message);
}

static int end(run *self, char *message)
{
    int result = run_world(self, message);
    if (result == 0)
        result = take_links(self, message);
    if (!self->options.last) {
        /* The ends of connections are the last calls to the observers. */
        world_free(self->world);
        self->world = NULL;
    }
    if (result == 0)
        result = judge(self, message);
    if (result == 0 && self->options.out_dir)
        result = write_output(self, message);
    return result;
}

int run_begin(const run_options *options, run **out, char *message)
{
    run *const self = calloc(1, sizeof *self);
    if (!self)
        return out_of_memory(message);
    self->options = *options;
    self->start_ns = wall_ns();
    const int result = options->seed <= RUN_SEED_MAX ? begin(self, message) : RUN_ERR_WORLD;
    if (options->seed > RUN_SEED_MAX)
        (void)snprintf(message, RUN_MESSAGE_MAX, "a seed is at most %" PRIu64, RUN_SEED_MAX);
    if (result == 0)
        *out = self;
    else
        run_free(self);
    return result;
}

int run_to(run *self, uint64_t until_ns, char *message)
{
    const uint64_t start_ns = wall_ns();
    assert(until_ns % RUN_SLICE_NS == 0 && until_ns < self->options.scenario->duration_ns);
    const int result = run_slices(self, until_ns, message);
    self->world_ns += wall_ns() - start_ns;
    return result;
}

void run_follow(run *self)
{
    world_follow(self->world);
}

int run_end(run *self, char *message)
{
    const int result = end(self, message);
    if (result != 0)
        run_free(self);
    return result;
}

int run_scenario(const run_options *options, run **out, char *message)
{
    run *self;
    int result = run_begin(options, &self, message);
    if (result == 0)
        result = run_end(self, message);
    if (result == 0)
        *out = self;
    return result;
}

void run_free(run *self)
{
    char later[RUN_MESSAGE_MAX];
    if (!self)
        return;
    world_free(self->world);          /* of a run that has not ended, and the next one likewise */
    (void)!close_output(self, later); /* whatever was seen is kept */
    if (self->outcomes)
        expect_outcomes_fini(self->outcomes, outcome_count(self));
    free(self->outcomes);
    free(self->paths);
    free(self->links);
    free(self->nats);
    free(self->background);
    free(self->versions);
    recorder_free(self->recorder);
    witness_free(self->witness);
    overlay_free(self->overlay);
    summary_overlay_fini(&self->measured);
    summary_groups_free(&self->stored);
    free(self->members);
    free(self);
}

bool run_path_now(const run *self, uint32_t peer, uint32_t node, roam_path_stats *out)
{
    return world_path_stats(self->world, peer, node, out);
}

nat_counts run_nat_now(const run *self, uint32_t index)
{
    return world_nat_count(self->world, index);
}

bool run_nat_next_binding(const run *self, uint32_t index, uint32_t *cursor, nat_binding *out)
{
    return world_nat_next_binding(self->world, index, cursor, out);
}

summary_verdict run_verdict(const run *self)
{
    return self->verdict;
}

const recorder *run_recorder(const run *self)
{
    return self->recorder;
}

const witness *run_witness(const run *self)
{
    return self->witness;
}

const expect_outcome *run_outcomes(const run *self)
{
    return self->outcomes;
}

const expect_outcome *run_implied(const run *self)
{
    const scenario *const whole = self->options.scenario;
    return &self->outcomes[whole->expectation_count + whole->known_fault.expectation_count];
}

char *run_summary(const run *self)
{
    summary_input input = input_of(self);
    summary_groups groups;
    if (!summary_groups_of(input.scenario, input.recorder, SUMMARY_EACH_MAX, self->options.each, &groups))
        return NULL;
    input.groups = &groups;
    char *const text = summary_text(&input);
    summary_groups_free(&groups);
    return text;
}

bool run_summary_rows(run *self, summary_rows *out)
{
    summary_input input = input_of(self);
    summary_groups_free(&self->stored);
    if (!summary_groups_of(input.scenario, input.recorder, SUMMARY_STORED_MAX, self->options.each,
                           &self->stored))
        return false;
    input.groups = &self->stored;
    return summary_rows_of(&input, out);
}

const summary_overlay *run_overlay(const run *self)
{
    return self->measured.nodes > 0 ? &self->measured : NULL;
}

const nat_counts *run_nats(const run *self)
{
    return self->nats;
}

const background_counts *run_background(const run *self)
{
    return self->background;
}

const summary_path *run_paths(const run *self)
{
    return self->paths;
}
