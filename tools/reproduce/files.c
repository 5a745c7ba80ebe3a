/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reproduce/files.h"

#include "tools/cli/command.h"
#include "tools/cli/text_file.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int broken(const char *path, const char *why, int status)
{
    (void)fprintf(stderr, "roam reproduce: %s: %s\n", path, why);
    return status;
}

/* The directories above a file. */
static bool make_directories(const char *path)
{
    char part[REPRODUCE_PATH_MAX];
    (void)snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return true;
}

/* Nothing is overwritten: an earlier reproduction left the same bytes; any other file belongs to the user. */
static int write_file(const char *path, const char *text)
{
    char *const before = text_file_read(path);
    const int why = errno;
    const bool same = before && strcmp(before, text) == 0;
    free(before);
    if (same)
        return COMMAND_OK;
    if (before || why != ENOENT)
        return broken(path, before ? "is there, with another text" : strerror(why), COMMAND_USAGE);
    if (!make_directories(path))
        return broken(path, strerror(errno), COMMAND_BROKEN);
    FILE *const file = fopen(path, "wbx");
    if (!file)
        return broken(path, strerror(errno), COMMAND_BROKEN);
    const bool written = fputs(text, file) >= 0;
    return fclose(file) == 0 && written ? COMMAND_OK : broken(path, strerror(errno), COMMAND_BROKEN);
}

/* A file with an absolute name cannot be put elsewhere: it has to be there, as it was. */
static int check_file(const char *path, const char *text)
{
    char *const now = text_file_read(path);
    const bool same = now && strcmp(now, text) == 0;
    free(now);
    return same ? COMMAND_OK
                : broken(path, "the scenario names this file, which has another text now or none",
                         COMMAND_USAGE);
}

/* How many directories up a name begins: of "../../x" 2. */
static size_t ups(const char *name)
{
    size_t count = 0;
    for (; strncmp(name, "../", 3) == 0; name += 3)
        count++;
    return count;
}

typedef struct place {
    const char *dir;
    const char *scenario;
    size_t depth; /* the scenario stands so many directories below dir, as it names files above its own */
} place;

static int write_one(const place *at, const char *name, const char *text, char *path)
{
    char where[REPRODUCE_PATH_MAX];
    const bool own = name[0] == '\0';
    const size_t up = ups(name);
    if (name[0] == '/')
        return check_file(name, text);
    if (strstr(name + 3 * up, "../"))
        return broken(name, "a name that goes up after it went down", COMMAND_USAGE);
    int length = snprintf(where, sizeof where, "%s", at->dir);
    for (size_t i = up; i < at->depth && length > 0 && (size_t)length < sizeof where; i++)
        length += snprintf(where + length, sizeof where - (size_t)length, "/below");
    if (length > 0 && (size_t)length < sizeof where)
        length += snprintf(where + length, sizeof where - (size_t)length, "/%s%s",
                           own ? at->scenario : name + 3 * up, own ? ".yaml" : "");
    if (length < 0 || (size_t)length >= sizeof where)
        return broken(at->dir, strerror(ENAMETOOLONG), COMMAND_USAGE);
    if (own)
        (void)snprintf(path, REPRODUCE_PATH_MAX, "%s", where);
    return write_file(where, text);
}

int reproduce_write(store *from, const char *scenario, const char *digest, const char *dir, char *path)
{
    static const char SQL[] = "SELECT s.name, t.text FROM sources s JOIN texts t ON t.digest = s.text"
                              " WHERE s.scenario = ? AND s.digest = ? ORDER BY s.name";
    sqlite3_stmt *row = NULL;
    place at = {dir, scenario, 0};
    int status = COMMAND_OK;
    path[0] = '\0';
    /* A store of before has no such tables. */
    if (sqlite3_prepare_v2(store_database(from), SQL, -1, &row, NULL) == SQLITE_OK) {
        (void)sqlite3_bind_text(row, 1, scenario, -1, SQLITE_STATIC);
        (void)sqlite3_bind_text(row, 2, digest, -1, SQLITE_STATIC);
        while (sqlite3_step(row) == SQLITE_ROW) {
            const size_t up = ups((const char *)sqlite3_column_text(row, 0));
            at.depth = up > at.depth ? up : at.depth;
        }
        (void)sqlite3_reset(row);
        while (status == COMMAND_OK && sqlite3_step(row) == SQLITE_ROW)
            status = write_one(&at, (const char *)sqlite3_column_text(row, 0),
                               (const char *)sqlite3_column_text(row, 1), path);
    }
    (void)sqlite3_finalize(row);
    if (status == COMMAND_OK && path[0] == '\0')
        return broken(scenario, "the store does not have its text: it was made by an earlier roam",
                      COMMAND_USAGE);
    return status;
}
