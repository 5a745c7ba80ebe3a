/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines and files over a dist channel. Every message begins with its kind, numbers are big-endian:
 *
 *   'L' TEXT                          a line, without newline
 *   'Q' ID:4                          no more lines; is answered
 *   'B' ID:4 SIZE:8 NAME              a file begins
 *   'D' ID:4 OFFSET:8 BYTES           the next bytes of it
 *   'E' ID:4 CRC:8                    it is complete; is answered
 *   'A' ID:4 STATUS:1                 the answer to E and Q, or, any time after B, that the file is refused
 *
 * ID is the sender's. Messages of one file share a key, so that they arrive in order. A file that begins
 * again under an ID that is under way replaces it: after a lost connection its sender starts anew.
 */
#ifndef CORE_LIVE_TRANSFER_H
#define CORE_LIVE_TRANSFER_H

#include "core/live/keys.h"

#define LIVE_LINE_MAX 65536    /* bytes */
#define LIVE_FILE_NAME_MAX 255 /* bytes */
#define LIVE_FILES_MAX 16      /* received at once */

typedef enum live_transfer_status {
    LIVE_TRANSFER_OK = 0,
    LIVE_TRANSFER_REFUSED = 1, /* not received here, a bad name, too many at once */
    LIVE_TRANSFER_DAMAGED = 2, /* other bytes arrived than were sent */
    LIVE_TRANSFER_DISK = 3     /* it could not be written */
} live_transfer_status;

const char *live_transfer_status_name(live_transfer_status status); /* "ok", ... */

/* A plain name of printable ASCII without slash, quote or backslash, that does not begin with a dot. */
bool live_file_name_is_valid(const char *name, size_t len);

/* ---- Sending ---- */

typedef struct live_file_sender live_file_sender;

typedef enum live_sender_state {
    LIVE_SENDER_SENDING,  /* more to send: call push when the peer is writable */
    LIVE_SENDER_WAITING,  /* all is sent, no answer yet */
    LIVE_SENDER_ANSWERED, /* see live_file_sender_status */
    LIVE_SENDER_FAILED    /* the file cannot be read */
} live_sender_state;

/* Opens the file at path, to be sent under its last component. INVALID_ARGUMENT, with *message; NO_MEMORY. */
ROAM_CHECKED int live_file_sender_new(const char *path, uint32_t id, live_file_sender **out,
                                      live_message *message);
void live_file_sender_free(live_file_sender *sender);
const char *live_file_sender_name(const live_file_sender *sender);
uint64_t live_file_sender_size(const live_file_sender *sender);

/* Sends as much as the peer's queue takes. */
live_sender_state live_file_sender_push(live_file_sender *sender, roam_node *node, roam_peer_id peer);
/* The connection was lost: starts from the beginning, unless it has its answer. */
void live_file_sender_restart(live_file_sender *sender);
/* An answer came for that id. */
void live_file_sender_answer(live_file_sender *sender, uint32_t id, live_transfer_status status);
live_sender_state live_file_sender_state(const live_file_sender *sender);
live_transfer_status live_file_sender_status(const live_file_sender *sender);

/* ---- Receiving ---- */

/* What a message turned out to be. */
typedef struct live_arrival {
    enum {
        LIVE_ARRIVED_NOTHING,  /* a part of a file, or a malformed message */
        LIVE_ARRIVED_LINE,     /* text */
        LIVE_ARRIVED_LINE_END, /* no more lines */
        LIVE_ARRIVED_FILE,     /* name, size and how it went */
        LIVE_ARRIVED_ANSWER    /* id and status */
    } kind;
    const char *text; /* LINE: not terminated, valid as long as the message; FILE: the name */
    size_t len;
    uint32_t id;
    uint64_t size;
    live_transfer_status status;
} live_arrival;

typedef struct live_receiver live_receiver;

/* directory: where files go, as a temporary file first and, complete, under its name, where it replaces what
 * is there; NULL: files are refused. INVALID_ARGUMENT, with *message; NO_MEMORY. */
ROAM_CHECKED int live_receiver_new(const char *directory, live_receiver **out, live_message *message);
/* Removes what is not complete. */
void live_receiver_free(live_receiver *receiver);

/* Takes a message, and sends an answer through node if one is due. *arrival is valid until the next call. */
void live_receiver_take(live_receiver *receiver, roam_node *node, const roam_message *message,
                        live_arrival *arrival);
/* Answers that found the peer's queue full are sent now. */
void live_receiver_writable(live_receiver *receiver, roam_node *node, roam_peer_id peer);
/* The connection was lost: what it left incomplete is removed. */
void live_receiver_peer_down(live_receiver *receiver, roam_peer_id peer);

/* ---- Lines ---- */

/* Errors: as roam_send. */
ROAM_CHECKED int live_line_send(roam_node *node, roam_peer_id peer, const char *text, size_t len);
ROAM_CHECKED int live_line_end(roam_node *node, roam_peer_id peer, uint32_t id);

#endif
