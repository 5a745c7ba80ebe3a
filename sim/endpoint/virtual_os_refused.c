/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* ppoll */
#undef _FORTIFY_SOURCE
#include "sim/endpoint/call.h"
#include "sim/endpoint/virtual_os_internal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define FUNCTIONS(X)                                                                                         \
    X(sleep)                                                                                                 \
    X(usleep)                                                                                                \
    X(nanosleep)                                                                                             \
    X(clock_nanosleep)                                                                                       \
    X(poll)                                                                                                  \
    X(ppoll)                                                                                                 \
    X(select)                                                                                                \
    X(pselect)                                                                                               \
    X(epoll_wait)                                                                                            \
    X(pthread_create)                                                                                        \
    X(thrd_create)                                                                                           \
    X(fork) X(posix_spawn) X(posix_spawnp) X(system) X(popen) X(socket) X(socketpair) X(connect)

FUNCTIONS(VIRTUAL_OS_FOUND)

void virtual_os_find_refused(void)
{
    FUNCTIONS(VIRTUAL_OS_FIND)
}

/* A call of an adapter is under way, and this is not for it. errno is set. */
static bool refuse(const char *rule)
{
    if (!endpoint_call_current())
        return false;
    endpoint_call_fault(rule);
    errno = EPERM;
    return true;
}

#define WAITS(name) #name ": an adapter does not wait; time is virtual"
#define RUNS(name) #name ": an adapter starts no process"
#define THREADS(name) #name ": an adapter starts no thread"
#define SENDS(name) #name ": an adapter has no socket; datagrams leave through send()"

/* --- waiting --- */

unsigned sleep(unsigned seconds)
{
    return refuse(WAITS(sleep)) ? seconds : VIRTUAL_OS_NEXT(sleep)(seconds);
}

int usleep(useconds_t microseconds)
{
    return refuse(WAITS(usleep)) ? -1 : VIRTUAL_OS_NEXT(usleep)(microseconds);
}

int nanosleep(const struct timespec *duration, struct timespec *left)
{
    return refuse(WAITS(nanosleep)) ? -1 : VIRTUAL_OS_NEXT(nanosleep)(duration, left);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *duration, struct timespec *left)
{
    return refuse(WAITS(clock_nanosleep)) ? EPERM
                                          : VIRTUAL_OS_NEXT(clock_nanosleep)(clock, flags, duration, left);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    return timeout != 0 && refuse(WAITS(poll)) ? -1 : VIRTUAL_OS_NEXT(poll)(fds, count, timeout);
}

static bool waits(const struct timespec *timeout)
{
    return !timeout || timeout->tv_sec != 0 || timeout->tv_nsec != 0;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    return waits(timeout) && refuse(WAITS(ppoll)) ? -1 : VIRTUAL_OS_NEXT(ppoll)(fds, count, timeout, mask);
}

int select(int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed,
           struct timeval *restrict timeout)
{
    const bool patient = !timeout || timeout->tv_sec != 0 || timeout->tv_usec != 0;
    return patient && refuse(WAITS(select))
               ? -1
               : VIRTUAL_OS_NEXT(select)(count, readable, writable, failed, timeout);
}

int pselect(int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed,
            const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    return waits(timeout) && refuse(WAITS(pselect))
               ? -1
               : VIRTUAL_OS_NEXT(pselect)(count, readable, writable, failed, timeout, mask);
}

int epoll_wait(int fd, struct epoll_event *events, int capacity, int timeout)
{
    return timeout != 0 && refuse(WAITS(epoll_wait))
               ? -1
               : VIRTUAL_OS_NEXT(epoll_wait)(fd, events, capacity, timeout);
}

/* --- threads and processes --- */

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*routine)(void *), void *restrict argument)
{
    return refuse(THREADS(pthread_create))
               ? EAGAIN
               : VIRTUAL_OS_NEXT(pthread_create)(thread, attributes, routine, argument);
}

int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
    return refuse(THREADS(thrd_create)) ? thrd_error
                                        : VIRTUAL_OS_NEXT(thrd_create)(thread, routine, argument);
}

pid_t fork(void)
{
    return refuse(RUNS(fork)) ? -1 : VIRTUAL_OS_NEXT(fork)();
}

int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *restrict actions,
                const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                char *const environment[restrict])
{
    return refuse(RUNS(posix_spawn))
               ? EPERM
               : VIRTUAL_OS_NEXT(posix_spawn)(pid, path, actions, attributes, arguments, environment);
}

int posix_spawnp(pid_t *restrict pid, const char *restrict file,
                 const posix_spawn_file_actions_t *restrict actions,
                 const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                 char *const environment[restrict])
{
    return refuse(RUNS(posix_spawnp))
               ? EPERM
               : VIRTUAL_OS_NEXT(posix_spawnp)(pid, file, actions, attributes, arguments, environment);
}

int system(const char *command)
{
    return refuse(RUNS(system)) ? -1 : VIRTUAL_OS_NEXT(system)(command);
}

FILE *popen(const char *command, const char *modes)
{
    return refuse(RUNS(popen)) ? NULL : VIRTUAL_OS_NEXT(popen)(command, modes);
}

/* --- sockets --- */

int socket(int domain, int type, int protocol)
{
    return refuse(SENDS(socket)) ? -1 : VIRTUAL_OS_NEXT(socket)(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
    return refuse(SENDS(socketpair)) ? -1 : VIRTUAL_OS_NEXT(socketpair)(domain, type, protocol, fds);
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    return refuse(SENDS(connect)) ? -1 : VIRTUAL_OS_NEXT(connect)(fd, address, len);
}
