/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/control.h"

#include "core/live/request.h"
#include "core/live/unix_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MS_NS UINT64_C(1000000)

/* Reads until the other end closes: the length, or -1 with errno. */
static ssize_t read_all(int fd, char *text, size_t size, uint64_t timeout_ns)
{
    const uint64_t until_ns = live_now_ns() + timeout_ns;
    size_t len = 0;
    while (len < size) {
        const uint64_t now_ns = live_now_ns();
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        const int ready = now_ns < until_ns ? poll(&readable, 1, (int)((until_ns - now_ns) / MS_NS) + 1) : 0;
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return -1;
        const ssize_t n = recv(fd, text + len, size - len, 0);
        if (n < 0)
            return -1;
        if (n == 0)
            return (ssize_t)len;
        len += (size_t)n;
    }
    errno = EMSGSIZE;
    return -1;
}

/* Hands over the lines; false when the last one is not "end". */
static bool tell_lines(char *text, void (*answer)(void *ctx, const char *key, const char *value), void *ctx)
{
    for (char *line = text; *line;) {
        char *const newline = strchr(line, '\n');
        if (!newline)
            return false;
        *newline = '\0';
        if (strcmp(line, "end") == 0)
            return true;
        char *const space = strchr(line, ' ');
        if (!space)
            return false;
        *space = '\0';
        answer(ctx, line, space + 1);
        line = newline + 1;
    }
    return false;
}

int live_control_ask(const char *path, const char *line, uint64_t timeout_ns,
                     void (*answer)(void *ctx, const char *key, const char *value), void *ctx,
                     live_message *message)
{
    static const char newline = '\n';
    ssize_t n = -1;
    int rv = ROAM_ERR_INVALID_ARGUMENT;
    if (strlen(line) + 1 >= LIVE_REQUEST_MAX) {
        (void)snprintf(message->text, sizeof message->text, "the request is too long");
        return rv;
    }
    char *const text = malloc(LIVE_CONTROL_ANSWER_MAX + 1);
    const int fd = text ? live_unix_socket_connect(path, SOCK_STREAM) : -1;
    if (fd >= 0 && send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line) &&
        send(fd, &newline, 1, MSG_NOSIGNAL) == 1)
        n = read_all(fd, text, LIVE_CONTROL_ANSWER_MAX, timeout_ns);
    if (n < 0) {
        (void)snprintf(message->text, sizeof message->text, "%s: %s", path, strerror(errno));
        goto out;
    }
    text[n] = '\0';
    if (!tell_lines(text, answer, ctx)) {
        (void)snprintf(message->text, sizeof message->text, "%s: the answer breaks off", path);
        goto out;
    }
    rv = 0;
out:
    if (fd >= 0)
        (void)close(fd);
    free(text);
    return rv;
}
