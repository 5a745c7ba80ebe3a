/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receiver against messages that no sender of ours would write, and sender and receiver together. */
#define _DEFAULT_SOURCE /* mkdtemp */
#include "core/live/transfer.h"
#include "core/tests/check.h"

#include "core/live/crc64.h"
#include "core/live/transfer_wire.h"

#include <CUnit/Basic.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[64];

static void fill(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    memset(bytes, 7, len);
}

/* A node to which nobody is connected: answers go nowhere, as after a lost connection. */
typedef struct bench {
    roam_identity *identity;
    roam_node *node;
    live_receiver *receiver;
} bench;

static void bench_init(bench *self, const char *inbox)
{
    static const uint8_t seed[ROAM_KEY_BYTES] = {1};
    live_message message;
    roam_node_options options;
    CU_ASSERT_EQUAL_FATAL(roam_identity_new("me", seed, &self->identity), 0);
    roam_node_options_default(&options);
    options.identity = self->identity;
    options.callbacks.random = fill;
    CU_ASSERT_EQUAL_FATAL(roam_node_new(&options, &self->node), 0);
    CU_ASSERT_EQUAL_FATAL(live_receiver_new(inbox, &self->receiver, &message), 0);
}

static void bench_fini(bench *self)
{
    live_receiver_free(self->receiver);
    (void)roam_node_free(self->node);
    roam_identity_free(self->identity);
}

static live_arrival take(bench *self, const void *data, size_t len)
{
    live_arrival arrival;
    const roam_message message = {.peer = {1}, .key = 1, .data = data, .len = len};
    live_receiver_take(self->receiver, self->node, &message, &arrival);
    return arrival;
}

static live_arrival take_file(bench *self, uint8_t kind, uint64_t number, const char *rest)
{
    uint8_t message[512] = {kind};
    live_wire_put(message + 1, 9, WIRE_ID);
    live_wire_put(message + WIRE_HEADER, number, WIRE_NUMBER);
    memcpy(message + WIRE_LONG_HEADER, rest, strlen(rest));
    return take(self, message, WIRE_LONG_HEADER + strlen(rest));
}

static uint64_t crc_of(const char *text)
{
    live_crc64 crc;
    live_crc64_init(&crc);
    live_crc64_add(&crc, text, strlen(text));
    return live_crc64_value(&crc);
}

static size_t entries(void)
{
    size_t count = 0;
    DIR *const open = opendir(directory);
    CU_ASSERT_PTR_NOT_NULL_FATAL(open);
    for (const struct dirent *e = readdir(open); e; e = readdir(open))
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    (void)closedir(open);
    return count;
}

static void check_content(const char *name, const char *expected)
{
    char path[400], text[64] = "";
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    const int fd = open(path, O_RDONLY);
    CU_ASSERT(fd >= 0 && read(fd, text, sizeof text - 1) >= 0);
    CHECK_STRING(text, expected, "%s", name);
    if (fd >= 0)
        (void)close(fd);
    (void)unlink(path);
}

static void test_crc(void)
{
    const uint64_t value = crc_of("123456789");
    CHECK(value, UINT64_C(0x995dc9bbdf1939fa), "CRC-64/XZ");
}

static void test_whole_file(void)
{
    bench self;
    bench_init(&self, directory);
    CU_ASSERT_EQUAL(take_file(&self, WIRE_BEGIN, 6, "name.txt").kind, LIVE_ARRIVED_NOTHING);
    CU_ASSERT_EQUAL(take_file(&self, WIRE_DATA, 0, "abc").kind, LIVE_ARRIVED_NOTHING);
    CU_ASSERT_EQUAL(take_file(&self, WIRE_DATA, 3, "def").kind, LIVE_ARRIVED_NOTHING);
    const live_arrival end = take_file(&self, WIRE_END, crc_of("abcdef"), "");
    CU_ASSERT_EQUAL(end.kind, LIVE_ARRIVED_FILE);
    CU_ASSERT_EQUAL(end.status, LIVE_TRANSFER_OK);
    CU_ASSERT_STRING_EQUAL(end.text, "name.txt");
    CU_ASSERT_EQUAL(entries(), 1);
    check_content("name.txt", "abcdef");
    bench_fini(&self);
}

