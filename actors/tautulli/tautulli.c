/* SPDX-License-Identifier: MIT
 * tautulli.c - coordinates the import of a Tautulli database: one job at a time, many workers.
 *
 * It may be killed at any moment: what runs and how far it is, is the history's to know. Each
 * command may be repeated; the file that answers it says why that is harmless. */
#include <sodium.h>

#include "actors/tautulli/coordinator.h"
#include "proto/bus/process.h"

static enum err open_secrets(struct actor *a)
{
    (void)a;
    process_forbid_cores(); /* it holds a key while a Tautulli is asked */
    return sodium_init() < 0 ? ERR_SYSTEM : OK;
}

static enum err start(struct actor *a)
{
    return coordinator_open(actor_self(a), a);
}

static void stop(struct actor *a)
{
    coordinator_close(actor_self(a));
}

static const struct actor_spec tautulli = {
    .name = "tautulli",
    .summary = "Coordinates the import of a Tautulli database",
    .self_size = sizeof(struct coordinator),
    .open = open_secrets,
    .start = start,
    .stop = stop,
    .on = {[MSG_import_start] = coordinator_on_start,
           [MSG_import_validate] = coordinator_on_validate,
           [MSG_import_candidates_get] = coordinator_on_candidates,
           [MSG_lease_take] = coordinator_on_take,
           [MSG_lease_renew] = coordinator_on_renew,
           [MSG_lease_done] = coordinator_on_done,
           [MSG_sample_differs] = coordinator_on_differs,
           [MSG_rows_names_get] = coordinator_on_rows_names,
           [MSG_rows_ask] = coordinator_on_rows_ask,
           [MSG_sync_progress] = coordinator_on_progress,
           [MSG_rows_committed] = coordinator_on_committed,
           [MSG_worker_gone] = coordinator_on_worker_gone,
           [MSG_actor_changed] = coordinator_on_changed},
};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &tautulli);
}
