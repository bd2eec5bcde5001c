/* SPDX-License-Identifier: MIT
 * invocation.c - what is printed for pasting works from any folder, whatever stands in a path. */
#include "actors/cli/invocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/folder.h"

static char program[PATH_MAX] = "playbus";

void invocation_remember(const char *argv0)
{
    char real[PATH_MAX];
    if (strchr(argv0, '/') != NULL && realpath(argv0, real) != NULL) {
        (void)memcpy(program, real, sizeof(program));
    }
}

static bool is_plain(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./+-@%:,=";
    return text[0] != '\0' && text[strspn(text, plain)] == '\0';
}

enum err shell_quote(const char *text, char *out, size_t room)
{
    size_t n = 0;
    if (is_plain(text)) {
        n = strlen(text) + 1;
        if (n > room) {
            return ERR_SYSTEM;
        }
        (void)memcpy(out, text, n);
        return OK;
    }
    out[n++] = '\'';
    for (const char *c = text; *c != '\0'; c++) {
        if (n + 6 > room) {
            return ERR_SYSTEM;
        }
        if (*c == '\'') {
            (void)memcpy(out + n, "'\\''", 4);
            n += 4;
        } else {
            out[n++] = *c;
        }
    }
    out[n++] = '\'';
    out[n] = '\0';
    return OK;
}

void invocation_text(const char *command, const char *folder, char out[static INVOCATION_SIZE])
{
    char quoted_program[4 * PATH_MAX + 3] = "playbus";
    char quoted_folder[4 * PATH_MAX + 3] = "";
    bool named = folder != NULL && !folder_is_default(folder);
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
