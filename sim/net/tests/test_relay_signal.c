/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/net/relay_signal.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

/* The bytes as RFC 8489 section 5 and RFC 6062 section 6.2 have them. */
static void test_bytes(void)
{
    static const uint8_t keepalive[20] = {0x00, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42};
    static const uint8_t client[28] = {0x00, 0x1c, 0, 8, 0x21, 0x12, 0xa4, 0x42, 0,    0,    0,    0,   0, 0,
                                       0,    0,    0, 0, 0,    0,    0x00, 0x0c, 0x00, 0x04, 0xc0, 0x01};
    uint8_t bytes[RELAY_SIGNAL_MAX];
    uint16_t port = 7;
    CU_ASSERT_EQUAL_FATAL(relay_signal_write(RELAY_SIGNAL_KEEPALIVE, 0, bytes), sizeof keepalive);
    CU_ASSERT_EQUAL(memcmp(bytes, keepalive, sizeof keepalive), 0);
    CU_ASSERT_EQUAL(relay_signal_read(bytes, sizeof keepalive, &port), RELAY_SIGNAL_KEEPALIVE);
    CU_ASSERT_EQUAL(port, 7);
    CU_ASSERT_EQUAL_FATAL(relay_signal_write(RELAY_SIGNAL_CLIENT, 49153, bytes), sizeof client);
    CU_ASSERT_EQUAL(memcmp(bytes, client, sizeof client), 0);
    CU_ASSERT_EQUAL(relay_signal_read(bytes, sizeof client, &port), RELAY_SIGNAL_CLIENT);
    CU_ASSERT_EQUAL(port, 49153);
}

/* A datagram with one byte of a signal changed, or of another length, is none. */
static void test_others(void)
{
    static const relay_signal signals[] = {RELAY_SIGNAL_KEEPALIVE, RELAY_SIGNAL_CLIENT};
    uint8_t bytes[RELAY_SIGNAL_MAX + 1] = {0};
    uint16_t port;
    for (size_t i = 0; i < 2; i++) {
        const size_t len = relay_signal_write(signals[i], 5, bytes);
        for (size_t at = 0; at < 8; at++) {
            bytes[at] ^= 0x40;
            if (relay_signal_read(bytes, len, &port) != RELAY_SIGNAL_NONE)
                fprintf(stderr, "\n    signal %zu with byte %zu changed", i, at);
            CU_ASSERT_EQUAL(relay_signal_read(bytes, len, &port), RELAY_SIGNAL_NONE);
            bytes[at] ^= 0x40;
        }
        for (size_t other = 0; other <= sizeof bytes; other++)
            if (other != len)
                CU_ASSERT_EQUAL(relay_signal_read(bytes, other, &port), RELAY_SIGNAL_NONE);
    }
    /* A message of another type. */
    (void)relay_signal_write(RELAY_SIGNAL_KEEPALIVE, 0, bytes);
    bytes[1] = 0x01;
    CU_ASSERT_EQUAL(relay_signal_read(bytes, 20, &port), RELAY_SIGNAL_NONE);
}

static const check_test TESTS[] = {{"bytes", test_bytes}, {"other datagrams", test_others}};
CHECK_MAIN("relay signal", TESTS)
