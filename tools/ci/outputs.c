/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/ci/outputs.h"

#include "tools/cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096 };

static int fail(const ci_outputs *self, const char *path, int error)
{
    (void)fprintf(stderr, "%s: %s: %s\n", self->command, path, strerror(error));
    return COMMAND_BROKEN;
}

size_t ci_outputs_to_stdout(const ci_outputs *self)
{
    size_t count = 0;
    for (size_t i = 0; i < CI_FORMATS; i++)
        count += self->paths[i] && strcmp(self->paths[i], "-") == 0;
    return count;
}

bool ci_outputs_wanted(const ci_outputs *self)
{
    bool any = self->github;
    for (size_t i = 0; i < CI_FORMATS; i++)
        any = any || self->paths[i];
    return any;
}

/* What may be there is overwritten; what is not there is made in its directory. */
static bool is_writable(const char *path)
{
    char directory[PATH_MAX_BYTES];
    const char *const slash = strrchr(path, '/');
    if (access(path, F_OK) == 0)
        return access(path, W_OK) == 0;
    (void)snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) + 1 : 1,
                   slash ? path : ".");
    return access(directory, W_OK) == 0;
}

bool ci_outputs_check(const ci_outputs *self)
{
    bool good = true;
    for (size_t i = 0; i < CI_FORMATS; i++)
        if (self->paths[i] && strcmp(self->paths[i], "-") != 0 && !is_writable(self->paths[i]))
            good = fail(self, self->paths[i], errno) == COMMAND_OK;
    return good;
}

static int write_text(const ci_outputs *self, const char *path, const char *mode, const char *bytes,
                      size_t len)
{
    FILE *const file = strcmp(path, "-") == 0 ? stdout : fopen(path, mode);
    bool failed = !file || fwrite(bytes, 1, len, file) != len || fflush(file) != 0;
    int error = failed ? errno : 0;
    if (file && file != stdout && fclose(file) != 0 && !failed) {
        error = errno;
        failed = true;
    }
    return failed ? fail(self, path, error) : COMMAND_OK;
}

/* path NULL: not asked for. */
static int write_format(const ci_outputs *self, const char *path, const char *mode, ci_format format,
                        ci_write_fn *write, const void *ctx)
{
    char *bytes = NULL;
    size_t len = 0;
    FILE *const stream = path ? open_memstream(&bytes, &len) : NULL;
    if (!path)
        return COMMAND_OK;
    bool made = stream && write(ctx, format, stream);
    if (stream && fclose(stream) != 0)
        made = false;
    const int status = made ? write_text(self, path, mode, bytes, len) : fail(self, path, ENOMEM);
    free(bytes);
    return status;
}

int ci_outputs_write(const ci_outputs *self, const ci_verdicts *verdicts, FILE *stream, ci_write_fn *write,
                     const void *ctx)
{
    const char *const summary = self->github ? getenv("GITHUB_STEP_SUMMARY") : NULL;
    int status = COMMAND_OK;
    for (ci_format format = 0; format < CI_FORMATS; format++)
        if (write_format(self, self->paths[format], "w", format, write, ctx) != COMMAND_OK)
            status = COMMAND_BROKEN;
    if (self->github && !ci_github(verdicts, getenv("GITHUB_WORKSPACE"), stream))
        status = fail(self, "--github", ENOMEM);
    if (summary && summary[0] && write_format(self, summary, "a", CI_MARKDOWN, write, ctx) != COMMAND_OK)
        status = COMMAND_BROKEN;
    return status;
}
