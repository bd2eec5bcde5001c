/* SPDX-License-Identifier: MIT
 * row_origin.h - where a source had a row, as far as the row tells it. */
#ifndef PLAYBUS_ACTORS_HISTORY_ROW_ORIGIN_H
#define PLAYBUS_ACTORS_HISTORY_ROW_ORIGIN_H

#include "proto/schema/schema.h"

/* `job_title`: what the job that brought it was of; NULL: not known. False where nothing tells it.
 */
bool row_origin_of(const struct play_row *row, const char *job_title, enum row_origin *out);

#endif
