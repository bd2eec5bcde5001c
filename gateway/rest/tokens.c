/* SPDX-License-Identifier: MIT
 * tokens.c - the routes below /tokens: bearer tokens for scripts, shown once. */
#include "gateway/rest/errand.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"
#include "proto/wire/json.h"

void list_tokens(struct request *r)
{
    struct tokens_listed listed;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    accounts_tokens(r->services->access, arena, &listed);
    json_t *json = success_json(NULL, desc_tokens_listed(), &listed);
    json_object_set_new(json, "next", json_null());
    respond_json(r, MHD_HTTP_OK, &json);
}

static enum err add_work(struct errand *e)
{
    return accounts_add_token(e->access, e->r->input, &e->visit, e->r->arena, &e->token,
                              &e->verdict);
}

static void answer_created(struct errand *errand)
{
    respond_record(errand->r, desc_token_created(), &errand->token);
}

void add_token(struct request *r)
{
    errand_send(r, add_work, answer_created);
}

static enum err remove_work(struct errand *e)
{
    return accounts_remove_token(e->access, e->r->path_value, &e->visit, &e->verdict);
}

static void answer_revoked(struct errand *errand)
{
    errand_answer_done(errand, "Token revoked");
}

void remove_token(struct request *r)
{
    errand_send(r, remove_work, answer_revoked);
}
