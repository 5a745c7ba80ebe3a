/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A standard descriptor that is closed would be given to the first file that is opened, which would then get
 * the messages. */
static void open_closed_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0)
            return;
}

/* 0, or why not all of standard output was written. Of a write that failed before the last one only ferror is
 * left, and errno may be of another call: one more write gives the reason. */
static int output_error(void)
{
    if (fflush(stdout) != 0)
        return errno;
    if (!ferror(stdout))
        return 0;
    clearerr(stdout);
    return fputc('\n', stdout) == EOF || fflush(stdout) != 0 ? errno : EIO;
}

int main(int argc, char **argv)
{
    open_closed_descriptors();
    /* A file at its size limit is an error of writing like a full disk. */
    (void)signal(SIGXFSZ, SIG_IGN);
    const int status = COMMAND_ROAM.function(argc, argv);
    const int error = output_error();
    if (error)
        (void)fprintf(stderr, "roam: standard output: %s\n", strerror(error));
    return error ? COMMAND_BROKEN : status;
}
