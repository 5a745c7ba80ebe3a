/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UNIX sockets that are reached by a path, for their owner alone. */
#ifndef CORE_LIVE_UNIX_SOCKET_H
#define CORE_LIVE_UNIX_SOCKET_H

#include "core/live/keys.h"

typedef struct live_unix_socket {
    int fd;            /* -1: none */
    char path[108];    /* as in sockaddr_un */
    uint64_t dev, ino; /* of what was made there */
} live_unix_socket;

/*
 * A socket of that type (SOCK_DGRAM, or SOCK_STREAM and then listening), non-blocking, mode 0600 from its
 * first moment. One that a dead process left there is replaced; anything else that is there stays and is an
 * error. INVALID_ARGUMENT, with *message.
 */
ROAM_CHECKED int live_unix_socket_open(const char *path, int type, live_unix_socket *out,
                                       live_message *message);
/* Closes it and removes it from its directory, if it is still the one that was made. */
void live_unix_socket_close(live_unix_socket *self);

/* A blocking socket connected to the one at path; -1 with errno. */
int live_unix_socket_connect(const char *path, int type);

#endif
