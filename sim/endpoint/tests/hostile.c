/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/tests/hostile.h"

#include "core/tests/check.h"
#include "sim/endpoint/call.h"
#include "sim/endpoint/roam_endpoint.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

struct roam_endpoint_host {
    const hostile *of;
    FILE *answer;
    uint64_t random;
};

static void draw(void *ctx, uint8_t *bytes, size_t len)
{
    roam_endpoint_host *const self = ctx;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)check_random(&self->random);
}

static uint64_t now(roam_endpoint_host *self)
{
    return self->of->now_ns;
}

static void log_line(roam_endpoint_host *self, roam_endpoint_connection *connection, const char *text)
{
    (void)connection;
    (void)fprintf(self->answer, "%s\n", text);
}

static void enter(roam_endpoint_host *self, endpoint_call *call, const char *function)
{
    *call = (endpoint_call){.adapter = "mine",
                            .node = "laptop",
                            .function = function,
                            .now_ns = self->of->now_ns,
                            .random = draw,
                            .ctx = self};
    if (!self->of->unmarked)
        endpoint_call_enter(call);
}

static void leave(roam_endpoint_host *self)
{
    const char *const fault = self->of->unmarked ? NULL : endpoint_call_leave();
    if (fault)
        (void)fprintf(self->answer, "fault: %s\n", fault);
}

static const roam_endpoint_library *load(roam_endpoint_host *self, void **handle)
{
    char path[4096];
    endpoint_call call;
    roam_endpoint_library_get_function *get;
    (void)snprintf(path, sizeof path, "%s/test_endpoints/hostile.so", getenv("ROAM_BUILD"));
    enter(self, &call, "dlopen");
    *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    leave(self);
    void *const symbol = *handle ? dlsym(*handle, ROAM_ENDPOINT_SYMBOL) : NULL;
    if (!symbol) {
        (void)fprintf(self->answer, "%s\n", dlerror());
        return NULL;
    }
    memcpy(&get, &symbol, sizeof symbol);
    return get(ROAM_ENDPOINT_ABI);
}

void hostile_run(void *ctx, FILE *answer)
{
    static const roam_endpoint_calls CALLS = {.size = sizeof CALLS, .now = now, .log = log_line};
    roam_endpoint_host self = {.of = ctx, .answer = answer, .random = ((const hostile *)ctx)->seed};
    const roam_endpoint_option options[] = {{"act", self.of->act}, {"in", self.of->in}};
    const roam_endpoint_options wanted = {.size = sizeof wanted,
                                          .calls = &CALLS,
                                          .host = &self,
                                          .options = options,
                                          .option_count = self.of->in ? 2 : 1};
    const unsigned repeats = self.of->repeats > 0 ? self.of->repeats : 1;
    roam_endpoint *made = NULL;
    endpoint_call call;
    void *handle;
    const roam_endpoint_library *const library = load(&self, &handle);
    if (!library)
        return;
    enter(&self, &call, "endpoint_new");
    const int status = library->endpoint_new(&wanted, &made);
    leave(&self);
    for (unsigned i = 0; status == 0 && i < repeats; i++) {
        enter(&self, &call, "receive");
        (void)library->receive(made, &(roam_endpoint_datagram){.len = 0});
        leave(&self);
    }
    enter(&self, &call, "endpoint_free");
    library->endpoint_free(made);
    leave(&self);
    (void)dlclose(handle);
}
