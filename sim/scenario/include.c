/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `include`: networks, NATs and parameters that scenarios share, from files below the scenario's own folder.
 */
#include "sim/scenario/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 16, DEPTH_MAX = 4, PATH_BYTES_MAX = 512 };

#define SUFFIX ".inc.yaml"

static const char *const SECTIONS[] = {"params", "nats", "networks"};

enum { SECTION_COUNT = sizeof(SECTIONS) / sizeof(SECTIONS[0]) };

typedef struct includer {
    scenario_reader *reader;
    tree_node *root;
    size_t bytes_left;              /* of all files together */
    tree_node found[SECTION_COUNT]; /* what they have, in order */
} includer;

/* ---- paths ---- */

static bool refuse(scenario_reader *reader, const tree_node *value, const char *why)
{
    scenario_fault(reader, value->place, "include: '%.200s' %s", value->text, why);
    return false;
}

/* Each part is a name, so that none leads up or away. */
static bool check_path(scenario_reader *reader, const tree_node *value)
{
    const char *const path = value->text;
    const size_t length = strlen(path);
    const size_t end = strlen(SUFFIX);
    if (length > PATH_BYTES_MAX)
        return refuse(reader, value, "is too long");
    for (const char *part = path;; part = strchr(part, '/') + 1) {
        const size_t bytes = strcspn(part, "/");
        if (bytes == 0 || (part[0] == '.' && bytes <= strspn(part, ".")))
            return refuse(reader, value, "leads out: write a path below the scenario's folder, without '..'");
        if (part[bytes] == '\0')
            break;
    }
    if (length <= end || strcmp(path + length - end, SUFFIX) != 0)
        return refuse(reader, value, "is not called NAME" SUFFIX ", which keeps it apart from scenarios");
    return true;
}

/* Opens a name in a folder, and closes the folder. No symbolic link is followed. -1 with errno set. */
static int step(int folder, const char *name, bool last)
{
    struct stat about;
    int fd = -1;
    if (fstatat(folder, name, &about, AT_SYMLINK_NOFOLLOW) == 0) {
        if (S_ISLNK(about.st_mode))
            errno = ELOOP;
        else if (last && !S_ISREG(about.st_mode))
            errno = ENOTSUP;
        else
            fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (last ? O_NONBLOCK : O_DIRECTORY));
    }
    const int why = errno;
    (void)close(folder);
    errno = why;
    return fd;
}

/* The file of that path, from the scenario's folder. -1 with errno set. */
static int open_below(const char *from, const char *path)
{
    char name[PATH_BYTES_MAX + 1];
    char folder[PATH_BYTES_MAX * 8] = ".";
    const char *const slash = from ? strrchr(from, '/') : NULL;
    if (slash && (size_t)(slash - from) + 2 > sizeof folder) {
        errno = ENAMETOOLONG;
        return -1;
    }
    if (slash)
        (void)snprintf(folder, sizeof folder, "%.*s/", (int)(slash - from), from);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (fd >= 0 && *path) {
        const size_t bytes = strcspn(path, "/");
        (void)snprintf(name, sizeof name, "%.*s", (int)bytes, path);
        path += bytes + (path[bytes] == '/');
        fd = step(fd, name, *path == '\0');
    }
    return fd;
}

/* ---- one file ---- */

static bool read_file(includer *self, const tree_node *value, const char *path, const char **text,
                      size_t *bytes)
{
    scenario_reader *const reader = self->reader;
    const int fd = open_below(reader->source->path, path);
    FILE *const stream = fd >= 0 ? fdopen(fd, "rb") : NULL;
    if (!stream) {
        const int why = errno;
        if (fd >= 0)
            (void)close(fd);
        scenario_fault(reader, value->place, "include: '%.200s' cannot be read: %s", path,
                       why == ELOOP     ? "a symbolic link is not followed"
                       : why == ENOTSUP ? "not a file"
                                        : strerror(why));
        return false;
    }
    char *const buffer = malloc(self->bytes_left + 1);
    const size_t used = buffer ? fread(buffer, 1, self->bytes_left + 1, stream) : 0;
    const bool fits = !ferror(stream) && used <= self->bytes_left;
    (void)fclose(stream);
    if (!fits) {
        scenario_fault(reader, value->place,
                       "include: '%.200s' cannot be read, or makes more than %d bytes of all files", path,
                       SCENARIO_FILE_BYTES_MAX);
    }
    *text = buffer && fits ? scenario_arena_text(reader->arena, buffer, used) : NULL;
    *bytes = used;
    self->bytes_left -= fits ? used : 0;
    free(buffer);
    return *text != NULL;
}

static void take_section(includer *self, size_t index, tree_node *section)
{
    scenario_reader *const reader = self->reader;
    const tree_node *const own = tree_get(self->root, SECTIONS[index]);
    if (!scenario_read_kind(reader, section, TREE_MAP, SECTIONS[index], "{wifi: {delay: 8ms}}"))
        return;
    for (tree_node *child = section->first, *next; child; child = next) {
        const tree_node *earlier = own && own->kind == TREE_MAP ? tree_get(own, child->key) : NULL;
        earlier = earlier ? earlier : tree_get(&self->found[index], child->key);
        next = child->next;
        if (earlier)
            scenario_fault(reader, child->key_place, "'%.60s' is one of the %s already: %.200s:%u",
                           child->key, SECTIONS[index], scenario_place_file(reader, earlier->key_place),
                           earlier->key_place.line);
        else
            tree_append(&self->found[index], child);
    }
}

static void include_all(includer *self, const tree_node *value, const char *folder, int depth);

