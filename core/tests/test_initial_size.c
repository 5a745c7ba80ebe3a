/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's datagram with an Initial packet is expanded to 1200 bytes (RFC 9000 section 14.1), whatever else
 * is in it, and whenever it leaves. */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum { EXPANDED = 1200, WINDOW = 10 /* datagrams of that size: the initial congestion window */ };

/* The client's probe timeouts begin with 3 RTT as assumed, and double: nine of them are over in 511 x 3 ms.
 * The server's first one is over 3 s after its first flight. */
#define CLIENT_RTT_NS NET_MS
#define SERVER_RTT_NS NET_S
#define LOSS_ENDS_NS (2 * NET_S)

typedef struct initials {
    net_fixture *net;
    size_t sent, late; /* by the client, and of these when the loss has ended */
    size_t smallest;   /* UDP payload of one of the late ones */
} initials;

static bool is_initial(const uint8_t *packet)
{
    return (packet[0] & 0xf0) == 0xc0; /* RFC 9000 section 17.2.2 */
}

/* What the server sends first is lost, and all of the client's but its first datagram. */
static bool lose_the_first_flight(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    initials *seen = user;
    const bool lossy = net_now(seen->net) < LOSS_ENDS_NS;
    if (from->bytes[1] != 0)
        return lossy;
    for (size_t at = 0; at < datagram->len; at += datagram->segment_len) {
        const size_t rest = datagram->len - at;
        const size_t len = rest < datagram->segment_len ? rest : datagram->segment_len;
        if (!is_initial(datagram->data + at))
            continue;
        seen->sent++;
        seen->late += !lossy;
        if (!lossy && len < seen->smallest)
            seen->smallest = len;
    }
    return lossy && seen->sent > 1;
}

static void hasty(roam_node_options *options)
{
    options->initial_rtt_ns = CLIENT_RTT_NS;
}

static void slow(roam_node_options *options)
{
    net_accepting(options);
    options->initial_rtt_ns = SERVER_RTT_NS;
}

/* The handshake completes while the client's congestion window is full, as the acknowledgement of its first
 * packet is lost and the server's probe has none. The client's last Initial packet leaves later, with
 * Handshake and 1-RTT packets. */
static void test_after_the_handshake(void)
{
    net_pair p = net_pair_new(&(net_pair_options){.apart = true, .change_a = hasty, .change_b = slow});
    initials seen = {.net = p.net, .smallest = SIZE_MAX};
    net_filter(p.net, lose_the_first_flight, &seen);
    net_dial(p.a, p.b);
    net_run_for(p.net, LOSS_ENDS_NS);
    CHECK(seen.sent, WINDOW, "datagrams fill the window");
    net_run_for(p.net, 7 * NET_S);
    CHECK(net_ups(p.a), 1, "connected");
    CHECK(seen.late >= 1, true, "an Initial packet left afterwards");
    CHECK(seen.smallest, EXPANDED, "its datagram");
    net_free(p.net);
}

static const check_test tests[] = {
    {"after the handshake", test_after_the_handshake},
};

CHECK_MAIN("initial size", tests)
