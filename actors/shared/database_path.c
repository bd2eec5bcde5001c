/* SPDX-License-Identifier: MIT
 * database_path.c - words about a database by its path alone; no file is looked at. */
#include "actors/shared/database_path.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/base/shell.h"

#define MADE_DIGITS 12 /* of an upload's name, before the sender's */
#define WORD_SIZE 400  /* of the two paths in a sentence that has to fit a message */

static bool is_zip(const char *path)
{
    size_t size = strlen(path);
    return size >= 4 && strcasecmp(path + size - 4, ".zip") == 0;
}

const char *upload_name(const char *path)
{
    static const char folder[] = "/uploads/";
    const char *slash = strrchr(path, '/');
    size_t before = slash == NULL ? 0 : (size_t)(slash + 1 - path);
    bool inside = before >= strlen(folder) &&
                  strncmp(path + before - strlen(folder), folder, strlen(folder)) == 0;
    bool made = inside && strspn(slash + 1, "0123456789abcdef") == MADE_DIGITS &&
                slash[1 + MADE_DIGITS] == '-';
    return made ? slash + 1 + MADE_DIGITS + 1 : NULL;
}

const char *database_name(const char *path)
{
    const char *given = upload_name(path);
    return given != NULL ? given : path;
}

/* The two words of the line; false: one has no room, or would be taken for an option. */
static bool quote_both(const char *from, char in[static WORD_SIZE], char out[static WORD_SIZE])
{
    char to[WORD_SIZE];
    const char *slash = strrchr(from, '/');
    const char *name = slash != NULL ? slash + 1 : from;
    const char *dot = strrchr(name, '.');
    size_t stem = dot != NULL && dot != name ? (size_t)(dot - from) : strlen(from);
    return from[0] != '-' && stem < sizeof to - sizeof "-mended.db" &&
           snprintf(to, sizeof to, "%.*s-mended.db", (int)stem, from) > 0 &&
           shell_quote(from, in, WORD_SIZE) == OK && shell_quote(to, out, WORD_SIZE) == OK;
}

void mending_command(const char *path, char out[static MENDING_COMMAND_SIZE])
{
    char from[WORD_SIZE] = "tautulli.db";
    char to[WORD_SIZE] = "mended.db";
    if (!is_zip(path) && !quote_both(database_name(path), from, to)) {
        strcpy(from, "tautulli.db"); /* its name is too long for a sentence */
        strcpy(to, "mended.db");
    }
    snprintf(out, MENDING_COMMAND_SIZE,
             "sqlite3 %s .dump | sed 's/^ROLLBACK.*/COMMIT;/' | sqlite3 %s", from, to);
}

void mending_words(const char *path, char out[static MENDING_SIZE])
{
    char command[MENDING_COMMAND_SIZE];
    mending_command(path, command);
    snprintf(out, MENDING_SIZE,
             "Choose a backup, or %ssave what can be read in another file and import that: %s",
             is_zip(path) ? "unpack this one, " : "", command);
}
