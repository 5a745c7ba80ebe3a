/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/table.h"
#include "tools/witness/findings.h"

#include <inttypes.h>
#include <string.h>

enum { CELL_MAX = 160 };

const char *findings_cipher_name(uint16_t suite)
{
    static const char *const names[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                        "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256",
                                        "TLS_AES_128_CCM_8_SHA256"};
    const size_t index = (size_t)suite - 0x1301;
    return suite >= 0x1301 && index < sizeof names / sizeof *names ? names[index] : NULL;
}

/* "after 43.112 ms", or what there is instead of a time. */
static const char *after(uint64_t time_ns, uint64_t start_ns, char text[CELL_MAX])
{
    char time[TABLE_TIME_MAX];
    if (time_ns == CONNECTION_NEVER)
        (void)snprintf(text, CELL_MAX, "-");
    else
        (void)snprintf(text, CELL_MAX, "%s", table_time(time_ns - start_ns, time));
    return text;
}

static void cell(table *in, const char *text)
{
    table_cell(in, TABLE_PLAIN, text);
}

static void number_cell(table *in, uint64_t number)
{
    char text[CELL_MAX];
    (void)snprintf(text, sizeof text, "%" PRIu64, number);
    cell(in, text);
}

/* ---- the capture ---- */

static void print_ending(const sightings_counts *counts, FILE *stream)
{
    if (counts->capture.ending == CAPTURE_CUT)
        (void)fprintf(stream, "  the file is cut: it ends within a block, after %" PRIu64 " bytes\n",
                      counts->capture.bytes);
    else if (counts->capture.ending == CAPTURE_NOT_VALID)
        (void)fprintf(stream, "  the file cannot be followed from byte %" PRIu64 " on\n",
                      counts->capture.bytes);
}

static void print_capture(const findings *found, const sightings_counts *counts, FILE *stream)
{
    char time[TABLE_TIME_MAX];
    const uint64_t span = found->first_ns == CONNECTION_NEVER ? 0 : found->last_ns - found->first_ns;
    (void)fprintf(stream, "%s: %" PRIu64 " packets, %" PRIu64 " UDP datagrams in %s\n", found->path,
                  counts->capture.packets, counts->packets[LINK_UDP], table_time(span, time));
    for (int i = LINK_UDP + 1; i < LINK_STATUSES; i++)
        if (counts->packets[i] > 0)
            (void)fprintf(stream, "  %" PRIu64 " packets %s\n", counts->packets[i],
                          link_status_name((link_status)i));
    if (counts->capture.bad_packets > 0)
        (void)fprintf(stream, "  %" PRIu64 " packets that the file describes wrongly\n",
                      counts->capture.bad_packets);
    if (counts->joined > 0)
        (void)fprintf(stream,
                      "  %" PRIu64 " datagrams that segmentation offload made of several: taken apart\n",
                      counts->joined);
    if (counts->cut > 0)
        (void)fprintf(stream, "  %" PRIu64 " datagrams of which the capture has a part\n", counts->cut);
    if (!counts->whole_order)
        (void)fputs("  packets are out of order by more than a second\n", stream);
    print_ending(counts, stream);
}

static void print_unread(const uint64_t counts[CONNECTION_STATUSES], const char *before, FILE *stream)
{
    for (int i = DISSECT_READ + 1; i < CONNECTION_STATUSES; i++)
        if (counts[i] > 0)
            (void)fprintf(stream, "%s%" PRIu64 " packets %s\n", before, counts[i],
                          dissect_status_name((dissect_status)i));
}

/* ---- a connection ---- */

static void print_head(const findings *found, const connection *of, FILE *stream)
{
    char client[ROAM_ADDR_STRING_MAX], server[ROAM_ADDR_STRING_MAX];
    dissect_about about;
    dissect_describe(sightings_dissect(found->seen), of->index, &about);
    const char *const cipher = findings_cipher_name(about.cipher_suite);
    (void)fprintf(stream, "\nconnection %" PRIu32 ": %s -> %s, QUIC version %s%s, %s%s%s\n", of->index,
                  roam_addr_format(&of->client, client), roam_addr_format(&of->server, server),
                  about.version == 1 ? "1" : "2",
                  about.version != about.first_version ? " after an Initial of another version" : "",
                  cipher ? cipher : "cipher suite not known", about.retried ? ", Retry" : "",
                  about.has_secrets ? "" : ", no secrets");
}

static void print_times(const findings *found, const connection *of, FILE *stream)
{
    char began[CELL_MAX], hello[CELL_MAX], client[CELL_MAX], confirmed[CELL_MAX], closed[CELL_MAX];
    (void)fprintf(
        stream, "  began at %s; ServerHello after %s, 1-RTT of the client after %s, confirmed after %s\n",
        after(of->first_ns, found->first_ns, began), after(of->server_hello_ns, of->first_ns, hello),
        after(of->one_rtt_ns[DISSECT_CLIENT], of->first_ns, client),
        after(of->confirmed_ns, of->first_ns, confirmed));
    if (of->closed_ns != CONNECTION_NEVER)
        (void)fprintf(stream, "  closed by the %s after %s, %s error %" PRIu64 "\n",
                      of->closed_by == DISSECT_CLIENT ? "client" : "server",
                      after(of->closed_ns, of->first_ns, closed),
                      of->close_by_application ? "application" : "transport", of->close_error);
}

