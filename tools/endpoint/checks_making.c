/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making endpoints, and refusing to. */
#include "tools/endpoint/check.h"

#include <string.h>

static void make_and_free(endpoint_check *check, pair_side side)
{
    if (!check_make_pair(check))
        return;
    for (int i = 0; i < 3; i++) {
        const int status = pair_make(check->pair, side);
        REQUIRE(check, status == ROAM_ENDPOINT_OK, "endpoint_new answers %s", pair_status_text(status));
        REQUIRE(check, check->pair->nodes[side].sends == 0, "a datagram leaves before there is a connection");
        pair_unmake(check->pair, side);
    }
}

static void client_new(endpoint_check *check)
{
    make_and_free(check, PAIR_CLIENT);
}

static void server_new(endpoint_check *check)
{
    make_and_free(check, PAIR_SERVER);
}

static pair_side own_side(const endpoint_check *check)
{
    return check_has(check, ROAM_ENDPOINT_CLIENT) ? PAIR_CLIENT : PAIR_SERVER;
}

static void options(endpoint_check *check)
{
    static const roam_endpoint_option unknown = {"no-adapter-has-this-option", "1"};
    if (!check_make_pair(check))
        return;
    const pair_side side = own_side(check);
    check->pair->nodes[side].options.options = &unknown;
    check->pair->nodes[side].options.option_count = 1;
    const int status = pair_make(check->pair, side);
    REQUIRE(check, status == ROAM_ENDPOINT_INVALID, "endpoint_new with option '%s' answers %s", unknown.name,
            pair_status_text(status));
    REQUIRE(check, check->pair->nodes[side].said[0] != '\0',
            "endpoint_new answers INVALID and says nothing with log()");
}

static void refused_certificate(endpoint_check *check)
{
    static const uint8_t rubbish[64] = {0x30, 0x3e, 0x02, 0x01};
    if (!check_make_pair(check))
        return;
    const pair_side side = own_side(check);
    roam_endpoint_options *const given = &check->pair->nodes[side].options;
    const roam_endpoint_options before = *given;
    given->certificate = rubbish;
    given->certificate_len = sizeof rubbish;
    int status = pair_make(check->pair, side);
    REQUIRE(check, status == ROAM_ENDPOINT_TLS || status == ROAM_ENDPOINT_INVALID,
            "endpoint_new with 64 bytes that are no certificate answers %s", pair_status_text(status));
    *given = before;
    given->key = rubbish;
    given->key_len = sizeof rubbish;
    status = pair_make(check->pair, side);
    REQUIRE(check, status == ROAM_ENDPOINT_TLS || status == ROAM_ENDPOINT_INVALID,
            "endpoint_new with 64 bytes that are no key answers %s", pair_status_text(status));
}

const check_row checks_of_making[] = {
    {"client-new", NULL, ROAM_ENDPOINT_CLIENT, client_new,
     "endpoint_new makes a client endpoint, and endpoint_free frees it; three times",
     "write endpoint_new (options->server is false) and endpoint_free"},
    {"server-new", NULL, ROAM_ENDPOINT_SERVER, server_new,
     "endpoint_new makes a server endpoint with certificate and key, and endpoint_free frees it",
     "write endpoint_new for options->server: load certificate and key from DER (Ed25519, PKCS #8)"},
    {"options", "client-new|server-new", 0, options,
     "endpoint_new refuses an option that the adapter does not know with INVALID, and names it with log()",
     "compare each name in options->options with those that the adapter knows"},
    {"refused-certificate", "client-new|server-new", 0, refused_certificate,
     "endpoint_new refuses bytes that are no certificate, or no key, with TLS (or INVALID)",
     "return ROAM_ENDPOINT_TLS where the TLS library refuses the certificate or the key"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
