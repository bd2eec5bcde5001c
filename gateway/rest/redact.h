/* SPDX-License-Identifier: MIT
 * redact.h - what only administrators are shown: where people were, what they played on, raw and
 * rejected rows, and folders of this machine. The names of these fields stand in one place, and
 * every answer to anyone else passes here, so that a new route cannot forget it. */
#ifndef PLAYBUS_GATEWAY_REST_REDACT_H
#define PLAYBUS_GATEWAY_REST_REDACT_H

#include <jansson.h>
#include <stdbool.h>

/* Is this a field that only administrators see? */
bool redact_hides(const char *field);
/* Of a record of progress: the rejected rows that it names go, and of an error it says what the
 * code does, for what it met may name a server of the house or a file. */
void redact_record(json_t *record);
/* Every member with such a name, at any depth, becomes null, and so each record is redacted. */
void redact_json(json_t *json);

/* For a viewer who is tied to persons: of jobs only where they stand, for the rest tells of others.
 */
void redact_others(json_t *json);

#endif
