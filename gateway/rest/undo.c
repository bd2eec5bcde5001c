/* SPDX-License-Identifier: MIT
 * undo.c - the routes below /sync/jobs/{job_id}/undo. */
#include "gateway/rest/ask.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/operation.h"
#include "gateway/rest/respond.h"

void preview_undo(struct request *r)
{
    const struct undo_preview ask = {.job_id = r->path_value};
    ask_undo_preview(r->services->bus, "history", &ask, r->correlation_id, ask_left_ms(r),
                     answer_record, r);
}

void start_undo(struct request *r)
{
    const struct undo_params params = {.job_id = r->path_value};
    operation_start_own(r, operation_undo, desc_undo_params(), &params);
}

void stop_undo(struct request *r)
{
    operation_stop_of(r, operation_undo, r->path_value);
}
