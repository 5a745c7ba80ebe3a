/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/cli/text_file.h"
#include "tools/watch/model.h"
#include "tools/watch/screen.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

/* As roam run wrote them, but for the NAT and what is left out. */
static const char *const LINES[] = {
    "{\"at_ns\":0,\"event\":\"run\",\"scenario\":\"away\",\"seed\":7}",
    "{\"at_ns\":0,\"event\":\"topology\",\"nodes\":[{\"node\":\"laptop\"},{\"node\":\"server\",\"listen\":"
    "4433}],"
    "\"networks\":[{\"network\":\"wifi\",\"nat\":\"home\"},{\"network\":\"cellular\"},{\"network\":\"wired\"}"
    "],"
    "\"nats\":[{\"nat\":\"home\"}]}",
    "{\"at_ns\":0,\"event\":\"address_attached\",\"node\":\"laptop\",\"network\":\"wifi\","
    "\"address\":\"10.1.0.1:0\"}",
    "{\"at_ns\":0,\"event\":\"address_attached\",\"node\":\"server\",\"network\":\"wired\","
    "\"address\":\"10.3.0.1:0\"}",
    "{\"at_ns\":27618912,\"event\":\"peer_up\",\"node\":\"server\",\"peer\":\"laptop\"}",
    "{\"at_ns\":36935664,\"event\":\"peer_up\",\"node\":\"laptop\",\"peer\":\"server\"}",
    "{\"at_ns\":5000000000,\"event\":\"timeline\",\"verb\":\"detach\",\"node\":\"laptop\",\"network\":"
    "\"wifi\"}",
    "{\"at_ns\":5000000000,\"event\":\"address_detached\",\"node\":\"laptop\",\"network\":\"wifi\","
    "\"address\":\"10.1.0.1:0\"}",
    "{\"at_ns\":5008622640,\"event\":\"drop\",\"reason\":\"detached\",\"node\":\"server\",\"network\":"
    "\"wired\","
    "\"direction\":\"up\",\"bytes\":466}",
    "{\"at_ns\":5009335949,\"event\":\"drop\",\"reason\":\"detached\",\"node\":\"server\",\"network\":"
    "\"wired\","
    "\"direction\":\"up\",\"bytes\":65}",
    "{\"at_ns\":5200000000,\"event\":\"timeline\",\"verb\":\"migrate\",\"node\":\"laptop\",\"to\":\"server\","
    "\"network\":\"cellular\"}",
    "{\"at_ns\":5200000000,\"event\":\"address_attached\",\"node\":\"laptop\",\"network\":\"cellular\","
    "\"address\":\"10.2.0.1:0\"}",
    "{\"at_ns\":5200000000,\"event\":\"migration_requested\",\"call\":0,\"node\":\"laptop\",\"to\":"
    "\"server\","
    "\"local\":\"10.2.0.1:0\"}",
    "{\"at_ns\":5200000000,\"event\":\"challenge_sent\",\"call\":0,\"local\":\"10.2.0.1:49153\"}",
    "{\"at_ns\":5273002048,\"event\":\"migration_done\",\"call\":0,\"result\":\"ok\",\"local\":\"10.2.0.1:"
    "49153\"}",
    "{\"at_ns\":6000000000,\"event\":\"migration_requested\",\"call\":1,\"node\":\"server\",\"to\":"
    "\"laptop\"}",
    "{\"at_ns\":7000000000,\"event\":\"migration_done\",\"call\":1,\"result\":\"timeout\"}",
    "{\"at_ns\":8000000000,\"event\":\"peer_down\",\"node\":\"laptop\",\"peer\":\"server\",\"reason\":"
    "\"idle\"}",
};

enum { LINE_COUNT = sizeof LINES / sizeof LINES[0] };

static json_t *line_at(size_t index)
{
    json_t *const line = json_loads(LINES[index], 0, NULL);
    CU_ASSERT_FATAL(line != NULL);
    return line;
}

static roam_addr ipv4(uint8_t first, uint8_t second, uint8_t last, uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {first, second, 0, last}};
}

