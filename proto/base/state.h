/* SPDX-License-Identifier: MIT
 * state.h - a small state machine as a table: its states' names and which may follow which. Every
 * move is logged; one that is not in the table is our own mistake, is logged as that and not made.
 *
 * The head of the file that declares the table has its drawing, a line a state, which a test holds
 * against it: ` *   state ---> one, another   when`. A state without a line is followed by none. */
#ifndef PLAYBUS_PROTO_BASE_STATE_H
#define PLAYBUS_PROTO_BASE_STATE_H

#include <stdbool.h>

#define STATES_MAX 8

struct state_table {
    const char *name;               /* of the machine, for the log */
    const char *states[STATES_MAX]; /* names by state */
    unsigned char next[STATES_MAX]; /* by state: STATE_BIT()s of those that may follow */
};
#define STATE_BIT(state) (1U << (state))

struct state {
    const struct state_table *table;
    unsigned now; /* begins at 0 */
};

/* Is the move in the table? Logged if it is not. For who keeps the state elsewhere, as in a row. */
bool state_may(const struct state_table *table, unsigned from, unsigned to);
/* `about` is what the move concerns, as a job's id; may be NULL. Moving to where it is, is no move.
 */
bool state_move(struct state *s, unsigned to, const char *about);
const char *state_name(const struct state *s);

#endif
