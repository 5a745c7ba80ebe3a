/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time of each validation went. */
#include "tools/cli/table.h"
#include "tools/witness/findings.h"

#include <inttypes.h>

/* At one host, the validation of the other end shows how long this one took to answer, and nothing else. */
static const char *round_trip_name(const findings *found, const connection *of, dissect_side side)
{
    const bool at_host = verdicts_scope_of(found->verdicts, of->index, side) == VERDICTS_AT_HOST;
    const dissect_side peer = side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    const bool at_peer = verdicts_scope_of(found->verdicts, of->index, peer) == VERDICTS_AT_HOST;
    if (at_host)
        return "there and back: the capture shows one point of the way";
    return at_peer ? "at the peer, where the capture was made: the way there and back is not in it"
                   : "from the capture to the peer and back: it was made on the way";
}

static void print_part(uint64_t part_ns, const char *name, const char *before, FILE *stream)
{
    char time[TABLE_TIME_MAX];
    (void)fprintf(stream, "%s%s %s", before, table_time(part_ns, time), name);
}

static void print_validation(const findings *found, const connection *of, const connection_move *move,
                             dissect_side side, FILE *stream)
{
    const connection_validation *const validation = &move->validation[side];
    if (validation->answered_ns == CONNECTION_NEVER)
        return;
    const connection_parts parts = connection_parts_of(validation);
    (void)fprintf(stream, "  %s to path %" PRIu32 ", validated by the %s: ", connection_move_name(move->kind),
                  move->to, side == DISSECT_CLIENT ? "client" : "server");
    print_part(parts.before_ns, "before the challenge", "", stream);
    if (parts.unanswered_ns > 0)
        print_part(parts.unanswered_ns, "earlier challenges", " | ", stream);
    if (validation->flight.apart) {
        print_part(parts.to_peer_ns, "to the peer", " | ", stream);
        print_part(parts.at_peer_ns, "at the peer", " | ", stream);
        print_part(parts.back_ns, "back", " | ", stream);
    } else {
        print_part(parts.round_trip_ns, round_trip_name(found, of, side), " | ", stream);
    }
    (void)fputc('\n', stream);
}

void findings_print_parts(const findings *found, const connection *of, FILE *stream)
{
    for (uint32_t i = 0; i < of->move_count; i++) {
        print_validation(found, of, &of->moves[i], DISSECT_CLIENT, stream);
        print_validation(found, of, &of->moves[i], DISSECT_SERVER, stream);
    }
}
