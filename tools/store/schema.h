/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STORE_SCHEMA_H
#define TOOLS_STORE_SCHEMA_H

/*
 * The tables of the store, version 1. Every column that ends in _ns holds nanoseconds of virtual time, or
 * NULL where there is none; times of a run count from its start. Columns have the names and meanings of the
 * fields of summary.json (results/README.md). All tables but builds, runs, settings and files hang on runs by
 * `run`.
 */

/* The scenario's file, as the command that ran it was told. Stores made before this table was have none. */
#define STORE_SCHEMA_FILES                                                                                   \
    "CREATE TABLE IF NOT EXISTS files ("                                                                     \
    " scenario TEXT NOT NULL, digest TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (scenario, digest)"      \
    ") STRICT, WITHOUT ROWID;"

static const char STORE_SCHEMA[] =
    /* What made the results. id: a hash of all other columns. */
    "CREATE TABLE builds ("
    " id INTEGER PRIMARY KEY, commit_id TEXT NOT NULL, committed_s INTEGER NOT NULL,"
    " modified INTEGER NOT NULL,"
    " roam TEXT NOT NULL, ngtcp2 TEXT NOT NULL, wolfssl TEXT NOT NULL, ns3 TEXT NOT NULL"
    ") STRICT;"
    /* One world. id: a hash of build, scenario, digest, combination and seed. status: finished, crashed,
     * hung, refused; verdict: that of summary.json, NULL unless finished; message: why it did not finish,
     * or the contradiction of a run that did, where it is of no migration. */
    "CREATE TABLE runs ("
    " id INTEGER PRIMARY KEY, build INTEGER NOT NULL REFERENCES builds(id),"
    " scenario TEXT NOT NULL, directory TEXT NOT NULL, digest TEXT NOT NULL, combination TEXT NOT NULL,"
    " seed INTEGER NOT NULL, status TEXT NOT NULL, verdict TEXT, message TEXT, duration_ns INTEGER"
    ") STRICT;"
    "CREATE INDEX runs_by_scenario ON runs(scenario, combination, seed);"
    /* The combination, key by key. */
    "CREATE TABLE settings ("
    " run INTEGER NOT NULL REFERENCES runs(id), key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY (run, key)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE migrations ("
    " run INTEGER NOT NULL REFERENCES runs(id), call INTEGER NOT NULL,"
    " label TEXT, node TEXT NOT NULL, peer TEXT NOT NULL, trigger TEXT, network TEXT, mode TEXT,"
    " result TEXT, timeout_ns INTEGER, requested_ns INTEGER, challenge_sent_ns INTEGER,"
    " challenge_received_ns INTEGER, response_sent_ns INTEGER, response_received_ns INTEGER,"
    " validated_ns INTEGER, peer_validated_ns INTEGER, first_payload_up_ns INTEGER,"
    " first_payload_down_ns INTEGER, finished_ns INTEGER, validation_ns INTEGER,"
    " challenges_sent INTEGER, validation_rounds INTEGER, srtt_before_ns INTEGER, srtt_after_ns INTEGER,"
    " cwnd_before INTEGER, cwnd_after INTEGER, connection_id_changed INTEGER, contradiction TEXT,"
    " PRIMARY KEY (run, call)"
    ") STRICT, WITHOUT ROWID;"
    /* Passive: a NAT moved the peer, as the node noticed. */
    "CREATE TABLE rebinds ("
    " run INTEGER NOT NULL REFERENCES runs(id), number INTEGER NOT NULL,"
    " node TEXT NOT NULL, peer TEXT, port_only INTEGER, validated INTEGER, challenges_sent INTEGER,"
    " noticed_ns INTEGER, finished_ns INTEGER, srtt_before_ns INTEGER, srtt_after_ns INTEGER,"
    " cwnd_before INTEGER, cwnd_after INTEGER,"
    " PRIMARY KEY (run, number)"
    ") STRICT, WITHOUT ROWID;"
    /* One entry of the scenario's traffic: what came of it, and its longest gap. passed_over: messages that
     * were due while there was no connection, and of those before the first that was sent. */
    "CREATE TABLE gaps ("
    " run INTEGER NOT NULL REFERENCES runs(id), flow INTEGER NOT NULL,"
    " sender TEXT NOT NULL, receiver TEXT NOT NULL, kind TEXT, sent INTEGER, delivered INTEGER,"
    " bytes INTEGER, missing INTEGER, gap_ns INTEGER, gap_start_ns INTEGER,"
    " passed_over INTEGER, passed_over_at_start INTEGER,"
    " PRIMARY KEY (run, flow)"
    ") STRICT, WITHOUT ROWID;"
    /* One connection, the view of each end. */
    "CREATE TABLE peers ("
    " run INTEGER NOT NULL REFERENCES runs(id), peer INTEGER NOT NULL,"
    " dialer TEXT NOT NULL, acceptor TEXT NOT NULL, dialer_ups INTEGER, dialer_downs INTEGER,"
    " acceptor_ups INTEGER, acceptor_downs INTEGER,"
    " PRIMARY KEY (run, peer)"
    ") STRICT, WITHOUT ROWID;"
    /* known_fault: 1 when it stands under known_fault. */
    "CREATE TABLE expectations ("
    " run INTEGER NOT NULL REFERENCES runs(id), number INTEGER NOT NULL, known_fault INTEGER NOT NULL,"
    " text TEXT NOT NULL, held INTEGER NOT NULL, measured TEXT,"
    " PRIMARY KEY (run, number)"
    ") STRICT, WITHOUT ROWID;" STORE_SCHEMA_FILES
    /* Wall-clock: with files, what differs between equal runs. */
    "CREATE TABLE timings ("
    " run INTEGER PRIMARY KEY REFERENCES runs(id), wall_ns INTEGER NOT NULL"
    ") STRICT;";

/* Columns that stores of version 1 did not have from the first: NULL for runs of before. Such a store gets
 * them when it is added to. */
static const struct {
    const char *table;
    const char *column;
} STORE_LATER_COLUMNS[] = {{"gaps", "passed_over"}, {"gaps", "passed_over_at_start"}};

#endif
