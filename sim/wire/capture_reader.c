/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/capture_reader.h"

#include "sim/wire/capture_time.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SECTION_HEADER = 0x0a0d0d0a, INTERFACE = 1, PACKET = 2, SIMPLE_PACKET = 3, ENHANCED_PACKET = 6 };
enum { DECRYPTION_SECRETS = 10, TLS_KEY_LOG = 0x544c534b };
enum { OPTION_END = 0, EPB_FLAGS = 2, IF_NAME = 2, IF_TSRESOL = 9, IF_TSOFFSET = 14 };
enum { BLOCK_OVERHEAD = 12, PCAP_HEADER = 24, PCAP_RECORD = 16 };
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define PCAP_MICROSECONDS 0xa1b2c3d4u
#define PCAP_NANOSECONDS 0xa1b23c4du

typedef struct source {
    capture_interface about;
    capture_clock clock;
} source;

struct capture_reader {
    FILE *file;
    bool pcap; /* not pcapng */
    bool swapped;
    bool ended;
    source *interfaces;
    uint32_t interface_count, interface_capacity;
    uint32_t section_start; /* index of the first interface of the section */
    uint8_t *block;         /* its body */
    size_t capacity;
    uint64_t last_ns;
    capture_summary summary;
};

const char *capture_strerror(int status)
{
    switch (status) {
    case CAPTURE_END:
        return "the capture is at its end";
    case CAPTURE_RECORD:
        return "a record was read";
    case CAPTURE_ERR_OPEN:
        return "cannot be opened";
    case CAPTURE_ERR_READ:
        return "cannot be read";
    case CAPTURE_ERR_FORMAT:
        return "is neither a pcapng nor a pcap file";
    case CAPTURE_ERR_NO_MEMORY:
        return "out of memory";
    default:
        return "unknown error of reading a capture";
    }
}

/* ---- bytes ---- */

static uint32_t swap(uint32_t word)
{
    return word >> 24 | (word >> 8 & 0xff00) | (word << 8 & 0xff0000) | word << 24;
}

static uint32_t word_at(const capture_reader *self, const uint8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return self->swapped ? swap(word) : word;
}

static uint16_t half_at(const capture_reader *self, const uint8_t *bytes)
{
    uint16_t half;
    memcpy(&half, bytes, sizeof half);
    return (uint16_t)(self->swapped ? half << 8 | half >> 8 : half);
}

static uint64_t long_at(const capture_reader *self, const uint8_t *bytes)
{
    uint64_t both;
    memcpy(&both, bytes, sizeof both);
    return self->swapped ? (uint64_t)swap((uint32_t)both) << 32 | swap((uint32_t)(both >> 32)) : both;
}

static bool fill(capture_reader *self, void *out, size_t len, size_t *got)
{
    *got = fread(out, 1, len, self->file);
    self->summary.bytes += *got;
    return *got == len;
}

/* The file ends here. */
static int end_at(capture_reader *self, capture_ending ending)
{
    self->ended = true;
    self->summary.ending = ending;
    return ferror(self->file) ? CAPTURE_ERR_READ : CAPTURE_END;
}

static bool reserve(capture_reader *self, size_t len)
{
    if (self->block && len <= self->capacity)
        return true;
    size_t capacity = self->capacity ? self->capacity : 4096;
    while (capacity < len)
        capacity *= 2;
    uint8_t *const grown = realloc(self->block, capacity);
    if (!grown)
        return false;
    self->block = grown;
    self->capacity = capacity;
    return true;
}

/* Reads over bytes that nobody needs; a pipe cannot be moved in. */
static bool skip(capture_reader *self, uint64_t len)
{
    uint8_t bytes[4096];
    size_t got;
    for (; len > 0; len -= got)
        if (!fill(self, bytes, len < sizeof bytes ? (size_t)len : sizeof bytes, &got))
            return false;
    return true;
}

/* ---- interfaces ---- */

static int add_interface(capture_reader *self, const source *added)
{
    if (self->interface_count == CAPTURE_INTERFACES_MAX)
        return end_at(self, CAPTURE_NOT_VALID);
    if (self->interface_count == self->interface_capacity) {
        const uint32_t capacity = self->interface_capacity ? self->interface_capacity * 2 : 4;
        source *const grown = realloc(self->interfaces, capacity * sizeof *grown);
        if (!grown)
            return CAPTURE_ERR_NO_MEMORY;
        self->interfaces = grown;
        self->interface_capacity = capacity;
    }
    self->interfaces[self->interface_count++] = *added;
    return 0;
}