/* All that has happened by then, the rest of the timeline to come. */
static void feed(watch_model *model, uint64_t until_ns)
{
    CU_ASSERT_FATAL(watch_model_init(model));
    model->end_ns = UINT64_C(10000000000);
    for (size_t i = 0; i < LINE_COUNT; i++) {
        json_t *const line = line_at(i);
        if (strcmp(json_string_value(json_object_get(line, "event")), "timeline") == 0)
            watch_model_coming(model, (uint64_t)json_integer_value(json_object_get(line, "at_ns")), line);
        json_decref(line);
    }
    for (size_t i = 0; i < LINE_COUNT; i++) {
        json_t *const line = line_at(i);
        if ((uint64_t)json_integer_value(json_object_get(line, "at_ns")) <= until_ns)
            watch_model_line(model, line);
        json_decref(line);
    }
    CU_ASSERT(!model->no_memory);
}

/* What the two ends have at some times. */
static void test_states(void)
{
    static const struct {
        uint64_t until_ns;
        watch_path_state laptop, server;
        bool up;
        size_t coming, addresses;
        uint64_t drops;
        const char *last;
        uint64_t count;
    } cases[] = {
        {1000000000, WATCH_PATH_NONE, WATCH_PATH_NONE, true, 2, 1, 0, "peer_up laptop peer server", 1},
        {5100000000, WATCH_PATH_NONE, WATCH_PATH_NONE, true, 1, 0, 2, "drop detached server wired up", 2},
        {5250000000, WATCH_PATH_VALIDATING, WATCH_PATH_NONE, true, 0, 1, 2,
         "challenge_sent call 0 local 10.2.0.1:49153", 1},
        {6500000000, WATCH_PATH_VALIDATED, WATCH_PATH_VALIDATING, true, 0, 1, 2,
         "migration_requested call 1 server to laptop", 1},
        {7500000000, WATCH_PATH_VALIDATED, WATCH_PATH_FAILED, true, 0, 1, 2,
         "migration_done call 1 result timeout", 1},
        {9000000000, WATCH_PATH_NONE, WATCH_PATH_FAILED, false, 0, 1, 2, "peer_down laptop peer server idle",
         1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        watch_model model;
        feed(&model, cases[i].until_ns);
        const watch_end *const laptop = watch_model_end(&model, "laptop", "server");
        const watch_end *const server = watch_model_end(&model, "server", "laptop");
        const watch_entry *const last = watch_model_log(&model, 0);
        CU_ASSERT_FATAL(laptop && server && last);
        CHECK(laptop->state, cases[i].laptop, "laptop->state of case %zu", i);
        CHECK(server->state, cases[i].server, "server->state of case %zu", i);
        CHECK(laptop->up, cases[i].up, "laptop->up of case %zu", i);
        CHECK(model.coming_count - model.coming_first, cases[i].coming,
              "model.coming_count - model.coming_first of case %zu", i);
        CHECK(model.nodes[0].address_count, cases[i].addresses, "model.nodes[0].address_count of case %zu",
              i);
        CHECK(model.drops, cases[i].drops, "model.drops of case %zu", i);
        CHECK_STRING(last->text, cases[i].last);
        CHECK(last->count, cases[i].count, "last->count of case %zu", i);
        watch_model_fini(&model);
    }
}

/* Calls that others supersede, join or survive: what the end has, and how many calls are open, after each
 * line. */
static void test_calls(void)
{
    static const struct {
        const char *line;
        watch_path_state state;
        uint32_t open;
        bool up;
        size_t paths;
    } STEPS[] = {
        {"{\"event\":\"peer_up\",\"node\":\"laptop\",\"peer\":\"server\"}", WATCH_PATH_NONE, 0, true, 0},
        {"{\"event\":\"migration_requested\",\"call\":5,\"node\":\"laptop\",\"to\":\"server\"}",
         WATCH_PATH_VALIDATING, 1, true, 0},
        {"{\"event\":\"challenge_sent\",\"call\":5,\"local\":\"10.2.0.1:1\"}", WATCH_PATH_VALIDATING, 1, true,
         1},
        {"{\"event\":\"migration_requested\",\"call\":6,\"node\":\"laptop\",\"to\":\"server\"}",
         WATCH_PATH_VALIDATING, 2, true, 1},
        {"{\"event\":\"migration_done\",\"call\":5,\"result\":\"superseded\",\"local\":\"10.2.0.1:1\"}",
         WATCH_PATH_VALIDATING, 1, true, 1},
        {"{\"event\":\"migration_done\",\"call\":5,\"result\":\"ok\"}", WATCH_PATH_VALIDATING, 1, true, 1},
        {"{\"event\":\"migration_done\",\"call\":6,\"result\":\"ok\",\"local\":\"10.3.0.1:1\"}",
         WATCH_PATH_VALIDATED, 0, true, 2},
        {"{\"event\":\"migration_requested\",\"call\":7,\"node\":\"laptop\",\"to\":\"server\"}",
         WATCH_PATH_VALIDATING, 1, true, 2},
        {"{\"event\":\"timeline\",\"verb\":\"restart\",\"node\":\"laptop\"}", WATCH_PATH_NONE, 1, false, 0},
        {"{\"event\":\"migration_dropped\",\"call\":7}", WATCH_PATH_NONE, 0, false, 0},
        {"{\"event\":\"peer_up\",\"node\":\"laptop\",\"peer\":\"server\"}", WATCH_PATH_NONE, 0, true, 0},
        {"{\"event\":\"migration_requested\",\"call\":8,\"node\":\"laptop\",\"to\":\"server\"}",
         WATCH_PATH_VALIDATING, 1, true, 0},
        {"{\"event\":\"peer_down\",\"node\":\"laptop\",\"peer\":\"server\"}", WATCH_PATH_NONE, 1, false, 0},
        {"{\"event\":\"migration_done\",\"call\":8,\"result\":\"no_conn\",\"local\":\"10.3.0.1:2\"}",
         WATCH_PATH_FAILED, 0, false, 0},
        {"{\"event\":\"peer_up\",\"node\":\"laptop\",\"peer\":\"server\"}", WATCH_PATH_NONE, 0, true, 0},
        /* A member: its active view and its connections are two things. */
        {"{\"event\":\"channel_up\",\"node\":\"laptop\",\"peer\":\"server\"}", WATCH_PATH_NONE, 0, true, 0},
        {"{\"event\":\"peer_down\",\"node\":\"laptop\",\"peer\":\"server\"}", WATCH_PATH_NONE, 0, true, 0},
        {"{\"event\":\"channel_down\",\"node\":\"laptop\",\"peer\":\"server\"}", WATCH_PATH_NONE, 0, false,
         0},
        {"{\"event\":\"peer_up\",\"node\":\"laptop\",\"peer\":\"server\"}", WATCH_PATH_NONE, 0, false, 0},
    };
    watch_model model;
    feed(&model, 0);
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
        json_t *const line = json_loads(STEPS[i].line, 0, NULL);
        CU_ASSERT_FATAL(line != NULL);
        watch_model_line(&model, line);
        json_decref(line);
        const watch_end *const end = watch_model_end(&model, "laptop", "server");
        CU_ASSERT_FATAL(end != NULL);
        CHECK(end->state, STEPS[i].state, "state after %s", STEPS[i].line);
        CHECK(end->open, STEPS[i].open, "open calls after %s", STEPS[i].line);
        CHECK(end->up, STEPS[i].up, "up after %s", STEPS[i].line);
        CHECK(end->path_count, STEPS[i].paths, "paths after %s", STEPS[i].line);
    }
    watch_model_fini(&model);
}

