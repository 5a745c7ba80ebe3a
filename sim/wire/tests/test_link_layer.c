/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same datagram under every link layer, in IPv4 and IPv6, with what may stand before it; and what is no
 * datagram, or not all of one. */
#include "core/tests/check.h"
#include "sim/wire/link_layer.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

/* From 192.0.2.1:1000 to 192.0.2.2:4433 with ECT(0) and TTL 61: "hi". */
#define UDP_BYTES "03e81151000a0000"
#define PAYLOAD "6869"
#define IPV4                                                                                                 \
    "4502001e0000400"                                                                                        \
    "03d110000c0000201c0000202"
#define DATAGRAM4 IPV4 UDP_BYTES PAYLOAD
#define ADDRESSES6                                                                                           \
    "20010db8000000000000000000000001"                                                                       \
    "20010db8000000000000000000000002"
#define DATAGRAM6 "60200000000a113d" ADDRESSES6 UDP_BYTES PAYLOAD
#define MACS                                                                                                 \
    "0200000000010200000000"                                                                                 \
    "02"
#define SLL_ADDRESS "000100060200000000010000"

typedef struct bytes {
    uint8_t bytes[512];
    size_t len;
} bytes;

static link_status read_hex(uint16_t type, const char *hex, size_t cut, link_datagram *out, bytes *kept)
{
    kept->len = check_bytes_of(hex, kept->bytes);
    uint8_t *const exact = malloc(kept->len - cut + 1); /* one byte too far is seen by the sanitizer */
    CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
    memcpy(exact + 1, kept->bytes, kept->len - cut);
    const link_status status = link_read(type, exact + 1, kept->len - cut, kept->len, out);
    if (status == LINK_UDP) {
        const size_t at = (size_t)(out->payload - (exact + 1));
        out->payload = kept->bytes + at;
    }
    free(exact);
    return status;
}

static const struct {
    uint16_t type;
    const char *hex, *about;
    roam_family family;
    capture_direction direction;
} DATAGRAMS[] = {
    {1, MACS "0800" DATAGRAM4, "Ethernet", ROAM_FAMILY_IPV4, 0},
    {1, MACS "0800" DATAGRAM4 "00000000000000000000000000000000", "Ethernet, padded", ROAM_FAMILY_IPV4, 0},
    {1, MACS "86dd" DATAGRAM6, "Ethernet", ROAM_FAMILY_IPV6, 0},
    {1,
     MACS "81000007"
          "0800" DATAGRAM4,
     "a VLAN tag", ROAM_FAMILY_IPV4, 0},
    {1,
     MACS "88a80007"
          "81000008"
          "86dd" DATAGRAM6,
     "two VLAN tags", ROAM_FAMILY_IPV6, 0},
    {101, DATAGRAM4, "raw", ROAM_FAMILY_IPV4, 0},
    {101, DATAGRAM6, "raw", ROAM_FAMILY_IPV6, 0},
    {12, DATAGRAM6, "raw, as some systems write it", ROAM_FAMILY_IPV6, 0},
    {14, DATAGRAM4, "raw, as others do", ROAM_FAMILY_IPV4, 0},
    {228, DATAGRAM4, "LINKTYPE_IPV4", ROAM_FAMILY_IPV4, 0},
    {229, DATAGRAM6, "LINKTYPE_IPV6", ROAM_FAMILY_IPV6, 0},
    {0, "02000000" DATAGRAM4, "loopback, little-endian", ROAM_FAMILY_IPV4, 0},
    {0, "0000001e" DATAGRAM6, "loopback, big-endian", ROAM_FAMILY_IPV6, 0},
    {108, "00000002" DATAGRAM4, "OpenBSD loopback", ROAM_FAMILY_IPV4, 0},
    {113, "0004" SLL_ADDRESS "0800" DATAGRAM4, "Linux cooked, sent", ROAM_FAMILY_IPV4, CAPTURE_OUTBOUND},
    {113, "0000" SLL_ADDRESS "86dd" DATAGRAM6, "Linux cooked, received", ROAM_FAMILY_IPV6, CAPTURE_INBOUND},
    {276,
     "0800"
     "0000"
     "00000001"
     "0304"
     "04"
     "06"
     "0200000000010000" DATAGRAM4,
     "Linux cooked 2, sent", ROAM_FAMILY_IPV4, CAPTURE_OUTBOUND},
    {276,
     "86dd"
     "0000"
     "00000001"
     "0304"
     "00"
     "06"
     "0200000000010000" DATAGRAM6,
     "Linux cooked 2, received", ROAM_FAMILY_IPV6, CAPTURE_INBOUND},
    {101,
     "470200260000400"
     "03d110000c0000201c0000202"
     "0101010101010100" UDP_BYTES PAYLOAD,
     "IPv4 options", ROAM_FAMILY_IPV4, 0},
    {101,
     "4502"
     "0000"
     "0000400"
     "03d110000c0000201c0000202"
     "03e81151"
     "0000"
     "0000" PAYLOAD,
     "lengths left to segmentation offload", ROAM_FAMILY_IPV4, 0},
    {101,
     "60200000"
     "0042"
     "003d" ADDRESSES6 /* hop-by-hop, routing, atomic fragment, destination, AH */
     "2b00010200000000"
     "2c00010200000000"
     "3c00000000000007"
     "3300010200000000"
     "1104000000000000000000000000000000000000"
     "00000000" UDP_BYTES PAYLOAD,
     "IPv6 extension headers", ROAM_FAMILY_IPV6, 0},
};

