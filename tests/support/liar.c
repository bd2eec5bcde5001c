/* SPDX-License-Identifier: MIT
 * liar.c - an import worker as it is, but that it maps wrongly: every row from LIAR_FROM on (by its
 * id; without it every one) becomes a minute longer. With LIAR_SLEEPS=MS it is honest, and takes so
 * long for each row. Linked with --wrap=batch_add. */
#include <poll.h>
#include <stdlib.h>

#include "actors/shared/batch.h"

bool __real_batch_add(struct batch *b, const struct mapped_row *row);
bool __wrap_batch_add(struct batch *b, const struct mapped_row *row);

bool __wrap_batch_add(struct batch *b, const struct mapped_row *row)
{
    const char *from = getenv("LIAR_FROM");
    const char *sleeps = getenv("LIAR_SLEEPS");
    if (sleeps != NULL) {
        (void)poll(NULL, 0, (int)strtol(sleeps, NULL, 10));
        return __real_batch_add(b, row);
    }
    struct mapped_row told = *row;
    if (from == NULL || row->position >= strtoll(from, NULL, 10)) {
        told.play.duration_ms += 60000;
        told.play.has_duration_ms = true;
    }
    return __real_batch_add(b, &told);
}