typedef struct option {
    uint16_t code, len;
    const uint8_t *value;
} option;

/* The next option between *at and end. False: there is none. */
static bool next_option(const capture_reader *self, const uint8_t **at, const uint8_t *end, option *out)
{
    if (end - *at < 4)
        return false;
    *out = (option){half_at(self, *at), half_at(self, *at + 2), *at + 4};
    const ptrdiff_t padded = (out->len + 3) / 4 * 4;
    if (out->code == OPTION_END || end - out->value < padded)
        return false;
    *at = out->value + padded;
    return true;
}

static int read_interface(capture_reader *self, size_t len)
{
    const uint8_t *at = self->block + 8, *const end = self->block + len;
    source added = {.clock = CAPTURE_CLOCK_MICROSECONDS};
    option read;
    if (len < 8)
        return end_at(self, CAPTURE_NOT_VALID);
    added.about.link_type = half_at(self, self->block);
    added.about.snaplen = word_at(self, self->block + 4);
    while (next_option(self, &at, end, &read)) {
        if (read.code == IF_NAME) {
            const size_t kept = read.len < CAPTURE_NAME_MAX ? read.len : CAPTURE_NAME_MAX - 1;
            memcpy(added.about.name, read.value, kept);
            added.about.name[kept] = '\0';
        } else if (read.code == IF_TSRESOL && read.len == 1) {
            added.clock.resolution = read.value[0];
        } else if (read.code == IF_TSOFFSET && read.len == 8) {
            added.clock.offset_s = (int64_t)long_at(self, read.value);
        }
    }
    return add_interface(self, &added);
}

/* ---- packets ---- */

static const source *interface_of(const capture_reader *self, uint32_t in_section)
{
    const uint32_t count = self->interface_count - self->section_start;
    return in_section < count ? &self->interfaces[self->section_start + in_section] : NULL;
}

static int no_packet(capture_reader *self)
{
    self->summary.bad_packets++;
    return 0;
}

static int give(capture_reader *self, const source *from, capture_record *out)
{
    out->kind = CAPTURE_PACKET;
    out->interface = (uint32_t)(from - self->interfaces);
    if (out->full_len < out->len)
        out->full_len = out->len;
    self->last_ns = out->time_ns;
    self->summary.packets++;
    return CAPTURE_RECORD;
}

/* Enhanced Packet Blocks, and Packet Blocks, which came before them and differ in the first word. */
static int read_packet(capture_reader *self, size_t len, bool enhanced, capture_record *out)
{
    enum { FIXED = 20 };
    const uint8_t *const body = self->block;
    if (len < FIXED)
        return no_packet(self);
    const uint32_t captured = word_at(self, body + 12);
    const source *const from = interface_of(self, enhanced ? word_at(self, body) : half_at(self, body));
    if (!from || captured > len - FIXED)
        return no_packet(self);
    *out = (capture_record){.bytes = body + FIXED, .len = captured, .full_len = word_at(self, body + 16)};
    out->time_ns =
        capture_time_ns(&from->clock, (uint64_t)word_at(self, body + 4) << 32 | word_at(self, body + 8));
    const size_t padded = ((size_t)captured + 3) / 4 * 4;
    const uint8_t *at = body + FIXED + (padded < len - FIXED ? padded : len - FIXED);
    option read;
    while (next_option(self, &at, body + len, &read))
        if (read.code == EPB_FLAGS && read.len == 4)
            out->direction = (capture_direction)(word_at(self, read.value) & 3);
    if (out->direction != CAPTURE_INBOUND && out->direction != CAPTURE_OUTBOUND)
        out->direction = CAPTURE_UNKNOWN;
    return give(self, from, out);
}

static int read_simple_packet(capture_reader *self, size_t len, capture_record *out)
{
    const source *const from = interface_of(self, 0);
    if (!from || len < 4)
        return no_packet(self);
    const uint32_t full = word_at(self, self->block);
    size_t captured = full < len - 4 ? full : len - 4;
    if (from->about.snaplen > 0 && captured > from->about.snaplen)
        captured = from->about.snaplen;
    *out = (capture_record){
        .bytes = self->block + 4, .len = captured, .full_len = full, .time_ns = self->last_ns};
    return give(self, from, out);
}

static int read_secrets(capture_reader *self, size_t len, capture_record *out)
{
    if (len < 8 || word_at(self, self->block) != TLS_KEY_LOG || word_at(self, self->block + 4) > len - 8) {
        self->summary.skipped++;
        return 0;
    }
    *out = (capture_record){
        .kind = CAPTURE_SECRETS, .bytes = self->block + 8, .len = word_at(self, self->block + 4)};
    return CAPTURE_RECORD;
}