static void test_datagrams(void)
{
    for (size_t i = 0; i < sizeof DATAGRAMS / sizeof *DATAGRAMS; i++) {
        link_datagram d;
        bytes kept;
        roam_addr source = {ROAM_FAMILY_IPV4, 1000, {192, 0, 2, 1}};
        roam_addr destination = {ROAM_FAMILY_IPV4, 4433, {192, 0, 2, 2}};
        if (DATAGRAMS[i].family == ROAM_FAMILY_IPV6) {
            source = (roam_addr){ROAM_FAMILY_IPV6, 1000, {0x20, 1, 0x0d, 0xb8, [15] = 1}};
            destination = (roam_addr){ROAM_FAMILY_IPV6, 4433, {0x20, 1, 0x0d, 0xb8, [15] = 2}};
        }
        const link_status status = read_hex(DATAGRAMS[i].type, DATAGRAMS[i].hex, 0, &d, &kept);
        if (!CHECK(status, LINK_UDP, "%s", DATAGRAMS[i].about))
            continue;
        CHECK_ADDR(d.source, source, "source");
        CHECK_ADDR(d.destination, destination, "destination");
        CHECK(d.payload_len, 2, "payload of %s", DATAGRAMS[i].about);
        CHECK(d.full_len, 2, "full length of %s", DATAGRAMS[i].about);
        CHECK_HEX(d.payload, PAYLOAD, "payload");
        CHECK(d.direction, DATAGRAMS[i].direction, "direction of %s", DATAGRAMS[i].about);
        CHECK(d.ecn, 2, "ECN of %s", DATAGRAMS[i].about);
        CHECK(d.ttl, 61, "TTL of %s", DATAGRAMS[i].about);
    }
}

