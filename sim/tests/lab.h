/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two hosts without endpoints, the networks they may attach to, and a record of all that is seen. */
#ifndef SIM_TESTS_LAB_H
#define SIM_TESTS_LAB_H

#include "sim/net/host.h"
#include "sim/world/world.h"

#define MS UINT64_C(1000000)

enum { WIFI, CELLULAR, DATACENTRE, WIFI6, DATACENTRE6, TINY, NETWORKS };
enum { A, B, HOSTS };
enum { SEEN_MAX = 512, LISTEN = 4433 };

typedef struct seen_packet {
    observer_packet packet; /* without its bytes */
    uint8_t ttl;
    uint64_t at_ns;
} seen_packet;

typedef struct lab {
    n3_world *n3;
    internet *internet;
    observer observer;
    observer_set observers;
    run_error error;
    scenario_network described[NETWORKS];
    scenario scenario;
    network networks[NETWORKS];
    host *hosts[HOSTS];
    seen_packet packets[SEEN_MAX];
    size_t packet_count;
    size_t address_count;
    roam_adapter *received_on;
    roam_addr received_from;
    uint8_t received[256];
    size_t received_len;
    uint8_t received_ecn;
    uint64_t received_ns;
    size_t received_count;
    roam_adapter *told_on; /* of the last ICMP error */
    icmp_error told;       /* without what it quotes of the payload */
    size_t told_count;
} lab;

/* An address and its text. */
void lab_expect_address(const char *what, const roam_addr *got, const char *wanted);

/* One more host; the caller frees it. */
host *lab_host(lab *l, const char *name, uint32_t node);

/* A world with hosts A and B, attached nowhere. lab_free asserts that every frame has found its end. */
lab *lab_new(void);
void lab_free(lab *l);

/* What follows asserts that it succeeds, but for lab_send, which returns what host_send
 * does. */
void lab_run(lab *l, uint64_t until_ns);
roam_addr lab_attach(lab *l, int who, int where);
roam_adapter *lab_listen(lab *l, int who, roam_addr address);
roam_adapter *lab_open(lab *l, int who, const roam_addr *remote);
int lab_send(const lab *l, const roam_adapter *from, const roam_addr *to, size_t len);
/* The same, and 200 ms more. */
void lab_send_and_run(lab *l, const roam_adapter *from, const roam_addr *to, size_t len);

#endif