/* ---- pcapng ---- */

/* 0, RECORD or an error. */
static int read_block(capture_reader *self, uint32_t type, size_t len, capture_record *out)
{
    switch (type) {
    case SECTION_HEADER:
        self->section_start = self->interface_count;
        return 0;
    case INTERFACE:
        return read_interface(self, len);
    case PACKET:
    case ENHANCED_PACKET:
        return read_packet(self, len, type == ENHANCED_PACKET, out);
    case SIMPLE_PACKET:
        return read_simple_packet(self, len, out);
    case DECRYPTION_SECRETS:
        return read_secrets(self, len, out);
    default:
        self->summary.skipped++;
        return 0;
    }
}

/* Says the byte order of the section that begins. header: type, length, magic number. */
static bool set_byte_order(capture_reader *self, const uint8_t *magic)
{
    self->swapped = false;
    if (word_at(self, magic) == BYTE_ORDER_MAGIC)
        return true;
    self->swapped = true;
    return word_at(self, magic) == BYTE_ORDER_MAGIC;
}

/* Type and length, and of a section header the magic number, without which its length cannot be read. */
static int read_block_header(capture_reader *self, uint32_t *type, uint64_t *body, size_t *have)
{
    uint8_t header[BLOCK_OVERHEAD];
    size_t got;
    if (!fill(self, header, 8, &got))
        return end_at(self, got ? CAPTURE_CUT : CAPTURE_WHOLE);
    *type = word_at(self, header);
    *have = 0;
    if (*type == SECTION_HEADER) {
        if (!fill(self, header + 8, 4, &got))
            return end_at(self, CAPTURE_CUT);
        if (!set_byte_order(self, header + 8))
            return end_at(self, CAPTURE_NOT_VALID);
        *have = 4;
    }
    const uint32_t total = word_at(self, header + 4);
    if (total % 4 != 0 || total < BLOCK_OVERHEAD + *have)
        return end_at(self, CAPTURE_NOT_VALID);
    *body = total - BLOCK_OVERHEAD;
    if (*have > 0 && reserve(self, 4))
        memcpy(self->block, header + 8, 4);
    return CAPTURE_RECORD;
}

static bool read_trailer(capture_reader *self, uint64_t body, int *status)
{
    uint8_t trailer[4];
    size_t got;
    if (!fill(self, trailer, sizeof trailer, &got))
        *status = end_at(self, CAPTURE_CUT);
    else if (word_at(self, trailer) != body + BLOCK_OVERHEAD)
        *status = end_at(self, CAPTURE_NOT_VALID);
    else
        return true;
    return false;
}

static int skip_long(capture_reader *self, uint32_t type, uint64_t len)
{
    if (type == PACKET || type == SIMPLE_PACKET || type == ENHANCED_PACKET)
        self->summary.bad_packets++;
    else
        self->summary.skipped++;
    return skip(self, len) ? 0 : end_at(self, CAPTURE_CUT);
}

static int next_pcapng(capture_reader *self, capture_record *out)
{
    uint32_t type;
    uint64_t body;
    size_t have, got;
    int status = 0;
    while (status == 0 && !self->ended) {
        status = read_block_header(self, &type, &body, &have);
        if (status != CAPTURE_RECORD)
            return status;
        if (body > CAPTURE_BLOCK_MAX) {
            status = skip_long(self, type, body - have);
            if (self->ended || !read_trailer(self, body, &status))
                return status;
            status = 0;
            continue;
        }
        if (!reserve(self, (size_t)body))
            return CAPTURE_ERR_NO_MEMORY;
        if (!fill(self, self->block + have, (size_t)body - have, &got))
            return end_at(self, CAPTURE_CUT);
        if (!read_trailer(self, body, &status))
            return status;
        status = read_block(self, type, (size_t)body, out);
    }
    return status;
}

/* ---- pcap ---- */

static int start_pcap(capture_reader *self, uint8_t header[PCAP_HEADER])
{
    size_t got;
    source only = {.clock = CAPTURE_CLOCK_MICROSECONDS};
    if (!fill(self, header + 4, PCAP_HEADER - 4, &got))
        return ferror(self->file) ? CAPTURE_ERR_READ : CAPTURE_ERR_FORMAT;
    if (word_at(self, header) == PCAP_NANOSECONDS)
        only.clock = CAPTURE_CLOCK_NANOSECONDS;
    only.about.snaplen = word_at(self, header + 16);
    only.about.link_type = (uint16_t)word_at(self, header + 20);
    return add_interface(self, &only);
}

