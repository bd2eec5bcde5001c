/* SPDX-License-Identifier: MIT
 * invocation.c - what is printed for pasting works from any folder, whatever stands in a path. */
#include "actors/cli/invocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/data_folder.h"

static char program[PATH_MAX] = "playbus";

void invocation_remember(const char *argv0)
{
    char real[PATH_MAX];
    if (strchr(argv0, '/') != NULL && realpath(argv0, real) != NULL) {
        (void)memcpy(program, real, sizeof(program));
    }
}

void invocation_text(const char *command, const char *folder, char out[static INVOCATION_SIZE])
{
    char quoted_program[4 * PATH_MAX + 3] = "playbus";
    char quoted_folder[4 * PATH_MAX + 3] = "";
    bool named = folder != NULL && !data_folder_is_default(folder);
    if (shell_quote(program, quoted_program, sizeof(quoted_program)) != OK ||
        shell_quote(folder == NULL ? "" : folder, quoted_folder, sizeof(quoted_folder)) != OK) {
        named = false; /* cannot be: each has room for a path of quotes alone */
    }
    (void)snprintf(out, INVOCATION_SIZE, "%s %s%s%s", quoted_program, command,
                   named ? " --data " : "", named ? quoted_folder : "");
}

void invocation_here(const char *command, char out[static INVOCATION_SIZE])
{
    char folder[PATH_MAX];
    invocation_text(command, getcwd(folder, sizeof(folder)), out);
}
