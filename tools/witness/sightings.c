/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/sightings.h"

#include "core/hash.h"
#include "tools/cli/command.h"
#include "tools/witness/held.h"
#include "tools/witness/seen.h"
#include "tools/witness/segments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_MAX_BYTES = 1024, PROBED = 20000, RELAYS_MAX = 64 };
#define WINDOW_NS UINT64_C(1000000000)

/* A host, and how many datagrams it was the first to send. */
typedef struct sender {
    roam_addr host;
    uint64_t first;
} sender;

struct sightings {
    capture_reader *capture;
    dissect *dissect;
    seen_table *seen;
    held_heap held;
    held *given; /* what the last sighting points into */
    segments segments;
    size_t segment,
        segment_at; /* of the datagrams that given holds: their size, and where the next begins; 0 */
    uint64_t last_ns;
    bool read_before; /* secrets were, in a first pass */
    bool at_end;
    roam_addr relays[RELAYS_MAX]; /* addresses of hosts, without ports */
    uint32_t relay_count;
    sender senders[RELAYS_MAX];
    uint32_t sender_count;
    uint64_t pairs, early_pairs; /* datagrams seen to be sent and to arrive; in the wrong order */
    sightings_counts counts;
};

/* ---- secrets ---- */

static bool read_line(sightings *self, const char *line)
{
    self->counts.secrets += line[0] != '\0' && line[0] != '#';
    return dissect_keylog(self->dissect, line) == 0;
}

static bool read_text(sightings *self, const char *text, size_t len)
{
    char line[LINE_MAX_BYTES];
    size_t kept = 0;
    bool good = true;
    for (size_t i = 0; i <= len && good; i++) {
        if (i < len && text[i] != '\n' && text[i] != '\r') {
            if (kept < sizeof line - 1)
                line[kept++] = text[i];
            continue;
        }
        line[kept] = '\0';
        good = read_line(self, line);
        kept = 0;
    }
    return good;
}

static int read_keys(sightings *self, const char *path, char *message)
{
    char line[LINE_MAX_BYTES];
    errno = 0;
    FILE *const file = fopen(path, "r");
    bool good = file != NULL;
    while (good && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = '\0';
        good = read_line(self, line);
    }
    good = good && !ferror(file);
    if (!good)
        (void)snprintf(message, SIGHTINGS_MESSAGE_MAX, "%s: %s", path, strerror(errno ? errno : ENOMEM));
    if (file)
        (void)fclose(file);
    return good ? COMMAND_OK : COMMAND_USAGE;
}

/* ---- the first pass ---- */

static link_status link_of(const capture_reader *capture, const capture_record *record, link_datagram *out)
{
    const capture_interface *const from = capture_reader_interface(capture, record->interface);
    const link_status status = link_read(from->link_type, record->bytes, record->len, record->full_len, out);
    if (record->direction != CAPTURE_UNKNOWN)
        out->direction = record->direction;
    return status;
}

static roam_addr host_of(const roam_addr *addr)
{
    roam_addr host = *addr;
    host.port = 0;
    return host;
}

static bool is_relay(const sightings *self, const roam_addr *addr)
{
    const roam_addr host = host_of(addr);
    for (uint32_t i = 0; i < self->relay_count; i++)
        if (roam_addr_equal(&self->relays[i], &host))
            return true;
    return false;
}

static void learn_relay(sightings *self, const roam_addr *addr)
{
    if (self->relay_count < RELAYS_MAX && !is_relay(self, addr))
        self->relays[self->relay_count++] = host_of(addr);
}

/* NULL: too many are known. */
static sender *sender_of(sightings *self, const roam_addr *addr)
{
    const roam_addr host = host_of(addr);
    for (uint32_t i = 0; i < self->sender_count; i++)
        if (roam_addr_equal(&self->senders[i].host, &host))
            return &self->senders[i];
    if (self->sender_count == RELAYS_MAX)
        return NULL;
    self->senders[self->sender_count] = (sender){.host = host};
    return &self->senders[self->sender_count++];
}