static int next_pcap(capture_reader *self, capture_record *out)
{
    uint8_t header[PCAP_RECORD];
    size_t got;
    if (!fill(self, header, sizeof header, &got))
        return end_at(self, got ? CAPTURE_CUT : CAPTURE_WHOLE);
    const uint32_t len = word_at(self, header + 8);
    const source *const from = &self->interfaces[0];
    if (len > CAPTURE_BLOCK_MAX)
        return end_at(self, CAPTURE_NOT_VALID); /* nothing tells where the next one begins */
    if (!reserve(self, len))
        return CAPTURE_ERR_NO_MEMORY;
    if (!fill(self, self->block, len, &got))
        return end_at(self, CAPTURE_CUT);
    *out = (capture_record){.bytes = self->block, .len = len, .full_len = word_at(self, header + 12)};
    const capture_clock whole_seconds = {.resolution = 0};
    const capture_clock fraction = {.resolution = from->clock.resolution};
    out->time_ns = capture_time_ns(&whole_seconds, word_at(self, header)) +
                   capture_time_ns(&fraction, word_at(self, header + 4));
    return give(self, from, out);
}

/* ---- both ---- */

/* Looks at the first bytes. */
static int start(capture_reader *self)
{
    uint8_t header[PCAP_HEADER];
    size_t got;
    if (!fill(self, header, 4, &got))
        return ferror(self->file) ? CAPTURE_ERR_READ : CAPTURE_ERR_FORMAT;
    const uint32_t magic = word_at(self, header);
    self->swapped = magic == swap(PCAP_MICROSECONDS) || magic == swap(PCAP_NANOSECONDS);
    self->pcap = self->swapped || magic == PCAP_MICROSECONDS || magic == PCAP_NANOSECONDS;
    if (self->pcap)
        return start_pcap(self, header);
    if (magic != SECTION_HEADER || !fill(self, header + 4, 8, &got) || !set_byte_order(self, header + 8))
        return ferror(self->file) ? CAPTURE_ERR_READ : CAPTURE_ERR_FORMAT;
    const uint32_t total = word_at(self, header + 4);
    int status = 0;
    if (total % 4 != 0 || total < BLOCK_OVERHEAD + 4)
        return CAPTURE_ERR_FORMAT;
    if (!skip(self, total - BLOCK_OVERHEAD - 4))
        status = end_at(self, CAPTURE_CUT);
    else
        (void)read_trailer(self, total - BLOCK_OVERHEAD, &status);
    return status;
}

int capture_reader_new(FILE *file, capture_reader **out)
{
    capture_reader *const self = calloc(1, sizeof *self);
    if (!self)
        return CAPTURE_ERR_NO_MEMORY;
    self->file = file;
    const int status = start(self);
    if (status) {
        self->file = NULL;
        capture_reader_free(self);
        return status;
    }
    *out = self;
    return 0;
}

int capture_reader_open(const char *path, capture_reader **out, char *message)
{
    const bool standard_input = strcmp(path, "-") == 0;
    errno = 0;
    FILE *const file = standard_input ? stdin : fopen(path, "rb");
    const int status = file ? capture_reader_new(file, out) : CAPTURE_ERR_OPEN;
    if (!status)
        return 0;
    const bool by_system = status == CAPTURE_ERR_OPEN || status == CAPTURE_ERR_READ;
    (void)snprintf(message, CAPTURE_MESSAGE_MAX, "%s: %s", path,
                   by_system && errno ? strerror(errno) : capture_strerror(status));
    if (file && !standard_input)
        (void)fclose(file);
    return status;
}

void capture_reader_free(capture_reader *self)
{
    if (!self)
        return;
    if (self->file && self->file != stdin)
        (void)fclose(self->file);
    free(self->interfaces);
    free(self->block);
    free(self);
}

int capture_reader_next(capture_reader *self, capture_record *out)
{
    if (self->ended)
        return CAPTURE_END;
    return self->pcap ? next_pcap(self, out) : next_pcapng(self, out);
}

uint32_t capture_reader_interface_count(const capture_reader *self)
{
    return self->interface_count;
}

const capture_interface *capture_reader_interface(const capture_reader *self, uint32_t index)
{
    return &self->interfaces[index].about;
}

void capture_reader_summary(const capture_reader *self, capture_summary *out)
{
    *out = self->summary;
}
