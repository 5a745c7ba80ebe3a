/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/node/events.h"

#include <inttypes.h>

static void begin(node_output *out, const char *event, uint64_t now_ns)
{
    (void)fprintf(out->file, "{\"event\":\"%s\",\"at_ns\":%" PRIu64, event, now_ns);
}

static void end(node_output *out)
{
    (void)fputs("}\n", out->file);
    node_output_check(out, true);
}

static void put_addr(node_output *out, const char *key, const roam_addr *addr)
{
    char text[ROAM_ADDR_STRING_MAX];
    (void)fprintf(out->file, ",\"%s\":\"%s\"", key, roam_addr_format(addr, text));
}

static void put_time(node_output *out, const char *key, uint64_t at_ns, uint64_t begin_ns)
{
    if (at_ns == ROAM_NEVER)
        (void)fprintf(out->file, ",\"%s\":null", key);
    else
        (void)fprintf(out->file, ",\"%s\":%" PRIu64, key, at_ns > begin_ns ? at_ns - begin_ns : 0);
}

static void put_migration(node_output *out, const roam_migration_record *record)
{
    (void)fprintf(out->file, ",\"result\":\"%s\",\"detail\":\"%s\",\"trigger\":\"%s\",\"mode\":\"%s\"",
                  roam_result_name(record->result), roam_migration_detail_name(record->detail),
                  record->trigger, record->mode == ROAM_FOLLOW_FIRST ? "follow_first" : "validate_first");
    put_addr(out, "old_local", &record->old_local);
    put_addr(out, "new_local", &record->new_local);
    put_addr(out, "remote", &record->remote);
    (void)fprintf(out->file, ",\"challenges_sent\":%u,\"validation_rounds\":%u", record->challenges_sent,
                  record->validation_rounds);
    put_time(out, "first_challenge_ns", record->first_challenge_ns, record->requested_ns);
    put_time(out, "response_ns", record->response_ns, record->requested_ns);
    put_time(out, "finished_ns", record->finished_ns, record->requested_ns);
    (void)fprintf(out->file, ",\"srtt_before_ns\":%" PRIu64 ",\"srtt_after_ns\":%" PRIu64,
                  record->srtt_before_ns, record->srtt_after_ns);
    (void)fprintf(out->file,
                  ",\"cwnd_before\":%" PRIu64 ",\"cwnd_after\":%" PRIu64 ",\"connection_id_changed\":%s",
                  record->cwnd_before, record->cwnd_after, record->connection_id_changed ? "true" : "false");
}

static void put_rebind(node_output *out, const roam_rebind_record *record)
{
    (void)fprintf(out->file, ",\"validated\":%s,\"port_only\":%s", record->validated ? "true" : "false",
                  record->port_only ? "true" : "false");
    put_addr(out, "local", &record->local);
    put_addr(out, "old_remote", &record->old_remote);
    put_addr(out, "new_remote", &record->new_remote);
    put_time(out, "finished_ns", record->finished_ns, record->noticed_ns);
    (void)fprintf(out->file,
                  ",\"challenges_sent\":%u,\"srtt_before_ns\":%" PRIu64 ",\"srtt_after_ns\":%" PRIu64,
                  record->challenges_sent, record->srtt_before_ns, record->srtt_after_ns);
    (void)fprintf(out->file, ",\"cwnd_before\":%" PRIu64 ",\"cwnd_after\":%" PRIu64, record->cwnd_before,
                  record->cwnd_after);
}

static void put_preferred(node_output *out, const roam_preferred_record *record)
{
    (void)fprintf(out->file, ",\"result\":\"%s\"", roam_result_name(record->result));
    put_addr(out, "local", &record->local);
    put_addr(out, "old_remote", &record->old_remote);
    put_addr(out, "new_remote", &record->new_remote);
    put_time(out, "finished_ns", record->finished_ns, record->started_ns);
    (void)fprintf(out->file, ",\"challenges_sent\":%u,\"validation_rounds\":%u", record->challenges_sent,
                  record->validation_rounds);
}

void node_events_core(node_output *out, const roam_node *node, const roam_event *event, uint64_t now_ns)
{
    const char *const name = roam_peer_name(node, event->peer);
    begin(out, roam_event_name(event->kind), now_ns);
    (void)fprintf(out->file, ",\"peer\":\"%s\"", name ? name : "");
    switch (event->kind) {
    case ROAM_EVENT_PEER_DOWN:
    case ROAM_EVENT_CHANNEL_DOWN:
        (void)fprintf(out->file, ",\"reason\":\"%s\",\"code\":%" PRIu64 ",\"application\":%s",
                      roam_down_reason_name(event->down.reason), event->down.code,
                      event->down.application ? "true" : "false");
        break;
    case ROAM_EVENT_PATH_CHANGED:
        put_addr(out, "old_local", &event->path.old_local);
        put_addr(out, "old_remote", &event->path.old_remote);
        put_addr(out, "local", &event->path.local);
        put_addr(out, "remote", &event->path.remote);
        break;
    case ROAM_EVENT_MIGRATION_DONE:
        put_migration(out, event->migration);
        break;
    case ROAM_EVENT_REBOUND:
        put_rebind(out, event->rebind);
        break;
    case ROAM_EVENT_PREFERRED_ADDRESS:
        put_preferred(out, event->preferred);
        break;
    case ROAM_EVENT_KEY_PINNED:
        (void)fputs(",\"key\":\"", out->file);
        for (size_t i = 0; i < ROAM_KEY_BYTES; i++)
            (void)fprintf(out->file, "%02x", event->key[i]);
        (void)fputs("\"", out->file);
        break;
    case ROAM_EVENT_PEER_UP:
    case ROAM_EVENT_CHANNEL_UP:
    case ROAM_EVENT_LEFT:
    case ROAM_EVENT_WRITABLE:
    case ROAM_EVENT_STREAM_WRITABLE:
        break; /* the name says it all */
    }
    end(out);
}

void node_events_round(node_output *out, const live_network_round *round, uint64_t now_ns)
{
    begin(out, "network_changed", now_ns);
    (void)fprintf(
        out->file,
        ",\"trigger\":\"%s\",\"changes\":%u,\"migrating\":%u,\"kept\":%u,\"outage\":%u,\"stranded\":%u",
        round->trigger, round->changes, round->migrating, round->kept, round->outage, round->stranded);
    end(out);
}

void node_events_listening(node_output *out, const roam_addr *addr, uint64_t now_ns)
{
    begin(out, "listening", now_ns);
    put_addr(out, "local", addr);
    end(out);
}

void node_events_unreachable(node_output *out, const roam_addr *addr, const char *why, uint64_t now_ns)
{
    begin(out, "unreachable", now_ns);
    put_addr(out, "remote", addr);
    (void)fprintf(out->file, ",\"why\":\"%s\"", why);
    end(out);
}

void node_events_refused(node_output *out, const char *why, uint64_t now_ns)
{
    begin(out, "request_refused", now_ns);
    (void)fprintf(out->file, ",\"why\":\"%s\"", why);
    end(out);
}

void node_events_transfer(node_output *out, const node_transfer_event *event, uint64_t now_ns)
{
    begin(out, event->event, now_ns);
    (void)fprintf(out->file, ",\"peer\":\"%s\"", event->peer);
    if (event->file)
        (void)fprintf(out->file, ",\"file\":\"%s\",\"size\":%" PRIu64, event->file, event->size);
    (void)fprintf(out->file, ",\"status\":\"%s\"", live_transfer_status_name(event->status));
    end(out);
}
