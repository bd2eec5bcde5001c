/* SPDX-License-Identifier: MIT
 * auth.c - the routes below /auth: set-up, sign-in and sign-out, one's own password and sessions.
 */
#include <stdio.h>
#include <string.h>

#include "gateway/access/views.h"
#include "gateway/rest/account_task.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"
#include "proto/base/clock.h"
#include "proto/bus/actor.h"
#include "proto/wire/json.h"

#define SET_COOKIE_SIZE 256

/* ---- the cookie ---- */

/* Strict: no request that another site starts carries it. HttpOnly: no script reads it. */
static void set_cookie(struct request *r, const char *value, int64_t seconds)
{
    struct access *access = r->services->access;
    char cookie[SET_COOKIE_SIZE];
    snprintf(cookie, sizeof cookie, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
             access_cookie_name(access), value, (long long)seconds,
             access_cookie_is_secure(access) ? "; Secure" : "");
    r->outcome.cookie = must_strdup(cookie);
}

static void drop_cookie(struct request *r)
{
    set_cookie(r, "", 0);
}

/* ---- who is asking ---- */

static struct auth_state empty_state(const struct request *r)
{
    const struct services *with = r->services;
    struct auth_state state = {.setup_required = access_setup_required(with->access),
                               .version = playbus_version()};
    if (with->plain_lan) {
        PUT(&state, plain_lan, true);
    }
    return state;
}

static void put_caller(const struct caller *caller, struct auth_state *state)
{
    state->authenticated = true;
    state->user = caller->name;
    PUT(state, role, role_shown(caller->role));
    PUT(state, must_change_password, caller->must_change);
    if (caller->expires_at > 0) {
        PUT(state, expires_at, caller->expires_at);
    }
}

void show_session(struct request *r)
{
    struct access *access = r->services->access;
    struct auth_state state = empty_state(r);
    char csrf[SECRET_TEXT_SIZE];
    if (r->caller.kind != CALLER_NOBODY) {
        put_caller(&r->caller, &state);
    }
    if (r->caller.kind == CALLER_SESSION && access_csrf_token(access, &r->credentials, csrf)) {
        state.csrf_token = csrf;
    }
    respond_record(r, desc_auth_state(), &state);
}

/* ---- set-up and sign-in ---- */

static void answer_admitted(struct account_task *task)
{
    const struct admission *in = &task->admission;
    struct auth_state state = empty_state(task->r);
    state.authenticated = true;
    state.user = in->name;
    state.csrf_token = in->csrf;
    PUT(&state, role, role_shown(in->role));
    PUT(&state, must_change_password, in->must_change);
    PUT(&state, expires_at, in->expires_at);
    set_cookie(task->r, in->cookie, (in->expires_at - task->visit.now) / 1000);
    respond_record(task->r, desc_auth_state(), &state);
}

static enum err set_up_work(struct account_task *task)
{
    return accounts_set_up(task->access, task->r->input, &task->visit, &task->admission,
                           &task->verdict);
}

void set_up(struct request *r)
{
    account_task_send_in_turn(r, set_up_work, answer_admitted);
}

static enum err sign_in_work(struct account_task *task)
{
    return accounts_sign_in(task->access, task->r->input, &task->visit, &task->admission,
                            &task->verdict);
}

void sign_in(struct request *r)
{
    account_task_send_in_turn(r, sign_in_work, answer_admitted);
}

/* ---- sign-out ---- */

static enum err sign_out_work(struct account_task *task)
{
    return accounts_end_session(task->access, task->r->caller.key, &task->visit, &task->verdict);
}

static void answer_signed_out(struct account_task *task)
{
    drop_cookie(task->r);
    account_task_answer_done(task, "Signed out");
}

/* A token is revoked, the local one ends with the service: neither is ever signed in. */
void sign_out(struct request *r)
{
    if (r->caller.kind != CALLER_SESSION) {
        struct flaw flaw = {.code = ERR_BAD_REQUEST, .text = "Only a session can be signed out"};
        respond_error(r, ERR_BAD_REQUEST, &flaw, NULL);
        return;
    }
    account_task_send(r, sign_out_work, answer_signed_out);
}

/* ---- one's own password ---- */

static enum err confirm_work(struct account_task *task)
{
    const struct auth_confirm *asked = task->r->input;
    return accounts_confirm(task->access, asked->password, &task->visit, &task->verdict);
}

static void answer_confirmed(struct account_task *task)
{
    account_task_answer_done(task, "Password confirmed");
}

void confirm_password(struct request *r)
{
    account_task_send_in_turn(r, confirm_work, answer_confirmed);
}

static enum err change_password_work(struct account_task *task)
{
    return accounts_set_password(task->access, task->r->input, &task->visit, &task->verdict);
}

static void answer_changed(struct account_task *task)
{
    account_task_answer_done(
        task,
        "Password changed; your other sessions have ended, your tokens stay until you revoke them");
}

void change_password(struct request *r)
{
    account_task_send_in_turn(r, change_password_work, answer_changed);
}

/* ---- sessions ---- */

void list_sessions(struct request *r)
{
    const struct sessions_list *list = r->input;
    struct sessions_listed listed;
    if (list->all && r->caller.role != ROLE_ADMIN) {
        respond_error(r, ERR_ROLE_TOO_LOW, NULL, NULL);
        return;
    }
    accounts_sessions(r->services->access, &r->caller, list->all, r->arena, clock_wall_ms(),
                      &listed);
    json_t *json = success_json(NULL, desc_sessions_listed(), &listed);
    json_object_set_new(json, "next", json_null());
    respond_json(r, MHD_HTTP_OK, &json);
}

static enum err end_session_work(struct account_task *task)
{
    return accounts_end_session(task->access, task->r->path_value, &task->visit, &task->verdict);
}

static void answer_ended(struct account_task *task)
{
    if (strcmp(task->r->path_value, task->r->caller.key) == 0) {
        drop_cookie(task->r);
    }
    account_task_answer_done(task, "Session ended");
}

void end_session(struct request *r)
{
    account_task_send(r, end_session_work, answer_ended);
}
