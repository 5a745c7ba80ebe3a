/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/node/quic.h"

#include "core/live/request.h"
#include "core/number.h"

#include <string.h>

#define MILLISECOND_NS UINT64_C(1000000)
#define ACK_DELAY_MAX_NS (16383 * MILLISECOND_NS)

static bool take_congestion(const char *value, roam_node_options *node)
{
    static const char *const names[] = {
        [ROAM_CONGESTION_CUBIC] = "cubic", [ROAM_CONGESTION_RENO] = "reno", [ROAM_CONGESTION_BBR] = "bbr"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], value) != 0)
            continue;
        node->quic.congestion = (roam_congestion)i;
        return true;
    }
    return false;
}

static bool take_flag(const char *value, bool *out)
{
    *out = strcmp(value, "true") == 0;
    return *out || strcmp(value, "false") == 0;
}

static bool take_pmtud(const char *value, roam_node_options *node)
{
    return take_flag(value, &node->quic.pmtud);
}

static bool take_ecn(const char *value, roam_node_options *node)
{
    return take_flag(value, &node->quic.ecn);
}

static bool take_number(const char *value, uint64_t min, uint64_t max, uint32_t *out)
{
    uint64_t number;
    if (!core_number_whole(value, min, max, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

static bool take_limit(const char *value, roam_node_options *node)
{
    return take_number(value, 2, 8, &node->active_connection_id_limit);
}

static bool take_window(const char *value, roam_node_options *node)
{
    return take_number(value, 2, 65536, &node->quic.initial_window);
}

static bool take_ack_every(const char *value, roam_node_options *node)
{
    return take_number(value, 1, 65536, &node->quic.ack_every);
}

static bool take_exponent(const char *value, roam_node_options *node)
{
    return take_number(value, 0, 20, &node->quic.ack_delay_exponent);
}

/* Of whole milliseconds, as transport parameters have it; 0 too, which is no time elsewhere. */
static bool take_milliseconds(const char *value, uint64_t *out)
{
    if (strcmp(value, "0s") == 0 || strcmp(value, "0ms") == 0) {
        *out = 0;
        return true;
    }
    return live_duration_parse(value, out) && *out % MILLISECOND_NS == 0;
}

static bool take_ack_delay(const char *value, roam_node_options *node)
{
    return take_milliseconds(value, &node->quic.max_ack_delay_ns) &&
           node->quic.max_ack_delay_ns <= ACK_DELAY_MAX_NS;
}

static bool take_max_idle(const char *value, roam_node_options *node)
{
    return take_milliseconds(value, &node->idle_timeout_ns);
}

static bool take_interval(const char *value, uint64_t *out)
{
    return live_duration_parse(value, out) && *out >= MILLISECOND_NS;
}

static bool take_rotate(const char *value, roam_node_options *node)
{
    return take_interval(value, &node->quic.rotate_connection_ids_ns);
}

static bool take_retire(const char *value, roam_node_options *node)
{
    return take_interval(value, &node->quic.retire_connection_ids_ns);
}

static const struct {
    const char *key;
    bool (*take)(const char *value, roam_node_options *node);
} keys[] = {{"active_connection_id_limit", take_limit},
            {"congestion", take_congestion},
            {"initial_window", take_window},
            {"pmtud", take_pmtud},
            {"ecn", take_ecn},
            {"max_idle", take_max_idle},
            {"max_ack_delay", take_ack_delay},
            {"ack_delay_exponent", take_exponent},
            {"ack_every", take_ack_every},
            {"rotate_connection_ids", take_rotate},
            {"retire_connection_ids", take_retire}};

bool node_quic_take(const char *text, roam_node_options *node)
{
    const size_t len = strcspn(text, "=");
    for (size_t i = 0; text[len] && i < sizeof keys / sizeof keys[0]; i++)
        if (strlen(keys[i].key) == len && strncmp(keys[i].key, text, len) == 0)
            return keys[i].take(text + len + 1, node);
    return false;
}

void node_quic_words(const word_sink *out)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        out->take(out->ctx, keys[i].key, NULL);
}