/* An end has so many paths at most: the one in use stays. */
static void test_paths(void)
{
    watch_model model;
    feed(&model, 1000000000);
    watch_end *const end = watch_model_end(&model, "laptop", "server");
    CU_ASSERT_FATAL(end != NULL);
    watch_model_sample(&model, end,
                       &(roam_path_stats){.local = ipv4(10, 1, 1, 1), .remote = ipv4(10, 3, 1, 4433)});
    for (int i = 0; i < 3 * WATCH_PATHS_MAX; i++) {
        char text[128];
        (void)snprintf(text, sizeof text,
                       "{\"event\":\"rebound\",\"node\":\"laptop\",\"peer\":\"server\",\"validated\":false,"
                       "\"new_remote\":\"10.9.0.%d:1\"}",
                       i);
        json_t *const line = json_loads(text, 0, NULL);
        CU_ASSERT_FATAL(line != NULL);
        watch_model_line(&model, line);
        json_decref(line);
    }
    CHECK(end->path_count, WATCH_PATHS_MAX, "paths");
    CHECK(watch_path_in_use(end, &end->paths[0]), true, "the path in use is kept");
    CHECK_STRING(end->paths[WATCH_PATHS_MAX - 1].remote, "10.9.0.11:1");
    watch_model_fini(&model);
}

