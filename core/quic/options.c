/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/internal.h"

#include <string.h>

enum {
    CONFIG_ROTATION_MAX = 6, /* 7 says that there is no server ID */
    ACK_DELAY_EXPONENT_MAX = 20,
    INITIAL_WINDOW_LEAST = 2,
    INITIAL_WINDOW_MAX = 65536,
    ACK_EVERY_MAX = 65536
};

#define MS_NS UINT64_C(1000000)
#define ACK_DELAY_END_MS (UINT64_C(1) << 14) /* RFC 9000 section 18.2 */

/* From core/ngtcp2; NULL with ngtcp2 as released, which cannot do it. */
void ngtcp2_conn_set_initial_window(ngtcp2_conn *conn, size_t packets) __attribute__((weak));

void roam_quic_options_default(roam_quic_options *options)
{
    *options = (roam_quic_options){.congestion = ROAM_CONGESTION_CUBIC,
                                   .pmtud = true,
                                   .ecn = true,
                                   .ack_every = 2,
                                   .ack_delay_exponent = 3,
                                   .max_ack_delay_ns = 25 * MS_NS};
}

void quic_server_id_put(const roam_server_id *server_id, ngtcp2_cid *cid)
{
    enum { ROTATION_SHIFT = 5, RANDOM_BITS = 0x1f };
    if (server_id->len == 0)
        return;
    cid->data[0] = (uint8_t)(server_id->config_rotation << ROTATION_SHIFT | (cid->data[0] & RANDOM_BITS));
    memcpy(cid->data + 1, server_id->bytes, server_id->len);
}

static bool in_range(const roam_quic_options *options)
{
    const uint32_t window = options->initial_window;
    return options->congestion <= ROAM_CONGESTION_BBR &&
           (window == 0 || (window >= INITIAL_WINDOW_LEAST && window <= INITIAL_WINDOW_MAX)) &&
           options->ack_every >= 1 && options->ack_every <= ACK_EVERY_MAX &&
           options->ack_delay_exponent <= ACK_DELAY_EXPONENT_MAX &&
           options->server_id.len <= ROAM_SERVER_ID_MAX &&
           options->server_id.config_rotation <= CONFIG_ROTATION_MAX &&
           options->max_ack_delay_ns < ACK_DELAY_END_MS * MS_NS && options->max_ack_delay_ns % MS_NS == 0;
}

int core_quic_options_check(const roam_quic_options *options)
{
    const bool rotates = options->rotate_connection_ids_ns > 0 || options->retire_connection_ids_ns > 0;
    if (!in_range(options))
        return ROAM_ERR_INVALID_ARGUMENT;
    return (options->initial_window > 0 && !ngtcp2_conn_set_initial_window) ||
                   (rotates && !quic_rotations_are_there())
               ? ROAM_ERR_UNSUPPORTED
               : 0;
}

static ngtcp2_cc_algo algorithm(roam_congestion congestion)
{
    switch (congestion) {
    case ROAM_CONGESTION_RENO:
        return NGTCP2_CC_ALGO_RENO;
    case ROAM_CONGESTION_BBR:
        return NGTCP2_CC_ALGO_BBR;
    case ROAM_CONGESTION_CUBIC:
        break;
    }
    return NGTCP2_CC_ALGO_CUBIC;
}

void quic_options_apply(const roam_quic_options *options, ngtcp2_settings *settings,
                        ngtcp2_transport_params *parameters)
{
    settings->cc_algo = algorithm(options->congestion);
    settings->no_pmtud = !options->pmtud;
    settings->ack_thresh = options->ack_every;
    parameters->ack_delay_exponent = options->ack_delay_exponent;
    parameters->max_ack_delay = options->max_ack_delay_ns;
}

void quic_options_begin(quic_ngtcp2 *quic, const roam_quic_options *options)
{
    quic->ecn = options->ecn;
    quic_rotations_init(quic, options);
    if (options->initial_window > 0)
        ngtcp2_conn_set_initial_window(quic->conn, options->initial_window);
}