static bool sent_more(sightings *self, const roam_addr *a, const roam_addr *b)
{
    const sender *const of_a = sender_of(self, a), *const of_b = sender_of(self, b);
    return of_a && of_b && of_a->first > of_b->first;
}

static void count_first(sightings *self, const roam_addr *addr, bool was_first)
{
    sender *const of = sender_of(self, addr);
    if (of && was_first)
        of->first++;
    else if (of && of->first > 0)
        of->first--;
}

/* Of two that sent the same bytes, the later one passes them on; at one time, the one that has sent fewer of
 * its own. */
static void learn_sender(sightings *self, seen_place *sent, const seen_place *now)
{
    const bool elsewhere = sent->there && !roam_addr_equal(&sent->source, &now->source);
    const bool tie = elsewhere && now->time_ns == sent->time_ns;
    const bool earlier = sent->there && (now->time_ns < sent->time_ns ||
                                         (tie && sent_more(self, &now->source, &sent->source)));
    if (elsewhere)
        learn_relay(self, earlier ? &sent->source : &now->source);
    if (elsewhere && earlier)
        count_first(self, &sent->source, false);
    if (!sent->there || earlier) {
        count_first(self, &now->source, true);
        *sent = *now;
    }
}

/* What a host takes in and sends out again is of another host; one that sends to itself is on loopback. */
static void count_pair(sightings *self, const seen_datagram *entry, const seen_place *sent)
{
    if (!entry->arrived.there || !sent->there)
        return;
    const roam_addr came = host_of(&entry->arrived.destination), went = host_of(&sent->source),
                    to = host_of(&sent->destination);
    self->pairs++;
    if (!roam_addr_equal(&came, &went))
        self->early_pairs += entry->arrived.time_ns < sent->time_ns;
    else if (entry->arrived.time_ns <= sent->time_ns && !roam_addr_equal(&went, &to))
        learn_relay(self, &sent->source);
}

/* Whether hosts at both ends are in the capture, and which hosts are between them. */
static void look_at(sightings *self, seen_table *seen, const link_datagram *datagram, uint64_t time_ns)
{
    if (datagram->direction == CAPTURE_UNKNOWN || datagram->payload_len == 0)
        return;
    seen_datagram *const entry = seen_entry(seen, datagram->payload, datagram->payload_len);
    const seen_place now = {true, time_ns, datagram->source, datagram->destination};
    if (datagram->direction == CAPTURE_OUTBOUND)
        learn_sender(self, &entry->sent, &now);
    else
        entry->arrived = now;
    count_pair(self, entry, &entry->sent);
    self->counts.twice |= entry->sent.there && entry->arrived.there;
    self->counts.passing = self->early_pairs > self->pairs / 2;
}

static int look_through(sightings *self, const char *path, char *message)
{
    capture_reader *capture = NULL;
    capture_record record;
    uint64_t probed = 0;
    int status = capture_reader_open(path, &capture, message);
    if (status)
        return status == CAPTURE_ERR_NO_MEMORY ? COMMAND_BROKEN : COMMAND_USAGE;
    seen_table *const seen = seen_new();
    while (seen && (status = capture_reader_next(capture, &record)) == CAPTURE_RECORD) {
        link_datagram datagram;
        if (record.kind == CAPTURE_SECRETS)
            (void)read_text(self, (const char *)record.bytes, record.len);
        else if ((self->counts.twice || probed++ < PROBED) &&
                 link_of(capture, &record, &datagram) == LINK_UDP)
            look_at(self, seen, &datagram, record.time_ns);
    }
    if (status < 0)
        (void)snprintf(message, SIGHTINGS_MESSAGE_MAX, "%s: %s", path, capture_strerror(status));
    seen_free(seen);
    capture_reader_free(capture);
    return status < 0 || !seen ? COMMAND_BROKEN : COMMAND_OK;
}

