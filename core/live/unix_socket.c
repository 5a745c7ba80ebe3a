/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 8 };

static bool make_address(const char *path, struct sockaddr_un *out)
{
    const size_t len = strlen(path);
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (len == 0 || len >= sizeof out->sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(out->sun_path, path, len + 1);
    return true;
}

int live_unix_socket_connect(const char *path, int type)
{
    struct sockaddr_un address;
    if (!make_address(path, &address))
        return -1;
    const int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address)) {
        const int why = errno;
        (void)close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

/* Removes a socket on which no process listens any more. */
static bool remove_stale(const char *path, int type)
{
    struct stat info;
    if (lstat(path, &info) || !S_ISSOCK(info.st_mode)) {
        errno = EEXIST;
        return false;
    }
    const int fd = live_unix_socket_connect(path, type);
    if (fd >= 0) {
        (void)close(fd);
        errno = EADDRINUSE;
        return false;
    }
    if (errno != ECONNREFUSED)
        return false;
    return unlink(path) == 0;
}

static bool bind_at(int fd, const char *path, int type)
{
    struct sockaddr_un address;
    if (!make_address(path, &address))
        return false;
    /* The mode before the name: the entry in the directory is made with it. */
    if (fchmod(fd, S_IRUSR | S_IWUSR))
        return false;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return true;
    return errno == EADDRINUSE && remove_stale(path, type) &&
           bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

int live_unix_socket_open(const char *path, int type, live_unix_socket *out, live_message *message)
{
    struct stat info;
    const int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool bound = fd >= 0 && bind_at(fd, path, type);
    if (!bound || lstat(path, &info) || (type == SOCK_STREAM && listen(fd, BACKLOG))) {
        (void)snprintf(message->text, sizeof message->text, "%s: %s", path, strerror(errno));
        if (bound)
            (void)unlink(path);
        if (fd >= 0)
            (void)close(fd);
        return ROAM_ERR_INVALID_ARGUMENT;
    }
    *out = (live_unix_socket){.fd = fd, .dev = info.st_dev, .ino = info.st_ino};
    memcpy(out->path, path, strlen(path) + 1);
    return 0;
}

void live_unix_socket_close(live_unix_socket *self)
{
    struct stat info;
    if (self->fd < 0)
        return;
    if (lstat(self->path, &info) == 0 && info.st_dev == self->dev && info.st_ino == self->ino)
        (void)unlink(self->path);
    (void)close(self->fd);
    self->fd = -1;
}
