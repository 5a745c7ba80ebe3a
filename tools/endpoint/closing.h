/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A CLOSED_EVENT in words. */
#ifndef TOOLS_ENDPOINT_CLOSING_H
#define TOOLS_ENDPOINT_CLOSING_H

#include "sim/endpoint/roam_endpoint.h"

#include <stddef.h>
#include <stdint.h>

#define CLOSING_TEXT_MAX 96

/* "CLOSED_HERE (1)"; never NULL. Valid until the next call but one. */
const char *closing_kind_text(uint32_t kind);

/* "CLOSED_HERE (1), code 0x130 of QUIC: TLS alert 48, unknown_ca". Returns text. */
const char *closing_text(const roam_endpoint_event *event, char text[CLOSING_TEXT_MAX]);

#endif
