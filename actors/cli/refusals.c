/* SPDX-License-Identifier: MIT
 * refusals.c - what the command line makes of the word that actors leave. */
#include "actors/cli/refusals.h"

#include <stdio.h>
#include <unistd.h>

bool refusal_is_partial(enum actor_id actor, enum err code)
{
    return actor_table[actor].dispensable && code != ERR_BAD_SETTING && code != ERR_DISK_FULL;
}

void refusals_forget(void)
{
    char path[80];
    for (size_t i = 0; i < ACTOR_SINGLES; i++) {
        (void)snprintf(path, sizeof(path), START_REFUSAL_FILE, actor_table[i].name);
        (void)unlink(path);
    }
}
