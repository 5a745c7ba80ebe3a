/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_columns.h"

#include "sim/verdict/summary_fields.h"

#define TYPE_count "INTEGER"
#define TYPE_time "INTEGER"
#define TYPE_maybe "INTEGER"
#define TYPE_index "INTEGER"
#define TYPE_flag "INTEGER"
#define TYPE_mark "INTEGER"
#define TYPE_span "INTEGER"
#define TYPE_addr "TEXT"
#define TYPE_text "TEXT"
#define TYPE_name "TEXT NOT NULL"

#define NOT_STORED .stored = false
#define STORED .stored = true
#define STORED_AS(column) .stored = true, .as = column
#define STORED_AFTER(column) .stored = true, .after = column
#define STORED_ACCEPTOR STORED_AS("acceptor"), .after = "dialer"
#define STORED_LATER .stored = true, .later = true

/* The rest says how it is stored. */
#define COLUMN(table, path, name, kind, about, ...) {table, path, name, TYPE_##kind, about, __VA_ARGS__},

#define OF_MIGRATION(kind, key, value, about, ...) COLUMN("migrations", key, key, kind, about, __VA_ARGS__)
#define OF_CORE(kind, key, value, about, ...) COLUMN("migrations", "core." key, key, kind, about, __VA_ARGS__)
#define OF_MIGRATION_PART(kind, key, value, about, ...)                                                      \
    COLUMN("migrations", "parts." key, "part_" key, kind, about, __VA_ARGS__)
#define OF_REBIND_PART(kind, key, value, about, ...)                                                         \
    COLUMN("rebinds", "parts." key, "part_" key, kind, about, __VA_ARGS__)
#define OF_REBIND(kind, key, value, about, ...) COLUMN("rebinds", key, key, kind, about, __VA_ARGS__)
#define OF_FLOW(kind, key, value, about, ...) COLUMN("gaps", key, key, kind, about, __VA_ARGS__)
#define OF_DIALER(kind, key, value, about, ...)                                                              \
    COLUMN("peers", "dialer." key, "dialer_" key, kind, about, __VA_ARGS__)
#define OF_ACCEPTOR(kind, key, value, about, ...)                                                            \
    COLUMN("peers", "acceptor." key, "acceptor_" key, kind, about, __VA_ARGS__)
#define OF_DIALER_PATH(kind, key, value, about, ...)                                                         \
    COLUMN("peers", "dialer.last_path." key, "dialer_last_" key, kind, about, __VA_ARGS__)
#define OF_ACCEPTOR_PATH(kind, key, value, about, ...)                                                       \
    COLUMN("peers", "acceptor.last_path." key, "acceptor_last_" key, kind, about, __VA_ARGS__)
#define OF_LANDED(kind, key, value, about, ...)                                                              \
    COLUMN("peers", "landed." key, "landed_" key, kind, about, __VA_ARGS__)

#define OF_MOVE(kind, key, value, about, ...) COLUMN("moves", key, key, kind, about, __VA_ARGS__)
#define OF_OUTAGE(kind, key, value, about, ...) COLUMN("outages", key, key, kind, about, __VA_ARGS__)
#define OF_PREFERRED(kind, key, value, about, ...)                                                           \
    COLUMN("preferred_addresses", key, key, kind, about, __VA_ARGS__)
#define OF_RULE(kind, key, value, about, ...) COLUMN("rules", key, key, kind, about, __VA_ARGS__)
#define OF_OVERLAY(kind, key, value, about, ...) COLUMN("overlays", key, key, kind, about, __VA_ARGS__)
#define OF_OVERLAY_COUNT(name, about) COLUMN("overlays", "counts." #name, #name, count, about, STORED)
#define OF_GROUP(kind, key, value, about, ...) COLUMN("groups", key, key, kind, about, __VA_ARGS__)
#define OF_EXPECTATION(kind, key, value, about, ...)                                                         \
    COLUMN("expectations", key, key, kind, about, __VA_ARGS__)

