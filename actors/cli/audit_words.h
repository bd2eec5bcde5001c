/* SPDX-License-Identifier: MIT
 * audit_words.h - which actions and outcomes there are to choose from. */
#ifndef PLAYBUS_ACTORS_CLI_AUDIT_WORDS_H
#define PLAYBUS_ACTORS_CLI_AUDIT_WORDS_H

#include <stdbool.h>

/* False, and stderr says which there are. NULL is any. */
bool audit_action_is_known(const char *action);
bool audit_outcome_is_known(const char *outcome);
/* Is it a result, as refused, rather than a code? */
bool audit_outcome_is_result(const char *outcome);

#endif