/* Lines that no run wrote. */
static void test_hostile(void)
{
    static const char *const CASES[] = {
        "{}",
        "[1]",
        "{\"event\":7}",
        "{\"event\":\"migration_done\",\"call\":99}",
        "{\"event\":\"migration_requested\",\"call\":99999999999,\"node\":\"laptop\",\"to\":\"server\"}",
        "{\"event\":\"migration_requested\",\"call\":-1,\"node\":\"laptop\",\"to\":\"server\"}",
        "{\"event\":\"peer_up\",\"node\":\"nobody\",\"peer\":[]}",
        "{\"event\":\"address_attached\",\"node\":\"laptop\",\"network\":null,\"address\":3}",
        "{\"event\":\"topology\",\"nodes\":{\"a\":1},\"nats\":[1,null,{\"nat\":2}]}",
        "{\"event\":\"drop\",\"at_ns\":-5}",
    };
    watch_model model;
    feed(&model, UINT64_MAX);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *const line = json_loads(CASES[i], 0, NULL);
        CU_ASSERT_FATAL(line != NULL);
        watch_model_line(&model, line);
        json_decref(line);
    }
    CHECK(model.no_memory, false, "model.no_memory");
    CHECK(model.node_count, 2, "model.node_count");
    CHECK(model.nat_count, 1, "model.nat_count");
    CHECK(model.end_count, 2, "model.end_count");
    CHECK(model.now_ns, 8000000000, "model.now_ns");
    watch_model_fini(&model);
}

/* ---- pictures ---- */

static void add_samples(watch_model *model)
{
    watch_end *const end = watch_model_end(model, "laptop", "server");
    watch_end *const other = watch_model_end(model, "server", "laptop");
    model->live = true;
    model->flows = calloc(1, sizeof *model->flows);
    CU_ASSERT_FATAL(model->flows && end && other);
    model->flow_count = 1;
    model->flows[0] = (watch_flow){
        .to = 1, .sent = 20, .delivered = 17, .last_delivery_ns = 4990000000, .over_ns = ROAM_NEVER};
    model->nats[0].bindings = 3;
    watch_model_sample(model, end,
                       &(roam_path_stats){.local = ipv4(10, 1, 1, 49152),
                                          .remote = ipv4(10, 3, 1, 4433),
                                          .srtt_ns = 18400000,
                                          .cwnd = 24000,
                                          .bytes_in_flight = 1752});
    end->connection_id_len = 2;
    memcpy(end->connection_id, "\x12\xab", 2);
    other->connection_id_len = ROAM_CONNECTION_ID_MAX;
    memset(other->connection_id, 0xc0, ROAM_CONNECTION_ID_MAX);
    /* The second is of another host. */
    for (uint8_t i = 1; i <= 2; i++)
        CU_ASSERT(watch_model_binding(model, &(watch_binding){.internal = ipv4(10, 1, i, 49152),
                                                              .external = ipv4(203, 0, i, 1024),
                                                              .destination = ipv4(10, 3, 1, 4433),
                                                              .expires_ns = 31000000000}));
}

/* The picture as a file has it: no blanks at the ends of lines. */
static void check_picture(const screen *of, const char *name)
{
    static char drawn[SCREEN_ROWS_MAX * (SCREEN_COLUMNS_MAX + 1) + 1];
    char path[512];
    size_t len = 0;
    for (size_t row = 0; row < of->rows; row++) {
        size_t end = of->columns;
        while (end > 0 && of->text[row][end - 1] == ' ')
            end--;
        memcpy(drawn + len, of->text[row], end);
        len += end;
        drawn[len++] = '\n';
    }
    drawn[len] = '\0';
    (void)snprintf(path, sizeof path, ROAM_SOURCE_DIR "/tools/watch/tests/pictures/%s.txt", name);
    char *const wanted = text_file_read(path);
    CHECK_STRING(drawn, wanted ? wanted : "no such file");
    if (!wanted || strcmp(drawn, wanted) != 0)
        (void)fprintf(stderr, "%s:\n%s", path, drawn);
    free(wanted);
}

static void test_pictures(void)
{
    static const struct {
        const char *name;
        size_t columns, rows;
        bool live;
        uint64_t until_ns;
        bool panel;
        uint32_t selected;
    } cases[] = {
        {"80x24", 80, 24, true, 5250000000, false, 0},
        {"60x20", 60, 20, true, 5250000000, false, 1},
        {"132x43", 132, 43, true, 5250000000, false, 0},
        {"recorded-80x24", 80, 24, false, 5250000000, false, 0},
        {"too-small", 59, 15, true, 5250000000, true, 0},
        {"panel-nat-80x24", 80, 24, true, 1000000000, true, 0},
        {"panel-moves-80x24", 80, 24, true, 5250000000, true, 0},
        {"panel-moved-120x40", 120, 40, true, 6500000000, true, 0},
        {"panel-60x16", 60, 16, true, 5250000000, true, 1},
        {"panel-recorded-80x24", 80, 24, false, 1000000000, true, 0},
    };
    static screen drawn;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        watch_model model;
        feed(&model, cases[i].until_ns);
        if (cases[i].live)
            add_samples(&model);
        screen_draw(&drawn, cases[i].columns, cases[i].rows, &model,
                    &(screen_view){.speed = "x1",
                                   .paused = true,
                                   .replay = !cases[i].live,
                                   .selected = cases[i].selected,
                                   .panel = cases[i].panel});
        CHECK(drawn.columns, cases[i].columns, "drawn.columns of case %zu", i);
        check_picture(&drawn, cases[i].name);
        watch_model_fini(&model);
    }
}

