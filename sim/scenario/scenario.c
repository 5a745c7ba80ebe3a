/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/scenario.h"

#include "core/hash.h"
#include "sim/scenario/endpoints.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_BYTES = 63, PATH_MAX_BYTES = 4096 };

typedef struct root_draft {
    uint64_t version;
    uint64_t duration_ns;
    uint64_t seed;
    const char *name;
    const char *about;
} root_draft;

static const key_row ROOT_ROWS[] = {
    {"roam", KEY_FIELD(KEY_INTEGER, root_draft, version), .required = true, .min = 1, .max = 1,
     .about = "The version of the format", .example = "1"},
    {"name", KEY_FIELD(KEY_NAME, root_draft, name), .required = true, .max = NAME_MAX_BYTES,
     .about = "The name of the scenario", .example = "wifi-to-cellular"},
    {"about", KEY_FIELD(KEY_TEXT, root_draft, about), .about = "What the scenario shows, in a sentence",
     .example = "A laptop loses its Wi-Fi."},
    {"duration", KEY_FIELD(KEY_DURATION, root_draft, duration_ns), .required = true, .min = 1,
     .max = SCENARIO_DAY_NS, .about = "The virtual time of the run", .example = "20s"},
    {"seed", KEY_FIELD(KEY_INTEGER, root_draft, seed), .max = INT64_MAX,
     .about = "The seed of every random draw", .otherwise = "1", .example = "1"},
    {"include", KEY_OTHER, 0, 0, .about = "Files with networks, nats and params that scenarios share",
     .example = "shared.inc.yaml"},
    {"params", KEY_OTHER, 0, 0, .about = "Values by name, for ${...} in quantities",
     .example = "{rtt: 40ms}"},
    {"networks", KEY_OTHER, 0, 0, .required = true, .about = "Access networks by name: their links",
     .example = "{wifi: {delay: 8ms}}"},
    {"nats", KEY_OTHER, 0, 0, .about = "NATs by name: what they do with the networks behind them",
     .example = "{home: {pool: 203.0.113.7}}"},
    {"background", KEY_OTHER, 0, 0,
     .about = "Cross traffic that is not QUIC, on networks whose nodes share a queue or a medium",
     .example = "[]"},
    {"endpoints", KEY_OTHER, 0, 0, .about = "Adapters of other QUIC libraries by name, for nodes to run",
     .example = "{mine: {library: ./libmine.so}}"},
    {"nodes", KEY_OTHER, 0, 0, .required = true,
     .about = "Hosts by name: what they are attached to, and how their endpoints are set",
     .example = "{laptop: {networks: [wifi]}}"},
    {"balancers", KEY_OTHER, 0, 0, .about = "Services by name: servers behind one address",
     .example = "{vip: {address: 10.250.0.1, to: [s1, s2]}}"},
    {"peers", KEY_OTHER, 0, 0, .about = "Who dials whom", .example = "[laptop -> server]"},
    {"traffic", KEY_OTHER, 0, 0, .about = "What applications send", .example = "[]"},
    {"timeline", KEY_OTHER, 0, 0, .about = "What happens when: each entry has at or after, and one verb",
     .example = "[]"},
    {"expect", KEY_OTHER, 0, 0, .about = "What must hold at the end", .example = "[]"},
    {"known_fault", KEY_OTHER, 0, 0, .about = "What ought to hold, and fails because of a fault in a library",
     .example = "{reference: \"ngtcp2#2257\", expect: []}"},
    {"gate", KEY_OTHER, 0, 0, .about = "Tolerances of the regression gate", .example = "{validation: 1ms}"},
    {"vary", KEY_OTHER, 0, 0, .about = "Lists of values of dotted keys: each combination is a run of its own",
     .example = "{}"},
    {0},
};

const key_table SCENARIO_ROOT_TABLE = {ROOT_ROWS, NULL, "a scenario"};

