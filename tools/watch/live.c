/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/live.h"

#include "sim/record/timeline_line.h"
#include "tools/cli/interrupt.h"
#include "tools/watch/terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct watch_live {
    const scenario *scenario;
    play play;
};

bool watch_take(watch_settings *self, const char *command, watch_option option, const char *value)
{
    if (option == WATCH_ON) {
        self->on = true;
        return true;
    }
    self->speed_given = true;
    if (play_speed_read(value, &self->speed))
        return true;
    (void)fprintf(stderr, "%s: --speed %s: expected a number from 0.001 to 1000, or max\n", command, value);
    return false;
}

play_options watch_play_options(const watch_settings *self, bool replay)
{
    return (play_options){.speed = self->speed_given ? self->speed : PLAY_SPEED_ONE,
                          .speed_given = self->speed_given,
                          .screen = terminal_takes_screen(),
                          .colour = table_colour(stdout),
                          .replay = replay};
}

bool watch_open(const watch_settings *self, const char *command)
{
    if (!self->on || !terminal_takes_screen())
        return true;
    interrupt_before_limit(terminal_leave);
    if (terminal_enter())
        return true;
    (void)fprintf(stderr, "%s: the terminal cannot be set: %s\n", command, strerror(errno));
    return false;
}

void watch_close(void)
{
    terminal_leave();
}

/* ---- what is known beforehand ---- */

static void take_entries(watch_live *self)
{
    const scenario *const whole = self->scenario;
    for (size_t i = 0; i < whole->step_count; i++) {
        const scenario_step *const step = &whole->steps[i];
        json_t *const line = step->event ? json_object() : NULL;
        if (line && timeline_line_put(whole, step->event, line))
            watch_model_coming(&self->play.model, step->at_ns, line);
        json_decref(line);
    }
}

watch_live *watch_live_new(const watch_settings *settings, const scenario *whole, bool (*stop)(void *ctx))
{
    watch_live *const self = calloc(1, sizeof *self);
    play_options options = watch_play_options(settings, false);
    options.stop = stop;
    if (!self)
        return NULL;
    self->scenario = whole;
    if (!play_init(&self->play, &options)) {
        watch_live_free(self);
        return NULL;
    }
    self->play.model.live = true;
    self->play.model.end_ns = whole->duration_ns;
    take_entries(self);
    return self;
}

void watch_live_free(watch_live *self)
{
    if (self) {
        play_draw(&self->play);
        play_fini(&self->play);
    }
    free(self);
}

/* ---- samples ---- */

/* The node that has the connection: of a service the server. */
static uint32_t holder_of(const watch_live *self, const run *of, uint32_t peer, uint32_t node)
{
    const uint32_t server = recorder_server(run_recorder(of), peer);
    return node == self->scenario->peers[peer].acceptor && server != SCENARIO_NONE ? server : node;
}

static void sample_end(watch_live *self, const run *of, uint32_t peer, uint32_t node, uint32_t other)
{
    const scenario *const whole = self->scenario;
    watch_model *const model = &self->play.model;
    const uint32_t holder = holder_of(self, of, peer, node);
    roam_path_stats stats;
    watch_end *const end = watch_model_end(model, whole->nodes[holder].name, whole->nodes[other].name);
    if (!end)
        return;
    end->sampled = end->up && run_path_now(of, peer, node, &stats);
    if (!end->sampled)
        return;
    watch_model_sample(model, end, &stats);
    end->connection_id_len = recorder_connection_id(
        run_recorder(of), holder, holder_of(self, of, peer, other), &stats.local, end->connection_id);
}

static void sample_nats(watch_live *self, const run *of)
{
    watch_model *const model = &self->play.model;
    model->binding_count = 0;
    for (uint32_t i = 0; i < self->scenario->nat_count && i < model->nat_count; i++) {
        uint32_t cursor = 0;
        nat_binding binding;
        model->nats[i].bindings = run_nat_now(of, i).live;
        while (run_nat_next_binding(of, i, &cursor, &binding))
            if (!watch_model_binding(model, &(watch_binding){.nat = i,
                                                             .internal = binding.internal,
                                                             .external = binding.external,
                                                             .destination = binding.destination,
                                                             .expires_ns = binding.expires_ns}))
                return;
    }
}

/* Once the model has the nodes, in the order of the scenario. */
static void take_flows(watch_live *self)
{
    const scenario *const whole = self->scenario;
    watch_model *const model = &self->play.model;
    model->flows = calloc(whole->traffic_count + 1, sizeof *model->flows);
    model->flow_count = model->flows ? whole->traffic_count : 0;
    for (size_t i = 0; i < model->flow_count; i++) {
        const scenario_traffic *const flow = &whole->traffic[i];
        model->flows[i] = (watch_flow){
            .from = flow->from, .to = flow->to, .last_delivery_ns = ROAM_NEVER, .over_ns = flow->until_ns};
    }
    model->no_memory |= !model->flows;
}

static void sample_flows(watch_live *self, const run *of)
{
    const recorder_flow *const flows = recorder_flows(run_recorder(of));
    watch_model *const model = &self->play.model;
    if (!model->flows)
        take_flows(self);
    for (size_t i = 0; i < model->flow_count; i++) {
        model->flows[i].sent = flows[i].sent;
        model->flows[i].delivered = flows[i].delivered;
        model->flows[i].last_delivery_ns = flows[i].last_delivery_ns;
    }
}

void watch_live_passed(watch_live *self, const run *of, uint64_t now_ns)
{
    const scenario *const whole = self->scenario;
    play_to(&self->play, now_ns);
    for (uint32_t i = 0; i < whole->peer_count; i++) {
        const scenario_peer *const peer = &whole->peers[i];
        sample_end(self, of, i, peer->dialer, peer->acceptor);
        sample_end(self, of, i, peer->acceptor, peer->dialer);
    }
    sample_flows(self, of);
    sample_nats(self, of);
}

void watch_live_told(void *ctx, const struct json_t *line)
{
    watch_live *const self = ctx;
    play_line(&self->play, line);
}

bool watch_live_over(const watch_live *self)
{
    return play_over(&self->play);
}
