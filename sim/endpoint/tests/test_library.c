/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/library.h"

#include "core/tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

/* Of the build directory, in which this program is. */
static const char *build_path(const char *name)
{
    static char path[PATH_BYTES];
    const ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    path[len < 0 ? 0 : len] = '\0';
    char *const slash = strrchr(path, '/');
    if (slash)
        (void)snprintf(slash + 1, sizeof path - (size_t)(slash + 1 - path), "%s", name);
    return path;
}

static void check_refused(const char *path, const char *why)
{
    char text[ENDPOINT_LIBRARY_TEXT_MAX] = "";
    CHECK(endpoint_library_open(path, NULL, text, sizeof text) == NULL, true, "%s opened", path);
    CHECK_CONTAINS(text, why);
    CHECK_CONTAINS(text, path);
}

static void test_objects(void)
{
    check_refused(build_path("test_endpoints/none_of_that_name.so"), "No such file or directory");
    check_refused(build_path("test_endpoints"), "not a shared object: it is a directory");
    check_refused("/dev/null", "not a shared object: it is no regular file");
    check_refused(build_path("build.ninja"), "not a shared object: it does not begin as an ELF file");
    check_refused(build_path("roam"), "cannot be loaded: cannot dynamically load");
    check_refused(build_path("test_endpoints/undefined.so"),
                  "cannot be loaded: undefined symbol: function_of_a_missing_library");
    check_refused(build_path("test_endpoints/no_symbol.so"),
                  "no adapter: it does not export roam_endpoint_library_get");
    check_refused(build_path("test_endpoints/no_version.so"),
                  "roam_endpoint_library_get(1) gives NULL: the adapter has no version 1 of the ABI");
}

static char whole[1 << 20];

/* In a file of its own: a file that is mapped must not change. */
static void check_first_bytes(size_t len, const char *why)
{
    char path[] = "/tmp/roam-cut-short-XXXXXX", text[ENDPOINT_LIBRARY_TEXT_MAX] = "";
    const int file = mkstemp(path);
    CHECK(pwrite(file, whole, len, 0), len, "written to %s", path);
    CHECK(endpoint_library_open(path, NULL, text, sizeof text) == NULL, true, "the first %zu bytes", len);
    CHECK_CONTAINS(text, why, "of the first %zu bytes", len);
    (void)close(file);
    (void)unlink(path);
}

/* None may be mapped with pages that are not there, which would be a signal. */
static void test_cut_short(void)
{
    FILE *const file = fopen(build_path("test_endpoints/no_symbol.so"), "rb");
    const size_t len = file ? fread(whole, 1, sizeof whole, file) : 0;
    if (file)
        (void)fclose(file);
    CHECK_BETWEEN(len, 4096, sizeof whole - 1, "bytes of the object");
    for (size_t cut = 4; cut <= len; cut += cut < 256 ? 1 : 509)
        check_first_bytes(cut, "");
    check_first_bytes(3, "does not begin as an ELF file");
    check_first_bytes(4, "cut short: it does not hold all of its segments");
    check_first_bytes(1024, "cut short: it does not hold all of its segments");
}

/* A constructor keeps the rules of a call. */
static void test_early(void)
{
    const endpoint_call call = {.adapter = "mine", .node = "laptop", .function = "dlopen"};
    char text[ENDPOINT_LIBRARY_TEXT_MAX] = "";
    CHECK(endpoint_library_open(build_path("test_endpoints/early.so"), &call, text, sizeof text) == NULL,
          true, "opened");
    CHECK_CONTAINS(text, "early.so: while it is loaded, pthread_create: an adapter starts no thread");
}

static void test_opened_once(void)
{
    static endpoint_call_page page;
    const endpoint_call call = {.adapter = "mine", .node = "laptop", .function = "dlopen", .now_ns = 7};
    char text[ENDPOINT_LIBRARY_TEXT_MAX] = "";
    endpoint_call_share(&page);
    const endpoint_library *const first =
        endpoint_library_open(build_path("test_endpoints/shortest.so"), &call, text, sizeof text);
    CHECK_STRING(text, "");
    CHECK(first != NULL, true, "opened");
    CHECK(endpoint_call_current() == NULL, true, "no call is under way");
    CHECK(page.calls, 1, "calls");
    CHECK_STRING(page.function, "dlopen");
    const endpoint_library *const again = endpoint_library_open(
        build_path("test_endpoints/../test_endpoints/shortest.so"), &call, text, sizeof text);
    endpoint_call_share(NULL);
    CHECK(again == first, true, "the same");
    CHECK(page.calls, 1, "nothing of it runs again");
    if (!first)
        return;
    CHECK_STRING(first->path, build_path("test_endpoints/shortest.so"));
    CHECK_STRING(first->table.name, "shortest");
    CHECK(first->table.migrate == NULL, true, "an optional function that is not there");
}

/* ---- The table ---- */

typedef struct table_case {
    const char *why; /* NULL: fine */
    void (*spoil)(roam_endpoint_library *table);
} table_case;

static void as_it_is(roam_endpoint_library *table)
{
    (void)table;
}

static void other_abi(roam_endpoint_library *table)
{
    table->abi = 2;
}

static void short_table(roam_endpoint_library *table)
{
    table->size--;
}

static void longer_table(roam_endpoint_library *table)
{
    table->size += 64;
}

static void no_name(roam_endpoint_library *table)
{
    table->name = NULL;
}

static void empty_name(roam_endpoint_library *table)
{
    table->name = "";
}

static void name_of_words(roam_endpoint_library *table)
{
    table->name = "two words";
}

