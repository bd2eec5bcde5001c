/* SPDX-License-Identifier: MIT
 * tokens.c - the routes below /tokens: bearer tokens for scripts, shown once. */
#include "gateway/rest/account_task.h"
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

static enum err add_work(struct account_task *task)
{
    return accounts_add_token(task->access, task->r->input, &task->visit, task->r->arena,
                              &task->token, &task->verdict);
}

static void answer_created(struct account_task *task)
{
    respond_record(task->r, desc_token_created(), &task->token);
}

void add_token(struct request *r)
{
    account_task_send(r, add_work, answer_created);
}

static enum err remove_work(struct account_task *task)
{
    return accounts_remove_token(task->access, task->r->path_value, &task->visit, &task->verdict);
}

static void answer_revoked(struct account_task *task)
{
    account_task_answer_done(task, "Token revoked");
}

void remove_token(struct request *r)
{
    account_task_send(r, remove_work, answer_revoked);
}