static bool is_regular(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISREG(about.st_mode);
}

/* ---- the second ---- */

int sightings_open(const char *path, const char *keys, sightings **out, char *message)
{
    sightings *const self = calloc(1, sizeof *self);
    int status = COMMAND_BROKEN;
    (void)snprintf(message, SIGHTINGS_MESSAGE_MAX, "out of memory");
    if (!self || dissect_new(NULL, &self->dissect) != 0)
        goto failed;
    self->counts.whole_order = true;
    self->seen = seen_new();
    if (!self->seen)
        goto failed;
    status = keys ? read_keys(self, keys, message) : COMMAND_OK;
    self->read_before = is_regular(path);
    if (status == COMMAND_OK && self->read_before)
        status = look_through(self, path, message);
    if (status == COMMAND_OK) {
        const int opened = capture_reader_open(path, &self->capture, message);
        status = !opened ? COMMAND_OK : opened == CAPTURE_ERR_NO_MEMORY ? COMMAND_BROKEN : COMMAND_USAGE;
    }
    if (status != COMMAND_OK)
        goto failed;
    *out = self;
    return COMMAND_OK;
failed:
    sightings_close(self);
    return status;
}

void sightings_close(sightings *self)
{
    if (!self)
        return;
    capture_reader_free(self->capture);
    dissect_free(self->dissect);
    seen_free(self->seen);
    held_fini(&self->held);
    free(self->given);
    free(self);
}

static int take_packet(sightings *self, const capture_record *record)
{
    held next = {.time_ns = record->time_ns, .interface = record->interface};
    const link_status status = link_of(self->capture, record, &next.datagram);
    self->counts.packets[status]++;
    if (status != LINK_UDP)
        return 0;
    self->counts.cut += next.datagram.payload_len < next.datagram.full_len;
    next.direction = next.datagram.direction;
    return held_add(&self->held, &next) ? 0 : CAPTURE_ERR_NO_MEMORY;
}

/* Reads on until the earliest that is held is certain to be the next. */
static int fill(sightings *self)
{
    capture_record record;
    while (!self->at_end) {
        const held *const first = held_first(&self->held);
        if (first &&
            (self->held.count >= SIGHTINGS_HELD_MAX || self->held.latest_ns - first->time_ns >= WINDOW_NS))
            return 0;
        int status = capture_reader_next(self->capture, &record);
        self->at_end = status == CAPTURE_END;
        if (status == CAPTURE_RECORD && record.kind == CAPTURE_PACKET)
            status = take_packet(self, &record);
        else if (status == CAPTURE_RECORD && !self->read_before)
            (void)read_text(self, (const char *)record.bytes, record.len);
        if (status < 0)
            return status;
    }
    return 0;
}

static sighting_at place_of(const sightings *self, capture_direction direction)
{
    if (!self->counts.twice || direction == CAPTURE_UNKNOWN)
        return SIGHTING_BOTH;
    return direction == CAPTURE_OUTBOUND ? SIGHTING_SENT : SIGHTING_ARRIVED;
}

/* "laptop/wifi" is an interface of the host laptop. */
static uint64_t host_named(const capture_reader *capture, uint32_t interface)
{
    const char *const name = capture_reader_interface(capture, interface)->name;
    const char *const slash = strchr(name, '/');
    return slash ? core_hash_bytes(CORE_HASH_START, name, (size_t)(slash - name)) : 0;
}

