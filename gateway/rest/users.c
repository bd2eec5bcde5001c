/* SPDX-License-Identifier: MIT
 * users.c - the routes below /users: an administrator's. */
#include "gateway/rest/account_task.h"
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

static void answer_user(struct account_task *task)
{
    respond_record(task->r, desc_user_view(), &task->user);
}

static enum err add_work(struct account_task *task)
{
    return accounts_add_user(task->access, task->r->input, &task->visit, task->r->arena,
                             &task->user, &task->verdict);
}

void add_user(struct request *r)
{
    account_task_send_in_turn(r, add_work, answer_user);
}

static enum err change_work(struct account_task *task)
{
    return accounts_change_user(task->access, task->r->path_value, task->r->input, &task->visit,
                                task->r->arena, &task->user, &task->verdict);
}

void change_user(struct request *r)
{
    account_task_send_in_turn(r, change_work, answer_user);
}

static enum err remove_work(struct account_task *task)
{
    return accounts_remove_user(task->access, task->r->path_value, &task->visit, &task->verdict);
}

static void answer_removed(struct account_task *task)
{
    account_task_answer_done(task, "User removed; the sessions and tokens have ended");
}

void remove_user(struct request *r)
{
    account_task_send(r, remove_work, answer_removed);
}
