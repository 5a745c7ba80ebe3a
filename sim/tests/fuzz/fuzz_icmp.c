/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: errors of ICMP and ICMPv6 from anybody. The first byte says what the others are: a
 * message as it is, a message whose lengths and checksums are mended first, so that what it quotes comes
 * under fuzz, or a datagram that an error is made about. What was read is translated as a NAT does it, and
 * read again.
 */
#include "sim/wire/icmp.h"
#include "sim/wire/ip.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, ICMP_HEADER = 8, INPUT_MAX = 2048 };

static roam_addr address(roam_family family, uint8_t last, uint16_t port)
{
    roam_addr addr = {.family = family, .port = port};
    addr.bytes[0] = 10;
    addr.bytes[family == ROAM_FAMILY_IPV4 ? 3 : 15] = last;
    return addr;
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* A header, lengths and checksums that are right. */
static void mend(uint8_t *bytes, size_t len)
{
    uint8_t summed[INPUT_MAX + IPV6_HEADER] = {0};
    const bool ipv4 = bytes[0] >> 4 == 4;
    const size_t header = ipv4 ? IPV4_HEADER : IPV6_HEADER;
    if (len < header + ICMP_HEADER)
        return;
    bytes[0] = ipv4 ? 0x45 : 0x60;
    bytes[ipv4 ? 9 : 6] = ipv4 ? 1 : 58;
    put16(bytes + (ipv4 ? 2 : 4), ipv4 ? len : len - header);
    if (ipv4) {
        put16(bytes + 6, 0);
        put16(bytes + 10, 0);
        put16(bytes + 10, ip_checksum(bytes, header));
    }
    const size_t pseudo = ipv4 ? 0 : IPV6_HEADER;
    if (!ipv4) { /* RFC 8200 section 8.1 */
        memcpy(summed, bytes + 8, 32);
        put16(summed + 34, len - header);
        summed[39] = 58;
    }
    put16(bytes + header + 2, 0);
    memcpy(summed + pseudo, bytes + header, len - header);
    put16(bytes + header + 2, ip_checksum(summed, pseudo + len - header));
}

static void check_read(const icmp_error *error, const uint8_t *bytes, size_t len)
{
    const icmp_quote *const quote = &error->quote;
    volatile unsigned sum = 0;
    assert(error->source.family == error->destination.family);
    assert(quote->source.family == error->source.family && quote->destination.family == error->source.family);
    assert(quote->quoted_len <= quote->payload_len && quote->payload_len <= UINT16_MAX);
    assert(quote->payload >= bytes && quote->payload + quote->quoted_len <= bytes + len);
    for (size_t i = 0; i < quote->quoted_len; i++)
        sum += quote->payload[i];
    (void)sum;
}

/* Reads the message, translates it, and reads it again. */
static void feed(uint8_t *bytes, size_t len)
{
    icmp_error error, again;
    if (!icmp_parse(bytes, len, &error))
        return;
    assert(icmp_is(bytes, len));
    check_read(&error, bytes, len);
    const roam_family family = error.source.family;
    const roam_addr inside = address(family, 1, 1), outside = address(family, 2, 65535);
    const icmp_change change = {
        .destination = &inside, .quoted_source = &inside, .quoted_destination = &outside};
    icmp_rewrite(bytes, len, &change);
    const bool read = icmp_parse(bytes, len, &again);
    assert(read && again.kind == error.kind && again.mtu == error.mtu && again.ttl == error.ttl);
    assert(roam_addr_equal(&again.source, &error.source));
    assert(roam_addr_equal(&again.quote.source, &inside) &&
           roam_addr_equal(&again.quote.destination, &outside));
    assert(again.quote.quoted_len == error.quote.quoted_len &&
           again.quote.payload_len == error.quote.payload_len);
}

/* What is made is read. */
static void answer(const uint8_t *datagram, size_t len, uint8_t which)
{
    const roam_addr from = address(which & 4 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6, 9, 0);
    const icmp_kind kind = (icmp_kind)(which % ICMP_OTHER);
    uint8_t made[ICMP_MAX];
    icmp_error error;
    const size_t made_len = icmp_answer(&from, kind, 1280, datagram, len, made);
    if (made_len == 0)
        return;
    assert(made_len <= ICMP_MAX && icmp_parse(made, made_len, &error));
    assert(error.kind == kind && memcmp(error.source.bytes, from.bytes, sizeof from.bytes) == 0);
    feed(made, made_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len < 2 || len > INPUT_MAX)
        return 0;
    uint8_t *const exact = malloc(len - 1); /* so that one byte too far is seen */
    assert(exact);
    memcpy(exact, data + 1, len - 1);
    if (data[0] % 3 == 1)
        mend(exact, len - 1);
    if (data[0] % 3 == 2)
        answer(exact, len - 1, data[0] / 3);
    else
        feed(exact, len - 1);
    free(exact);
    return 0;
}
