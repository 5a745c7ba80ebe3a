/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/tests/fake_library.h"

#include <string.h>

fake *fake_current;

static void act_in(const char *function)
{
    if (strcmp(fake_current->in, function) != 0)
        return;
    fake_current->in = "";
    fake_current->act(fake_current);
}

static int fake_endpoint_new(const roam_endpoint_options *options, roam_endpoint **out)
{
    fake_current->calls = options->calls;
    fake_current->host = options->host;
    fake_current->options = *options;
    memcpy(fake_current->certificate, options->certificate, options->certificate_len);
    fake_current->certificate_len = options->certificate_len;
    act_in("endpoint_new");
    if (!fake_current->gives_none)
        *out = (roam_endpoint *)fake_current;
    return fake_current->answer;
}

static void fake_endpoint_free(roam_endpoint *endpoint)
{
    (void)endpoint;
}

static int fake_connect(roam_endpoint *endpoint, const roam_endpoint_path *path, const char *server_name,
                        roam_endpoint_connection **out)
{
    (void)endpoint;
    (void)path;
    (void)server_name;
    fake_current->connected = &fake_current->client;
    act_in("connect");
    *out = fake_current->connected;
    return fake_current->answer;
}

static roam_endpoint_connection *fake_receive(roam_endpoint *endpoint, const roam_endpoint_datagram *datagram)
{
    (void)endpoint;
    (void)datagram;
    fake_current->received = &fake_current->client;
    act_in("receive");
    return fake_current->received;
}

static roam_endpoint_connection *fake_route(const roam_endpoint *endpoint,
                                            const roam_endpoint_datagram *datagram)
{
    (void)endpoint;
    (void)datagram;
    act_in("route");
    return fake_current->routed;
}

static void fake_flush(roam_endpoint_connection *connection)
{
    (void)connection;
    act_in("flush");
}

static uint64_t fake_deadline(const roam_endpoint_connection *connection)
{
    (void)connection;
    act_in("deadline");
    return fake_current->deadline_ns;
}

static void fake_expire(roam_endpoint_connection *connection)
{
    (void)connection;
    act_in("expire");
}

static void fake_close(roam_endpoint_connection *connection, bool application, uint64_t code)
{
    (void)connection;
    (void)application;
    (void)code;
}

static void fake_connection_free(roam_endpoint_connection *connection)
{
    (void)connection;
    act_in("connection_free");
}

static int fake_peer(const roam_endpoint_connection *connection, roam_endpoint_peer *out)
{
    (void)connection;
    out->certificate = fake_current->certificate;
    out->certificate_len = fake_current->certificate_len;
    act_in("peer");
    return fake_current->answer;
}

static void fake_path(const roam_endpoint_connection *connection, roam_endpoint_path *out)
{
    (void)connection;
    (void)out; /* it has no address */
}

static int fake_stream_open(roam_endpoint_connection *connection, bool bidirectional, int64_t *stream)
{
    (void)connection;
    (void)bidirectional;
    *stream = fake_current->next_stream;
    act_in("stream_open");
    return fake_current->answer;
}

static int fake_stream_write(roam_endpoint_connection *connection, int64_t stream, const uint8_t *data,
                             size_t len, bool finish, size_t *taken)
{
    (void)connection;
    (void)stream;
    (void)data;
    (void)finish;
    act_in("stream_write");
    *taken = len + fake_current->taken_more;
    return fake_current->answer;
}

static int fake_stream_read(roam_endpoint_connection *connection, int64_t stream, uint8_t *data,
                            size_t capacity, size_t *len, bool *finished)
{
    (void)connection;
    (void)stream;
    (void)data;
    *finished = false;
    act_in("stream_read");
    *len = fake_current->read_more > 0 ? capacity + fake_current->read_more : 0;
    return fake_current->answer;
}

static int fake_stream_reset(roam_endpoint_connection *connection, int64_t stream, uint64_t code)
{
    (void)connection;
    (void)stream;
    (void)code;
    return ROAM_ENDPOINT_OK;
}

static int fake_migrate(roam_endpoint_connection *connection, const roam_endpoint_path *path, uint32_t mode)
{
    (void)connection;
    (void)path;
    (void)mode;
    return ROAM_ENDPOINT_OK;
}

const roam_endpoint_library FAKE_LIBRARY = {
    .abi = ROAM_ENDPOINT_ABI,
    .size = sizeof FAKE_LIBRARY,
    .name = "fake",
    .version = "fake 1",
    .capabilities = ROAM_ENDPOINT_CLIENT | ROAM_ENDPOINT_SERVER | ROAM_ENDPOINT_CAN_PROBE_FIRST,
    .connection_id_len = 8,
    .endpoint_new = fake_endpoint_new,
    .endpoint_free = fake_endpoint_free,
    .connect = fake_connect,
    .receive = fake_receive,
    .route = fake_route,
    .flush = fake_flush,
    .deadline = fake_deadline,
    .expire = fake_expire,
    .close = fake_close,
    .connection_free = fake_connection_free,
    .peer = fake_peer,
    .path = fake_path,
    .stream_open = fake_stream_open,
    .stream_write = fake_stream_write,
    .stream_read = fake_stream_read,
    .stream_reset = fake_stream_reset,
    .migrate = fake_migrate,
};
