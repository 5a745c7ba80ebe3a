/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_PORTS_H
#define SIM_NAT_PORTS_H

/* Which ports of which external address are taken: a bit each, 8 kB for an address once it is used. */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ports first to last of one address. */
typedef struct nat_port_range {
    uint16_t first, last;
} nat_port_range;

typedef enum nat_parity { NAT_PARITY_ANY, NAT_PARITY_EVEN, NAT_PARITY_ODD } nat_parity;

typedef struct nat_ports nat_ports;

/* NULL: out of memory. */
nat_ports *nat_ports_new(uint32_t address_count);
void nat_ports_free(nat_ports *self);

/* Nothing of the address can be taken before this. NAT_ERR_MEMORY. */
ROAM_CHECKED int nat_ports_open(nat_ports *self, uint32_t address);

bool nat_ports_taken(const nat_ports *self, uint32_t address, uint16_t port);
void nat_ports_take(nat_ports *self, uint32_t address, uint16_t port);    /* must be free */
void nat_ports_release(nat_ports *self, uint32_t address, uint16_t port); /* must be taken */

/* Ports of the address that are taken. */
uint32_t nat_ports_count(const nat_ports *self, uint32_t address);
uint64_t nat_ports_total(const nat_ports *self);

/* The first free port of the range from start on (which is in it), and then from its beginning; 0: none is
 * free. Costs one step for 64 ports. */
uint16_t nat_ports_next(const nat_ports *self, uint32_t address, nat_port_range range, uint16_t start,
                        nat_parity parity);

#endif
