/* SPDX-License-Identifier: GPL-2.0-or-later */
/* endpoints, `endpoint` of a node, and what --endpoint and --as make of them. */
#include "core/tests/check.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines 1 to 6. */
#define TOP                                                                                                  \
    "roam: 1\nname: t\nduration: 10s\nnetworks:\n  n: {}\n"                                                  \
    "peers: [laptop -> server, phone -> server, laptop -> desk]\n"
/* Lines 7 to 12. */
#define NODES                                                                                                \
    "nodes:\n  laptop: {networks: [n]}\n  server: {networks: [n], listen: 1}\n"                              \
    "  phone: {networks: [n], count: 2}\n  desk: {networks: [n], listen: 1, relay: server}\n"                \
    "  mallory: {networks: [n], attacker: true}\n"
#define PLAIN TOP NODES

enum { LAPTOP, SERVER, PHONE_1, PHONE_2, DESK, MALLORY, NODES_COUNT };

#define LIST_MAX 20

/* A load: the text, and NULL-terminated --set, --endpoint and --as. */
typedef struct load_case {
    const char *text;
    const char *set[LIST_MAX + 1];
    const char *endpoint[LIST_MAX + 1];
    const char *as[LIST_MAX + 1];
} load_case;

static size_t length(const char *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    return count;
}

static scenario_source source_of(const load_case *of)
{
    scenario_source source = loading_text(of->text);
    source.path = "/dev/x.yaml";
    source.overrides = of->set;
    source.override_count = length(of->set);
    source.endpoints = of->endpoint;
    source.endpoint_count = length(of->endpoint);
    source.players = of->as;
    source.player_count = length(of->as);
    return source;
}

static scenario *load(const load_case *of, scenario_diagnostics *faults)
{
    const scenario_source source = source_of(of);
    return loading(&source, faults);
}

static scenario *load_good(const load_case *of)
{
    const scenario_source source = source_of(of);
    return loading_good(&source);
}

/* The endpoints of all nodes: "quinn roam ...". */
static void tell(const scenario *whole, char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < whole->node_count; i++) {
        const uint32_t endpoint = whole->nodes[i].endpoint;
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? " " : "",
                                 endpoint == SCENARIO_NONE ? "roam" : whole->endpoints[endpoint].name);
    }
}

static void test_section(void)
{
    const load_case of = {
        .text = TOP
        "nodes:\n  laptop: {networks: [n], endpoint: mine}\n"
        "  server: {networks: [n], listen: 1, endpoint: roam}\n"
        "  phone: {networks: [n], count: 2, endpoint: quinn-0.9}\n"
        "  desk: {networks: [n], listen: 1}\n"
        "endpoints:\n  mine: {library: ./x/../null/../mine, options: {cc: bbr, window: 7, empty: \"\"}}\n"
        "  by-name: {}\n  far: {library: /lib/far.so, options: {A.b_c: true}}\n",
        .set = {"endpoints.mine.library=/proc/self/exe"}};
    scenario *const whole = load_good(&of);
    CU_ASSERT_EQUAL_FATAL(whole->endpoint_count, 4);
    const scenario_endpoint *const mine = &whole->endpoints[0];
    CU_ASSERT_STRING_EQUAL(mine->name, "mine");
    CU_ASSERT_STRING_EQUAL(mine->library, "/proc/self/exe");
    CU_ASSERT_EQUAL_FATAL(mine->option_count, 3);
    CU_ASSERT_STRING_EQUAL(mine->options[0].name, "cc");
    CU_ASSERT_STRING_EQUAL(mine->options[0].value, "bbr");
    CU_ASSERT_STRING_EQUAL(mine->options[1].value, "7");
    CU_ASSERT_STRING_EQUAL(mine->options[2].value, "");
    CU_ASSERT_STRING_EQUAL(whole->endpoints[1].name, "by-name");
    CU_ASSERT_PTR_NULL(whole->endpoints[1].library);
    CU_ASSERT_EQUAL(whole->endpoints[1].option_count, 0);
    CU_ASSERT_STRING_EQUAL(whole->endpoints[2].options[0].value, "true");
    CU_ASSERT_STRING_EQUAL(whole->endpoints[3].name, "quinn-0.9");
    CU_ASSERT_PTR_NULL(whole->endpoints[3].library);
    CU_ASSERT_EQUAL(whole->nodes[LAPTOP].endpoint, 0);
    CU_ASSERT_EQUAL(whole->nodes[SERVER].endpoint, SCENARIO_NONE);
    CU_ASSERT_EQUAL(whole->nodes[PHONE_1].endpoint, 3);
    CU_ASSERT_EQUAL(whole->nodes[PHONE_2].endpoint, 3);
    CU_ASSERT_EQUAL(whole->nodes[DESK].endpoint, SCENARIO_NONE);
    CU_ASSERT_EQUAL(scenario_endpoint_index(whole, "far"), 2);
    CU_ASSERT_EQUAL(scenario_endpoint_index(whole, "roam"), SCENARIO_NONE);
    scenario_free(whole);
}

