/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NEW_CONNECTION_ID that is no error, and the errors of RFC 9000 section 19.15. */
#include "core/tests/check.h"
#include "sim/wire/dissect_frames.h"

#include <CUnit/Basic.h>
#include <string.h>

#define REST_BYTES (5 + (size_t)16) /* before the connection ID, and the token */

/* PING, and NEW_CONNECTION_ID with these fields, the connection ID and token of zeros, cut short by some
 * bytes. */
typedef struct payload {
    const char *name;
    uint8_t sequence, retire_prior_to, len;
    size_t cut;
    bool well_formed;
    size_t frames;  /* that are read */
    uint8_t id_len; /* of NEW_CONNECTION_ID */
} payload;

static const payload PAYLOADS[] = {
    {"one byte", 3, 3, 1, 0, true, 2, 1},
    {"twenty", 3, 0, 20, 0, true, 2, 20},
    {"none", 3, 0, 0, 0, false, 2, 0},
    {"twenty-one", 3, 0, 21, 0, false, 2, 0},
    {"Retire Prior To above the sequence number", 3, 4, 8, 0, false, 2, 8},
    {"cut short", 3, 0, 8, 1, false, 1, 0},
};

static void new_connection_id(void)
{
    for (size_t i = 0; i < sizeof PAYLOADS / sizeof *PAYLOADS; i++) {
        const payload *const of = &PAYLOADS[i];
        uint8_t bytes[64] = {DISSECT_PING, DISSECT_NEW_CONNECTION_ID, of->sequence, of->retire_prior_to,
                             of->len};
        dissect_frames frames = {0};
        const bool read = dissect_frames_read(&frames, bytes, REST_BYTES + of->len - of->cut);
        CHECK(read, of->well_formed, "%s", of->name);
        CHECK(frames.count, of->frames, "%s: frames", of->name);
        if (frames.count == 2) {
            CHECK(frames.items[1].id.len, of->id_len, "%s: length", of->name);
            CHECK(frames.items[1].retire_prior_to, of->retire_prior_to, "%s: Retire Prior To", of->name);
            CHECK(dissect_frame_is_sound(&frames.items[1]), of->well_formed, "%s: sound", of->name);
        }
        dissect_frames_fini(&frames);
    }
}

static const check_test TESTS[] = {{"NEW_CONNECTION_ID", new_connection_id}};
CHECK_MAIN("frames", TESTS)