/* The row with the mark of the selected node; NULL: there is none. */
static const char *selected_row(const screen *of)
{
    for (size_t row = 0; row < of->rows; row++)
        if (of->text[row][0] == '>')
            return of->text[row];
    return NULL;
}

/* Of hundreds of nodes the selected one is seen, with the panel and without; scrolled by pages it need not
 * be. */
static void test_selection(void)
{
    enum { NODES = 400 };
    static const uint32_t SELECTED[] = {0, 1, 7, 200, 398, 399};
    static screen drawn;
    watch_model model;
    json_t *const nodes = json_array();
    for (int i = 0; i < NODES; i++)
        json_array_append_new(nodes, json_pack("{s:o}", "node", json_sprintf("node-%d", i)));
    json_t *const line = json_pack("{s:i,s:s,s:o}", "at_ns", 0, "event", "topology", "nodes", nodes);
    CU_ASSERT_FATAL(watch_model_init(&model) && line);
    watch_model_line(&model, line);
    json_decref(line);
    CHECK(model.node_count, NODES, "nodes");
    for (size_t i = 0; i < sizeof SELECTED / sizeof SELECTED[0]; i++)
        for (int panel = 0; panel <= 1; panel++) {
            char name[32];
            (void)snprintf(name, sizeof name, "> node-%u ", SELECTED[i]);
            screen_draw(
                &drawn, 80, 24, &model,
                &(screen_view){
                    .speed = "x1", .selected = SELECTED[i], .follow = true, .panel = panel, .first = 3});
            const char *const row = selected_row(&drawn);
            CU_ASSERT_FATAL(row != NULL);
            CHECK(strncmp(row, name, strlen(name)), 0, "the row of %s is marked: %.20s", name, row);
            CHECK(drawn.page > 1, true, "page of %s", name);
        }
    screen_draw(&drawn, 80, 24, &model, &(screen_view){.speed = "x1", .selected = 0, .first = 100});
    CU_ASSERT_PTR_NULL(selected_row(&drawn));
    CHECK(strncmp(drawn.text[3], "  node-100 ", 11), 0, "scrolled to %.20s", drawn.text[3]);
    watch_model_fini(&model);
}

static size_t count_of(const char *text, const char *what)
{
    size_t count = 0;
    for (; (text = strstr(text, what)); text++)
        count++;
    return count;
}

/* Sequences for styles with colour alone; what has not changed is not written again. */
static void test_sequences(void)
{
    static screen drawn;
    for (int colour = 0; colour <= 1; colour++) {
        watch_model model;
        char *text = NULL;
        size_t len = 0;
        feed(&model, 5250000000);
        screen_draw(&drawn, 80, 24, &model, &(screen_view){.speed = "x1"});
        FILE *stream = open_memstream(&text, &len);
        CU_ASSERT_FATAL(stream != NULL);
        screen_write(&drawn, NULL, colour, stream);
        (void)fclose(stream);
        CU_ASSERT_EQUAL(count_of(text, "\033[2m") > 0, colour);
        CU_ASSERT_EQUAL(count_of(text, "\033[0m") > 0, colour);
        CHECK(count_of(text, "\033[2J"), 1, "sequences");
        free(text);
        stream = open_memstream(&text, &len);
        CU_ASSERT_FATAL(stream != NULL);
        screen_write(&drawn, &drawn, colour, stream);
        (void)fclose(stream);
        CHECK(len, 0, "len");
        free(text);
        watch_model_fini(&model);
    }
}

static const check_test TESTS[] = {{"states", test_states},      {"lines that no run wrote", test_hostile},
                                   {"calls", test_calls},        {"paths", test_paths},
                                   {"pictures", test_pictures},  {"selection", test_selection},
                                   {"sequences", test_sequences}};
CHECK_MAIN("watch", TESTS)
