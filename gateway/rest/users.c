/* SPDX-License-Identifier: MIT
 * users.c - the routes below /users: an administrator's. */
#include "gateway/rest/errand.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"
#include "proto/wire/json.h"

void list_users(struct request *r)
{
    struct users_listed listed;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    accounts_users(r->services->access, arena, &listed);
    json_t *json = success_json(NULL, desc_users_listed(), &listed);
    json_object_set_new(json, "next", json_null());
    respond_json(r, MHD_HTTP_OK, &json);
}

static void answer_user(struct errand *errand)
{
    respond_record(errand->r, desc_user_view(), &errand->user);
}

static enum err add_work(struct errand *e)
{
    return accounts_add_user(e->access, e->r->input, &e->visit, e->r->arena, &e->user, &e->verdict);
}

void add_user(struct request *r)
{
    errand_send_in_turn(r, add_work, answer_user);
}

static enum err change_work(struct errand *e)
{
    return accounts_change_user(e->access, e->r->path_value, e->r->input, &e->visit, e->r->arena,
                                &e->user, &e->verdict);
}

void change_user(struct request *r)
{
    errand_send_in_turn(r, change_work, answer_user);
}

static enum err remove_work(struct errand *e)
{
    return accounts_remove_user(e->access, e->r->path_value, &e->visit, &e->verdict);
}

static void answer_removed(struct errand *errand)
{
    errand_answer_done(errand, "User removed; the sessions and tokens have ended");
}

void remove_user(struct request *r)
{
    errand_send(r, remove_work, answer_removed);
}
