/* SPDX-License-Identifier: MIT
 * workers.c - the routes below /workers: import workers on other machines, which the door lets in.
 */
#include "gateway/rest/ask.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"

#define DOOR "door"

/* It runs only where a setting asks for it; then there is nobody to wait for. */
static bool is_off(struct request *r)
{
    if (config_text(r->services->config, SETTING_bus_remote)[0] != '\0') {
        return false;
    }
    respond_error(r, ERR_DOOR_OFF, NULL, NULL);
    return true;
}

void list_workers(struct request *r)
{
    const struct worker_list list = {};
    if (!is_off(r)) {
        ask_worker_list(r->services->bus, DOOR, &list, r->correlation_id, ask_left_ms(r),
                        answer_list, r);
    }
}

void invite_worker(struct request *r)
{
    if (!is_off(r)) {
        ask_worker_invite(r->services->bus, DOOR, r->input, r->correlation_id, ASK_MS,
                          answer_record, r);
    }
}

void revoke_worker(struct request *r)
{
    const struct worker_revoke revoke = {.id = r->path_value};
    if (!is_off(r)) {
        ask_worker_revoke(r->services->bus, DOOR, &revoke, r->correlation_id, ASK_MS, answer_record,
                          r);
    }
}
