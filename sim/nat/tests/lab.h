/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_TESTS_LAB_H
#define SIM_NAT_TESTS_LAB_H

/* Fixture for tests of the NAT: short ways to write addresses and packets. */

#include "sim/nat/nat.h"

#define LAB_S UINT64_C(1000000000)

/* A NAT from options with some defaults: pool 203.0.113.1 and following, so many as pool_count says (0: one),
 * random words from a fixed seed. Asserts that it can be made. */
nat *nat_lab_new(const nat_options *options);
/* nat_options_default with that pool and source of randomness. */
nat_options nat_lab_options(void);
/* The same with sequential ports. */
nat_options nat_lab_sequential(void);

/* Inside host 10.0.0.N, remote host 192.0.2.N, the Nth address of the pool from 1. */
roam_addr nat_lab_inside(unsigned host, uint16_t port);
roam_addr nat_lab_remote(unsigned host, uint16_t port);
roam_addr nat_lab_pool(unsigned number, uint16_t port);

/* Sends out, which must succeed; where it comes out. */
roam_addr nat_lab_out(nat *self, roam_addr internal, roam_addr remote, uint64_t now_ns);
/* The status of an outbound and of an inbound packet. */
int nat_lab_out_status(nat *self, roam_addr internal, roam_addr remote, uint64_t now_ns);
int nat_lab_in_status(nat *self, roam_addr remote, roam_addr external, uint64_t now_ns);
/* Sends in; whether it comes to that internal endpoint. */
bool nat_lab_reaches(nat *self, roam_addr remote, roam_addr external, roam_addr internal, uint64_t now_ns);

#endif
