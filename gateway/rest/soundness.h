/* SPDX-License-Identifier: MIT
 * soundness.h - can the actors do their work, and were the databases whole when somebody looked?
 * Read from the data folder at each question: whoever cannot start leaves word there
 * (start_refusal.h), and `playbus check` leaves what it found. */
#ifndef PLAYBUS_GATEWAY_REST_SOUNDNESS_H
#define PLAYBUS_GATEWAY_REST_SOUNDNESS_H

#include "proto/base/error.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

/* Who has left word, in the arena; how many. */
size_t soundness_problems(struct arena *arena, struct start_problem **out);
/* False if nothing was checked yet, or what is there cannot be read. */
bool soundness_check(struct arena *arena, struct check_result *out);
/* The first of both that keeps the service from being ready. */
bool soundness_first_flaw(struct arena *arena, enum err *out_code, struct refusal *out);

#endif
