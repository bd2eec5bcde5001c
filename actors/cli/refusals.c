/* SPDX-License-Identifier: MIT
 * refusals.c - reads the word that actors leave. */
#include "actors/cli/refusals.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/tree.h"
#include "proto/bus/process.h"

static bool read_line(FILE *file, char *out, int room)
{
    if (fgets(out, room, file) == NULL) {
        return false;
    }
    out[strcspn(out, "\n")] = '\0';
    return true;
}

bool refusal_read(const char *actor, struct start_refusal *out)
{
    char path[80];
    char code[64];
    (void)snprintf(path, sizeof(path), PROCESS_REFUSED_FILE, actor);
    OWNED(close_file) FILE *file = fopen(path, "re");
    if (file == NULL || !read_line(file, code, sizeof(code)) ||
        !read_line(file, out->about, sizeof(out->about))) {
        return false;
    }
    out->code = err_from_code(code);
    return true;
}

bool refusal_is_partial(const char *actor, enum err code)
{
    bool store = strcmp(actor, "history") == 0 || strcmp(actor, "audit") == 0;
    return store && code != ERR_BAD_SETTING && code != ERR_DISK_FULL;
}

void refusals_forget(void)
{
    char path[80];
    for (size_t i = 0; i < TREE_SINGLES; i++) {
        (void)snprintf(path, sizeof(path), PROCESS_REFUSED_FILE, tree_singles[i]);
        (void)unlink(path);
    }
}
