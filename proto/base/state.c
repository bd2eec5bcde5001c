/* SPDX-License-Identifier: MIT
 * state.c - moves a state machine along its table, and says so in the log. */
#include "proto/base/state.h"

#include "proto/base/log.h"

const char *state_name(const struct state *s)
{
    return s->table->states[s->now];
}

bool state_move(struct state *s, unsigned to, const char *about)
{
    if (to == s->now) {
        return true;
    }
    const char *from = state_name(s);
    if (to >= STATES_MAX || (s->table->next[s->now] & STATE_BIT(to)) == 0) {
        log_error("%s may not move from=%s to=%u", s->table->name, from, to);
        return false;
    }
    s->now = to;
    log_info("%s moved from=%s to=%s correlation_id=%s", s->table->name, from, state_name(s),
             about != NULL ? about : "");
    return true;
}