/* In the order in which one section names what another declares. */
static const struct section_row {
    const char *name; /* NULL: what it reads is not in the file */
    void (*read)(scenario_reader *reader, const tree_node *section);
} SECTIONS[] = {
    {"nats", scenario_nats_read},
    {"networks", scenario_networks_read},
    {"background", scenario_background_read},
    {"endpoints", scenario_endpoints_read},
    {NULL, scenario_endpoints_given},
    {"nodes", scenario_nodes_read},
    {"balancers", scenario_balancers_read},
    {"peers", scenario_peers_read},
    {NULL, scenario_redials_check},
    {NULL, scenario_endpoints_assign},
    {"traffic", scenario_traffic_read},
    {"timeline", scenario_timeline_read},
    {"expect", scenario_expect_read},
    {"known_fault", scenario_known_fault_read},
    {"gate", scenario_gate_read},
};

const char *scenario_strerror(int error)
{
    switch ((scenario_error)error) {
    case SCENARIO_OK:
        return "success";
    case SCENARIO_ERR_INVALID:
        return "not a valid scenario";
    case SCENARIO_ERR_READ:
        return "the scenario file cannot be read";
    case SCENARIO_ERR_MEMORY:
        return "out of memory";
    }
    return "unknown error";
}

/* --- the file --- */

static int read_stream(scenario_reader *reader, FILE *stream, size_t limit, const char **text, size_t *bytes)
{
    size_t room = 0;
    size_t used = 0;
    char *buffer = NULL;
    int status = SCENARIO_ERR_MEMORY;
    do {
        room = room ? room * 2 : 8192;
        room = room > limit + 1 ? limit + 1 : room;
        char *const grown = realloc(buffer, room);
        if (!grown)
            goto out;
        buffer = grown;
        used += fread(buffer + used, 1, room - used, stream);
    } while (used == room && used <= limit);
    if (ferror(stream)) {
        scenario_fault(reader, (scenario_place){0}, "cannot be read: %s", strerror(errno));
        status = SCENARIO_ERR_READ;
        goto out;
    }
    if (used > limit) {
        scenario_fault(reader, (scenario_place){.line = 1, .column = 1},
                       "larger than %zu bytes: not a scenario", limit);
        status = SCENARIO_ERR_INVALID;
        goto out;
    }
    *text = scenario_arena_text(reader->arena, buffer, used);
    *bytes = used;
    status = *text ? SCENARIO_OK : SCENARIO_ERR_MEMORY;
out:
    free(buffer);
    return status;
}

/* Only a regular file: a FIFO without a writer, or a device, may never end. A file that the caller has open
 * already, such as standard input, may be of any kind. NULL with errno set. */
static FILE *open_file(const char *path)
{
    static const char *const OPEN[] = {"/dev/stdin", "/dev/fd/", "/proc/self/fd/"};
    struct stat about;
    bool is_open = false;
    assert(path);
    for (size_t i = 0; i < sizeof(OPEN) / sizeof(OPEN[0]); i++)
        is_open = is_open || strncmp(path, OPEN[i], strlen(OPEN[i])) == 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | (is_open ? 0 : O_NONBLOCK));
    FILE *stream = NULL;
    if (fd >= 0 && fstat(fd, &about) == 0) {
        if (is_open || S_ISREG(about.st_mode) || S_ISDIR(about.st_mode))
            stream = fdopen(fd, "rb");
        else
            errno = ENOTSUP;
    }
    if (fd >= 0 && !stream) {
        const int why = errno;
        close(fd);
        errno = why;
    }
    return stream;
}

static int read_source(scenario_reader *reader, const char **text, size_t *bytes)
{
    const scenario_source *const source = reader->source;
    const size_t limit = source->file_bytes_max ? source->file_bytes_max : SCENARIO_FILE_BYTES_MAX;
    if (source->text) {
        if (source->text_bytes > limit) {
            scenario_fault(reader, (scenario_place){.line = 1, .column = 1},
                           "larger than %zu bytes: not a scenario", limit);
            return SCENARIO_ERR_INVALID;
        }
        *text = scenario_arena_text(reader->arena, source->text, source->text_bytes);
        *bytes = source->text_bytes;
        return *text ? SCENARIO_OK : SCENARIO_ERR_MEMORY;
    }
    assert(source->path);
    const bool given = strcmp(source->path, SCENARIO_STANDARD_INPUT) == 0;
    FILE *const stream = given ? stdin : open_file(source->path);
    if (!stream) {
        scenario_fault(reader, (scenario_place){0}, "cannot be read: %s",
                       errno == ENOTSUP ? "not a file" : strerror(errno));
        return SCENARIO_ERR_READ;
    }
    const int status = read_stream(reader, stream, limit, text, bytes);
    if (!given)
        fclose(stream);
    return status;
}

