/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/interrupt.h"

#include "tools/cli/command.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};

enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

/* A signal handler can read nothing but globals. */
static struct {
    const char *command;
    unsigned seconds;
    void (*handlers[NUMBERS])(int number); /* the process's own; NULL: none */
    void (*before)(void);                  /* NULL: nothing */
} limit;

static volatile sig_atomic_t came; /* likewise */

static void note(int number)
{
    (void)number;
    came = 1;
}

void interrupt_catch(interrupt_second second)
{
    struct sigaction action = {.sa_handler = note};
    (void)sigemptyset(&action.sa_mask);
    if (second == INTERRUPT_SECOND_ENDS)
        action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    for (size_t i = 0; i < NUMBERS; i++) {
        struct sigaction before;
        if (numbers[i] != SIGHUP || sigaction(SIGHUP, NULL, &before) != 0 || before.sa_handler != SIG_IGN)
            (void)sigaction(numbers[i], &action, NULL);
    }
}

bool interrupt_came(void *ctx)
{
    (void)ctx;
    return came != 0;
}

static void write_text(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void on_alarm(int number)
{
    (void)number;
    if (limit.before)
        limit.before();
    write_text(limit.command);
    write_text(": interrupted\n");
    _exit(COMMAND_INTERRUPTED);
}

static void on_signal(int number)
{
    (void)alarm(limit.seconds);
    for (size_t i = 0; i < NUMBERS; i++)
        if (numbers[i] == number)
            limit.handlers[i](number);
}

void interrupt_before_limit(void (*call)(void))
{
    limit.before = call;
}

void interrupt_limit(const char *command, unsigned seconds)
{
    struct sigaction action = {.sa_handler = on_alarm};
    (void)sigemptyset(&action.sa_mask);
    limit.command = command;
    limit.seconds = seconds;
    (void)sigaction(SIGALRM, &action, NULL);
    for (size_t i = 0; i < NUMBERS; i++) {
        if (sigaction(numbers[i], NULL, &action) != 0 || action.sa_handler == SIG_DFL ||
            action.sa_handler == SIG_IGN)
            continue;
        limit.handlers[i] = action.sa_handler;
        action.sa_handler = on_signal;
        (void)sigaction(numbers[i], &action, NULL);
    }
}
