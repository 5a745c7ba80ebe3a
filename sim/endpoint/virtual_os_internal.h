/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a function that stands before one of the C library calls that one. */
#ifndef SIM_ENDPOINT_VIRTUAL_OS_INTERNAL_H
#define SIM_ENDPOINT_VIRTUAL_OS_INTERNAL_H

typedef void (*virtual_os_function)(void);

/* The function of that name of the libraries after the program; kept in *found. Ends the process when there
 * is none. */
virtual_os_function virtual_os_look(virtual_os_function *found, const char *name);

/* FUNCTIONS is a macro that calls its argument with the name of each function of the file. */
#define VIRTUAL_OS_FOUND(name) static virtual_os_function found_##name;
#define VIRTUAL_OS_FIND(name) (void)virtual_os_look(&found_##name, #name);
#define VIRTUAL_OS_NEXT(name) ((__typeof__(&(name)))virtual_os_look(&found_##name, #name))

/* Of the functions that are refused. */
void virtual_os_find_refused(void);

#endif
