/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the connections of a node are set up: transport parameters (RFC 9000 section 18.2) and what RFC 9002
 * leaves open. A part of roam.h, which includes it. */
#ifndef ROAM_QUIC_H
#define ROAM_QUIC_H

#include <stdbool.h>
#include <stdint.h>

typedef enum roam_congestion {
    ROAM_CONGESTION_CUBIC, /* RFC 9438 */
    ROAM_CONGESTION_RENO,  /* RFC 9002 section 7 */
    ROAM_CONGESTION_BBR    /* draft-cardwell-iccrg-bbr-congestion-control */
} roam_congestion;

/* Of all connections of a node, whoever dials. */
typedef struct roam_quic_options {
    roam_congestion congestion;
} roam_quic_options;

/* Sets every field to its default: CUBIC. */
void roam_quic_options_default(roam_quic_options *options);

#endif
