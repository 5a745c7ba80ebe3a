/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void adapter_log(const roam_endpoint *endpoint, roam_endpoint_connection *connection, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    endpoint->calls->log(endpoint->host, connection, text);
}

static bool read_congestion(const char *value, adapter_options *out)
{
    static const struct {
        const char *name;
        ngtcp2_cc_algo algorithm;
    } known[] = {{"reno", NGTCP2_CC_ALGO_RENO},
                 {"cubic", NGTCP2_CC_ALGO_CUBIC},
                 {"bbr", NGTCP2_CC_ALGO_BBR},
                 {"bbr2", NGTCP2_CC_ALGO_BBR2}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(value, known[i].name) == 0) {
            out->congestion = known[i].algorithm;
            return true;
        }
    return false;
}

static bool read_pmtud(const char *value, adapter_options *out)
{
    out->pmtud = strcmp(value, "on") == 0;
    return out->pmtud || strcmp(value, "off") == 0;
}

static bool read_number(const char *value, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || errno || number < min || number > max)
        return false;
    *out = number;
    return true;
}

static bool read_ack_threshold(const char *value, adapter_options *out)
{
    return read_number(value, 1, 100, &out->ack_threshold);
}

static bool read_send_buffer(const char *value, adapter_options *out)
{
    return read_number(value, 1024, UINT64_C(1) << 30, &out->send_buffer);
}

static const struct {
    const char *name, *values;
    bool (*read)(const char *value, adapter_options *out);
    uint64_t setting; /* of the scenario, that sets the same */
} all_options[] = {{"congestion", "reno, cubic, bbr or bbr2", read_congestion, ROAM_ENDPOINT_SETS_CONGESTION},
                   {"pmtud", "on or off", read_pmtud, ROAM_ENDPOINT_SETS_PMTUD},
                   {"ack_threshold", "1 to 100 packets", read_ack_threshold, ROAM_ENDPOINT_SETS_ACK_EVERY},
                   {"send_buffer", "1024 to 1073741824 bytes", read_send_buffer, 0}};

enum { OPTION_COUNT = sizeof all_options / sizeof *all_options };

static ngtcp2_cc_algo algorithm(uint32_t congestion)
{
    return congestion == ROAM_ENDPOINT_RENO  ? NGTCP2_CC_ALGO_RENO
           : congestion == ROAM_ENDPOINT_BBR ? NGTCP2_CC_ALGO_BBR
                                             : NGTCP2_CC_ALGO_CUBIC;
}

/* What the scenario sets for any library. */
static void read_settings(const roam_endpoint_options *from, adapter_options *out)
{
    const uint64_t asked = from->size >= sizeof *from ? from->settings : 0;
    if (asked & ROAM_ENDPOINT_SETS_CONGESTION)
        out->congestion = algorithm(from->congestion);
    if (asked & ROAM_ENDPOINT_SETS_PMTUD)
        out->pmtud = from->pmtud;
    if (asked & ROAM_ENDPOINT_SETS_ECN)
        out->ecn = from->ecn;
    if (asked & ROAM_ENDPOINT_SETS_ACK_EVERY)
        out->ack_threshold = from->ack_every;
    if (asked & ROAM_ENDPOINT_SETS_MAX_ACK_DELAY)
        out->max_ack_delay_ns = from->max_ack_delay_ns;
    if (asked & ROAM_ENDPOINT_SETS_ACK_DELAY_EXPONENT)
        out->ack_delay_exponent = from->ack_delay_exponent;
}

int options_read(const roam_endpoint *endpoint, const roam_endpoint_options *from, adapter_options *out)
{
    *out = (adapter_options){.congestion = NGTCP2_CC_ALGO_CUBIC,
                             .pmtud = true,
                             .ecn = true,
                             .ack_threshold = 2,
                             .send_buffer = 1 << 18,
                             .max_ack_delay_ns = NGTCP2_DEFAULT_MAX_ACK_DELAY,
                             .ack_delay_exponent = NGTCP2_DEFAULT_ACK_DELAY_EXPONENT};
    read_settings(from, out);
    for (size_t i = 0; i < from->option_count; i++) {
        const roam_endpoint_option *const option = &from->options[i];
        size_t at = 0;
        while (at < OPTION_COUNT && strcmp(option->name, all_options[at].name) != 0)
            at++;
        if (at == OPTION_COUNT) {
            adapter_log(endpoint, NULL,
                        "there is no option '%s'; there are congestion, pmtud, ack_threshold and send_buffer",
                        option->name);
            return ROAM_ENDPOINT_INVALID;
        }
        if (from->size >= sizeof *from && from->settings & all_options[at].setting) {
            adapter_log(endpoint, NULL,
                        "option '%s' and the 'quic' of the node set the same: leave one of them out",
                        option->name);
            return ROAM_ENDPOINT_INVALID;
        }
        if (!all_options[at].read(option->value, out)) {
            adapter_log(endpoint, NULL, "option '%s' is '%s': it can be %s", option->name, option->value,
                        all_options[at].values);
            return ROAM_ENDPOINT_INVALID;
        }
    }
    return 0;
}
