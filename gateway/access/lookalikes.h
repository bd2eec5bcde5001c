/* SPDX-License-Identifier: MIT
 * lookalikes.h - names that a person cannot tell apart: letters of several alphabets in one name,
 * characters that only look like others (full width, mathematical), marks that are set upon
 * letters, and whole names in another alphabet that look like an existing one. After Unicode TR 39,
 * for the alphabets that share shapes. */
#ifndef PLAYBUS_GATEWAY_ACCESS_LOOKALIKES_H
#define PLAYBUS_GATEWAY_ACCESS_LOOKALIKES_H

#include <stdbool.h>

#include "gateway/access/names.h"

/* Is it free of all that inside itself? `name` is a good one (names.h). */
bool name_is_of_one_alphabet(const char *name);
/* Do the two look alike? */
bool names_look_alike(const char *one, const char *other);

#endif
