/* SPDX-License-Identifier: MIT
 * state.c - moves a state machine along its table, and says so in the log. */
#include "proto/base/state.h"

#include "proto/base/log.h"

const char *state_name(const struct state *s)
{
    return s->table->states[s->now];
}

bool state_may(const struct state_table *table, unsigned from, unsigned to)
{
    bool may = from < STATES_MAX && to < STATES_MAX && (table->next[from] & STATE_BIT(to)) != 0;
    if (!may) {
        log_error("%s may not move from=%u to=%u", table->name, from, to);
    }
    return may;
}

bool state_move(struct state *s, unsigned to, const char *about)
{
    if (to == s->now) {
        return true;
    }
    const char *from = state_name(s);
    if (!state_may(s->table, s->now, to)) {
        return false;
    }
    s->now = to;
    log_info("%s moved from=%s to=%s correlation_id=%s", s->table->name, from, state_name(s),
             about != NULL ? about : "");
    return true;
}