/* folder: of the file, from the scenario's, with a slash at its end; or "". */
static void take_file(includer *self, tree_node *root, const char *folder, int depth)
{
    scenario_reader *const reader = self->reader;
    if (!scenario_read_kind(reader, root, TREE_MAP, "networks, nats and params", "networks: {}"))
        return;
    for (tree_node *section = root->first, *next; section; section = next) {
        size_t index = 0;
        next = section->next;
        while (index < SECTION_COUNT && strcmp(section->key, SECTIONS[index]) != 0)
            index++;
        if (index < SECTION_COUNT)
            take_section(self, index, section);
        else if (strcmp(section->key, "include") == 0)
            include_all(self, section, folder, depth + 1);
        else if (strcmp(section->key, "about") != 0)
            scenario_fault(
                reader, section->key_place,
                "'%.60s' is nothing to include: a file that is included has params, nats, networks, "
                "include and about",
                section->key);
    }
}

/* True when it is the first time. */
static bool is_new(scenario_reader *reader, const tree_node *value, const char *path)
{
    for (size_t i = 0; i < reader->included_count; i++) {
        if (strcmp(reader->included[i].path, path) != 0)
            continue;
        scenario_fault(reader, value->place, "include: '%.200s' is included already: %.200s:%u", path,
                       scenario_place_file(reader, reader->included[i].by), reader->included[i].by.line);
        return false;
    }
    if (reader->included_count == FILES_MAX) {
        scenario_fault(reader, value->place, "include: more than %d files", FILES_MAX);
        return false;
    }
    return true;
}

/* The name by which diagnostics call it: with the scenario's folder before it. */
static const char *shown(scenario_reader *reader, const char *path)
{
    const char *const slash = strrchr(reader->file, '/');
    const size_t folder = slash ? (size_t)(slash - reader->file) + 1 : 0;
    char *const name = scenario_arena_alloc(reader->arena, folder + strlen(path) + 1, 1);
    if (name)
        (void)snprintf(name, folder + strlen(path) + 1, "%.*s%s", (int)folder, reader->file, path);
    return name;
}

static void include_one(includer *self, const tree_node *value, const char *folder, int depth)
{
    scenario_reader *const reader = self->reader;
    const char *text = NULL;
    size_t bytes = 0;
    if (!scenario_read_kind(reader, value, TREE_SCALAR, "a file", "shared" SUFFIX) ||
        !check_path(reader, value))
        return;
    if (!reader->source->path) {
        (void)refuse(reader, value,
                     "begins where the scenario's file is, but this one is not read from a file");
        return;
    }
    char *const path = scenario_arena_alloc(reader->arena, strlen(folder) + strlen(value->text) + 1, 1);
    if (!path)
        return;
    (void)snprintf(path, strlen(folder) + strlen(value->text) + 1, "%s%s", folder, value->text);
    if (depth > DEPTH_MAX)
        scenario_fault(reader, value->place, "include: files include each other more than %d deep",
                       DEPTH_MAX);
    if (depth > DEPTH_MAX || !is_new(reader, value, path) || !read_file(self, value, path, &text, &bytes))
        return;
    reader->included[reader->included_count++] =
        (scenario_included){.path = path, .file = shown(reader, path), .by = value->place};
    scenario_keep_text(reader, path, text, bytes);
    const scenario_place origin = {.file = (uint32_t)reader->included_count};
    tree_node *const root = scenario_yaml_parse(reader, text, bytes, origin);
    char *const inner = scenario_arena_text(reader->arena, path, strlen(path));
    if (root && inner) {
        char *const slash = strrchr(inner, '/');
        inner[slash ? slash - inner + 1 : 0] = '\0';
        take_file(self, root, inner, depth);
    }
}

static void include_all(includer *self, const tree_node *value, const char *folder, int depth)
{
    if (value->kind != TREE_LIST)
        include_one(self, value, folder, depth);
    for (const tree_node *item = value->kind == TREE_LIST ? value->first : NULL; item; item = item->next)
        include_one(self, item, folder, depth);
}

/* ---- into the scenario ---- */

/* What is included comes first. */
static void put_first(includer *self, size_t index, const tree_node *include)
{
    scenario_reader *const reader = self->reader;
    tree_node *const found = &self->found[index];
    tree_node *own = (tree_node *)tree_get(self->root, SECTIONS[index]);
    if (!found->first || (own && own->kind != TREE_MAP))
        return;
    if (!own) {
        if (!(own = scenario_arena_alloc(reader->arena, 1, sizeof(*own))))
            return;
        *own = (tree_node){.kind = TREE_MAP,
                           .place = include->place,
                           .key = SECTIONS[index],
                           .key_place = include->key_place,
                           .key_hash = tree_hash(SECTIONS[index])};
        tree_append(self->root, own);
    }
    found->last->next = own->first;
    own->last = own->last ? own->last : found->last;
    own->first = found->first;
    own->count += found->count;
}

void scenario_include_read(scenario_reader *reader, tree_node *root)
{
    const tree_node *const include = tree_get(root, "include");
    includer self = {.reader = reader, .root = root, .bytes_left = SCENARIO_FILE_BYTES_MAX};
    if (!include)
        return;
    for (size_t i = 0; i < SECTION_COUNT; i++)
        self.found[i].kind = TREE_MAP;
    reader->included = scenario_arena_alloc(reader->arena, FILES_MAX, sizeof(*reader->included));
    if (!reader->included)
        return;
    include_all(&self, include, "", 1);
    for (size_t i = 0; i < SECTION_COUNT; i++)
        put_first(&self, i, include);
}
