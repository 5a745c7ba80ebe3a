/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* RTLD_NEXT, fopencookie, syscall */
#undef _FORTIFY_SOURCE
#include "sim/endpoint/virtual_os.h"

#include "sim/endpoint/call.h"
#include "sim/endpoint/virtual_os_internal.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define ENTROPY_MAX 256 /* of getentropy */
#define RANDOM_MAJOR 1  /* of /dev/random and /dev/urandom */
#define RANDOM_MINOR 8
#define URANDOM_MINOR 9
#define PARENT_PID 1

#define FUNCTIONS(X)                                                                                         \
    X(getrandom)                                                                                             \
    X(syscall)                                                                                               \
    X(read)                                                                                                  \
    X(fopen)                                                                                                 \
    X(fopen64)                                                                                               \
    X(clock_gettime) X(gettimeofday) X(time) X(timespec_get) X(clock) X(getpid) X(getppid) X(kill)

FUNCTIONS(VIRTUAL_OS_FOUND)

virtual_os_function virtual_os_look(virtual_os_function *found, const char *name)
{
    if (!*found) {
        void *const symbol = dlsym(RTLD_NEXT, name);
        if (!symbol)
            abort();
        memcpy(found, &symbol, sizeof symbol);
    }
    return *found;
}

void virtual_os_find(void)
{
    FUNCTIONS(VIRTUAL_OS_FIND)
    virtual_os_find_refused();
}

/* --- randomness --- */

/* Whether the call under way answers. */
static bool draw(void *bytes, size_t len)
{
    const endpoint_call *const call = endpoint_call_current();
    if (!call)
        return false;
    call->random(call->ctx, bytes, len);
    return true;
}

ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    return draw(buffer, length) ? (ssize_t)length : VIRTUAL_OS_NEXT(getrandom)(buffer, length, flags);
}

/* All of it, of the kernel or of the call. */
static bool fill(void *buffer, size_t length)
{
    for (size_t got = 0; got < length;) {
        const ssize_t more = getrandom((char *)buffer + got, length - got, 0);
        if (more < 0 && errno != EINTR)
            return false;
        got += more > 0 ? (size_t)more : 0;
    }
    return true;
}

int getentropy(void *buffer, size_t length)
{
    if (length > ENTROPY_MAX) {
        errno = EIO;
        return -1;
    }
    return fill(buffer, length) ? 0 : -1;
}

/* Older C libraries declare none of the three. */
uint32_t arc4random(void);
void arc4random_buf(void *buffer, size_t length);
uint32_t arc4random_uniform(uint32_t bound);

void arc4random_buf(void *buffer, size_t length)
{
    if (!fill(buffer, length))
        abort();
}

uint32_t arc4random(void)
{
    uint32_t value;
    arc4random_buf(&value, sizeof value);
    return value;
}

uint32_t arc4random_uniform(uint32_t bound)
{
    const uint32_t least = bound > 1 ? -bound % bound : 0; /* below it, some remainders are likelier */
    uint32_t value = 0;
    if (bound < 2)
        return 0;
    do
        value = arc4random();
    while (value < least);
    return value % bound;
}

static bool is_random_device(int fd)
{
    struct stat file;
    return fstat(fd, &file) == 0 && S_ISCHR(file.st_mode) && major(file.st_rdev) == RANDOM_MAJOR &&
           (minor(file.st_rdev) == RANDOM_MINOR || minor(file.st_rdev) == URANDOM_MINOR);
}

ssize_t read(int fd, void *buffer, size_t length)
{
    if (endpoint_call_current() && is_random_device(fd) && draw(buffer, length))
        return (ssize_t)length;
    return VIRTUAL_OS_NEXT(read)(fd, buffer, length);
}

static ssize_t read_stream(void *cookie, char *buffer, size_t length)
{
    (void)cookie;
    return fill(buffer, length) ? (ssize_t)length : -1;
}

/* What the C library reads for a stream passes no function of here. Unbuffered: what is read in one call is
 * not kept for the next. */
static FILE *open_random(const char *path)
{
    FILE *stream = NULL;
    if (endpoint_call_current() && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0))
        stream = fopencookie(NULL, "r", (cookie_io_functions_t){.read = read_stream});
    if (stream)
        (void)setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    FILE *const stream = open_random(path);
    return stream ? stream : VIRTUAL_OS_NEXT(fopen)(path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    FILE *const stream = open_random(path);
    return stream ? stream : VIRTUAL_OS_NEXT(fopen64)(path, mode);
}

/* --- time --- */

static struct timespec time_of(const endpoint_call *call, clockid_t clock)
{
    struct timespec at = {.tv_sec = (time_t)(call->now_ns / SECOND_NS),
                          .tv_nsec = (long)(call->now_ns % SECOND_NS)};
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI:
        at.tv_sec += VIRTUAL_OS_EPOCH_S;
        break;
    default:
        break;
    }
    return at;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    const endpoint_call *const call = endpoint_call_current();
    if (!call)
        return VIRTUAL_OS_NEXT(clock_gettime)(clock, at);
    *at = time_of(call, clock);
    return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone)
{
    const endpoint_call *const call = endpoint_call_current();
    if (!call)
        return VIRTUAL_OS_NEXT(gettimeofday)(at, zone);
    const struct timespec exact = time_of(call, CLOCK_REALTIME);
    *at = (struct timeval){.tv_sec = exact.tv_sec, .tv_usec = exact.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *at)
{
    const endpoint_call *const call = endpoint_call_current();
    if (!call)
        return VIRTUAL_OS_NEXT(time)(at);
    const time_t now = time_of(call, CLOCK_REALTIME).tv_sec;
    if (at)
        *at = now;
    return now;
}

int timespec_get(struct timespec *at, int base)
{
    const endpoint_call *const call = endpoint_call_current();
    if (!call)
        return VIRTUAL_OS_NEXT(timespec_get)(at, base);
    *at = time_of(call, CLOCK_REALTIME);
    return base;
}

clock_t clock(void)
{
    const endpoint_call *const call = endpoint_call_current();
    return call ? (clock_t)(call->now_ns / (SECOND_NS / CLOCKS_PER_SEC)) : VIRTUAL_OS_NEXT(clock)();
}

/* --- identity --- */

pid_t getpid(void)
{
    return endpoint_call_current() ? VIRTUAL_OS_PID : VIRTUAL_OS_NEXT(getpid)();
}

pid_t getppid(void)
{
    return endpoint_call_current() ? PARENT_PID : VIRTUAL_OS_NEXT(getppid)();
}

/* An adapter that ends itself means itself. */
int kill(pid_t pid, int number)
{
    const bool itself = endpoint_call_current() && pid == VIRTUAL_OS_PID;
    return VIRTUAL_OS_NEXT(kill)(itself ? VIRTUAL_OS_NEXT(getpid)() : pid, number);
}

/* --- system calls by number --- */

long syscall(long number, ...)
{
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++)
        arguments[i] = va_arg(list, long);
    va_end(list);
    if (endpoint_call_current() && number == SYS_getrandom)
        return getrandom((void *)arguments[0], (size_t)arguments[1], (unsigned)arguments[2]);
    if (endpoint_call_current() && number == SYS_clock_gettime)
        return clock_gettime((clockid_t)arguments[0], (struct timespec *)arguments[1]);
    return VIRTUAL_OS_NEXT(syscall)(number, arguments[0], arguments[1], arguments[2], arguments[3],
                                    arguments[4], arguments[5]);
}
