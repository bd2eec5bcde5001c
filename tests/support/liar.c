/* SPDX-License-Identifier: MIT
 * liar.c - an import worker as it is, but that it maps wrongly: every row from LIAR_FROM on (by its
 * id; without it every one) becomes a minute longer. Linked with --wrap=batch_add. */
#include <stdlib.h>

#include "actors/shared/batch.h"

bool __real_batch_add(struct batch *b, const struct mapped_row *row);
bool __wrap_batch_add(struct batch *b, const struct mapped_row *row);

bool __wrap_batch_add(struct batch *b, const struct mapped_row *row)
{
    const char *from = getenv("LIAR_FROM");
    struct mapped_row told = *row;
    if (from == NULL || row->position >= strtoll(from, NULL, 10)) {
        told.play.duration_ms += 60000;
        told.play.has_duration_ms = true;
    }
    return __real_batch_add(b, &told);
}
