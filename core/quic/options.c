/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/internal.h"

void roam_quic_options_default(roam_quic_options *options)
{
    *options = (roam_quic_options){.congestion = ROAM_CONGESTION_CUBIC};
}

bool core_quic_options_are_valid(const roam_quic_options *options)
{
    return options->congestion <= ROAM_CONGESTION_BBR;
}

static ngtcp2_cc_algo algorithm(roam_congestion congestion)
{
    switch (congestion) {
    case ROAM_CONGESTION_CUBIC:
        return NGTCP2_CC_ALGO_CUBIC;
    case ROAM_CONGESTION_RENO:
        return NGTCP2_CC_ALGO_RENO;
    case ROAM_CONGESTION_BBR:
        return NGTCP2_CC_ALGO_BBR;
    }
    return NGTCP2_CC_ALGO_CUBIC;
}

void quic_options_apply(const roam_quic_options *options, ngtcp2_settings *settings,
                        ngtcp2_transport_params *parameters)
{
    (void)parameters;
    settings->cc_algo = algorithm(options->congestion);
}
