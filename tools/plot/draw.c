/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a finished figure to its files: gnuplot works in a directory of its own, and what it made is moved out
 * only when all of it is there. */
#include "tools/cli/command.h"
#include "tools/cli/data_directory.h"
#include "tools/plot/figure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, EXIT_NO_GNUPLOT = 127, EXIT_NO_DIRECTORY = 126 };

static const char *const ENDINGS[] = {"tsv", "gp", "svg", "png"};
enum { ENDING_COUNT = sizeof ENDINGS / sizeof *ENDINGS };

typedef struct drawing {
    const plot_figure *figure;
    const plot_options *options;
    char directory[PATH_BYTES / 2]; /* of the output */
    const char *name;               /* its last part */
    char work[PATH_BYTES / 2 + 64]; /* the directory it is drawn in; "" before there is one */
    char scripts[PATH_BYTES / 2];   /* the directory of the .gp files */
} drawing;

static bool wanted(const drawing *self, size_t ending)
{
    return ending < 2 || (ending == 2 ? self->options->svg : self->options->png);
}

static void path_in(const char *directory, const char *name, const char *ending, char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s.%s", directory, name, ending);
}

__attribute__((format(printf, 3, 4))) static int say(const drawing *self, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(self->figure->message, PLOT_MESSAGE_MAX, format, arguments);
    va_end(arguments);
    return status;
}

/* ---- the script ---- */

static bool copy_indented(FILE *to, const char *path)
{
    FILE *const from = fopen(path, "r");
    char line[PATH_BYTES];
    bool head = true; /* the licence is said once */
    while (from && fgets(line, sizeof line, from)) {
        head = head && line[0] == '#';
        if (!head)
            (void)fprintf(to, "%s%s", line[0] == '\n' ? "" : "    ", line);
    }
    const bool good = from && !ferror(from);
    if (from)
        (void)fclose(from);
    return good;
}

static void find_scripts(drawing *self)
{
    char data[PATH_BYTES / 2 - sizeof "/tools/plot"];
    if (self->options->scripts)
        (void)snprintf(self->scripts, sizeof self->scripts, "%s", self->options->scripts);
    else
        (void)snprintf(self->scripts, sizeof self->scripts, "%s/tools/plot",
                       data_directory(data, sizeof data));
}

static void write_head(const drawing *self, FILE *to)
{
    const char *const command = self->options->command;
    (void)fprintf(to,
                  "# SPDX-License-Identifier: GPL-2.0-or-later\n"
                  "# Draws %s from %s.tsv: run `gnuplot %s.gp` in this directory.\n",
                  self->name, self->name, self->name);
    if (command && command[0] && !strchr(command, '\n'))
        (void)fprintf(to, "# Made by: %s\n", command);
    (void)fputs("\nname = ", to);
    plot_quote(to, self->name);
    (void)fputs("\ntitle = ", to);
    plot_quote(to, self->figure->title);
    (void)fputs("\ncaption = ", to);
    plot_quote(to, self->figure->caption);
    (void)fprintf(to, "\nformats = '%s%s%s'\n", self->options->svg ? "svg" : "",
                  self->options->svg && self->options->png ? " " : "", self->options->png ? "png" : "");
}

static int write_script(const drawing *self, const plot_kind *kind)
{
    char path[PATH_BYTES];
    char style[PATH_BYTES];
    char script[PATH_BYTES];
    path_in(self->work, self->name, "gp", path);
    path_in(self->scripts, "style", "gp", style);
    path_in(self->scripts, kind->name, "gp", script);
    FILE *const to = fopen(path, "w");
    if (!to)
        return say(self, COMMAND_BROKEN, "%s: %s", path, strerror(errno));
    write_head(self, to);
    (void)fwrite(self->figure->parameters, 1, self->figure->parameters_bytes, to);
    (void)fputs("\ndo for [format in formats] {\n", to);
    bool found = copy_indented(to, style);
    (void)fputc('\n', to);
    found = copy_indented(to, script) && found;
    (void)fputs("    unset output\n}\n", to);
    const bool good = !ferror(to);
    if (fclose(to) != 0 || !good)
        return say(self, COMMAND_BROKEN, "%s: %s", path, strerror(errno));
    return found ? 0 : say(self, COMMAND_BROKEN, "%s or style.gp beside it cannot be read", script);
}

static int write_data(const drawing *self)
{
    char path[PATH_BYTES];
    path_in(self->work, self->name, "tsv", path);
    FILE *const to = fopen(path, "w");
    const bool good =
        to && fwrite(self->figure->data, 1, self->figure->data_bytes, to) == self->figure->data_bytes;
    if (!to || fclose(to) != 0 || !good)
        return say(self, COMMAND_BROKEN, "%s: %s", path, strerror(errno));
    return 0;
}

/* ---- gnuplot ---- */