static const size_t WIDTHS[SUMMARY_TABLES] = {
    [SUMMARY_MIGRATIONS] = SUMMARY_COUNT(
        SUMMARY_MIGRATION(SUMMARY_ONE, SUMMARY_MIGRATION_PARTS(SUMMARY_ONE), SUMMARY_CORE(SUMMARY_ONE))),
    [SUMMARY_REBINDS] = SUMMARY_COUNT(SUMMARY_REBIND(SUMMARY_ONE, SUMMARY_REBIND_PARTS(SUMMARY_ONE))),
    [SUMMARY_FLOWS] = SUMMARY_COUNT(SUMMARY_FLOW(SUMMARY_ONE)),
    [SUMMARY_PEERS] = 2 * SUMMARY_COUNT(SUMMARY_END(SUMMARY_ONE, , SUMMARY_LAST_PATH(SUMMARY_ONE))) +
                      SUMMARY_COUNT(SUMMARY_LANDED(SUMMARY_ONE)),
    [SUMMARY_MOVES] = SUMMARY_COUNT(SUMMARY_MOVE(SUMMARY_ONE)),
    [SUMMARY_OUTAGES] = SUMMARY_COUNT(SUMMARY_OUTAGE(SUMMARY_ONE)),
    [SUMMARY_PREFERRED_ADDRESSES] = SUMMARY_COUNT(SUMMARY_PREFERRED(SUMMARY_ONE)),
    [SUMMARY_RULES] = SUMMARY_COUNT(SUMMARY_RULE(SUMMARY_ONE)),
    [SUMMARY_OVERLAYS] =
        SUMMARY_COUNT(SUMMARY_OVERLAY(SUMMARY_ONE, ROAM_MEMBERSHIP_COUNTS(SUMMARY_COUNTED_ONE))),
    [SUMMARY_GROUPS] = SUMMARY_COUNT(SUMMARY_GROUP(SUMMARY_ONE)),
    [SUMMARY_EXPECTATIONS] = SUMMARY_COUNT(SUMMARY_EXPECTATION(SUMMARY_ONE)),
    [SUMMARY_FAULT_EXPECTATIONS] = SUMMARY_COUNT(SUMMARY_EXPECTATION(SUMMARY_ONE)),
};

/* clang-format off */
static const summary_column COLUMNS[] = {
    SUMMARY_MIGRATION(OF_MIGRATION, SUMMARY_MIGRATION_PARTS(OF_MIGRATION_PART), SUMMARY_CORE(OF_CORE))
    SUMMARY_REBIND(OF_REBIND, SUMMARY_REBIND_PARTS(OF_REBIND_PART))
    SUMMARY_FLOW(OF_FLOW)
    SUMMARY_END(OF_DIALER, STORED_AS("dialer"), SUMMARY_LAST_PATH(OF_DIALER_PATH))
    SUMMARY_END(OF_ACCEPTOR, STORED_ACCEPTOR, SUMMARY_LAST_PATH(OF_ACCEPTOR_PATH))
    SUMMARY_LANDED(OF_LANDED)
    SUMMARY_MOVE(OF_MOVE)
    SUMMARY_OUTAGE(OF_OUTAGE)
    SUMMARY_PREFERRED(OF_PREFERRED)
    SUMMARY_RULE(OF_RULE)
    SUMMARY_OVERLAY(OF_OVERLAY, ROAM_MEMBERSHIP_COUNTS(OF_OVERLAY_COUNT))
    SUMMARY_GROUP(OF_GROUP)
    SUMMARY_EXPECTATION(OF_EXPECTATION)
};
/* clang-format on */

size_t summary_table_width(summary_table table)
{
    return WIDTHS[table];
}

const summary_column *summary_table_columns(summary_table table)
{
    const summary_column *first = COLUMNS;
    const summary_table last = table == SUMMARY_FAULT_EXPECTATIONS ? SUMMARY_EXPECTATIONS : table;
    for (summary_table before = 0; before < last; before++)
        first += WIDTHS[before];
    return first;
}

const summary_column *summary_columns(size_t *count)
{
    *count = sizeof COLUMNS / sizeof *COLUMNS;
    return COLUMNS;
}