static void test_names(void)
{
    static const char *const refused[] = {"",         ".",    "..",      "../up",  "/etc/passwd", "a/b",
                                          ".profile", "a\nb", "quote\"", "back\\", "\x7f",        "\xc3\xa9"};
    bench self;
    bench_init(&self, directory);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const live_arrival arrival = take_file(&self, WIRE_BEGIN, 1, refused[i]);
        if (arrival.kind != LIVE_ARRIVED_FILE || arrival.status != LIVE_TRANSFER_REFUSED) {
            (void)printf("\n  '%s': kind %d, status %s, expected refused\n", refused[i], (int)arrival.kind,
                         live_transfer_status_name(arrival.status));
            CU_FAIL("name");
        }
    }
    char name[LIVE_FILE_NAME_MAX + 2];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    CU_ASSERT_EQUAL(take_file(&self, WIRE_BEGIN, 1, name).status, LIVE_TRANSFER_REFUSED);
    CU_ASSERT_EQUAL(entries(), 0);
    bench_fini(&self);
    bench_init(&self, NULL);
    CU_ASSERT_EQUAL(take_file(&self, WIRE_BEGIN, 1, "fine").status, LIVE_TRANSFER_REFUSED);
    bench_fini(&self);
}

static void test_damaged(void)
{
    static const struct {
        const char *what;
        uint64_t size, offset;
        const char *data;
        uint64_t crc_delta;
        bool at_end; /* else it is known with the data */
    } cases[] = {
        {.what = "a gap", .size = 6, .offset = 1, .data = "abcdef"},
        {.what = "more than was announced", .size = 5, .data = "abcdef"},
        {.what = "an offset beyond all", .size = 6, .offset = UINT64_MAX, .data = "abcdef"},
        {.what = "less than was announced", .size = 7, .data = "abcdef", .at_end = true},
        {.what = "a huge size", .size = UINT64_MAX, .data = "abcdef", .at_end = true},
        {.what = "another CRC", .size = 6, .data = "abcdef", .crc_delta = 1, .at_end = true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bench self;
        bench_init(&self, directory);
        (void)take_file(&self, WIRE_BEGIN, cases[i].size, "name");
        live_arrival end = take_file(&self, WIRE_DATA, cases[i].offset, cases[i].data);
        if (cases[i].at_end)
            end = take_file(&self, WIRE_END, crc_of(cases[i].data) + cases[i].crc_delta, "");
        if (end.kind != LIVE_ARRIVED_FILE || end.status != LIVE_TRANSFER_DAMAGED || entries() != 0) {
            (void)printf("\n  %s: kind %d, status %s, expected damaged; %zu files left, expected 0\n",
                         cases[i].what, (int)end.kind, live_transfer_status_name(end.status), entries());
            CU_FAIL("damage");
        }
        CU_ASSERT_EQUAL(take_file(&self, WIRE_DATA, 0, "late").kind, LIVE_ARRIVED_NOTHING);
        bench_fini(&self);
    }
}

static void test_limits(void)
{
    bench self;
    uint8_t message[WIRE_LONG_HEADER + 1] = {WIRE_BEGIN};
    bench_init(&self, directory);
    message[WIRE_LONG_HEADER] = 'x';
    for (uint64_t id = 0; id <= LIVE_FILES_MAX; id++) {
        live_wire_put(message + 1, id, WIRE_ID);
        const live_arrival arrival = take(&self, message, sizeof message);
        CU_ASSERT_EQUAL(arrival.status, id < LIVE_FILES_MAX ? LIVE_TRANSFER_OK : LIVE_TRANSFER_REFUSED);
    }
    CU_ASSERT_EQUAL(entries(), LIVE_FILES_MAX);
    live_receiver_peer_down(self.receiver, (roam_peer_id){2});
    CU_ASSERT_EQUAL(entries(), LIVE_FILES_MAX);
    live_receiver_peer_down(self.receiver, (roam_peer_id){1});
    CU_ASSERT_EQUAL(entries(), 0);
    (void)take_file(&self, WIRE_BEGIN, 1, "left");
    CU_ASSERT_EQUAL(entries(), 1);
    bench_fini(&self);
    CU_ASSERT_EQUAL(entries(), 0); /* what is not complete does not stay */
}

/* A file that begins again replaces its own beginning. */
static void test_begun_again(void)
{
    bench self;
    bench_init(&self, directory);
    (void)take_file(&self, WIRE_BEGIN, 6, "name");
    (void)take_file(&self, WIRE_DATA, 0, "abc");
    (void)take_file(&self, WIRE_BEGIN, 2, "name");
    (void)take_file(&self, WIRE_DATA, 0, "xy");
    CU_ASSERT_EQUAL(take_file(&self, WIRE_END, crc_of("xy"), "").status, LIVE_TRANSFER_OK);
    check_content("name", "xy");
    bench_fini(&self);
}

/* Where a directory of that name is, it stays. */
static void test_disk(void)
{
    char path[400];
    bench self;
    bench_init(&self, directory);
    (void)snprintf(path, sizeof path, "%s/name", directory);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
    (void)take_file(&self, WIRE_BEGIN, 0, "name");
    CU_ASSERT_EQUAL(take_file(&self, WIRE_END, crc_of(""), "").status, LIVE_TRANSFER_DISK);
    CU_ASSERT_EQUAL(rmdir(path), 0);
    CU_ASSERT_EQUAL(entries(), 0);
    bench_fini(&self);
}

static void test_short_messages(void)
{
    static const uint8_t kinds[] = {0, WIRE_LINE_END, WIRE_BEGIN, WIRE_DATA, WIRE_END, WIRE_ANSWER, 255};
    uint8_t message[WIRE_LONG_HEADER + 4] = {0};
    bench self;
    bench_init(&self, directory);
    CU_ASSERT_EQUAL(take(&self, message, 0).kind, LIVE_ARRIVED_NOTHING);
    for (size_t k = 0; k < sizeof kinds; k++) {
        message[0] = kinds[k];
        for (size_t len = 1; len < WIRE_HEADER; len++)
            CU_ASSERT_EQUAL(take(&self, message, len).kind, LIVE_ARRIVED_NOTHING);
        for (size_t len = WIRE_HEADER; len <= sizeof message; len++)
            (void)take(&self, message, len);
    }
    message[0] = WIRE_ANSWER;
    message[WIRE_HEADER] = 99;
    CU_ASSERT_EQUAL(take(&self, message, WIRE_HEADER + 1).kind, LIVE_ARRIVED_NOTHING);
    CU_ASSERT_EQUAL(take(&self, "Lhello", 6).kind, LIVE_ARRIVED_LINE);
    CU_ASSERT_EQUAL(take(&self, "L", 1).len, 0);
    bench_fini(&self);
}

static void test_sender(void)
{
    char path[400];
    live_message message = {""};
    live_file_sender *sender;
    bench self;
    bench_init(&self, directory);
    (void)snprintf(path, sizeof path, "%s/nowhere", directory);
    CU_ASSERT_EQUAL(live_file_sender_new(path, 1, &sender, &message), ROAM_ERR_INVALID_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(message.text, "nowhere: No such file"));
    CU_ASSERT_EQUAL(live_file_sender_new(directory, 1, &sender, &message), ROAM_ERR_INVALID_ARGUMENT);
    CU_ASSERT_PTR_NOT_NULL(strstr(message.text, "not a regular file"));
    (void)snprintf(path, sizeof path, "%s/file", directory);
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);
    CU_ASSERT_EQUAL(write(fd, "abc", 3), 3);
    (void)close(fd);
    CU_ASSERT_EQUAL_FATAL(live_file_sender_new(path, 1, &sender, &message), 0);
    CU_ASSERT_EQUAL(live_file_sender_push(sender, self.node, (roam_peer_id){1}), LIVE_SENDER_SENDING);
    live_file_sender_answer(sender, 1, LIVE_TRANSFER_OK); /* before anything was sent: a lie */
    CU_ASSERT_EQUAL(live_file_sender_state(sender), LIVE_SENDER_SENDING);
    live_file_sender_answer(sender, 2, LIVE_TRANSFER_REFUSED); /* of another file */
    CU_ASSERT_EQUAL(live_file_sender_state(sender), LIVE_SENDER_SENDING);
    live_file_sender_answer(sender, 1, LIVE_TRANSFER_REFUSED);
    CU_ASSERT_EQUAL(live_file_sender_state(sender), LIVE_SENDER_ANSWERED);
    live_file_sender_restart(sender);
    CU_ASSERT_EQUAL(live_file_sender_state(sender), LIVE_SENDER_ANSWERED);
    live_file_sender_free(sender);
    (void)unlink(path);
    bench_fini(&self);
}

static const check_test TESTS[] = {
    {"CRC-64 of the check string", test_crc},
    {"a file in pieces", test_whole_file},
    {"names that would leave the directory, and others", test_names},
    {"files that are not what was announced", test_damaged},
    {"no more files at once than the limit; nothing incomplete stays", test_limits},
    {"a file that begins again", test_begun_again},
    {"a file that cannot be put in its place", test_disk},
    {"messages cut short, and of no kind", test_short_messages},
    {"the sender", test_sender}};

int main(void)
{
    (void)snprintf(directory, sizeof directory, "/tmp/roam-transfer-XXXXXX");
    if (!mkdtemp(directory))
        return 2;
    const int failed = check_main("transfer", TESTS, sizeof TESTS / sizeof TESTS[0]);
    (void)rmdir(directory);
    return failed;
}