/* Compares with what was seen before. */
static void recognise(sightings *self, sighting *out)
{
    out->sent_ns = out->time_ns;
    out->sent_source = out->source;
    out->sent_destination = out->destination;
    if (out->payload_len == 0)
        return;
    seen_datagram *const entry = seen_entry(self->seen, out->payload, out->payload_len);
    seen_place *const place = out->at == SIGHTING_ARRIVED ? &entry->arrived : &entry->sent;
    const seen_place now = {true, out->time_ns, out->source, out->destination};
    out->again = place->there && roam_addr_equal(&place->source, &out->source) &&
                 roam_addr_equal(&place->destination, &out->destination);
    if (out->at == SIGHTING_SENT)
        learn_sender(self, &entry->sent, &now);
    out->forwarded = is_relay(self, out->at == SIGHTING_ARRIVED ? &out->destination : &out->source);
    if (out->at == SIGHTING_SENT)
        return;
    *place = now;
    if (out->at != SIGHTING_ARRIVED || !entry->sent.there)
        return;
    out->sent_ns = entry->sent.time_ns;
    out->sent_source = entry->sent.source;
    out->sent_destination = entry->sent.destination;
}

/* What is given next: the next segment of the datagram before, or another datagram. As sightings_next. */
static int advance(sightings *self)
{
    if (self->segment > 0 && self->segment_at + self->segment < self->given->datagram.payload_len) {
        self->segment_at += self->segment;
        return 1;
    }
    const int status = fill(self);
    free(self->given);
    self->given = NULL;
    self->segment = self->segment_at = 0;
    if (status < 0 || !held_first(&self->held))
        return status < 0 ? status : 0;
    self->given = held_take(&self->held);
    self->counts.whole_order &= self->given->time_ns >= self->last_ns;
    self->last_ns = self->given->time_ns;
    return 1;
}

/* The segment that is next, if there are any. */
static void cut_out(const sightings *self, sighting *out)
{
    if (self->segment == 0)
        return;
    const size_t left = out->payload_len - self->segment_at;
    out->payload += self->segment_at;
    out->full_len = left > self->segment ? self->segment : out->full_len - self->segment_at;
    out->payload_len = left > self->segment ? self->segment : left;
}

static bool is_whole(const dissect_view *view)
{
    return view->packet_count == 0 || view->packets[view->packet_count - 1].status != DISSECT_NOT_AUTHENTIC;
}

static void look_inside(sightings *self, sighting *out)
{
    const dissect_where where = {out->source, out->destination};
    out->view = dissect_datagram_at(self->dissect, &where, out->payload, out->payload_len);
    if (self->segment > 0 || is_whole(out->view) || out->payload_len < out->full_len)
        return;
    self->segment =
        segments_size(&self->segments, self->dissect, &where, out->payload, out->payload_len, out->view);
    self->counts.joined += self->segment > 0;
    cut_out(self, out);
    out->view = dissect_datagram_at(self->dissect, &where, out->payload, out->payload_len);
}

int sightings_next(sightings *self, sighting *out)
{
    const int status = advance(self);
    if (status != 1)
        return status;
    const held *const next = self->given;
    const link_datagram *const datagram = &next->datagram;
    *out = (sighting){.time_ns = next->time_ns,
                      .source = datagram->source,
                      .destination = datagram->destination,
                      .direction = next->direction,
                      .interface = next->interface,
                      .host = host_named(self->capture, next->interface),
                      .may_be_fragmented = datagram->may_be_fragmented,
                      .at = place_of(self, next->direction),
                      .payload = datagram->payload,
                      .payload_len = datagram->payload_len,
                      .full_len = datagram->full_len};
    cut_out(self, out);
    look_inside(self, out);
    recognise(self, out);
    return 1;
}

const dissect_view *sightings_arrival(sightings *self, const sighting *seen)
{
    const dissect_where where = {seen->sent_source, seen->sent_destination};
    if (seen->at != SIGHTING_ARRIVED)
        return seen->view;
    return dissect_arrival_at(self->dissect, &where, seen->payload, seen->payload_len);
}

void sightings_arrived(sightings *self, const dissect_view *view)
{
    for (size_t i = 0; i < view->packet_count; i++)
        dissect_arrived(self->dissect, &view->packets[i]);
}

void sightings_count(const sightings *self, sightings_counts *out)
{
    *out = self->counts;
    capture_reader_summary(self->capture, &out->capture);
}

const dissect *sightings_dissect(const sightings *self)
{
    return self->dissect;
}
