/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/library.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The table of ABI 1 as it was when it was first published: an adapter has at least that. */
#define SIZE_MIN_OF_ABI_1 (offsetof(roam_endpoint_library, ping) + sizeof(void (*)(void)))

#define NAME_BYTES_MAX 63
#define VERSION_BYTES_MAX 255

#define WAYS (ROAM_ENDPOINT_CAN_PROBE_FIRST | ROAM_ENDPOINT_CAN_FOLLOW_FIRST | ROAM_ENDPOINT_CAN_REBIND)
#define ROLES (ROAM_ENDPOINT_CLIENT | ROAM_ENDPOINT_SERVER)

static const endpoint_capability capabilities[] = {
    {ROAM_ENDPOINT_CLIENT, "CLIENT", "makes connections"},
    {ROAM_ENDPOINT_SERVER, "SERVER", "accepts connections"},
    {ROAM_ENDPOINT_CAN_PROBE_FIRST, "CAN_PROBE_FIRST",
     "migrates to a new path after the validation of that path"},
    {ROAM_ENDPOINT_CAN_FOLLOW_FIRST, "CAN_FOLLOW_FIRST",
     "migrates to a new path at once, and validates it meanwhile"},
    {ROAM_ENDPOINT_CAN_REBIND, "CAN_REBIND", "goes on from a new local address without validation"},
    {ROAM_ENDPOINT_DETERMINISTIC, "DETERMINISTIC", "takes all randomness and all time from the host"},
    {ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED, "REPORTS_ACKNOWLEDGED", "reports acknowledged bytes of streams"},
    {ROAM_ENDPOINT_REPORTS_CHALLENGES, "REPORTS_CHALLENGES", "reports PATH_CHALLENGE frames that it sends"},
    {ROAM_ENDPOINT_REPORTS_STATISTICS, "REPORTS_STATISTICS", "reports round-trip times and its window"},
    {ROAM_ENDPOINT_HONOURS_DISABLE, "HONOURS_DISABLE", "sends disable_active_migration as asked"},
    {ROAM_ENDPOINT_SETS_CONNECTION_ID_LIMIT, "SETS_CONNECTION_ID_LIMIT",
     "sends active_connection_id_limit as asked"},
    {ROAM_ENDPOINT_SETS_CONGESTION, "SETS_CONGESTION", "has a choice of congestion controllers"},
    {ROAM_ENDPOINT_SETS_INITIAL_WINDOW, "SETS_INITIAL_WINDOW",
     "begins each path with the congestion window asked for"},
    {ROAM_ENDPOINT_SETS_PMTUD, "SETS_PMTUD", "does without path MTU discovery where asked"},
    {ROAM_ENDPOINT_SETS_ECN, "SETS_ECN", "does without ECN where asked"},
    {ROAM_ENDPOINT_SETS_MAX_ACK_DELAY, "SETS_MAX_ACK_DELAY", "keeps to the max_ack_delay asked for"},
    {ROAM_ENDPOINT_SETS_ACK_DELAY_EXPONENT, "SETS_ACK_DELAY_EXPONENT",
     "encodes acknowledgement delays with the exponent asked for"},
    {ROAM_ENDPOINT_SETS_ACK_EVERY, "SETS_ACK_EVERY", "acknowledges as many packets at once as asked"},
    {ROAM_ENDPOINT_SETS_ROTATE_CONNECTION_IDS, "SETS_ROTATE_CONNECTION_IDS",
     "uses another connection ID again and again"},
    {ROAM_ENDPOINT_SETS_RETIRE_CONNECTION_IDS, "SETS_RETIRE_CONNECTION_IDS",
     "has its peer retire connection IDs again and again"},
};

const endpoint_capability *endpoint_capability_at(size_t index)
{
    return index < sizeof capabilities / sizeof capabilities[0] ? &capabilities[index] : NULL;
}

/* needed_for: capabilities of which any one needs the function; 0: always needed. */
static const struct {
    const char *name;
    size_t offset;
    uint64_t needed_for;
} functions[] = {
#define FUNCTION(name, needed_for)                                                                           \
    {                                                                                                        \
#name, offsetof(roam_endpoint_library, name), needed_for                                             \
    }
    FUNCTION(endpoint_new, 0),
    FUNCTION(endpoint_free, 0),
    FUNCTION(connect, ROAM_ENDPOINT_CLIENT),
    FUNCTION(receive, 0),
    FUNCTION(flush, 0),
    FUNCTION(deadline, 0),
    FUNCTION(expire, 0),
    FUNCTION(close, 0),
    FUNCTION(connection_free, 0),
    FUNCTION(peer, 0),
    FUNCTION(path, 0),
    FUNCTION(statistics, ROAM_ENDPOINT_REPORTS_STATISTICS),
    FUNCTION(stream_open, 0),
    FUNCTION(stream_write, 0),
    FUNCTION(stream_read, 0),
    FUNCTION(stream_reset, 0),
    FUNCTION(migrate, WAYS),
#undef FUNCTION
};

