/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What it costs to start: one process that runs one small scenario, from fork to its end. */
#include "tools/benchmarks/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char small_text[] = "roam: 1\n"
                                 "name: bench-start\n"
                                 "duration: 1s\n"
                                 "networks:\n"
                                 "  wifi: {delay: 10ms, rate: 100Mbps}\n"
                                 "  cellular: {delay: 10ms, rate: 100Mbps}\n"
                                 "  datacentre: {delay: 1ms, rate: 1Gbps}\n"
                                 "nodes:\n"
                                 "  laptop: {networks: [wifi, cellular]}\n"
                                 "  server: {networks: [datacentre], listen: 4433}\n"
                                 "peers:\n"
                                 "  - laptop -> server\n"
                                 "timeline:\n"
                                 "  - {at: 300ms, migrate: laptop -> server, network: cellular, as: move}\n"
                                 "expect:\n"
                                 "  - {migration: move, result: ok}\n";

double bench_child_cpu_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

int bench_spawn(const char *const argv[], int *status)
{
    posix_spawn_file_actions_t actions;
    int rv = posix_spawn_file_actions_init(&actions);
    if (rv != 0)
        return rv;
    rv = posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (rv == 0) {
        pid_t child;
        rv = posix_spawn(&child, argv[0], &actions, NULL, (char *const *)argv, environ);
        if (rv == 0 && waitpid(child, status, 0) != child)
            rv = errno;
    }
    posix_spawn_file_actions_destroy(&actions);
    return rv;
}

int bench_cold_start(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    char file[] = "/tmp/roam-bench-XXXXXX";
    const int fd = mkstemp(file);
    if (fd < 0 || write(fd, small_text, sizeof small_text - 1) != (ssize_t)(sizeof small_text - 1)) {
        snprintf(message, BENCH_MESSAGE_MAX, "%s: %s", file, strerror(errno));
        if (fd >= 0)
            unlink(file);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    close(fd);
    int status = -1;
    const double cpu_s = bench_child_cpu_s();
    bench_time start = bench_clock();
    const int rv = bench_spawn((const char *const[]){context->roam, "run", file, NULL}, &status);
    sample->wall = (bench_clock().wall_s - start.wall_s) * 1000;
    sample->on_cpu = (bench_child_cpu_s() - cpu_s) * 1000;
    unlink(file);
    if (rv == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    snprintf(message, BENCH_MESSAGE_MAX, "%s run: %s", context->roam,
             rv ? strerror(rv) : "did not end with exit status 0");
    return -1;
}
