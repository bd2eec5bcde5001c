/* SPDX-License-Identifier: MIT
 * refusals.c - what the command line makes of the word that actors leave. */
#include "actors/cli/refusals.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/tree.h"

bool refusal_is_partial(const char *actor, enum err code)
{
    bool store = strcmp(actor, "history") == 0 || strcmp(actor, "audit") == 0;
    return store && code != ERR_BAD_SETTING && code != ERR_DISK_FULL;
}

void refusals_forget(void)
{
    char path[80];
    for (size_t i = 0; i < TREE_SINGLES; i++) {
        (void)snprintf(path, sizeof(path), START_REFUSAL_FILE, tree_singles[i]);
        (void)unlink(path);
    }
}
