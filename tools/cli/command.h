/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_COMMAND_H
#define TOOLS_CLI_COMMAND_H

/* The commands of roam. argv[0] is the command's name; the return value is the exit status. */

#define COMMAND_VERSION "0.1.0"

typedef enum command_status {
    COMMAND_OK = 0,
    COMMAND_FAILED = 1, /* an expectation did not hold */
    COMMAND_USAGE = 2,  /* usage, or an invalid scenario */
    COMMAND_BROKEN = 3, /* the harness itself failed */
    COMMAND_INTERRUPTED = 130
} command_status;

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_list(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_node(int argc, char **argv);
int command_migrate(int argc, char **argv);
int command_send(int argc, char **argv);
int command_views(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_stats(int argc, char **argv);
int command_report(int argc, char **argv);
int command_plot(int argc, char **argv);
int command_gate(int argc, char **argv);
int command_reproduce(int argc, char **argv);
int command_export(int argc, char **argv);
int command_rules(int argc, char **argv);
int command_dissect(int argc, char **argv);
int command_endpoint(int argc, char **argv);

#endif