static void longest_name(roam_endpoint_library *table)
{
    table->name = "n23456789012345678901234567890123456789012345678901234567890123";
}

static void name_too_long(roam_endpoint_library *table)
{
    table->name = "n234567890123456789012345678901234567890123456789012345678901234";
}

static void version_of_lines(roam_endpoint_library *table)
{
    table->version = "1\n2";
}

static void no_role(roam_endpoint_library *table)
{
    table->capabilities = ROAM_ENDPOINT_DETERMINISTIC;
}

static void unknown_capability(roam_endpoint_library *table)
{
    table->capabilities |= UINT64_C(1) << 63;
}

static void server_that_migrates(roam_endpoint_library *table)
{
    table->capabilities |= ROAM_ENDPOINT_CAN_REBIND;
}

static void client_without_connect(roam_endpoint_library *table)
{
    table->capabilities |= ROAM_ENDPOINT_CLIENT;
}

static int connect_nowhere(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                           roam_endpoint_connection **out)
{
    (void)endpoint, (void)path, (void)server_name, (void)out;
    return ROAM_ENDPOINT_FAILED;
}

static void no_migrate(roam_endpoint_library *table)
{
    table->capabilities |= ROAM_ENDPOINT_CLIENT | ROAM_ENDPOINT_CAN_FOLLOW_FIRST;
    table->connect = connect_nowhere;
}

static void no_statistics(roam_endpoint_library *table)
{
    table->capabilities |= ROAM_ENDPOINT_REPORTS_STATISTICS;
}

static void no_flush(roam_endpoint_library *table)
{
    table->flush = NULL;
}

static void id_of_zero(roam_endpoint_library *table)
{
    table->connection_id_len = 0;
}

static void id_of_21(roam_endpoint_library *table)
{
    table->connection_id_len = 21;
}

static void id_that_varies(roam_endpoint_library *table)
{
    table->connection_id_len = 255;
}

static const table_case tables[] = {
    {NULL, as_it_is},
    {NULL, longer_table},
    {NULL, longest_name},
    {NULL, id_that_varies},
    {"is of version 2 of the ABI; this program has version 1", other_abi},
    {"the adapter's table has size ", short_table},
    {"name is not 1 to 63 printable", no_name},
    {"name is not 1 to 63 printable", empty_name},
    {"name is not 1 to 63 printable", name_of_words},
    {"name is not 1 to 63 printable", name_too_long},
    {"version of adapter shortest is not 1 to 255 printable", version_of_lines},
    {"claims neither of the capabilities CLIENT and SERVER", no_role},
    {"claims capabilities 0x8000000000000000 that ABI 1 does not have", unknown_capability},
    {"claims a way to migrate without the capability CLIENT", server_that_migrates},
    {"has no function connect, which its capability CLIENT needs", client_without_connect},
    {"has no function migrate, which its capability CAN_FOLLOW_FIRST needs", no_migrate},
    {"has no function statistics, which its capability REPORTS_STATISTICS needs", no_statistics},
    {"has no function flush, which every adapter needs", no_flush},
    {"has connection_id_len 0: it is 1 to 20, or 255", id_of_zero},
    {"has connection_id_len 21: it is 1 to 20, or 255", id_of_21},
};

static void test_tables(void)
{
    char text[ENDPOINT_LIBRARY_TEXT_MAX];
    const endpoint_library *const good =
        endpoint_library_open(build_path("test_endpoints/shortest.so"), NULL, text, sizeof text);
    CHECK(good != NULL, true, "a good table");
    for (size_t i = 0; good && i < sizeof tables / sizeof tables[0]; i++) {
        struct {
            roam_endpoint_library table;
            uint8_t behind[64];
        } spoilt = {.table = good->table};
        tables[i].spoil(&spoilt.table);
        text[0] = '\0';
        CHECK(endpoint_library_check(&spoilt.table, "./libmine.so", text, sizeof text), !tables[i].why,
              "table %zu: %s", i, text);
        CHECK_CONTAINS(text, tables[i].why ? tables[i].why : "");
        CHECK_CONTAINS(text, tables[i].why ? "./libmine.so: " : "");
    }
}

/* ---- By name ---- */

/* Of the build directory, and below it, nothing is changed: the adapters there are those of the build. */
static void test_names(void)
{
    char path[PATH_BYTES], text[ENDPOINT_LIBRARY_TEXT_MAX];
    size_t count;
    char **const names = endpoint_library_names(&count);
    for (size_t i = 0; i < count; i++) {
        CHECK(endpoint_library_find(names[i], path, sizeof path, text, sizeof text), true, "%s", names[i]);
        CHECK(access(path, R_OK), 0, "%s", path);
        if (i > 0)
            CHECK(strcmp(names[i - 1], names[i]) < 0, true, "%s before %s", names[i - 1], names[i]);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    CHECK(endpoint_library_find("none-of-that-name", path, sizeof path, text, sizeof text), false, "found");
    CHECK_CONTAINS(text, "no adapter 'none-of-that-name' in ");
    CHECK(endpoint_library_find("../test_endpoints/shortest", path, sizeof path, text, sizeof text), false,
          "a path as a name");
    CHECK_CONTAINS(text, "is no name of an adapter");
    CHECK(endpoint_library_find("", path, sizeof path, text, sizeof text), false, "no name");
}

static const check_test tests[] = {
    {"files that are no adapters", test_objects},
    {"objects that are cut short", test_cut_short},
    {"an object is opened once", test_opened_once},
    {"a constructor that breaks a rule", test_early},
    {"rules of the table", test_tables},
    {"adapters by name", test_names},
};

CHECK_MAIN("sim/endpoint/library", tests)