/* From where the scenario's file is, and always with a slash, so that no search path is used. */
static void test_paths(void)
{
    static const struct {
        const char *from, *written, *path;
    } cases[] = {{"/dev/x.yaml", "./mine.so", "/dev/./mine.so"},
                 {"/dev/x.yaml", "/a/mine.so", "/a/mine.so"},
                 {"a/x.yaml", "mine.so", "a/mine.so"},
                 {"x.yaml", "mine.so", "./mine.so"},
                 {"x.yaml", "../mine.so", "../mine.so"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[1024];
        scenario_diagnostics faults;
        scenario *whole = NULL;
        scenario_diagnostics_init(&faults);
        (void)snprintf(text, sizeof text, PLAIN "endpoints: {mine: {library: %s}}\n", cases[i].written);
        const scenario_source source = {
            .path = cases[i].from, .text = text, .text_bytes = strlen(text), .name = "x.yaml"};
        CU_ASSERT_EQUAL_FATAL(loading_load(&source, &whole, &faults), SCENARIO_OK);
        CHECK_STRING(whole->endpoints[0].library, cases[i].path, "%s from %s", cases[i].written,
                     cases[i].from);
        scenario_free(whole);
        scenario_diagnostics_fini(&faults);
    }
}

/* laptop, server, phone-1, phone-2, desk, mallory */
static void test_as(void)
{
#define EXE "mine=/proc/self/exe"
    static const struct {
        load_case of;
        const char *endpoints;
    } cases[] = {
        {{PLAIN, {0}, {0}, {0}}, "roam roam roam roam roam roam"},
        {{PLAIN, {0}, {0}, {"client=quinn"}}, "quinn roam quinn quinn roam roam"},
        {{PLAIN, {0}, {0}, {"server=quinn"}}, "roam quinn roam roam quinn roam"},
        {{PLAIN, {0}, {0}, {"all=quinn"}}, "quinn quinn quinn quinn quinn roam"},
        {{PLAIN, {0}, {EXE}, {"all=quinn", "client=mine"}}, "mine quinn mine mine quinn roam"},
        {{PLAIN, {0}, {0}, {"client=quinn", "all=lsquic"}}, "lsquic lsquic lsquic lsquic lsquic roam"},
        {{PLAIN, {0}, {0}, {"laptop=quinn", "all=lsquic"}}, "quinn lsquic lsquic lsquic lsquic roam"},
        {{PLAIN, {0}, {0}, {"phone=quinn", "client=lsquic"}}, "lsquic roam quinn quinn roam roam"},
        {{PLAIN, {0}, {0}, {"phone-2=lsquic", "phone=quinn"}}, "roam roam quinn quinn roam roam"},
        {{PLAIN, {0}, {0}, {"phone=quinn", "phone-2=roam", "all=roam"}}, "roam roam quinn roam roam roam"},
        {{PLAIN, {"nodes.laptop.endpoint=quinn"}, {0}, {"server=lsquic"}},
         "quinn lsquic roam roam lsquic roam"},
        {{PLAIN, {"nodes.phone.endpoint=quinn"}, {0}, {"client=roam"}}, "roam roam roam roam roam roam"},
        /* desk is dialled no more, and only relays */
        {{PLAIN, {"peers=[laptop -> server]"}, {0}, {"client=quinn"}}, "quinn roam quinn quinn roam roam"},
        {{PLAIN, {"peers=[laptop -> server]"}, {0}, {"desk=quinn"}}, "roam roam roam roam quinn roam"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        scenario *const whole = load_good(&cases[i].of);
        CU_ASSERT_EQUAL_FATAL(whole->node_count, NODES_COUNT);
        tell(whole, text, sizeof text);
        CHECK_STRING(text, cases[i].endpoints, "case %zu", i);
        scenario_free(whole);
    }
}

/* --endpoint gives one of the file another library, and leaves its options. */
static void test_replaced(void)
{
    const load_case of = {.text = PLAIN "endpoints: {mine: {library: ./none.so, options: {cc: bbr}}}\n",
                          .endpoint = {"mine=/proc/self/exe", "other=x.so"},
                          .as = {"laptop=mine"}};
    scenario *const whole = load_good(&of);
    CU_ASSERT_EQUAL_FATAL(whole->endpoint_count, 2);
    CU_ASSERT_STRING_EQUAL(whole->endpoints[0].library, "/proc/self/exe");
    CU_ASSERT_EQUAL(whole->endpoints[0].option_count, 1);
    CU_ASSERT_STRING_EQUAL(whole->endpoints[1].library, "./x.so");
    scenario_free(whole);
}

static uint64_t digest_of(const load_case *of)
{
    scenario *const whole = load_good(of);
    const uint64_t digest = whole->digest;
    scenario_free(whole);
    return digest;
}

/* What a node has anyway is no change. */
static void test_digest(void)
{
    const uint64_t plain = digest_of(&(load_case){.text = PLAIN});
    const uint64_t client = digest_of(&(load_case){.text = PLAIN, .as = {"client=quinn"}});
    CU_ASSERT_EQUAL(digest_of(&(load_case){.text = PLAIN, .as = {"all=roam"}}), plain);
    CU_ASSERT_NOT_EQUAL(client, plain);
    CU_ASSERT_NOT_EQUAL(client, digest_of(&(load_case){.text = PLAIN, .as = {"client=lsquic"}}));
    CU_ASSERT_NOT_EQUAL(client, digest_of(&(load_case){.text = PLAIN, .as = {"all=quinn"}}));
    CU_ASSERT_EQUAL(client, digest_of(&(load_case){.text = PLAIN, .as = {"laptop=quinn", "phone=quinn"}}));
}

static void test_varied(void)
{
    static const char *const wanted[] = {"roam", "quinn"};
    const load_case of = {.text = PLAIN "vary: {nodes.laptop.endpoint: [roam, quinn]}\n",
                          .as = {"server=lsquic"}};
    const scenario_source source = source_of(&of);
    scenario *const varied = load_good(&of);
    CU_ASSERT_EQUAL_FATAL(scenario_combination_count(varied), 2);
    for (size_t i = 0; i < 2; i++) {
        char text[200], all[200];
        scenario *one = NULL;
        scenario_diagnostics faults;
        scenario_diagnostics_init(&faults);
        CU_ASSERT_EQUAL_FATAL(scenario_load_combination(&source, varied, i, &one, &faults), SCENARIO_OK);
        tell(one, text, sizeof text);
        (void)snprintf(all, sizeof all, "%s lsquic roam roam lsquic roam", wanted[i]);
        CHECK_STRING(text, all, "combination %zu", i);
        scenario_free(one);
        scenario_diagnostics_fini(&faults);
    }
    scenario_free(varied);
}

static void test_explained(void)
{
    const load_case of = {.text =
                              PLAIN "endpoints: {mine: {library: /a/mine.so, options: {cc: bbr, w: 7}}}\n",
                          .as = {"laptop=quinn"}};
    scenario *const whole = load_good(&of);
    char *const said = loading_story(whole);
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "  endpoint mine: library /a/mine.so; cc=bbr, w=7\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "  endpoint quinn: library found by its name\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "  node laptop on n, endpoint quinn\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "  node server on n, listens on 1\n"));
    free(said);
    scenario_free(whole);
}

/* Which entries apply: expectations, those of the fault, whether it may be gone, its reference. */
#define EXPECT "expect: [{delivered: all}]\n"
#define ONE(rest)                                                                                            \
    EXPECT "known_fault: {reference: r, about: why, expect: [{never: timeout}, {never: left}]" rest "}\n"
#define TWO                                                                                                  \
    EXPECT "known_fault:\n  - {reference: r, expect: [{never: timeout}]}\n"                                  \
           "  - {reference: q, expect: [{never: left}], endpoint: quinn, node: server}\n"

static void test_known_faults(void)
{
    static const struct {
        load_case of;
        const char *told;
    } cases[] = {
        {{PLAIN ONE(""), {0}, {0}, {0}}, "1 2 certain r why"},
        {{PLAIN ONE(""), {0}, {0}, {"client=quinn"}}, "1 2 perhaps r why"},
        {{PLAIN ONE(""), {0}, {0}, {"all=quinn"}}, "3 0"},
        {{PLAIN ONE(", endpoint: roam"), {0}, {0}, {"all=quinn"}}, "3 0"},
        {{PLAIN ONE(", endpoint: quinn"), {0}, {0}, {0}}, "3 0"},
        {{PLAIN ONE(", endpoint: quinn"), {0}, {0}, {"laptop=quinn"}}, "1 2 perhaps r why"},
        {{PLAIN ONE(", endpoint: quinn, node: laptop"), {0}, {0}, {"laptop=quinn"}}, "1 2 certain r why"},
        {{PLAIN ONE(", endpoint: quinn, node: laptop"), {0}, {0}, {"server=quinn"}}, "3 0"},
        {{PLAIN ONE(", endpoint: quinn"), {0}, {0}, {"all=quinn", "desk=quinn"}}, "1 2 certain r why"},
        {{PLAIN TWO, {0}, {0}, {0}}, "2 1 certain r "},
        {{PLAIN TWO, {0}, {0}, {"all=quinn"}}, "2 1 certain q "},
        {{PLAIN TWO, {0}, {0}, {"server=quinn"}}, "1 2 certain r, q "},
        {{PLAIN TWO, {0}, {0}, {"client=quinn"}}, "2 1 perhaps r "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        scenario *const whole = load_good(&cases[i].of);
        const scenario_known_fault *const fault = &whole->known_fault;
        const bool any = fault->expectation_count > 0;
        (void)snprintf(text, sizeof text, "%zu %zu%s%s%s%s%s", whole->expectation_count,
                       fault->expectation_count,
                       !any                 ? ""
                       : fault->may_be_gone ? " perhaps"
                                            : " certain",
                       any ? " " : "", any ? fault->reference : "", any ? " " : "", any ? fault->about : "");
        CHECK_STRING(text, cases[i].told, "case %zu", i);
        scenario_free(whole);
    }
}

#define X16                                                                                                  \
    "a1: {}, a2: {}, a3: {}, a4: {}, a5: {}, a6: {}, a7: {}, a8: {}, "                                       \
    "b1: {}, b2: {}, b3: {}, b4: {}, b5: {}, b6: {}, b7: {}, b8: {}"

static const struct {
    load_case of;
    const char *fault;
} FAULTS[] = {
    {{PLAIN "endpoints: {roam: {library: ./x.so}}\n", {0}, {0}, {0}},
     "x.yaml:13:13: 'roam' is roam's own core, which needs no entry: give the endpoint another name"},
    {{PLAIN "endpoints: {.x: {}}\n", {0}, {0}, {0}},
     "x.yaml:13:13: '.x' is no endpoint's name: write 1 to 31 of a-z 0-9 . _ -, a letter or digit first"},
    {{PLAIN "endpoints: {Mine: {}}\n", {0}, {0}, {0}},
     "x.yaml:13:13: 'Mine' is no endpoint's name: write 1 to 31 of a-z 0-9 . _ -, a letter or digit first"},
    {{PLAIN "endpoints: {a23456789012345678901234567890123: {}}\n", {0}, {0}, {0}},
     "x.yaml:13:13: 'a23456789012345678901234567890123' is no endpoint's name: write 1 to 31 of a-z 0-9 . _ "
     "-, a letter or digit first"},
    {{PLAIN "endpoints: [mine]\n", {0}, {0}, {0}},
     "x.yaml:13:12: expected a mapping of endpoints, found a list: write for example {mine: {library: "
     "./libmine.so}}"},
    {{PLAIN "endpoints: {mine: ./x.so}\n", {0}, {0}, {0}},
     "x.yaml:13:19: expected the endpoint's keys, found a plain value: write for example {library: "
     "./libmine.so}"},
    {{PLAIN "endpoints: {mine: {libary: ./x.so}}\n", {0}, {0}, {0}},
     "x.yaml:13:20: unknown key 'libary'; did you mean 'library'?"},
    {{PLAIN "endpoints: {mine: {options: [a]}}\n", {0}, {0}, {0}},
     "x.yaml:13:29: expected a mapping of options, found a list: write for example {cc: bbr}"},
    {{PLAIN "endpoints: {mine: {options: {a: [b]}}}\n", {0}, {0}, {0}},
     "x.yaml:13:33: expected a, found a list: write for example 1"},
    {{PLAIN "endpoints: {mine: {options: {a b: c}}}\n", {0}, {0}, {0}},
     "x.yaml:13:30: 'a b' is no option's name: write 1 to 63 of letters, digits and . _ -, a letter or digit "
     "first"},
    {{PLAIN "endpoints: {" X16 ", c: {}}\n", {0}, {0}, {0}}, "x.yaml:13:12: 17 endpoints: at most 16"},
    {{PLAIN "endpoints: {" X16 "}\n", {"nodes.laptop.endpoint=quinn"}, {0}, {0}},
     "x.yaml: --set nodes.laptop.endpoint: more than 16 endpoints"},
    {{TOP "nodes: {laptop: {networks: [n], endpoint: mime}, server: {networks: [n], listen: 1}, phone: "
          "{networks: [n]}, desk: {networks: [n], listen: 1}}\nendpoints: {mine: {}}\n",
      {0},
      {0},
      {0}},
     "x.yaml:7:43: unknown endpoint 'mime'; did you mean 'mine'? A library that is found by that name needs "
     "an entry here: endpoints: {mime: {}}"},
    {{TOP "nodes: {laptop: {networks: [n], endpoint: /a.so}, server: {networks: [n], listen: 1}, phone: "
          "{networks: [n]}, desk: {networks: [n], listen: 1}}\n",
      {0},
      {0},
      {0}},
     "x.yaml:7:43: '/a.so' is no endpoint's name: write 1 to 31 of a-z 0-9 . _ -, a letter or digit first"},
    {{PLAIN "known_fault: [{reference: r, expect: [{never: left}], endpoint: A}]\n", {0}, {0}, {0}},
     "x.yaml:13:65: 'A' is no endpoint's name: write 1 to 31 of a-z 0-9 . _ -, a letter or digit first"},
    {{PLAIN "known_fault: [{reference: r, expect: [{never: left}], node: servr}]\n", {0}, {0}, {0}},
     "x.yaml:13:61: unknown node 'servr'; did you mean 'server'?"},
    {{PLAIN "known_fault: [a]\n", {0}, {0}, {0}},
     "x.yaml:13:15: expected a known fault, found a plain value: write for example {reference: "
     "\"ngtcp2#2257\", expect: [{migration: move, result: ok}]}"},
    {{PLAIN, {"nodes.mallory.endpoint=quinn"}, {0}, {0}},
     "x.yaml:12:3: 'mallory' is an attacker, which has no endpoint"},
    {{PLAIN "endpoints: {mine: {library: ./none.so}}\n", {"nodes.laptop.endpoint=mine"}, {0}, {0}},
     "x.yaml:13:13: the library '/dev/./none.so' of endpoint 'mine' cannot be read: No such file or "
     "directory"},
    {{PLAIN, {0}, {"mine=/dev"}, {"laptop=mine"}},
     "x.yaml: --endpoint mine: the library '/dev' of endpoint 'mine' cannot be read: not a file"},
    {{PLAIN, {0}, {"roam=/dev/null"}, {0}},
     "x.yaml: --endpoint roam: 'roam' is roam's own core, which needs no entry: give the endpoint another "
     "name"},
    {{PLAIN, {0}, {"mine"}, {0}},
     "x.yaml: --endpoint mine: names nothing: write for example --endpoint mine=./libmine.so"},
    {{PLAIN, {0}, {0}, {"client="}},
     "x.yaml: --as client: names nothing: write for example --as client=mine"},
    {{PLAIN, {0}, {0}, {"clients=quinn"}},
     "x.yaml: --as clients: unknown role, group or node 'clients'; did you mean 'client'?"},
    {{PLAIN, {0}, {0}, {"lapto=quinn"}},
     "x.yaml: --as lapto: unknown role, group or node 'lapto'; did you mean 'laptop'?"},
    {{PLAIN, {0}, {0}, {"mallory=quinn"}},
     "x.yaml: --as mallory: 'mallory' is an attacker, which has no endpoint"},
    {{PLAIN, {0}, {"mine=/proc/self/exe"}, {"client=mime"}},
     "x.yaml: --as client: unknown endpoint 'mime'; did you mean 'mine'? A library that is found by that "
     "name "
     "needs an entry here: endpoints: {mime: {}}"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        const scenario_source source = source_of(&FAULTS[i].of);
        loading_expect_fault_of(&source, FAULTS[i].fault);
    }
}

/* The limits themselves are allowed; one more is not. */
static void test_limits(void)
{
    static const struct {
        size_t options, name, value;
        bool good;
    } cases[] = {{64, 3, 1, true},  {65, 3, 1, false},  {1, 63, 1, true},
                 {1, 64, 1, false}, {1, 3, 1023, true}, {1, 3, 1024, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *const out = open_memstream(&text, &bytes);
        CU_ASSERT_PTR_NOT_NULL_FATAL(out);
        (void)fprintf(out, PLAIN "endpoints:\n  mine:\n    options:\n");
        for (size_t k = 0; k < cases[i].options; k++)
            (void)fprintf(out, "      %0*zu: '%0*d'\n", (int)cases[i].name, k, (int)cases[i].value, 7);
        (void)fclose(out);
        scenario_diagnostics faults;
        scenario_diagnostics_init(&faults);
        scenario *const whole = load(&(load_case){.text = text}, &faults);
        CHECK(whole != NULL, cases[i].good, "case %zu", i);
        CHECK(faults.total == 0, cases[i].good, "case %zu", i);
        scenario_free(whole);
        scenario_diagnostics_fini(&faults);
        free(text);
    }
}

static const check_test TESTS[] = {
    {"the section", test_section},
    {"paths", test_paths},
    {"--as", test_as},
    {"--endpoint", test_replaced},
    {"digest", test_digest},
    {"varied", test_varied},
    {"explained", test_explained},
    {"known faults", test_known_faults},
    {"faults", test_faults},
    {"limits", test_limits},
};
CHECK_MAIN("scenario endpoints", TESTS)