/* Which order of keys counts. */
typedef enum key_order {
    ORDER_WRITTEN, /* every one */
    ORDER_OF_NAMES /* that of the names in a section alone */
} key_order;

enum { DEPTH_OF_NAMES = 1 }; /* the root is 0, a section 1 */

/* Of what an entry of the file says: how it is written, comments, and the sections in SILENT are no part of
 * it. */
static uint64_t hash_tree(uint64_t hash, const tree_node *node, key_order order, int depth)
{
    const uint32_t kind = (uint32_t)node->kind;
    const bool mixed = order == ORDER_OF_NAMES && node->kind == TREE_MAP && depth != DEPTH_OF_NAMES;
    uint64_t sum = 0;
    hash = core_hash_bytes(hash, &kind, sizeof(kind));
    if (node->key) /* the terminating zero keeps "a", "b" apart from "ab" */
        hash = core_hash_bytes(hash, node->key, strlen(node->key) + 1);
    if (node->text)
        hash = core_hash_bytes(hash, node->text, strlen(node->text) + 1);
    for (const tree_node *child = node->first; child; child = child->next)
        if (mixed) /* a sum has no order */
            sum += core_hash_finish(hash_tree(CORE_HASH_START, child, order, depth + 1));
        else
            hash = hash_tree(hash, child, order, depth + 1);
    if (mixed)
        hash = core_hash_bytes(hash, &sum, sizeof(sum));
    return core_hash_bytes(hash, "", 1);
}

static bool is_silent(const tree_node *section)
{
    static const char *const SILENT[] = {"about", "gate"};
    for (size_t i = 0; section->key && i < sizeof(SILENT) / sizeof(SILENT[0]); i++)
        if (strcmp(section->key, SILENT[i]) == 0)
            return true;
    return false;
}

static uint64_t digest(const scenario_source *source, const tree_node *root, key_order order)
{
    uint64_t hash = CORE_HASH_START;
    uint64_t sum = 0;
    for (const tree_node *child = root->first; child; child = child->next) {
        if (is_silent(child))
            continue;
        if (order == ORDER_WRITTEN)
            hash = hash_tree(hash, child, order, 1);
        else
            sum += core_hash_finish(hash_tree(CORE_HASH_START, child, order, 1));
    }
    if (order != ORDER_WRITTEN)
        hash = core_hash_bytes(hash, &sum, sizeof(sum));
    for (size_t i = 0; i < source->override_count; i++) {
        hash = core_hash_bytes(hash, "", 1);
        hash = core_hash_bytes(hash, source->overrides[i], strlen(source->overrides[i]));
    }
    return hash;
}

void scenario_keep_text(scenario_reader *reader, const char *name, const char *text, size_t bytes)
{
    const scenario_text **end = &reader->scenario->texts;
    while (*end && strcmp((*end)->name, name) != 0)
        end = (const scenario_text **)&(*end)->next;
    scenario_text *const kept = *end ? NULL : scenario_arena_alloc(reader->arena, 1, sizeof(*kept));
    if (kept) {
        *kept = (scenario_text){.name = name, .text = text, .bytes = bytes};
        *end = kept;
    }
}

const char *scenario_find_file(scenario_reader *reader, const tree_node *value)
{
    const char *const from = reader->source->path;
    const char *const slash = from ? strrchr(from, '/') : NULL;
    if (value->text[0] != '/' && !from) {
        scenario_fault(reader, value->place,
                       "'%.200s' begins where the scenario's file is, but this one is not read from a file",
                       value->text);
        return NULL;
    }
    const int folder = value->text[0] == '/' || !slash ? 0 : (int)(slash - from + 1);
    const size_t room = (size_t)folder + strlen(value->text) + 1;
    if (room > PATH_MAX_BYTES) {
        scenario_fault(reader, value->place, "the name of the file is too long");
        return NULL;
    }
    char *const path = scenario_arena_alloc(reader->arena, room, 1);
    if (path)
        (void)snprintf(path, room, "%.*s%s", folder, folder > 0 ? from : "", value->text);
    return path;
}

