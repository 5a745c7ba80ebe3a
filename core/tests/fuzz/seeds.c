/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes inputs for the fuzz targets to start from: seeds DIRECTORY, with a folder for each target in it. */
#include <stdio.h>
#include <string.h>

#include "core/membership/wire.h"
#include "core/tls/identity.h"

enum { PATH_BYTES = 1024, INITIAL_BYTES = 1200 };

static bool write_seed(const char *directory, const char *name, const void *bytes, size_t len)
{
    char path[PATH_BYTES];
    const int n = snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = n > 0 && n < PATH_BYTES ? fopen(path, "wb") : NULL;
    const bool written = file && fwrite(bytes, 1, len, file) == len;
    return file && fclose(file) == 0 && written;
}

static bool write_certificate(const char *directory)
{
    static const uint8_t seed[ROAM_KEY_BYTES] = {1};
    roam_identity *identity;
    if (roam_identity_new("node", seed, &identity))
        return false;
    const core_der der = core_identity_certificate(identity);
    const bool written = write_seed(directory, "certificate/of-a-node", der.bytes, der.len);
    roam_identity_free(identity);
    return written;
}

static bool write_headers(const char *directory)
{
    static const uint8_t short_header[64] = {0x40};
    /* An Initial of version 1 with connection IDs of 8 bytes, no token, and a length of the rest. */
    uint8_t initial[INITIAL_BYTES] = {0xc0, 0, 0, 0, 1, 8};
    initial[14] = 8;
    initial[24] = 0x44;
    initial[25] = 0x96;
    return write_seed(directory, "header/short", short_header, sizeof short_header) &&
           write_seed(directory, "header/initial", initial, sizeof initial);
}

/* core/streams/dist.h; the steps are those of fuzz_dist.c. */
static bool write_dist(const char *directory)
{
    static const uint8_t talk[] = {
        0x40, 5, 1, 3, 1, 0x50, 0,                  /* control stream: HELLO, version 1, 4096 bytes */
        0x01, 6, 0, 3, 7, 'a',  'b', 'c',           /* data: a message of key 7 */
        0x02, 3, 0, 0, 9,                           /* another stream: an empty one of key 9 */
        0x83, 8, 1, 3, 2, 'h',  'i', 'x', 'y', 'z', /* user: priority 3, tag "hi", bytes, fin */
        0x40, 2, 2, 0,                              /* control stream: TICK */
    };
    static const uint8_t early[] = {
        0x41, 6, 0, 3, 7, 'a',  'b', 'c', /* a message that overtakes HELLO */
        0x43, 6, 1, 3, 0, 'x',  'y', 'z', /* and a user stream that does */
        0x40, 5, 1, 3, 1, 0x50, 0,
    };
    /* A user stream with the longest tag, and more. */
    uint8_t long_tag[7 + 4 * (2 + 255)] = {0x40, 5, 1, 3, 1, 0x50, 0};
    for (size_t at = 7; at < sizeof long_tag; at += 2 + 255) {
        long_tag[at] = 0x03;
        long_tag[at + 1] = 255;
        memset(long_tag + at + 2, 't', 255);
    }
    memcpy(long_tag + 7 + 2, (uint8_t[]){1, 3, 0x40, 0xff}, 4);
    return write_seed(directory, "dist/talk", talk, sizeof talk) &&
           write_seed(directory, "dist/early", early, sizeof early) &&
           write_seed(directory, "dist/long-tag", long_tag, sizeof long_tag);
}

static roam_member numbered(int i)
{
    roam_member member = {
        .addr = {.family = ROAM_FAMILY_IPV4, .port = 4433, .bytes = {10, 3, 0, (uint8_t)i}}};
    (void)snprintf(member.name, sizeof member.name, "n%d", i);
    member.key[0] = (uint8_t)i;
    return member;
}

/* core/membership/wire.h: a message of each type, alone, and all of them after a JOIN (fuzz_membership.c). */
static bool write_messages(const char *directory)
{
    uint8_t talk[8 * (3 + CORE_MESSAGE_BYTES_MAX)] = {0x42};
    size_t at = 1;
    bool written = true;
    for (int type = CORE_JOIN; type <= CORE_ADVERTISE && written; type++) {
        core_message message = {.type = (core_message_type)type, .id = 7, .ttl = 1, .flag = true};
        uint8_t body[CORE_MESSAGE_BYTES_MAX];
        char name[32];
        message.member = numbered(20);
        for (int i = 0; i < 4; i++)
            message.members[message.member_count++] = numbered(i);
        const size_t len = core_message_write(&message, body);
        (void)snprintf(name, sizeof name, "message/type-%d", type);
        written = write_seed(directory, name, body, len);
        talk[at++] = 0x40;
        talk[at++] = (uint8_t)len;
        talk[at++] = (uint8_t)(len >> 8);
        memcpy(talk + at, body, len);
        at += len;
    }
    return written && write_seed(directory, "membership/talk", talk, at);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: seeds DIRECTORY\n");
        return 2;
    }
    if (write_certificate(argv[1]) && write_headers(argv[1]) && write_dist(argv[1]) &&
        write_messages(argv[1]))
        return 0;
    perror("seeds");
    return 3;
}
