/* SPDX-License-Identifier: MIT
 * completion.c - `playbus completion bash`: a script made from the table that --help is made from,
 * so that it cannot offer what is not there. */
#include <stdio.h>
#include <string.h>

#include "actors/cli/commands.h"

/* The command is the first word, or the first two where those are its name. */
static const char beginning[] =
    "# bash completion of playbus: source <(playbus completion bash)\n"
    "_playbus() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command=${COMP_WORDS[1]} at=1 options='' files=''\n"
    "    COMPREPLY=()\n"
    "    if [ \"$word\" = = ]; then\n"
    "        word=''\n"
    "    elif [ \"$before\" = = ]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    if [ \"$command\" = help ] && [ \"$COMP_CWORD\" -gt 1 ]; then\n"
    "        command=${COMP_WORDS[2]} at=2\n"
    "    fi\n";
static const char ending[] =
    "    esac\n"
    "    if [[ $word == -* ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$options --help\" -- \"$word\")\n"
    "    elif [ -n \"$files\" ]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
    "    fi\n"
    "}\n"
    "complete -F _playbus playbus\n";

static size_t first_word(const char *name)
{
    return strcspn(name, " ");
}

/* Is it the first command of its group? */
static bool is_new(const struct command *list, size_t i)
{
    size_t size = first_word(list[i].name);
    return i == 0 || first_word(list[i - 1].name) != size ||
           strncmp(list[i - 1].name, list[i].name, size) != 0;
}

static bool has_option(const struct command *c, const char *name)
{
    const struct argp_option *o = c->options;
    while (o->name != NULL && strcmp(o->name, name) != 0) {
        o++;
    }
    return o->name != NULL;
}

static bool is_in_an_earlier_one(const struct command *list, size_t i, const char *name)
{
    while (i > 0 && !has_option(&list[i - 1], name)) {
        i--;
    }
    return i > 0;
}

/* Values that are names of folders, of files, or of nothing that could be looked up. */
static void print_values(const struct command *list, const char *kinds, const char *action)
{
    const char *between = "";
    (void)fputs("    ", stdout);
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        for (const struct argp_option *o = list[i].options; o->name != NULL; o++) {
            if (o->arg != NULL && strstr(kinds, o->arg) != NULL &&
                !is_in_an_earlier_one(list, i, o->name)) {
                (void)printf("%s--%s", between, o->name);
                between = "|";
            }
        }
    }
    (void)printf(") %s; return ;;\n", action);
}

static void print_command(const struct command *c)
{
    const char *takes = c->arguments == NULL ? "" : c->arguments;
    bool files = strncmp(takes, "FILE", 4) == 0 || strcmp(takes, "DIR") == 0;
    (void)printf("    '%s') %soptions='", c->name, files ? "files=yes " : "");
    for (const struct argp_option *o = c->options; o->name != NULL; o++) {
        (void)printf("%s--%s", o == c->options ? "" : " ", o->name);
    }
    (void)fputs("' ;;\n", stdout);
}

static void print_words(const struct command *list)
{
    (void)fputs("    if [ \"$COMP_CWORD\" -le \"$at\" ]; then\n"
                "        mapfile -t COMPREPLY < <(compgen -W 'help",
                stdout);
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        if (is_new(list, i)) {
            (void)printf(" %.*s", (int)first_word(list[i].name), list[i].name);
        }
    }
    (void)fputs("' -- \"$word\")\n        return\n    fi\n    case $command in\n", stdout);
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        size_t size = first_word(list[i].name);
        if (list[i].name[size] == ' ' && is_new(list, i)) {
            (void)printf("    %.*s)\n        if [ \"$COMP_CWORD\" -eq $((at + 1)) ]; then\n"
                         "            mapfile -t COMPREPLY < <(compgen -W '",
                         (int)size, list[i].name);
            for (size_t j = i; j < COMMANDS_COUNT && (j == i || !is_new(list, j)); j++) {
                (void)printf("%s%s", j == i ? "" : " ", list[j].name + size + 1);
            }
            (void)fputs("' -- \"$word\")\n            return\n        fi\n"
                        "        command+=\" ${COMP_WORDS[at+1]}\" ;;\n",
                        stdout);
        }
    }
    (void)fputs("    esac\n", stdout);
}

void completion_print(const struct command list[static COMMANDS_COUNT])
{
    (void)fputs(beginning, stdout);
    print_words(list);
    (void)fputs("    case $before in\n", stdout);
    print_values(
        list, "DIR",
        "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$word\")");
    print_values(
        list, "FILE KEYS",
        "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")");
    (void)fputs(
        "    --role) mapfile -t COMPREPLY < <(compgen -W 'admin viewer' -- \"$word\"); return ;;\n"
        "    --format) mapfile -t COMPREPLY < <(compgen -W 'csv jsonl' -- \"$word\"); return ;;\n"
        "    esac\n"
        "    [ \"$command\" != completion ] || { COMPREPLY=(bash); return; }\n"
        "    case $command in\n",
        stdout);
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        print_command(&list[i]);
    }
    (void)fputs(ending, stdout);
}
