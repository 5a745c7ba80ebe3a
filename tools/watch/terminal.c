/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "tools/watch/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\033[?1049h\033[?25l\033[H\033[2J"
#define LEAVE "\033[0m\033[?25h\033[?1049l"

enum { MILLISECOND_NS = 1000000, ESCAPE_MS = 25, SEQUENCE_MAX = 16 };

/* A signal handler can read nothing but globals. */
static struct {
    atomic_bool *entered; /* in memory that forked processes share; NULL: it never was */
    bool keys;            /* standard input is a terminal; `before` is valid */
    struct termios before;
} terminal;

static bool is_entered(void)
{
    return terminal.entered && atomic_load(terminal.entered);
}

bool terminal_takes_screen(void)
{
    const char *const name = getenv("TERM");
    return isatty(STDOUT_FILENO) && name && name[0] != '\0' && strcmp(name, "dumb") != 0;
}

static void write_all(const char *text, size_t len)
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

void terminal_write(const char *text, size_t len)
{
    if (is_entered())
        write_all(text, len);
}

void terminal_leave(void)
{
    const int error = errno;
    if (terminal.entered && atomic_exchange(terminal.entered, false)) {
        write_all(LEAVE, sizeof LEAVE - 1);
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
    if (!terminal.entered) {
        void *const shared =
            mmap(NULL, sizeof *terminal.entered, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared == MAP_FAILED)
            return false;
        terminal.entered = shared;
    }
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
    atomic_store(terminal.entered, true);
    write_all(ENTER, sizeof ENTER - 1);
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

/* What follows ESC: nothing for the key Escape; else a control sequence of ECMA-48, ESC [ parameters A, or
 * ESC O A, which is read to its end. With modifiers a key is no other. */
static terminal_key read_sequence(void)
{
    static const struct {
        char final;
        int parameter; /* the first; 0: any */
        terminal_key key;
    } KEYS[] = {{'A', 0, TERMINAL_UP},      {'B', 0, TERMINAL_DOWN},     {'H', 0, TERMINAL_FIRST},
                {'F', 0, TERMINAL_LAST},    {'~', 1, TERMINAL_FIRST},    {'~', 4, TERMINAL_LAST},
                {'~', 5, TERMINAL_PAGE_UP}, {'~', 6, TERMINAL_PAGE_DOWN}};
    const int second = read_byte(ESCAPE_MS);
    if (second != '[' && second != 'O')
        return second < 0 ? TERMINAL_CLOSE : TERMINAL_OTHER;
    int byte = read_byte(ESCAPE_MS);
    const int parameter = byte >= '0' && byte <= '9' ? byte - '0' : 0;
    for (size_t i = 0; byte >= '0' && byte < '@' && i < SEQUENCE_MAX; i++)
        byte = read_byte(ESCAPE_MS);
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
        if (byte == KEYS[i].final && (KEYS[i].parameter == 0 || KEYS[i].parameter == parameter))
            return KEYS[i].key;
    return TERMINAL_OTHER;
}

terminal_key terminal_read(uint64_t wait_ns)
{
    static const struct {
        char byte;
        terminal_key key;
    } KEYS[] = {{'q', TERMINAL_QUIT},   {' ', TERMINAL_PAUSE},  {'.', TERMINAL_STEP},  {'+', TERMINAL_FASTER},
                {'=', TERMINAL_FASTER}, {'-', TERMINAL_SLOWER}, {'k', TERMINAL_UP},    {'j', TERMINAL_DOWN},
                {'g', TERMINAL_FIRST},  {'G', TERMINAL_LAST},   {'\r', TERMINAL_OPEN}, {'\n', TERMINAL_OPEN},
                {'\t', TERMINAL_OPEN}};
    const int byte = read_byte((int)((wait_ns + MILLISECOND_NS - 1) / MILLISECOND_NS));
    if (byte == '\033')
        return read_sequence();
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
        if (byte == KEYS[i].byte)
            return KEYS[i].key;
    return byte < 0 ? TERMINAL_NONE : TERMINAL_OTHER;
}
