/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/store/provenance.h"

#include "core/hash.h"
#include "tools/cli/build_id.h"
#include "tools/store/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

enum { DIGEST_SIZE = 33 };

/* 128 bits of a hash for which attacks are of no concern. */
static void digest_of(const char *text, char digest[DIGEST_SIZE])
{
    const uint64_t one = store_hash(CORE_HASH_START, text);
    const uint64_t other = store_hash(one ^ strlen(text), text);
    (void)snprintf(digest, DIGEST_SIZE, "%016llx%016llx", (unsigned long long)one, (unsigned long long)other);
}

size_t store_facts(store_fact facts[STORE_FACTS_MAX])
{
    const store_fact all[] = {
        {"compiler", BUILD_COMPILER}, {"flags", BUILD_FLAGS}, {"libraries", BUILD_LIBRARIES}};
    memcpy(facts, all, sizeof all);
    return sizeof all / sizeof *all;
}

/* ---- the machine ---- */

/* "model name : X" of the first processor. */
static void read_cpu(char *out)
{
    static const char NAME[] = "model name";
    char line[STORE_MACHINE_MAX];
    FILE *const file = fopen("/proc/cpuinfo", "r");
    out[0] = '\0';
    while (file && fgets(line, sizeof line, file)) {
        const char *const colon = strchr(line, ':');
        if (colon && strncmp(line, NAME, sizeof NAME - 1) == 0) {
            const char *const value = colon + 1 + strspn(colon + 1, " ");
            (void)snprintf(out, STORE_MACHINE_MAX, "%.*s", (int)strcspn(value, "\n"), value);
            break;
        }
    }
    if (file)
        (void)fclose(file);
}

void store_machine_read(store_machine *out)
{
    struct utsname name;
    read_cpu(out->cpu);
    out->uname[0] = '\0';
    if (uname(&name) == 0)
        (void)snprintf(out->uname, sizeof out->uname, "%s %s %s %s", name.sysname, name.release, name.version,
                       name.machine);
}

/* ---- writing ---- */

/* Runs an INSERT with a number, unless it is 0, and texts. */
static int insert(store *self, const char *sql, int64_t number, const char *const *texts, int count)
{
    sqlite3_stmt *row = NULL;
    int status = store_prepare(self, sql, &row);
    int at = 1;
    bool bound = !status;
    if (bound && number)
        bound = sqlite3_bind_int64(row, at++, number) == SQLITE_OK;
    for (int i = 0; bound && i < count; i++)
        bound = sqlite3_bind_text(row, at++, texts[i], -1, SQLITE_STATIC) == SQLITE_OK;
    if (!status)
        status = bound ? store_step(self, row) : store_fail_sqlite(self, "writing");
    (void)sqlite3_finalize(row);
    return status;
}

static int add_text(store *self, const char *text, char digest[DIGEST_SIZE])
{
    digest_of(text, digest);
    return insert(self, "INSERT OR IGNORE INTO texts (digest, text) VALUES (?, ?)", 0,
                  (const char *[]){digest, text}, 2);
}

static int add_fact(store *self, int64_t build, const char *name, const char *value)
{
    return insert(self, "INSERT OR IGNORE INTO build_facts (build, fact, value) VALUES (?, ?, ?)", build,
                  (const char *[]){name, value}, 2);
}

int store_add_provenance(store *self, int64_t build)
{
    store_fact facts[STORE_FACTS_MAX];
    const size_t count = store_facts(facts);
    store_machine machine;
    int status = store_execute(self, STORE_PROVENANCE_SCHEMA, "writing");
    for (size_t i = 0; !status && i < count; i++)
        status = add_fact(self, build, facts[i].name, facts[i].value);
    if (!status && BUILD_DIFF[0]) {
        char digest[DIGEST_SIZE];
        status = add_text(self, BUILD_DIFF, digest);
        if (!status)
            status = add_fact(self, build, "diff", digest);
    }
    store_machine_read(&machine);
    if (!status)
        status = insert(self, "INSERT OR IGNORE INTO machines (build, cpu, uname) VALUES (?, ?, ?)", build,
                        (const char *[]){machine.cpu, machine.uname}, 2);
    return status;
}

int store_add_texts(store *self, const scenario *whole, const char *digest)
{
    int status = STORE_OK;
    for (const scenario_text *at = whole->texts; !status && at; at = at->next) {
        char text[DIGEST_SIZE];
        status = add_text(self, at->text, text);
        if (!status)
            status = insert(
                self, "INSERT OR IGNORE INTO sources (scenario, digest, name, text) VALUES (?, ?, ?, ?)", 0,
                (const char *[]){whole->name, digest, at->name, text}, 4);
    }
    return status;
}
