/* SPDX-License-Identifier: MIT
 * asker.c - a viewer who is tied to persons asks for theirs alone. */
#include "gateway/rest/asker.h"

#include "gateway/access/views.h"

struct asker asker_of(struct request *r)
{
    struct asker asker = {.limited = r->caller.people[0] != '\0'};
    if (asker.limited) {
        r->arena = r->arena != NULL ? r->arena : arena_new();
        view_people(r->caller.people, r->arena, &asker.only_persons, &asker.only_persons_count);
    }
    return asker;
}
