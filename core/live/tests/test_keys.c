/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* mkdtemp */
#include "core/live/keys.h"
#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEX_A "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define HEX_B "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static char directory[64];
static char path[128];

static void put_mode(const char *text, size_t len, mode_t mode)
{
    (void)unlink(path);
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(write(fd, text, len), (ssize_t)len);
    CU_ASSERT_EQUAL_FATAL(fchmod(fd, mode), 0);
    (void)close(fd);
}

static void put(const char *text, size_t len)
{
    put_mode(text, len, 0600);
}

/* Asserts that a message begins with the file, says part, and that the status is as expected. */
static void check(const char *what, int status, int expected, const live_message *message, const char *part)
{
    const bool said = expected == 0 || (strncmp(message->text, path, strlen(path)) == 0 &&
                                        strstr(message->text, part) != NULL);
    if (status != expected || !said) {
        (void)printf("\n  %s: status %d, expected %d; message '%s', expected '%s%s'\n", what, status,
                     expected, expected ? message->text : "", path, part);
        CU_FAIL("status or message");
    }
}

static void test_key_is_made_once(void)
{
    uint8_t seed[ROAM_KEY_BYTES] = {0}, again[ROAM_KEY_BYTES] = {0};
    live_message message = {""};
    struct stat info;
    (void)unlink(path);
    check("new", live_key_file_load(path, seed, &message), 0, &message, "");
    check("again", live_key_file_load(path, again, &message), 0, &message, "");
    CU_ASSERT_EQUAL(memcmp(seed, again, sizeof seed), 0);
    CU_ASSERT_EQUAL_FATAL(stat(path, &info), 0);
    if ((info.st_mode & 07777) != 0600 || info.st_nlink != 1) {
        (void)printf("\n  mode %04o, expected 0600; %u links, expected 1\n", (unsigned)info.st_mode & 07777,
                     (unsigned)info.st_nlink);
        CU_FAIL("mode");
    }
    (void)unlink(path);
    check("another", live_key_file_load(path, again, &message), 0, &message, "");
    CU_ASSERT_NOT_EQUAL(memcmp(seed, again, sizeof seed), 0);
}

