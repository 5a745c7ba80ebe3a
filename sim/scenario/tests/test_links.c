/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link parameters, faults aimed at packets, ramps and traces: what the loader takes, and what it says. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An entry of the timeline stands on line 11. */
#define HEAD HEAD_WITH("p2p")
#define HEAD_WITH(link)                                                                                      \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 20s\n"                                                                                        \
    "networks:\n"                                                                                            \
    "  wifi: {delay: 8ms}\n"                                                                                 \
    "  wire: {link: " link ", rate: 1Mbps}\n"                                                                \
    "nodes:\n"                                                                                               \
    "  laptop: {networks: [wifi, wire]}\n"                                                                   \
    "peers: []\n"                                                                                            \
    "timeline:\n"

#define LAPTOP "laptop, network: wifi"

static int load(const char *path, const char *text, scenario **out, scenario_diagnostics *faults)
{
    const scenario_source source = {.path = path, .text = text, .text_bytes = strlen(text), .name = "x.yaml"};
    *out = NULL;
    return loading_load(&source, out, faults);
}

/* Loads HEAD and one entry; expects the fault, which may be cut, or none. */
static void expect(const char *entry, const char *fault)
{
    char text[1024];
    scenario_diagnostics faults;
    scenario *loaded;
    scenario_diagnostics_init(&faults);
    snprintf(text, sizeof text, HEAD "  - {at: 1s, %s}\n", entry);
    const int status = load(NULL, text, &loaded, &faults);
    const char *found = faults.count ? faults.items[0].text : "";
    const bool good = (status == SCENARIO_OK) == (fault == NULL) && faults.total == (fault ? 1u : 0u) &&
                      (!fault || strncmp(found, fault, strlen(fault)) == 0);
    if (!good)
        fprintf(stderr, "\n    %s: %d, %zu faults, \"%s\", wanted \"%s\"", entry, status, faults.total, found,
                fault ? fault : "");
    CU_ASSERT(good);
    scenario_free(loaded);
    scenario_diagnostics_fini(&faults);
}