static _Noreturn void become_gnuplot(const drawing *self, int output)
{
    char script[PATH_BYTES];
    (void)snprintf(script, sizeof script, "%s.gp", self->name);
    if (chdir(self->work) != 0 || dup2(output, STDERR_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
        _exit(EXIT_NO_DIRECTORY);
    (void)unsetenv("GNUTERM");
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)execlp("gnuplot", "gnuplot", "--default-settings", script, (char *)NULL);
    _exit(EXIT_NO_GNUPLOT);
}

static int judge(const drawing *self, int status, const char *said)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !strstr(said, "warning:"))
        return 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_GNUPLOT)
        return say(
            self, COMMAND_BROKEN,
            "gnuplot is not installed: 'apt-get install gnuplot-nox' as root; tools/setup does it too");
    return say(self, COMMAND_BROKEN, "gnuplot failed: %.800s", said[0] ? said : "it says nothing");
}

static int run_gnuplot(const drawing *self)
{
    int ends[2];
    char said[PLOT_MESSAGE_MAX] = "";
    size_t used = 0;
    ssize_t got;
    int status = 0;
    if (pipe(ends) != 0)
        return say(self, COMMAND_BROKEN, "no pipe: %s", strerror(errno));
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        become_gnuplot(self, ends[1]);
    }
    (void)close(ends[1]);
    if (child > 0) {
        char rest[256];
        do {
            const bool room = used + 1 < sizeof said;
            got =
                room ? read(ends[0], said + used, sizeof said - 1 - used) : read(ends[0], rest, sizeof rest);
            used += room && got > 0 ? (size_t)got : 0;
        } while (got > 0 || (got < 0 && errno == EINTR));
        said[used] = '\0';
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    (void)close(ends[0]);
    return child < 0 ? say(self, COMMAND_BROKEN, "no process for gnuplot: %s", strerror(errno))
                     : judge(self, status, said);
}

/* ---- all of it ---- */

static int prepare(drawing *self, const char *out)
{
    const char *const slash = strrchr(out, '/');
    self->name = slash ? slash + 1 : out;
    const size_t directory = slash ? (size_t)(slash - out) : 0;
    if (self->name[0] == '\0' || directory >= sizeof self->directory || strlen(self->name) > 200)
        return say(self, COMMAND_USAGE, "'%.200s' names no figure: -o DIR/NAME", out);
    (void)snprintf(self->directory, sizeof self->directory, "%.*s", slash ? (int)directory : 1,
                   slash ? out : ".");
    if (slash == out)
        (void)snprintf(self->directory, sizeof self->directory, "/");
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        char path[PATH_BYTES];
        struct stat found;
        path_in(self->directory, self->name, ENDINGS[i], path);
        if (wanted(self, i) && !self->options->force && lstat(path, &found) == 0)
            return say(self, COMMAND_USAGE, "%s exists: another name, or --force", path);
    }
    (void)snprintf(self->work, sizeof self->work, "%s/.plot.XXXXXX", self->directory);
    if (mkdtemp(self->work))
        return 0;
    self->work[0] = '\0';
    return say(self, errno == ENOENT || errno == ENOTDIR ? COMMAND_USAGE : COMMAND_BROKEN, "%s: %s",
               self->directory, strerror(errno));
}

static int label(const drawing *self)
{
    const plot_figure *const figure = self->figure;
    const char *const command = self->options->command ? self->options->command : "";
    char path[PATH_BYTES];
    path_in(self->work, self->name, "svg", path);
    if (self->options->svg && !plot_label_svg(path, figure->title, figure->caption, command))
        return say(self, COMMAND_BROKEN, "gnuplot made no SVG that can be read");
    path_in(self->work, self->name, "png", path);
    if (self->options->png && !plot_label_png(path, figure->title, figure->caption, command))
        return say(self, COMMAND_BROKEN, "gnuplot made no PNG that can be read");
    return 0;
}

static int deliver(const drawing *self)
{
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        char from[PATH_BYTES];
        char to[PATH_BYTES];
        path_in(self->work, self->name, ENDINGS[i], from);
        path_in(self->directory, self->name, ENDINGS[i], to);
        if (wanted(self, i) && rename(from, to) != 0)
            return say(self, COMMAND_BROKEN, "%s: %s", to, strerror(errno));
    }
    return 0;
}

static void tidy_up(const drawing *self)
{
    for (size_t i = 0; i < ENDING_COUNT; i++) {
        char path[PATH_BYTES];
        path_in(self->work, self->name, ENDINGS[i], path);
        (void)unlink(path);
    }
    (void)rmdir(self->work);
}

int plot_draw(const plot_figure *figure, const plot_kind *kind, const plot_options *options, const char *out)
{
    drawing self = {.figure = figure, .options = options};
    find_scripts(&self);
    int status = prepare(&self, out);
    if (!status)
        status = write_data(&self);
    if (!status)
        status = write_script(&self, kind);
    if (!status)
        status = run_gnuplot(&self);
    if (!status)
        status = label(&self);
    if (!status)
        status = deliver(&self);
    if (self.work[0])
        tidy_up(&self);
    return status;
}