static void test_key_files(void)
{
    static const struct {
        const char *text;
        mode_t mode;
        int expected;
        const char *message;
    } cases[] = {
        {.text = HEX_A "\n", .mode = 0600, .expected = 0, .message = ""},
        {.text = HEX_A, .mode = 0400, .expected = 0, .message = ""},
        {.text = HEX_A "\n",
         .mode = 0640,
         .expected = ROAM_ERR_INVALID_ARGUMENT,
         .message = ": open to others than its owner (mode 0640)"},
        {.text = HEX_A "\n", .mode = 0604, .expected = ROAM_ERR_INVALID_ARGUMENT, .message = "chmod 600"},
        {.text = "",
         .mode = 0600,
         .expected = ROAM_ERR_INVALID_ARGUMENT,
         .message = ":1: expected 64 hexadecimal digits"},
        {.text = HEX_A "\n\n", .mode = 0600, .expected = ROAM_ERR_INVALID_ARGUMENT, .message = ":1: "},
        {.text = HEX_A "0\n", .mode = 0600, .expected = ROAM_ERR_INVALID_ARGUMENT, .message = ":1: "},
        {.text = "g" HEX_A, .mode = 0600, .expected = ROAM_ERR_INVALID_ARGUMENT, .message = ":1: "},
        {.text = "xyz102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
         .mode = 0600,
         .expected = ROAM_ERR_INVALID_ARGUMENT,
         .message = ":1: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t seed[ROAM_KEY_BYTES] = {0xee};
        live_message message = {""};
        put_mode(cases[i].text, strlen(cases[i].text), cases[i].mode);
        check(cases[i].text, live_key_file_load(path, seed, &message), cases[i].expected, &message,
              cases[i].message);
        CU_ASSERT_EQUAL(seed[0], cases[i].expected ? 0xee : 0);
        CU_ASSERT_EQUAL(seed[31], cases[i].expected ? 0 : 0x1f);
    }
    (void)unlink(path);
    CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
    uint8_t seed[ROAM_KEY_BYTES];
    live_message message = {""};
    check("fifo", live_key_file_load(path, seed, &message), ROAM_ERR_INVALID_ARGUMENT, &message,
          ": not a regular file");
    (void)unlink(path);
}

static void fill(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    memset(bytes, 7, len);
}

static roam_node *strict_node(roam_identity **identity)
{
    static const uint8_t seed[ROAM_KEY_BYTES] = {1};
    roam_node_options options;
    roam_node *node = NULL;
    CU_ASSERT_EQUAL_FATAL(roam_identity_new("me", seed, identity), 0);
    roam_node_options_default(&options);
    options.identity = *identity;
    options.callbacks.random = fill;
    CU_ASSERT_EQUAL_FATAL(roam_node_new(&options, &node), 0);
    return node;
}

static void test_pin_files(void)
{
    static const char nul[] = "a " HEX_A "\nb\0c " HEX_A "\n";
    static const char nul_at_end[] = "a " HEX_A "\0more\n";
    static const char long_name[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa " HEX_A "\n";
#define TEXT(literal) .text = (literal), .len = sizeof(literal) - 1
    static const struct {
        const char *text;
        size_t len;
        int expected;
        const char *message;
    } cases[] = {
        {TEXT(""), .expected = 0, .message = ""},
        {TEXT("# mine\n\nlaptop " HEX_A "\nserver " HEX_B), .expected = 0, .message = ""},
        {TEXT("a " HEX_A "\na " HEX_A "\n"), .expected = 0, .message = ""},
        {TEXT("a " HEX_A "\na " HEX_B "\n"), .expected = ROAM_ERR_INVALID_ARGUMENT,
         .message = ":2: another key for 'a'"},
        {TEXT("a " HEX_A "\nb\n"), .expected = ROAM_ERR_INVALID_ARGUMENT,
         .message = ":2: expected NAME, a space"},
        {TEXT("a  " HEX_A "\n"), .expected = ROAM_ERR_INVALID_ARGUMENT, .message = ":1: "},
        {TEXT("a " HEX_A " \n"), .expected = ROAM_ERR_INVALID_ARGUMENT, .message = ":1: "},
        {TEXT("a " HEX_A "\r\n"), .expected = ROAM_ERR_INVALID_ARGUMENT, .message = ":1: "},
        {TEXT("a/b " HEX_A "\n"), .expected = ROAM_ERR_INVALID_ARGUMENT,
         .message = ":1: not the name of a node"},
        {TEXT(" " HEX_A "\n"), .expected = ROAM_ERR_INVALID_ARGUMENT,
         .message = ":1: not the name of a node"},
        {TEXT(long_name), .expected = ROAM_ERR_INVALID_ARGUMENT,
         .message = ":1: a name of more than 63 bytes"},
        {TEXT(nul), .expected = ROAM_ERR_INVALID_ARGUMENT, .message = ":2: "},
        {TEXT(nul_at_end), .expected = ROAM_ERR_INVALID_ARGUMENT, .message = ":1: "},
    };
#undef TEXT
    roam_identity *identity;
    roam_node *const node = strict_node(&identity);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        live_message message = {""};
        put(cases[i].text, cases[i].len);
        check(cases[i].text, live_pin_file_load(path, node, &message), cases[i].expected, &message,
              cases[i].message);
    }
    live_message message = {""};
    (void)unlink(path);
    check("no file", live_pin_file_load(path, node, &message), 0, &message, "");
    (void)roam_node_free(node);
    roam_identity_free(identity);
}

static void test_pin_file_add(void)
{
    static const uint8_t key[ROAM_KEY_BYTES] = {0xab};
    char text[512] = {0};
    live_message message = {""};
    roam_identity *identity;
    roam_node *const node = strict_node(&identity);
    put("a " HEX_A, strlen("a " HEX_A)); /* an editor left no newline */
    check("add", live_pin_file_add(path, "b", key, &message), 0, &message, "");
    check("add", live_pin_file_add(path, "c", key, &message), 0, &message, "");
    const int fd = open(path, O_RDONLY);
    CU_ASSERT_TRUE(read(fd, text, sizeof text - 1) > 0);
    (void)close(fd);
    CU_ASSERT_STRING_EQUAL(text, "a " HEX_A "\n"
                                 "b ab00000000000000000000000000000000000000000000000000000000000000\n"
                                 "c ab00000000000000000000000000000000000000000000000000000000000000\n");
    check("load", live_pin_file_load(path, node, &message), 0, &message, "");
    (void)roam_node_free(node);
    roam_identity_free(identity);
}

static const check_test TESTS[] = {{"a key is made once, for its owner alone", test_key_is_made_once},
                                   {"key files, good and bad", test_key_files},
                                   {"pin files, good and bad", test_pin_files},
                                   {"pins are added a line at a time", test_pin_file_add}};

int main(void)
{
    (void)snprintf(directory, sizeof directory, "/tmp/roam-keys-XXXXXX");
    if (!mkdtemp(directory))
        return 2;
    (void)snprintf(path, sizeof path, "%s/file", directory);
    const int failed = check_main("keys", TESTS, sizeof TESTS / sizeof TESTS[0]);
    (void)unlink(path);
    (void)rmdir(directory);
    return failed;
}
