/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a scenario includes: what they add, where a fault of theirs is, and which are not read. */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw */
#include "core/tests/check.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/roam-include-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *const file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *at)
{
    (void)about, (void)type, (void)at;
    return remove(path);
}

static void clean(void)
{
    (void)nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_files(void)
{
    char path[256];
    static bool made;
    if (made)
        return;
    made = true;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
    (void)atexit(clean);
    (void)snprintf(path, sizeof path, "%s/inner", directory);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
    write_file("access.inc.yaml",
               "about: What phones are on.\nparams: {rtt: 40ms}\ninclude: inner/nats.inc.yaml\n"
               "networks:\n  lte: {delay: \"${rtt / 2}\", nat: carrier}\n  wifi: {delay: 8ms}\n");
    write_file("inner/nats.inc.yaml", "nats:\n  carrier: {timeout: 50s}\n");
    write_file("wrong.inc.yaml", "networks:\n  lte: {delay: 20}\n  3g: {dely: 1ms}\n");
    write_file("text.inc.yaml", "networks: [\n");
    write_file("more.inc.yaml", "networks: {wifi: {}}\nnodes: {a: {}}\n");
    write_file("empty.inc.yaml", "# nothing\n");
    write_file("itself.inc.yaml", "include: itself.inc.yaml\n");
    write_file("plain.yaml", "networks: {}\n");
    for (int i = 0; i < 6; i++) {
        char name[32], text[64];
        (void)snprintf(name, sizeof name, "deep%d.inc.yaml", i);
        (void)snprintf(text, sizeof text, "include: deep%d.inc.yaml\n", i + 1);
        write_file(name, text);
    }
    (void)snprintf(path, sizeof path, "%s/link.inc.yaml", directory);
    CU_ASSERT_EQUAL_FATAL(symlink("access.inc.yaml", path), 0);
    (void)snprintf(path, sizeof path, "%s/out", directory);
    CU_ASSERT_EQUAL_FATAL(symlink("inner", path), 0);
    (void)snprintf(path, sizeof path, "%s/folder.inc.yaml", directory);
    CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/fifo.inc.yaml", directory);
    CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
    char *const large = malloc(SCENARIO_FILE_BYTES_MAX + 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(large);
    memset(large, '\n', SCENARIO_FILE_BYTES_MAX + 1);
    large[SCENARIO_FILE_BYTES_MAX + 1] = '\0';
    write_file("large.inc.yaml", large);
    free(large);
}

/* x.yaml, in the folder of the files. `include` is on line 4; ends with line 8. */
#define FILE_WITH(include)                                                                                   \
    "roam: 1\nname: t\nduration: 20s\ninclude: " include "\nnetworks:\n  core: {delay: 1ms}\nnodes:\n"       \
    "  s: {networks: [core], listen: 1}\n"

static scenario_source source_of(const char *text)
{
    static char path[64];
    scenario_source source = loading_text(text);
    make_files();
    (void)snprintf(path, sizeof path, "%s/x.yaml", directory);
    source.path = path;
    return source;
}

static const struct {
    const char *text, *faults;
} FAULTS[] = {
    {FILE_WITH("../access.inc.yaml"), "x.yaml:4:10: include: '../access.inc.yaml' leads out: write a path "
                                      "below the scenario's folder, without '..'\n"},
    {FILE_WITH("inner/../access.inc.yaml"),
     "x.yaml:4:10: include: 'inner/../access.inc.yaml' leads out: write a path "
     "below the scenario's folder, without '..'\n"},
    {FILE_WITH("/etc/x.inc.yaml"),
     "x.yaml:4:10: include: '/etc/x.inc.yaml' leads out: write a path below the scenario's "
     "folder, without '..'\n"},
    {FILE_WITH("./access.inc.yaml"),
     "x.yaml:4:10: include: './access.inc.yaml' leads out: write a path below the "
     "scenario's folder, without '..'\n"},
    {FILE_WITH("plain.yaml"),
     "x.yaml:4:10: include: 'plain.yaml' is not called NAME.inc.yaml, which keeps it apart from scenarios\n"},
    {FILE_WITH("link.inc.yaml"),
     "x.yaml:4:10: include: 'link.inc.yaml' cannot be read: a symbolic link is not followed\n"},
    {FILE_WITH("out/nats.inc.yaml"),
     "x.yaml:4:10: include: 'out/nats.inc.yaml' cannot be read: a symbolic link is not followed\n"},
    {FILE_WITH("folder.inc.yaml"), "x.yaml:4:10: include: 'folder.inc.yaml' cannot be read: not a file\n"},
    {FILE_WITH("fifo.inc.yaml"), "x.yaml:4:10: include: 'fifo.inc.yaml' cannot be read: not a file\n"},
    {FILE_WITH("none.inc.yaml"),
     "x.yaml:4:10: include: 'none.inc.yaml' cannot be read: No such file or directory\n"},
    {FILE_WITH("large.inc.yaml"), "x.yaml:4:10: include: 'large.inc.yaml' cannot be read, or makes more than "
                                  "1048576 bytes of all files\n"},
    {FILE_WITH("{a: b}"),
     "x.yaml:4:10: expected a file, found a mapping: write for example shared.inc.yaml\n"},
    {FILE_WITH("wrong.inc.yaml"),
     "wrong.inc.yaml:2:16: delay: missing unit: write 20ms, not 20 (units: ns us ms s min)\n"
     "wrong.inc.yaml:3:8: unknown key 'dely'; did you mean 'delay'?\n"},
    {FILE_WITH("text.inc.yaml"),
     "text.inc.yaml:2:1: not YAML: flow sequence without a closing bracket (a value that begins "
     "with > | @ ` or % or holds a colon and a space needs quotes)\n"},
    {FILE_WITH("empty.inc.yaml"),
     "empty.inc.yaml:1:1: empty: write for example networks: {wifi: {delay: 8ms}}\n"},
    {FILE_WITH("[access.inc.yaml, more.inc.yaml]"),
     "more.inc.yaml:1:12: 'wifi' is one of the networks already: access.inc.yaml:6\n"
     "more.inc.yaml:2:1: 'nodes' is nothing to include: a file that is included has params, nats, networks, "
     "include and "
     "about\n"},
    {FILE_WITH("access.inc.yaml") "nats: {carrier: {}}\n",
     "inner/nats.inc.yaml:2:3: 'carrier' is one of the nats already: x.yaml:9\n"},
    {FILE_WITH("[access.inc.yaml, access.inc.yaml]"),
     "x.yaml:4:28: include: 'access.inc.yaml' is included already: x.yaml:4\n"},
    {FILE_WITH("itself.inc.yaml"),
     "itself.inc.yaml:1:10: include: 'itself.inc.yaml' is included already: x.yaml:4\n"},
    {FILE_WITH("deep0.inc.yaml"),
     "deep3.inc.yaml:1:10: include: files include each other more than 4 deep\n"},
    {FILE_WITH("access.inc.yaml") "vary: {include: [a]}\n",
     "x.yaml:9:8: 'include' cannot be varied: write for example networks.wifi.delay\n"},
    {FILE_WITH("access.inc.yaml") "vary: {params.rtt: [20ms, 1ns]}\n",
     "x.yaml:9:27: with params.rtt=1ns: access.inc.yaml:5:19: the result is no whole number of ns\n"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        const scenario_source source = source_of(FAULTS[i].text);
        loading_refused(&source, FAULTS[i].faults);
    }
}

/* What is included comes first; the texts are kept; another text of an included file is another digest. */
static void test_included(void)
{
    static const char TEXT[] = FILE_WITH("access.inc.yaml") "  p: {networks: [lte]}\n";
    const char *const set[] = {"networks.lte.delay=${rtt * 2}"};
    scenario_source source = source_of(TEXT);
    scenario *const whole = loading_good(&source);
    CHECK(whole->network_count, 3, "networks");
    CHECK_STRING(whole->networks[0].name, "lte");
    CHECK_STRING(whole->networks[1].name, "wifi");
    CHECK_STRING(whole->networks[2].name, "core");
    CHECK(whole->networks[0].link.delay_ns, 20000000, "delay");
    CHECK(whole->networks[0].nat, 0, "nat");
    CHECK(whole->nats[0].options.timeout_ns, 50000000000, "timeout");
    CHECK_STRING(whole->texts->name, "");
    CHECK_STRING(whole->texts->text, TEXT);
    CHECK_STRING(whole->texts->next->name, "access.inc.yaml");
    CHECK_STRING(whole->texts->next->next->name, "inner/nats.inc.yaml");
    source.overrides = set;
    source.override_count = 1;
    scenario *const changed = loading_good(&source);
    CHECK(changed->networks[0].link.delay_ns, 80000000, "delay that --set gives");
    scenario_free(changed);
    source.override_count = 0;
    write_file("inner/nats.inc.yaml", "# as before\nnats: {carrier: {timeout: 50s}}\n");
    scenario *const same = loading_good(&source);
    CHECK(same->digest == whole->digest, true, "digest of the same");
    scenario_free(same);
    write_file("inner/nats.inc.yaml", "nats: {carrier: {timeout: 51s}}\n");
    scenario *const other = loading_good(&source);
    CHECK(other->digest == whole->digest, false, "digest of another");
    scenario_free(other);
    scenario_free(whole);
    write_file("inner/nats.inc.yaml", "nats:\n  carrier: {timeout: 50s}\n");
}

static void test_not_from_a_file(void)
{
    const scenario_source source = loading_text(FILE_WITH("access.inc.yaml"));
    loading_refused(
        &source, "x.yaml:4:10: include: 'access.inc.yaml' begins where the scenario's file is, but this one "
                 "is not read from a file\n");
}

static void test_too_many(void)
{
    char text[2048] = "roam: 1\nname: t\nduration: 20s\ninclude:\n";
    make_files();
    for (int i = 0; i < 17; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "one%d.inc.yaml", i);
        write_file(name, "params: {}\n");
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "  - %s\n", name);
    }
    strcat(text, "networks: {n: {}}\nnodes: {}\n");
    const scenario_source source = source_of(text);
    loading_refused(&source, "x.yaml:21:5: include: more than 16 files\n");
}

static const check_test TESTS[] = {{"faults", test_faults},
                                   {"included", test_included},
                                   {"not from a file", test_not_from_a_file},
                                   {"too many", test_too_many}};
CHECK_MAIN("included files", TESTS)
