/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on a stream of bytes: each has its length in front, four bytes in little-endian order. */
#ifndef SIM_WORLD_MESSAGE_CUTTER_H
#define SIM_WORLD_MESSAGE_CUTTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_CUTTER_HEAD_BYTES 4

/* The bytes of the message that has begun. Zeroed: none. */
typedef struct message_cutter {
    uint8_t *bytes; /* with the head; room for the longest message */
    size_t have;
} message_cutter;

/* The head of a message of so many bytes. */
void message_cutter_head(uint8_t head[MESSAGE_CUTTER_HEAD_BYTES], size_t len);

typedef enum message_cutter_status {
    MESSAGE_CUTTER_MORE,    /* all bytes were taken, and the message is not complete */
    MESSAGE_CUTTER_MESSAGE, /* *message is complete, of *message_len bytes, valid until the next call */
    MESSAGE_CUTTER_TOO_LONG,
    MESSAGE_CUTTER_NO_MEMORY
} message_cutter_status;

/* Takes bytes from *data up to the end of a message; *data and *len are then what is left. */
message_cutter_status message_cutter_take(message_cutter *self, size_t longest, const uint8_t **data,
                                          size_t *len, const uint8_t **message, size_t *message_len);
/* What has begun is forgotten: another stream begins. */
void message_cutter_reset(message_cutter *self);
void message_cutter_fini(message_cutter *self);

#endif