static void print_side(const connection *of, dissect_side side, FILE *stream)
{
    const connection_flow *const flow = &of->flow[side];
    (void)fprintf(stream, "  %s sent %" PRIu64 " packets in %" PRIu64 " datagrams, %" PRIu64 " bytes",
                  side == DISSECT_CLIENT ? "client" : "server", flow->packets, flow->datagrams, flow->bytes);
    if (of->key_updates[side] > 0)
        (void)fprintf(stream, "; %" PRIu32 " key updates", of->key_updates[side]);
    (void)fputc('\n', stream);
    print_unread(of->unread[side], "    ", stream);
}

static bool print_paths(const connection *of, FILE *stream)
{
    static const char *const titles[] = {"  path", "client", "server", ">from", ">to", ">up", ">down"};
    table *const made = table_new(titles, sizeof titles / sizeof *titles);
    if (!made)
        return false;
    for (uint32_t i = 0; i < of->path_count; i++) {
        const connection_path *const path = &of->paths[i];
        char text[CELL_MAX];
        (void)snprintf(text, sizeof text, "  %" PRIu32, i);
        cell(made, text);
        cell(made, roam_addr_format(&path->client, text));
        cell(made, roam_addr_format(&path->server, text));
        cell(made, after(path->first_ns, of->first_ns, text));
        cell(made, after(path->last_ns, of->first_ns, text));
        number_cell(made, path->flow[DISSECT_CLIENT].packets);
        number_cell(made, path->flow[DISSECT_SERVER].packets);
    }
    const bool good = table_print(made, stream, table_colour(stream));
    table_free(made);
    if (of->paths_left_out > 0)
        (void)fprintf(stream, "  and more paths, not listed\n");
    return good;
}

/* "43.112 ms", "not answered", "-" */
static const char *validation_text(const connection_validation *of, char text[CELL_MAX])
{
    if (of->challenge_ns == CONNECTION_NEVER)
        (void)snprintf(text, CELL_MAX, "-");
    else if (of->answered_ns == CONNECTION_NEVER)
        (void)snprintf(text, CELL_MAX, "not answered");
    else
        (void)after(of->answered_ns, of->challenge_ns, text);
    return text;
}

static bool print_moves(const connection *of, FILE *stream)
{
    static const char *const titles[] = {"  move",      ">at",        ">from path", ">to",
                                         ">challenged", ">validated", ">by server", ">data after"};
    table *const made = of->move_count > 0 ? table_new(titles, sizeof titles / sizeof *titles) : NULL;
    if (of->move_count == 0)
        return true;
    for (uint32_t i = 0; made && i < of->move_count; i++) {
        const connection_move *const move = &of->moves[i];
        const connection_validation *const client = &move->validation[DISSECT_CLIENT];
        char text[CELL_MAX];
        (void)snprintf(text, sizeof text, "  %s", connection_move_name(move->kind));
        cell(made, text);
        cell(made, after(move->first_ns, of->first_ns, text));
        number_cell(made, move->from);
        number_cell(made, move->to);
        cell(made, after(client->challenge_ns, of->first_ns, text));
        cell(made, validation_text(client, text));
        cell(made, validation_text(&move->validation[DISSECT_SERVER], text));
        cell(made, after(move->data_ns, move->first_ns, text));
    }
    const bool good = made && table_print(made, stream, table_colour(stream));
    table_free(made);
    if (of->moves_left_out > 0)
        (void)fprintf(stream, "  and %" PRIu32 " moves more, not listed\n", of->moves_left_out);
    return good;
}

static bool print_connection(const findings *found, const connection *of, FILE *stream)
{
    print_head(found, of, stream);
    print_times(found, of, stream);
    print_side(of, DISSECT_CLIENT, stream);
    print_side(of, DISSECT_SERVER, stream);
    if (!print_paths(of, stream) || !print_moves(of, stream))
        return false;
    findings_print_parts(found, of, stream);
    return findings_print_rules(found, of, stream);
}

bool findings_print(const findings *found, FILE *stream)
{
    sightings_counts counts;
    bool good = true;
    sightings_count(found->seen, &counts);
    print_capture(found, &counts, stream);
    for (uint32_t i = 0; i < found->all->count && good; i++)
        if (found->all->items[i])
            good = print_connection(found, found->all->items[i], stream);
    if (found->all->other_datagrams > 0) {
        (void)fprintf(stream, "\n%" PRIu64 " datagrams of no known connection:\n",
                      found->all->other_datagrams);
        print_unread(found->all->other_packets, "  ", stream);
    }
    if (verdicts_left_out(found->verdicts) > 0)
        (void)fprintf(stream, "\n%" PRIu32 " connections are beyond the first %d, and not judged\n",
                      verdicts_left_out(found->verdicts), VERDICTS_CONNECTIONS_MAX);
    if (dissect_failed(sightings_dissect(found->seen)))
        (void)fputs("\nmore connections than can be kept: some are not read\n", stream);
    return good;
}
