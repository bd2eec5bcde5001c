/* SPDX-License-Identifier: MIT
 * people.c - the routes below /people: an administrator's. */
#include "gateway/rest/ask.h"
#include "gateway/rest/handlers.h"

void list_people(struct request *r)
{
    struct people_list list = {};
    ask_people_list(r->services->bus, "history", &list, r->correlation_id, ask_left_ms(r),
                    answer_record, r);
}
