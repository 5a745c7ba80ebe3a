/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[H\033[2J"
#define LEAVE "\033[0m\033[?25h\033[?1049l"

enum { MILLISECOND_NS = 1000000, ESCAPE_MS = 25 };

/* A signal handler can read nothing but globals. */
static struct {
    volatile sig_atomic_t entered;
    bool keys; /* standard input is a terminal; `before` is valid */
    struct termios before;
} terminal;

bool terminal_takes_screen(void)
{
    const char *const name = getenv("TERM");
    return isatty(STDOUT_FILENO) && name && name[0] != '\0' && strcmp(name, "dumb") != 0;
}

void terminal_write(const char *text, size_t len)
{
    while (len > 0) {
        const ssize_t written = write(STDOUT_FILENO, text, len);
        if (written < 0 && errno != EINTR)
            return; /* the terminal is gone */
        if (written > 0) {
            text += written;
            len -= (size_t)written;
        }
    }
}

void terminal_leave(void)
{
    const int error = errno;
    if (terminal.entered) {
        terminal.entered = 0;
        terminal_write(LEAVE, sizeof LEAVE - 1);
        if (terminal.keys)
            (void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
    }
    errno = error;
}

static void on_fatal(int number)
{
    terminal_leave();
    (void)raise(number); /* SA_RESETHAND: now it ends the process */
}

bool terminal_enter(void)
{
    static const int FATAL[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    terminal.keys = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &terminal.before) == 0;
    if (terminal.keys) {
        struct termios raw = terminal.before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        raw.c_cc[VSUSP] = _POSIX_VDISABLE; /* the shell would find the alternate screen */
        if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0)
            return false;
    }
    for (size_t i = 0; i < sizeof FATAL / sizeof FATAL[0]; i++)
        (void)sigaction(FATAL[i], &action, NULL);
    terminal.entered = 1;
    terminal_write(ENTER, sizeof ENTER - 1);
    return true;
}

void terminal_size(size_t *columns, size_t *rows)
{
    struct winsize size = {0};
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    *columns = known ? size.ws_col : 80;
    *rows = known ? size.ws_row : 24;
}

/* One byte in time, or -1. */
static int read_byte(int wait_ms)
{
    struct pollfd input = {.fd = terminal.keys ? STDIN_FILENO : -1, .events = POLLIN};
    unsigned char byte;
    if (poll(&input, 1, wait_ms) <= 0 || read(STDIN_FILENO, &byte, 1) != 1) {
        if (input.revents & (POLLHUP | POLLERR))
            terminal.keys = false;
        return -1;
    }
    return byte;
}

/* Arrows are ESC [ A, or ESC O A. */
static terminal_key read_arrow(void)
{
    const int second = read_byte(ESCAPE_MS);
    if (second != '[' && second != 'O')
        return TERMINAL_OTHER;
    switch (read_byte(ESCAPE_MS)) {
    case 'A':
        return TERMINAL_UP;
    case 'B':
        return TERMINAL_DOWN;
    default:
        return TERMINAL_OTHER;
    }
}

terminal_key terminal_read(uint64_t wait_ns)
{
    const int byte = read_byte((int)((wait_ns + MILLISECOND_NS - 1) / MILLISECOND_NS));
    switch (byte) {
    case -1:
        return TERMINAL_NONE;
    case 'q':
        return TERMINAL_QUIT;
    case ' ':
        return TERMINAL_PAUSE;
    case '.':
        return TERMINAL_STEP;
    case '+':
    case '=':
        return TERMINAL_FASTER;
    case '-':
        return TERMINAL_SLOWER;
    case '\033':
        return read_arrow();
    default:
        return TERMINAL_OTHER;
    }
}
