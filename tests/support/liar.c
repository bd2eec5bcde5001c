/* SPDX-License-Identifier: MIT
 * liar.c - an import worker as it is, but that it maps wrongly: every row from LIAR_FROM on (by its
 * id; without it every one) becomes a minute longer. With LIAR_SLEEPS=MS it is honest, and takes so
 * long for each row. With LIAR_NONSENSE=FROM[-TO] its rows are right, and the number of a batch
 * that begins there is not. Linked with --wrap=batch_add,--wrap=delivery_begin. */
#include <poll.h>
#include <stdlib.h>

#include "actors/shared/batch.h"
#include "actors/shared/delivery.h"

bool __real_batch_add(struct batch *b, const struct mapped_row *row);
bool __wrap_batch_add(struct batch *b, const struct mapped_row *row);

bool __wrap_batch_add(struct batch *b, const struct mapped_row *row)
{
    const char *from = getenv("LIAR_FROM");
    const char *sleeps = getenv("LIAR_SLEEPS");
    if (getenv("LIAR_NONSENSE") != NULL) {
        return __real_batch_add(b, row);
    }
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

void __real_delivery_begin(struct delivery *d, struct actor *a, delivered_fn *done);
void __wrap_delivery_begin(struct delivery *d, struct actor *a, delivered_fn *done);

void __wrap_delivery_begin(struct delivery *d, struct actor *a, delivered_fn *done)
{
    const char *from = getenv("LIAR_NONSENSE");
    char *dash = NULL;
    if (from != NULL && d->commit.first_id >= strtoll(from, &dash, 10) &&
        (*dash != '-' || d->commit.first_id <= strtoll(dash + 1, NULL, 10))) {
        d->commit.play_count++;
    }
    __real_delivery_begin(d, a, done);
}
