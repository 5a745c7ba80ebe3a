/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operating system as an adapter sees it. A program that this room is linked into defines functions of
 * the C library itself, and the dynamic linker takes these for all shared objects. While a call of an adapter
 * is under way (call.h), they answer from the run; at all other times they call the C library.
 *
 *   randomness  getrandom, getentropy, arc4random, arc4random_buf, arc4random_uniform, read of /dev/random
 * and /dev/urandom, also by fopen, and syscall(SYS_getrandom): from random() of the call. time clock_gettime,
 * gettimeofday, time, timespec_get, clock, and syscall(SYS_clock_gettime): monotonic clocks and those of
 * processor time are the virtual time of the call, the others VIRTUAL_OS_EPOCH_S and the virtual time.
 *   identity    getpid, getppid: constant.
 *   refused     what roam_endpoint.h forbids: sleep, usleep, nanosleep, clock_nanosleep; poll, ppoll, select,
 *               pselect and epoll_wait with a timeout; threads; processes; sockets. They fail with EPERM
 *               (EAGAIN, thrd_error), and the rule is noted (endpoint_call_fault).
 *
 * Out of reach: system calls and RDRAND, RDSEED or RDTSC in the adapter's own machine code; calls that the C
 * library makes within itself; addresses of memory, which differ between processes, where an order follows
 * from them; AT_RANDOM of getauxval.
 */
#ifndef SIM_ENDPOINT_VIRTUAL_OS_H
#define SIM_ENDPOINT_VIRTUAL_OS_H

#include <stdint.h>

#define VIRTUAL_OS_EPOCH_S                                                                                   \
    INT64_C(1767225600) /* 2026-01-01T00:00:00Z: virtual time 0 of real-time clocks                          \
                         */
#define VIRTUAL_OS_PID 2

/* Finds the functions of the C library, which is done at their first use otherwise. */
void virtual_os_find(void);

#endif