/* --- the tree --- */

static void read_root(scenario_reader *reader, tree_node *root)
{
    scenario *const whole = reader->scenario;
    root_draft draft = {.seed = 1, .about = "", .name = ""};
    if (!scenario_read_kind(reader, root, TREE_MAP, "a scenario", "roam: 1"))
        return;
    reader->root = root;
    scenario_include_read(reader, root);
    whole->digest = digest(reader->source, root, ORDER_WRITTEN);
    whole->meaning = digest(reader->source, root, ORDER_OF_NAMES);
    scenario_override_apply(reader, root);
    if (!scenario_params_expand(reader, root))
        return;
    whole->written = root;
    scenario_read_map(reader, root, (key_table){ROOT_ROWS, NULL, "a scenario"}, &draft);
    whole->name = draft.name;
    whole->about = draft.about;
    whole->duration_ns = draft.duration_ns;
    whole->seed = draft.seed;
    for (size_t i = 0; i < sizeof(SECTIONS) / sizeof(SECTIONS[0]); i++) {
        const char *const name = SECTIONS[i].name;
        const tree_node *const section = name ? tree_get(root, name) : NULL;
        if (section || !name)
            SECTIONS[i].read(reader, section);
    }
    scenario_order_check(reader);
    const tree_node *const vary = tree_get(root, "vary");
    if (vary && !reader->source->one_combination)
        scenario_vary_read(reader, root, vary);
}

static int read_all(scenario_reader *reader)
{
    const char *text = NULL;
    size_t bytes = 0;
    const int status = read_source(reader, &text, &bytes);
    if (status != SCENARIO_OK)
        return status;
    reader->text = text;
    reader->text_bytes = bytes;
    scenario_keep_text(reader, "", text, bytes);
    tree_node *const root = scenario_yaml_parse(reader, text, bytes, (scenario_place){0});
    if (root)
        read_root(reader, root);
    if (scenario_arena_failed(reader->arena) || (!root && reader->diagnostics->total == 0))
        return SCENARIO_ERR_MEMORY;
    return reader->diagnostics->total ? SCENARIO_ERR_INVALID : SCENARIO_OK;
}

int scenario_load(const scenario_source *source, scenario **out, scenario_diagnostics *diagnostics)
{
    int status = SCENARIO_ERR_MEMORY;
    scenario_diagnostics_fini(diagnostics);
    scenario_arena *arena = scenario_arena_new();
    scenario *const loaded = arena ? scenario_arena_alloc(arena, 1, sizeof(*loaded)) : NULL;
    const char *const name = source->name ? source->name : source->path ? source->path : "scenario";
    char *const file = loaded ? scenario_arena_text(arena, name, strlen(name)) : NULL;
    if (!file)
        goto out;
    *loaded = (scenario){.file = file, .gate = SCENARIO_GATE_DEFAULT, .arena = arena};
    scenario_reader reader = {
        .scenario = loaded, .arena = arena, .source = source, .diagnostics = diagnostics, .file = file};
    status = read_all(&reader);
    if (status == SCENARIO_OK) {
        *out = loaded;
        arena = NULL;
    }
out:
    scenario_arena_free(arena);
    return status;
}

void scenario_free(scenario *whole)
{
    if (whole)
        scenario_arena_free(whole->arena);
}

/* --- look-ups --- */

uint32_t scenario_network_index(const scenario *whole, const char *name)
{
    for (uint32_t i = 0; i < whole->network_count; i++)
        if (strcmp(whole->networks[i].name, name) == 0)
            return i;
    return SCENARIO_NONE;
}

uint32_t scenario_nat_index(const scenario *whole, const char *name)
{
    for (uint32_t i = 0; i < whole->nat_count; i++)
        if (strcmp(whole->nats[i].name, name) == 0)
            return i;
    return SCENARIO_NONE;
}

bool scenario_is_behind(const scenario *whole, uint32_t network, uint32_t index)
{
    uint32_t at = whole->networks[network].nat;
    while (at != SCENARIO_NONE && at != index)
        at = whole->nats[at].behind;
    return at != SCENARIO_NONE && at == index;
}
