/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/tests/program.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 2, STOP_MS = 1000, LOG_SHOWN = 2000 };

#define SEARCHED "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

static void sleep_ms(unsigned ms)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}, NULL);
}

/* An administrator's program is not on the PATH of an ordinary user. */
static bool find(const char *name, char path[PROGRAM_PATH_MAX])
{
    const char *directories = getenv("PATH");
    char all[4096];
    char *state = NULL;
    (void)snprintf(all, sizeof all, "%s:%s", directories ? directories : "", SEARCHED);
    for (char *d = strtok_r(all, ":", &state); d; d = strtok_r(NULL, ":", &state))
        if (snprintf(path, PROGRAM_PATH_MAX, "%s/%s", d, name) < PROGRAM_PATH_MAX && access(path, X_OK) == 0)
            return true;
    return false;
}

bool program_exists(const char *name)
{
    char path[PROGRAM_PATH_MAX];
    return find(name, path);
}

void program_init(program *self, const char *name)
{
    const char *base = getenv("TMPDIR");
    *self = (program){.name = name};
    (void)snprintf(self->directory, sizeof self->directory, "%s/roam-test-XXXXXX", base ? base : "/tmp");
    char *made = mkdtemp(self->directory);
    assert(made);
    (void)made;
    program_path(self, "log", self->log);
    program_argument(self, name);
}

void program_argument(program *self, const char *argument)
{
    if (!argument)
        return;
    assert(self->argc < PROGRAM_ARGUMENTS_MAX);
    self->argv[self->argc++] = argument;
}

void program_path(const program *self, const char *file, char path[PROGRAM_PATH_MAX])
{
    const int n = snprintf(path, PROGRAM_PATH_MAX, "%s/%s", self->directory, file);
    assert(n > 0 && n < PROGRAM_PATH_MAX);
    (void)n;
}

/* In the child; does not return. */
static void become(const program *self, const char *path, pid_t parent)
{
    char *argv[PROGRAM_ARGUMENTS_MAX + 1];
    memcpy(argv, self->argv, sizeof argv);
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(self->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (in >= 0 && out >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2 &&
        prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent)
        (void)execv(path, argv);
    _exit(127);
}

bool program_start(program *self)
{
    char path[PROGRAM_PATH_MAX];
    const pid_t parent = getpid();
    assert(self->pid == 0);
    self->argv[self->argc] = NULL;
    if (!find(self->name, path))
        return false;
    const pid_t pid = fork();
    if (pid == 0)
        become(self, path, parent);
    self->pid = pid > 0 ? pid : 0;
    return pid > 0;
}

int program_wait(program *self, unsigned timeout_ms)
{
    int status = 0;
    pid_t ended = 0;
    if (self->pid == 0)
        return -1;
    for (unsigned waited = 0;; waited += STEP_MS) {
        ended = waitpid(self->pid, &status, WNOHANG);
        if (ended != 0 || waited >= timeout_ms)
            break;
        sleep_ms(STEP_MS);
    }
    if (ended == 0)
        return -1;
    self->pid = 0;
    return ended > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool program_runs(program *self)
{
    if (self->pid != 0)
        (void)program_wait(self, 0);
    return self->pid != 0;
}

void program_stop(program *self)
{
    if (!program_runs(self))
        return;
    (void)kill(self->pid, SIGTERM);
    (void)program_wait(self, STOP_MS);
    if (self->pid == 0)
        return;
    (void)kill(self->pid, SIGKILL);
    (void)waitpid(self->pid, NULL, 0);
    self->pid = 0;
}

void program_show_log(const program *self)
{
    char text[LOG_SHOWN + 1];
    FILE *const file = fopen(self->log, "r");
    if (!file)
        return;
    if (fseek(file, -LOG_SHOWN, SEEK_END) != 0)
        rewind(file); /* it is shorter */
    text[fread(text, 1, LOG_SHOWN, file)] = '\0';
    (void)fclose(file);
    (void)printf("\n  the end of what %s wrote:\n%s\n", self->name, text);
}

void program_free(program *self)
{
    program_stop(self);
    DIR *const directory = opendir(self->directory);
    for (struct dirent *entry; directory && (entry = readdir(directory)) != NULL;)
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        (void)closedir(directory);
    (void)rmdir(self->directory);
}