static void test_faults(void)
{
    static const struct {
        const char *entry, *fault;
    } cases[] = {
        {"drop: " LAPTOP ", nth: [1, 3]", NULL},
        {"drop: " LAPTOP ", nth: 3, direction: up, for: 2s", NULL},
        {"drop: " LAPTOP ", fraction: 10%, every: 2s, times: 3, for: 1s", NULL},
        {"drop: " LAPTOP ", frame: stream, stream: 0, count: 2", NULL},
        {"drop: " LAPTOP, "x.yaml:11:5: drop: which packets? write for example nth: [1, 3], fraction: 10%"},
        {"drop: " LAPTOP ", nth: [3, 1]", "x.yaml:11:52: nth: 1 comes after 3: write each once"},
        {"drop: " LAPTOP ", nth: [1, 1]", "x.yaml:11:52: nth: 1 comes after 1"},
        {"drop: " LAPTOP ", nth: 0",
         "x.yaml:11:48: nth: '0' is not the number of a packet, from 1 to 1000000"},
        {"drop: " LAPTOP ", nth: [1, 2x]", "x.yaml:11:52: nth: '2x' is not the number of a packet"},
        {"drop: " LAPTOP ", nth: []", "x.yaml:11:48: nth: write 1 to 64 numbers"},
        {"drop: " LAPTOP ", nth: 1, count: 2", "x.yaml:11:51: 'count' besides 'nth'"},
        {"drop: " LAPTOP ", nth: 1, fraction: 2%", "x.yaml:11:51: 'fraction' besides 'nth'"},
        {"drop: " LAPTOP ", fraction: 0%", "x.yaml:11:53: fraction: "},
        {"drop: " LAPTOP ", fraction: 101%", "x.yaml:11:53: fraction: "},
        {"drop: " LAPTOP ", frame: path_chalenge",
         "x.yaml:11:50: unknown frame 'path_chalenge'; did you mean 'path_challenge'?"},
        {"drop: " LAPTOP ", frame: stream", "x.yaml:11:50: frame: which stream? write for example stream: 0"},
        {"drop: " LAPTOP ", frame: any, stream: 4", "x.yaml:11:55: 'stream' needs frame: stream"},
        {"drop: " LAPTOP ", frame: any, delay: 4ms", "x.yaml:11:55: unknown key 'delay'"},
        {"drop: laptop, count: 1", "x.yaml:11:5: "},
        {"duplicate: " LAPTOP ", count: 1, copies: 3, delay: 30ms", NULL},
        {"duplicate: " LAPTOP ", count: 1, copies: 0", "x.yaml:11:66: copies: '0' is not a whole number"},
        {"reorder: " LAPTOP ", count: 1, delay: 30ms", NULL},
        {"reorder: " LAPTOP ", count: 1, packets: 3", NULL},
        {"reorder: " LAPTOP ", count: 1", "x.yaml:11:5: reorder: held back how long?"},
        {"reorder: " LAPTOP ", count: 1, delay: 3ms, packets: 3", "x.yaml:11:68: 'packets' besides 'delay'"},
        {"corrupt: " LAPTOP ", count: 1, bits: 2, keep_checksum: true", NULL},
        {"corupt: " LAPTOP ", count: 1", "x.yaml:11:14: unknown verb 'corupt'; did you mean 'corrupt'?"},
        {"mtu: wifi, bytes: 1280B, node: laptop, silent: true, for: 2s", NULL},
        {"mtu: wifi", "x.yaml:11:5: "},
        {"mtu: wifi, bytes: 100B", "x.yaml:11:32: bytes: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].entry, cases[i].fault);
}

static void test_links(void)
{
    static const struct {
        const char *entry, *fault;
    } cases[] = {
        {"set: wifi, burst: {enter: 1%, leave: 25%}, ecn_mark: 5%, reordering: true, ecn_bleach: false",
         NULL},
        {"set: wifi, burst: {enter: 1%}", "x.yaml:11:32: a burst needs 'leave'"},
        {"set: wifi, burst: 1%", "x.yaml:11:32: expected the rates of a burst"},
        {"set: wifi, burst: {enter: 1%, leave: 25%, lost: 1%}", "x.yaml:11:56: unknown key 'lost'"},
        {"set: wifi, delay: 500ms, rate: 1Mbps, over: 2s", NULL},
        {"set: wifi, queue: 65537pkt", "x.yaml:11:32: queue: 65537pkt is too large: at most 65536pkt"},
        {"set: wifi, queue: 65536pkt", NULL},
        {"set: wifi, queue: 5pkt, over: 2s", "x.yaml:11:25: 'queue' does not change bit by bit"},
        {"set: wifi, over: 2s", "x.yaml:11:5: set changes nothing"},
        {"set: wire, delay: 5ms, over: 2s", NULL},
        {"set: wire, delay: 5ms, direction: up, over: 2s", "x.yaml:11:32: 'wire' has p2p links"},
        {"trace: wifi, file: lte.csv",
         "x.yaml:11:33: 'lte.csv' begins where the scenario's file is, but this one is not read from a file"},
        {"trace: wifi, file: /dev/zero", "x.yaml:11:33: '/dev/zero' cannot be read: not a file"},
        {"trace: wifi, file: /no/such", "x.yaml:11:33: '/no/such' cannot be read: No such file or directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].entry, cases[i].fault);
}

/* The end of `for:` undoes what its entry began, and names it; a heal that was written undoes all. */
static void test_heal(void)
{
    scenario_diagnostics faults;
    scenario *s;
    scenario_diagnostics_init(&faults);
    CU_ASSERT_EQUAL_FATAL(load(NULL,
                               HEAD "  - {at: 1s, drop: " LAPTOP ", nth: [2, 5], for: 1s}\n"
                                    "  - {at: 1s, blackhole: " LAPTOP ", for: 2s}\n"
                                    "  - {at: 4s, heal: " LAPTOP "}\n",
                               &s, &faults),
                          SCENARIO_OK);
    CU_ASSERT_EQUAL_FATAL(s->event_count, 5);
    CU_ASSERT_EQUAL(s->events[0].verb, SCENARIO_DROP);
    CU_ASSERT_EQUAL(scenario_event_impair(&s->events[0])->nth_count, 2);
    CU_ASSERT_EQUAL(scenario_event_impair(&s->events[0])->nth[1], 5);
    CU_ASSERT_EQUAL(s->events[2].verb, SCENARIO_HEAL);
    CU_ASSERT_EQUAL(s->events[2].ends, SCENARIO_DROP);
    CU_ASSERT_PTR_EQUAL(scenario_event_impair(&s->events[2]), scenario_event_impair(&s->events[0]));
    CU_ASSERT_EQUAL(s->events[3].ends, SCENARIO_BLACKHOLE);
    CU_ASSERT_EQUAL(s->events[4].ends, SCENARIO_HEAL);
    CU_ASSERT_PTR_NULL(scenario_event_impair(&s->events[4]));
    scenario_free(s);
    scenario_diagnostics_fini(&faults);
}

/* Of the fault that an end of `for:` is to end, another entry may have ended all or one direction, or the
 * same begun anew for longer: then there is no such end. A fault ends with its link; a refusal does not. */
static void test_idle_ends(void)
{
    static const struct {
        const char *timeline, *ends; /* VERB@SECONDS.DIRECTION of each that `for:` made */
    } cases[] = {
        {"blackhole: " LAPTOP ", for: 4s", "heal@5.0"},
        {"blackhole: " LAPTOP ", for: 4s}\n  - {at: 2s, detach: " LAPTOP, ""},
        {"drop: " LAPTOP ", fraction: 1%, for: 4s}\n  - {at: 2s, detach: " LAPTOP, ""},
        {"blackhole: " LAPTOP ", for: 4s}\n  - {at: 2s, detach: " LAPTOP "}\n  - {at: 3s, attach: " LAPTOP
         "}\n  - {at: 4s, blackhole: " LAPTOP ", for: 4s",
         "heal@8.0"},
        {"blackhole: " LAPTOP ", for: 4s}\n  - {at: 2s, detach: laptop, network: wire", "heal@5.0"},
        {"refuse: " LAPTOP ", for: 4s}\n  - {at: 2s, detach: " LAPTOP, "permit@5.0"},
        {"refuse: " LAPTOP ", for: 4s}\n  - {at: 2s, permit: " LAPTOP "}\n  - {at: 3s, refuse: " LAPTOP, ""},
        {"blackhole: " LAPTOP ", for: 4s}\n  - {at: 2s, heal: " LAPTOP, ""},
        {"blackhole: " LAPTOP ", for: 4s}\n  - {at: 2s, heal: " LAPTOP ", direction: up", "heal@5.2"},
        {"blackhole: " LAPTOP ", for: 4s}\n  - {at: 2s, blackhole: " LAPTOP ", direction: down, for: 5s",
         "heal@5.1 heal@7.2"},
        {"blackhole: " LAPTOP ", for: 4s}\n  - {at: 2s, blackhole: " LAPTOP ", for: 1s", "heal@3.0 heal@5.0"},
        {"blackhole: " LAPTOP ", for: 2s, every: 1s, times: 3", "heal@5.0"},
        {"drop: " LAPTOP ", fraction: 1%, for: 2s, every: 1s, times: 3", "heal@5.0"},
        {"drop: " LAPTOP ", fraction: 1%, for: 2s}\n  - {at: 2s, drop: " LAPTOP ", fraction: 1%, for: 4s",
         "heal@3.0 heal@6.0"},
        {"mtu: wifi, node: laptop, bytes: 1300B, for: 2s}\n"
         "  - {at: 2s, mtu: wifi, node: laptop, bytes: 1200B, for: 4s",
         "heal@6.0"},
        {"mtu: wifi, bytes: 1300B, for: 2s}\n  - {at: 2s, mtu: wifi, node: laptop, bytes: 1200B, for: 4s",
         "heal@3.0 heal@6.0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024], got[200] = "";
        scenario_diagnostics faults;
        scenario *s;
        scenario_diagnostics_init(&faults);
        (void)snprintf(text, sizeof text, HEAD "  - {at: 1s, %s}\n", cases[i].timeline);
        if (load(NULL, text, &s, &faults) != SCENARIO_OK)
            scenario_diagnostics_print(&faults, stderr);
        CU_ASSERT_PTR_NOT_NULL_FATAL(s);
        for (size_t k = 0; k < s->event_count; k++) {
            const scenario_event *at = &s->events[k];
            const size_t used = strlen(got);
            if (at->ends != SCENARIO_HEAL)
                (void)snprintf(got + used, sizeof got - used, "%s%s@%u.%u", used ? " " : "",
                               scenario_verb_name(at->verb), (unsigned)(at->at_ns / 1000000000),
                               (unsigned)at->direction);
        }
        CHECK_STRING(got, cases[i].ends, "%s", cases[i].timeline);
        scenario_free(s);
        scenario_diagnostics_fini(&faults);
    }
}

/* What contradicts itself, and what is only told: one time, in the file's order. */
static void test_order(void)
{
    static const struct {
        const char *entry, *fault;
    } cases[] = {
        {"heal: " LAPTOP, "x.yaml:11:5: heal: 'laptop' is not disturbed on network 'wifi' at 1s"},
        {"permit: " LAPTOP, "x.yaml:11:5: permit: 'laptop' is not refused on network 'wifi' at 1s"},
        {"refuse: " LAPTOP "}\n  - {at: 2s, refuse: " LAPTOP,
         "x.yaml:12:5: refuse: 'laptop' is refused already on network 'wifi' at 2s"},
        {"refuse: " LAPTOP ", for: 500ms}\n  - {at: 2s, refuse: " LAPTOP, NULL},
        {"drop: " LAPTOP ", count: 1}\n  - {at: 1s, heal: " LAPTOP, NULL},
        {"blackhole: " LAPTOP ", for: 1s}\n  - {at: 1.5s, heal: " LAPTOP, NULL},
        {"detach: " LAPTOP "}\n  - {at: 1s, drop: " LAPTOP ", count: 1",
         "x.yaml:12:5: drop: 'laptop' is not on network 'wifi' at 1s"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i].entry, cases[i].fault);
}

static void test_notes(void)
{
    scenario_diagnostics faults;
    scenario *s;
    scenario_diagnostics_init(&faults);
    CU_ASSERT_EQUAL_FATAL(load(NULL,
                               HEAD "  - {at: 1s, drop: " LAPTOP ", count: 2, every: 1s, times: 3}\n"
                                    "  - {at: 2s, set: wifi, delay: 5ms}\n"
                                    "  - {at: 3s, set: wire, delay: 5ms}\n",
                               &s, &faults),
                          SCENARIO_OK);
    char *const text = loading_story(s);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "note: at 2s in the file's order: drop (line 11), set (line 12)\n"));
    CU_ASSERT_PTR_NULL(strstr(text, "note: at 3s")); /* two networks */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "drop laptop network wifi: the next 2\n"));
    free(text);
    scenario_free(s);
    scenario_diagnostics_fini(&faults);
}

/* ---- traces ---- */

/* Writes a trace beside a scenario that is not there, and loads one that names it. */
static int load_trace_with(const char *head, const char *network, const char *csv, scenario **out,
                           scenario_diagnostics *faults)
{
    char directory[] = "/tmp/roam-trace-XXXXXX";
    char path[64], yaml[64], text[1024];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/t.csv", directory);
    snprintf(yaml, sizeof yaml, "%s/x.yaml", directory);
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(csv, file);
    fclose(file);
    snprintf(text, sizeof text, "%s  - {at: 1s, trace: %s, file: t.csv, repeat: true}\n", head, network);
    const int status = load(yaml, text, out, faults);
    unlink(path);
    rmdir(directory);
    return status;
}

static int load_trace(const char *csv, scenario **out, scenario_diagnostics *faults)
{
    return load_trace_with(HEAD, "wifi", csv, out, faults);
}

/* What links of that kind cannot do, wherever in the file it stands. */
static void test_trace_links(void)
{
    static const char RATE[] = "time[s],rate[Mbps]\n0,5\n1,2\n";
    static const struct {
        const char *head, *csv, *fault;
    } cases[] = {
        {.head = HEAD_WITH("csma"),
         .csv = RATE,
         .fault = "'wire' is a csma bus, whose rate cannot be changed"},
        {.head = HEAD_WITH("csma"), .csv = "time[s],delay[ms],rate[Mbps]\n0,5,\n1,2,\n"},
        {.head = HEAD_WITH("p2p"), .csv = RATE},
        {.head = HEAD_WITH("p2p"),
         .csv = "time[s],rate[Mbps]\n0,5\n1,0\n",
         .fault = "'wire' has p2p links, which have no jitter"},
        {.head = HEAD_WITH("p2p"),
         .csv = "time[s],jitter[ms]\n0,0\n1,3\n",
         .fault = "'wire' has p2p links, which have no jitter"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scenario_diagnostics faults;
        scenario *s;
        scenario_diagnostics_init(&faults);
        const int status = load_trace_with(cases[i].head, "wire", cases[i].csv, &s, &faults);
        const char *found = faults.count ? faults.items[0].text : "";
        CU_ASSERT_EQUAL(status, cases[i].fault ? SCENARIO_ERR_INVALID : SCENARIO_OK);
        if (cases[i].fault ? !strstr(found, cases[i].fault) : faults.count > 0) {
            fprintf(stderr, "\n    case %zu: \"%s\"", i, found);
            CU_FAIL("another fault");
        }
        scenario_diagnostics_fini(&faults);
        scenario_free(s);
    }
}

static void test_trace_faults(void)
{
    static const struct {
        const char *csv, *fault;
    } cases[] = {
        {"", "t.csv:1: no line of values"},
        {"time,rate\n", "t.csv:1: no line of values"},
        {"\xef\xbb\xbftime,rate\n", "t.csv:1: no line of values"},
        {"time,rate\n0s,10bps\n", "t.csv:2: rate: 10bps is too small: at least 1kbps"},
        {"rate,time\n", "t.csv:1: the first line must name the column time"},
        {"time\n", "t.csv:1: the first line must name the column time, and one or more of"},
        {"time,rat\n", "t.csv:1: unknown column 'rat'; did you mean 'rate'?"},
        {"time,rate,rate\n", "t.csv:1: column 'rate' twice"},
        {"time,rate[Mbps\n", "t.csv:1: 'rate[Mbps' is no column"},
        {"time[s],rate[Mbps]\n# so\n0,5\n1,x\n", "t.csv:4: rate: "},
        {"time[s],rate[Mbps]\n0,5\n1\n", "t.csv:3: 1 cells, but the first line has 2 columns"},
        {"time[s],rate[Mbps]\n0,5\n1,2,3\n", "t.csv:3: more cells than the 2 columns"},
        {"time[s],rate[Mbps]\n1,5\n1,2\n", "t.csv:3: time: each line must come at least 1ms after"},
        {"time,rate[Mbps]\n1,5\n", "t.csv:2: time: "},
        {"time[s],rate[Mbps]\n0,5\n", "a trace of one line cannot repeat"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scenario_diagnostics faults;
        scenario *s;
        char wanted[128];
        scenario_diagnostics_init(&faults);
        const int status = load_trace(cases[i].csv, &s, &faults);
        snprintf(wanted, sizeof wanted, "x.yaml:11:33: %s", cases[i].fault);
        const char *found = faults.count ? faults.items[0].text : "";
        if (strncmp(found, wanted, strlen(wanted)) != 0)
            fprintf(stderr, "\n    \"%s\", wanted \"%s\"", found, wanted);
        CU_ASSERT_EQUAL(status, SCENARIO_ERR_INVALID);
        CU_ASSERT_EQUAL(faults.total, 1);
        CU_ASSERT(strncmp(found, wanted, strlen(wanted)) == 0);
        scenario_diagnostics_fini(&faults);
    }
}

/* Units of the header, of cells, and none where a bare 0 is meant; an empty cell says nothing. */
static void test_trace(void)
{
    scenario_diagnostics faults;
    scenario *s;
    scenario_diagnostics_init(&faults);
    CU_ASSERT_EQUAL_FATAL(
        load_trace(
            "# made up\r\n time[s], rate[Mbps],delay,loss[%]\r\n0,1.5,20ms,0\r\n\r\n0.5,800kbps,,0.1\n2,,1s,",
            &s, &faults),
        SCENARIO_OK);
    const scenario_trace *trace = scenario_event_trace(&s->events[0]);
    CU_ASSERT_EQUAL(trace->changes, SCENARIO_CHANGE_RATE | SCENARIO_CHANGE_DELAY | SCENARIO_CHANGE_LOSS);
    CU_ASSERT_TRUE(trace->repeat);
    CU_ASSERT_EQUAL_FATAL(trace->count, 3);
    const scenario_trace_row *rows = trace->rows;
    CU_ASSERT_EQUAL(rows[0].link.rate_bps, 1500000);
    CU_ASSERT_EQUAL(rows[0].link.delay_ns, 20000000);
    CU_ASSERT_EQUAL(rows[1].at_ns, 500000000);
    CU_ASSERT_EQUAL(rows[1].link.rate_bps, 800000);
    CU_ASSERT_EQUAL(rows[1].link.loss_ppb, 1000000);
    CU_ASSERT_EQUAL(rows[1].changes, SCENARIO_CHANGE_RATE | SCENARIO_CHANGE_LOSS);
    CU_ASSERT_EQUAL(rows[2].changes, SCENARIO_CHANGE_DELAY);
    scenario_free(s);
    scenario_diagnostics_fini(&faults);
}

static const check_test TESTS[] = {{"faults aimed at packets", test_faults},
                                   {"links, ramps", test_links},
                                   {"heal", test_heal},
                                   {"ends of what has ended before", test_idle_ends},
                                   {"order", test_order},
                                   {"notes", test_notes},
                                   {"bad traces", test_trace_faults},
                                   {"what links of a kind cannot follow", test_trace_links},
                                   {"trace", test_trace}};
CHECK_MAIN("links", TESTS)