typedef struct text_out {
    const char *path;
    char *text;
    size_t size;
} text_out;

__attribute__((format(printf, 2, 3))) static bool refuse(const text_out *out, const char *format, ...)
{
    char why[ENDPOINT_LIBRARY_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    (void)snprintf(out->text, out->size, "%s: %s", out->path, why);
    return false;
}

static bool is_printable(const char *text, size_t max)
{
    const size_t len = strnlen(text, max + 1);
    if (len == 0 || len > max)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return true;
}

static bool check_texts(const roam_endpoint_library *table, const text_out *out)
{
    if (!table->name || !is_printable(table->name, NAME_BYTES_MAX) || strpbrk(table->name, " /,=\"\\"))
        return refuse(out,
                      "the adapter's name is not 1 to %d printable ASCII characters without spaces or any of "
                      "/ , = \" \\",
                      NAME_BYTES_MAX);
    if (!table->version || !is_printable(table->version, VERSION_BYTES_MAX))
        return refuse(out, "the version of adapter %s is not 1 to %d printable ASCII characters", table->name,
                      VERSION_BYTES_MAX);
    return true;
}

static bool check_capabilities(const roam_endpoint_library *table, const text_out *out)
{
    uint64_t known = 0;
    for (size_t i = 0; endpoint_capability_at(i); i++)
        known |= endpoint_capability_at(i)->bit;
    if (table->capabilities & ~known)
        return refuse(out, "adapter %s claims capabilities 0x%" PRIx64 " that ABI %u does not have",
                      table->name, table->capabilities & ~known, ROAM_ENDPOINT_ABI);
    if (!(table->capabilities & ROLES))
        return refuse(out, "adapter %s claims neither of the capabilities CLIENT and SERVER", table->name);
    if ((table->capabilities & WAYS) && !(table->capabilities & ROAM_ENDPOINT_CLIENT))
        return refuse(out,
                      "adapter %s claims a way to migrate without the capability CLIENT: only a client "
                      "migrates (RFC 9000 section 9)",
                      table->name);
    if ((table->connection_id_len < 1 || table->connection_id_len > ROAM_ENDPOINT_CONNECTION_ID_MAX) &&
        table->connection_id_len != UINT8_MAX)
        return refuse(out, "adapter %s has connection_id_len %u: it is 1 to %d, or 255 where it varies",
                      table->name, table->connection_id_len, ROAM_ENDPOINT_CONNECTION_ID_MAX);
    return true;
}

static const char *name_of(uint64_t mask)
{
    for (size_t i = 0; endpoint_capability_at(i); i++)
        if (endpoint_capability_at(i)->bit & mask)
            return endpoint_capability_at(i)->name;
    return "";
}

static bool check_functions(const roam_endpoint_library *table, const text_out *out)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void (*function)(void);
        memcpy(&function, (const char *)table + functions[i].offset, sizeof function);
        const uint64_t needed_for = functions[i].needed_for;
        if (function || (needed_for && !(needed_for & table->capabilities)))
            continue;
        if (!needed_for)
            return refuse(out, "adapter %s has no function %s, which every adapter needs", table->name,
                          functions[i].name);
        return refuse(out, "adapter %s has no function %s, which its capability %s needs", table->name,
                      functions[i].name, name_of(needed_for & table->capabilities));
    }
    return true;
}

bool endpoint_library_check(const roam_endpoint_library *table, const char *path, char *text,
                            size_t text_size)
{
    text_out out = {.path = path, .size = text_size};
    out.text = text;
    if (!table)
        return refuse(&out, ROAM_ENDPOINT_SYMBOL "(%u) gives NULL: the adapter has no version %u of the ABI",
                      ROAM_ENDPOINT_ABI, ROAM_ENDPOINT_ABI);
    if (table->abi != ROAM_ENDPOINT_ABI)
        return refuse(&out, "the adapter is of version %u of the ABI; this program has version %u",
                      table->abi, ROAM_ENDPOINT_ABI);
    if (table->size < SIZE_MIN_OF_ABI_1)
        return refuse(&out, "the adapter's table has size %zu; that of ABI %u has at least %zu bytes",
                      table->size, ROAM_ENDPOINT_ABI, SIZE_MIN_OF_ABI_1);
    return check_texts(table, &out) && check_capabilities(table, &out) && check_functions(table, &out);
}
