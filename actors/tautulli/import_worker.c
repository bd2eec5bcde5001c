/* SPDX-License-Identifier: MIT
 * import_worker.c - reads, maps and delivers the rows of an import, as many processes as are
 * wanted.
 *
 * It owns nothing: killed at any moment, its leases run out and others read the same rows. */
#include "actors/tautulli/worker.h"

static enum err start(struct actor *a)
{
    worker_start(actor_self(a), a);
    return OK;
}

static void stop(struct actor *a)
{
    worker_stop(actor_self(a));
}

static const struct actor_spec import_worker = {
    .name = "import-worker",
    .summary = "Reads the rows of an import and delivers them in batches",
    .self_size = sizeof(struct worker),
    .start = start,
    .stop = stop,
    .many = true,
};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &import_worker);
}
