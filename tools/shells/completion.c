/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/shells/candidates.h"
#include "tools/shells/scripts.h"

#include <string.h>

enum { OPTION_HELP };

static const option_row rows[] = {
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static const struct {
    const char *shell;
    const char *script;
} scripts[] = {{"bash", SCRIPT_BASH}, {"zsh", SCRIPT_ZSH}, {"fish", SCRIPT_FISH}};

static int print_script(const char *shell)
{
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        if (strcmp(scripts[i].shell, shell) == 0) {
            (void)fputs(scripts[i].script, stdout);
            return COMMAND_OK;
        }
    (void)fprintf(stderr,
                  "roam completion: '%s' is neither bash nor zsh nor fish; see roam completion --help\n",
                  shell);
    return COMMAND_USAGE;
}

static int command_completion(int argc, char **argv)
{
    option_reader reader;
    option_reader_init(&reader, "roam completion", rows, argc, argv);
    const int option = option_next(&reader);
    if (option == OPTION_HELP)
        help_print(&COMMAND_COMPLETION, stdout);
    if (option != OPTION_END)
        return option == OPTION_HELP ? COMMAND_OK : COMMAND_USAGE;
    if (reader.operands > 0 && strcmp(argv[1], "candidates") == 0) {
        candidates_print(argv + 2, (size_t)reader.operands - 1, stdout);
        return COMMAND_OK;
    }
    if (reader.operands == 1)
        return print_script(argv[1]);
    (void)fprintf(stderr, "roam completion: give one shell; see roam completion --help\n");
    return COMMAND_USAGE;
}

const command_row COMMAND_COMPLETION = {
    .name = "completion",
    .about = "print the completion of a shell: bash, zsh, fish",
    .function = command_completion,
    .usage = "roam completion bash|zsh|fish\n"
             "       roam completion candidates -- [WORD]...",
    .text = "Prints a script by which a shell completes commands, options and what they take:\n"
            "scenarios by name, rules, adapters, files. An installed roam has brought it along;\n"
            "else, in the file that the shell reads at its start:\n"
            "\n"
            "  eval \"$(roam completion bash)\"\n"
            "  eval \"$(roam completion zsh)\"    # behind compinit\n"
            "  roam completion fish | source\n"
            "\n"
            "The second form is what these scripts call: candidates for the last WORD of a command\n"
            "line without its first one. The first line says what the shell adds (words: nothing,\n"
            "files or directories), then a line each has a word, a tab and what it means.",
    .options = rows,
    .column = 10,
    .status = "0 printed; 2 usage.",
    .operands = {{.kind = VALUE_WORD, .words = {.choices = "bash|zsh|fish|candidates"}},
                 {.kind = VALUE_TEXT}},
    .operand_count = 2,
};