/* RFC 791 section 3.1: DF; RFC 8200 section 4.5. */
static void test_may_be_fragmented(void)
{
    static const struct {
        const char *hex;
        bool wanted;
    } cases[] = {
        {DATAGRAM4, false},
        {"4502001e00000000"
         "3d110000c0000201c0000202" UDP_BYTES PAYLOAD,
         true},
        {DATAGRAM6, false},
        {"6020000000122c3d" ADDRESSES6 "1100000000000007" UDP_BYTES PAYLOAD, true}, /* RFC 6946 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        link_datagram d;
        bytes kept;
        CHECK(read_hex(LINK_RAW, cases[i].hex, 0, &d, &kept), LINK_UDP, "case %zu", i);
        CHECK(d.may_be_fragmented, cases[i].wanted, "case %zu", i);
    }
}

/* However much the capture cut away: a shorter payload with its full length, or no payload. */
static void test_cut(void)
{
    for (size_t i = 0; i < sizeof DATAGRAMS / sizeof *DATAGRAMS; i++) {
        const size_t len = strlen(DATAGRAMS[i].hex) / 2;
        const size_t padding = strstr(DATAGRAMS[i].about, "padded") ? 16 : 0;
        for (size_t cut = padding; cut <= len; cut++) {
            link_datagram d;
            bytes kept;
            const link_status status = read_hex(DATAGRAMS[i].type, DATAGRAMS[i].hex, cut, &d, &kept);
            const size_t missing = cut - padding;
            CHECK(status, missing <= 2 ? LINK_UDP : LINK_CUT, "%s, %zu bytes cut", DATAGRAMS[i].about, cut);
            if (missing <= 2) {
                CHECK(d.payload_len, 2 - missing, "%s, %zu bytes cut", DATAGRAMS[i].about, cut);
                CHECK(d.full_len, 2, "%s, %zu bytes cut", DATAGRAMS[i].about, cut);
            }
        }
    }
}

static void test_others(void)
{
    static const struct {
        uint16_t type;
        const char *hex;
        link_status wanted;
    } cases[] = {
        {9, DATAGRAM4, LINK_UNKNOWN_TYPE},
        {1, MACS "0806" DATAGRAM4, LINK_NOT_IP},
        {1, MACS "0026" DATAGRAM4, LINK_NOT_IP}, /* IEEE 802.3 with a length */
        {101, "00" DATAGRAM4, LINK_NOT_IP},
        {101,
         "4502001e00004000"
         "3d060000c0000201c0000202" UDP_BYTES PAYLOAD,
         LINK_NOT_UDP},
        {101, "60200000000a063d" ADDRESSES6 UDP_BYTES PAYLOAD, LINK_NOT_UDP},
        {101, "60200000000a3b3d" ADDRESSES6 UDP_BYTES PAYLOAD, LINK_NOT_UDP}, /* no next header */
        {101,
         "4502001e00002000"
         "3d110000c0000201c0000202" UDP_BYTES PAYLOAD,
         LINK_FRAGMENT},
        {101,
         "4502001e00000001"
         "3d110000c0000201c0000202" UDP_BYTES PAYLOAD,
         LINK_FRAGMENT},
        {101, "6020000000122c3d" ADDRESSES6 "1100000100000007" UDP_BYTES PAYLOAD, LINK_FRAGMENT},
        {101, "6020000000122c3d" ADDRESSES6 "1100000800000007" UDP_BYTES PAYLOAD, LINK_FRAGMENT},
        {101,
         "4402001e00004000"
         "3d110000c0000201c0000202" UDP_BYTES PAYLOAD,
         LINK_MALFORMED}, /* header of 16 */
        {101,
         "4502001300004000"
         "3d110000c0000201c0000202" UDP_BYTES PAYLOAD,
         LINK_MALFORMED},
        {101,
         "4502001f00004000"
         "3d110000c0000201c0000202" UDP_BYTES PAYLOAD,
         LINK_MALFORMED},
        {101, IPV4 "03e8115100070000" PAYLOAD, LINK_MALFORMED},
        {101, IPV4 "03e81151000b0000" PAYLOAD, LINK_MALFORMED},
        {101,
         "45020018"
         "00004000"
         "3d110000c0000201c0000202"
         "03e81151",
         LINK_MALFORMED},
        {101, "60200000000b113d" ADDRESSES6 UDP_BYTES PAYLOAD, LINK_MALFORMED},
        {101,
         "6020000000"
         "0a003d" ADDRESSES6 "1107000000000000"
         "0000",
         LINK_MALFORMED},
        {1, MACS "0800" DATAGRAM6, LINK_MALFORMED},
        {1, MACS "86dd" DATAGRAM4 "00000000000000000000", LINK_MALFORMED},
        {1, MACS "8100", LINK_MALFORMED},
        {1, "0200", LINK_MALFORMED},
        {113, "0004", LINK_MALFORMED},
        {276, "0800", LINK_MALFORMED},
        {0, "0200", LINK_MALFORMED},
        {101, "45", LINK_MALFORMED},
        {101, "60", LINK_MALFORMED},
        {101, "", LINK_NOT_IP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        link_datagram d;
        bytes kept;
        CHECK(read_hex(cases[i].type, cases[i].hex, 0, &d, &kept), cases[i].wanted, "case %zu", i);
    }
}

static const check_test TESTS[] = {{"datagrams", test_datagrams},
                                   {"may be fragmented", test_may_be_fragmented},
                                   {"cut", test_cut},
                                   {"others", test_others}};
CHECK_MAIN("link layer", TESTS)
