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
    "\"networks\":[{\"network\":\"wifi\",\"nat\":\"home\"},{\"network\":\"cellular\"}],"
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
    model->live = true;
    model->flows = calloc(1, sizeof *model->flows);
    CU_ASSERT_FATAL(model->flows && end);
    model->flow_count = 1;
    model->flows[0] = (watch_flow){
        .to = 1, .sent = 20, .delivered = 17, .last_delivery_ns = 4990000000, .over_ns = ROAM_NEVER};
    model->nats[0].bindings = 3;
    end->sampled = true;
    end->srtt_ns = 18400000;
    end->cwnd = 24000;
    end->bytes_in_flight = 1752;
    (void)snprintf(end->local, sizeof end->local, "10.1.0.1:49152");
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
    } cases[] = {
        {"80x24", 80, 24, true},           {"60x20", 60, 20, true},     {"132x43", 132, 43, true},
        {"recorded-80x24", 80, 24, false}, {"too-small", 59, 15, true},
    };
    static screen drawn;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        watch_model model;
        feed(&model, 5250000000);
        if (cases[i].live)
            add_samples(&model);
        screen_draw(&drawn, cases[i].columns, cases[i].rows, &model,
                    &(screen_view){.speed = "x1", .paused = true, .replay = !cases[i].live});
        CHECK(drawn.columns, cases[i].columns, "drawn.columns of case %zu", i);
        check_picture(&drawn, cases[i].name);
        watch_model_fini(&model);
    }
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

static const check_test TESTS[] = {{"states", test_states},
                                   {"lines that no run wrote", test_hostile},
                                   {"pictures", test_pictures},
                                   {"sequences", test_sequences}};
CHECK_MAIN("watch", TESTS)
