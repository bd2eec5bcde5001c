/* SPDX-License-Identifier: MIT
 * access.c - who is it? Asked for every request, answered from memory under one short lock.
 *
 * The accounts lane alone adds and removes users, sessions and tokens, after its commit; the HTTP
 * thread only notes when a session or token was used. */
#include "gateway/access/access.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/access/accounts.h"
#include "gateway/access/names.h"
#include "gateway/access/password.h"
#include "gateway/access/run_files.h"
#include "gateway/access/store.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/store/sqlite.h"
#include "proto/store/store_file.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

void access_raise_generation(struct access *access)
{
    atomic_fetch_add(&access->generation, 1);
}

/* ---- what a request shows ---- */

struct shown {
    const char *text;
    size_t size;
};

/* The value of our cookie. Two of that name are none: another program on this host may have set
 * one, and which of them the browser sends first is that program's choice. */
static struct shown find_cookie(const struct access *access, const struct credentials *c)
{
    struct shown found = {0};
    size_t name_size = strlen(access->cookie_name);
    const char *at = c->cookie, *end = at != NULL ? at + c->cookie_size : NULL;
    while (at != end) {
        const char *stop = memchr(at, ';', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        while (at != stop && (*at == ' ' || *at == '\t')) {
            at++;
        }
        size_t size = (size_t)(stop - at);
        if (size > name_size && at[name_size] == '=' &&
            memcmp(at, access->cookie_name, name_size) == 0) {
            if (found.text != NULL) {
                return (struct shown){"", 0};
            }
            found = (struct shown){at + name_size + 1, size - name_size - 1};
        }
        at = stop != end ? stop + 1 : end;
    }
    return found;
}

static bool find_bearer(const struct credentials *c, struct shown *out)
{
    static const char scheme[] = "Bearer ";
    size_t size = sizeof scheme - 1;
    if (c->authorization_size <= size || strncasecmp(c->authorization, scheme, size) != 0) {
        return false;
    }
    *out = (struct shown){c->authorization + size, c->authorization_size - size};
    return true;
}

static bool digest_of_cookie(const struct access *access, const struct credentials *credentials,
                             struct digest *out)
{
    struct shown cookie = find_cookie(access, credentials);
    if (cookie.text == NULL || !secret_has_shape(cookie.text, cookie.size)) {
        return false;
    }
    *out = secret_digest(cookie.text, cookie.size);
    return true;
}

/* ---- who it is ---- */

static void fill_local(struct caller *out)
{
    *out = (struct caller){.kind = CALLER_LOCAL,
                           .role = ROLE_ADMIN,
                           .fresh = true,
                           .name = LOCAL_NAME,
                           .key = LOCAL_NAME};
}

static void fill_user(const struct user *user, const char *key, struct caller *out)
{
    memcpy(out->user_id, user->id, sizeof out->user_id);
    memcpy(out->name, user->name, sizeof out->name);
    if (out->role != ROLE_ADMIN) {
        memcpy(out->people, user->people, sizeof out->people);
    }
    snprintf(out->key, sizeof out->key, "%s", key);
}

static enum err identify_token(struct access *access, const struct token_parts *parts, int64_t now,
                               struct caller *out)
{
    struct token *token = roster_token(&access->roster, parts->id, parts->id_size);
    struct digest digest = secret_digest(parts->secret, SECRET_TEXT_LENGTH);
    if (token == NULL || !digest_equal(&token->digest, &digest) || !token_is_live(token, now)) {
        return ERR_NOT_SIGNED_IN;
    }
    token->last_used_at = now;
    token->used = true;
    *out = (struct caller){.kind = CALLER_TOKEN,
                           .role = token_role(token),
                           .fresh = true,
                           .expires_at = token->expires_at};
    fill_user(token->user, token->id, out);
    return OK;
}

static enum err identify_bearer(struct access *access, const struct credentials *credentials,
                                int64_t now, struct caller *out)
{
    struct shown bearer;
    struct token_parts parts;
    if (!find_bearer(credentials, &bearer) || !token_split(bearer.text, bearer.size, &parts)) {
        return ERR_NOT_SIGNED_IN;
    }
    if (parts.id_size == strlen(LOCAL_NAME) && memcmp(parts.id, LOCAL_NAME, parts.id_size) == 0) {
        struct digest digest = secret_digest(parts.secret, SECRET_TEXT_LENGTH);
        if (!credentials->direct || !digest_equal(&access->local_digest, &digest)) {
            return ERR_NOT_SIGNED_IN;
        }
        fill_local(out);
        return OK;
    }
    access_lock(access);
    enum err e = identify_token(access, &parts, now, out);
    access_unlock(access);
    return e;
}

static enum err identify_session(struct access *access, const struct credentials *credentials,
                                 int64_t now, struct caller *out)
{
    struct digest digest;
    struct session *session = NULL;
    if (digest_of_cookie(access, credentials, &digest)) {
        session = roster_session_of(&access->roster, &digest);
        out->ended = session != NULL || roster_has_ended(&access->roster, &digest);
    }
    if (session == NULL || !session_is_live(&access->roster, session, now)) {
        return ERR_NOT_SIGNED_IN;
    }
    if (!credentials->passive) {
        session->last_used_at = now;
        session->used = true;
    }
    *out = (struct caller){.kind = CALLER_SESSION,
                           .role = session->user->role,
                           .must_change = session->user->must_change,
                           .fresh = now - session->confirmed_at < FRESH_MS &&
                                    !is_in_future(session->confirmed_at, now),
                           .expires_at = session->expires_at};
    fill_user(session->user, session->id, out);
    return OK;
}

enum err access_identify(struct access *access, const struct credentials *credentials, int64_t now,
                         struct caller *out)
{
    *out = (struct caller){.kind = CALLER_NOBODY, .role = ROLE_PUBLIC};
    if (credentials->authorization != NULL) {
        return identify_bearer(access, credentials, now, out);
    }
    if (find_cookie(access, credentials).text == NULL) {
        return OK;
    }
    access_lock(access);
    enum err e = identify_session(access, credentials, now, out);
    access_unlock(access);
    return e;
}

/* ---- the session's token against forged requests ---- */

bool access_csrf_token(struct access *access, const struct credentials *credentials,
                       char out[static SECRET_TEXT_SIZE])
{
    struct shown cookie = find_cookie(access, credentials);
    if (credentials->authorization != NULL || cookie.text == NULL ||
        !secret_has_shape(cookie.text, cookie.size)) {
        return false;
    }
    csrf_of_cookie(access, cookie.text, out);
    return true;
}

bool access_csrf_matches(struct access *access, const struct credentials *credentials,
                         const char *given, size_t size)
{
    char wanted[SECRET_TEXT_SIZE];
    return size == SECRET_TEXT_LENGTH && access_csrf_token(access, credentials, wanted) &&
           sodium_memcmp(wanted, given, SECRET_TEXT_LENGTH) == 0;
}

void csrf_of_cookie(const struct access *access, const char *cookie,
                    char out[static SECRET_TEXT_SIZE])
{
    struct digest digest =
        secret_keyed(&access->instance.secret, KEY_CSRF, cookie, SECRET_TEXT_LENGTH);
    digest_text(&digest, out);
}

/* ---- what others ask ---- */

bool access_setup_required(struct access *access)
{
    access_lock(access);
    bool required = access->setup_required;
    access_unlock(access);
    return required;
}

enum err access_check_setup(struct access *access, const char *code)
{
    struct digest given = secret_digest(code, strlen(code));
    access_lock(access);
    bool required = access->setup_required;
    bool right = digest_equal(&access->setup_code, &given);
    access_unlock(access);
    return !required ? ERR_SETUP_DONE : right ? OK : ERR_SETUP_CODE_WRONG;
}

const char *access_cookie_name(const struct access *access)
{
    return access->cookie_name;
}

bool access_cookie_is_secure(const struct access *access)
{
    return access->secure;
}

/* An administrator sees all plays, whatever persons there are. */
static bool still_may(const struct caller *caller, const struct user *user, enum role role)
{
    const char *people = caller->role == ROLE_ADMIN ? "" : user->people;
    return role >= caller->role && strcmp(caller->people, people) == 0;
}

static bool is_live(const struct access *access, const struct caller *caller, int64_t now)
{
    const struct session *session = roster_session(&access->roster, caller->key);
    if (session != NULL) {
        return session_is_live(&access->roster, session, now) &&
               still_may(caller, session->user, session->user->role);
    }
    const struct token *token = roster_token(&access->roster, caller->key, strlen(caller->key));
    return token != NULL && token_is_live(token, now) &&
           still_may(caller, token->user, token_role(token));
}

bool access_is_live(struct access *access, const struct caller *caller, int64_t now)
{
    if (strcmp(caller->key, LOCAL_NAME) == 0) {
        return true;
    }
    access_lock(access);
    bool live = is_live(access, caller, now);
    access_unlock(access);
    return live;
}

uint64_t access_generation(struct access *access)
{
    return atomic_load(&access->generation);
}

void access_name_for_log(struct access *access, const char *given,
                         char out[static NAME_MAX_BYTES + 1])
{
    char wanted[FOLDED_SIZE], folded[FOLDED_SIZE], digits[17];
    name_fold(given, wanted);
    struct digest digest =
        secret_keyed(&access->instance.secret, KEY_ACCOUNT_NAME, wanted, strlen(wanted));
    sodium_bin2hex(digits, sizeof digits, digest.bytes, 8);
    snprintf(out, NAME_MAX_BYTES + 1, UNKNOWN_BEGINS "%s", digits);
    access_lock(access);
    for (size_t i = 0; i < access->roster.users_count; i++) {
        name_fold(access->roster.users[i]->name, folded);
        if (strcmp(folded, wanted) == 0) {
            memcpy(out, access->roster.users[i]->name, NAME_MAX_BYTES + 1);
        }
    }
    access_unlock(access);
}

bool access_name_of_user(struct access *access, const char *id, char out[static NAME_MAX_BYTES + 1])
{
    access_lock(access);
    const struct user *user = roster_user(&access->roster, id);
    if (user != NULL) {
        memcpy(out, user->name, NAME_MAX_BYTES + 1);
    }
    access_unlock(access);
    return user != NULL;
}

sqlite3 *access_db(struct access *access)
{
    return access->db;
}

/* ---- open and close ---- */

static void set_up_settings(struct access *access, const struct config *config)
{
    static const char https[] = "https://";
    const char *url = config_text(config, SETTING_gateway_public_url);
    access->secure = strncasecmp(url, https, sizeof https - 1) == 0;
    snprintf(access->cookie_name, sizeof access->cookie_name, "%splaybus_%.16s",
             access->secure ? "__Host-" : "", access->instance.name);
    access->total_ms = config_number(config, SETTING_access_total_days) * DAY_MS;
    access->failures_of_account = config_number(config, SETTING_limit_sign_in);
    access->failures_of_address = config_number(config, SETTING_limit_sign_in_address);
}

/* After a change of the parameters an unknown name must cost what a known one does. */
static enum err renew_dummy(struct access *access)
{
    char secret[SECRET_TEXT_SIZE];
    if (!password_is_dated(access->instance.dummy)) {
        return OK;
    }
    secret_new(secret);
    enum err e = password_hash(secret, access->instance.dummy);
    return e == OK ? store_set_dummy(access->db, access->instance.dummy) : e;
}

static enum err make_local_token(struct access *access, const char *group)
{
    char secret[SECRET_TEXT_SIZE], token[TOKEN_TEXT_SIZE];
    secret_new(secret);
    access->local_digest = secret_digest(secret, SECRET_TEXT_LENGTH);
    token_join(LOCAL_NAME, secret, token);
    enum err e = run_file_write(LOCAL_TOKEN_FILE, token, group);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(token, sizeof token);
    return e;
}

static enum err make_setup_code(struct access *access)
{
    char code[SETUP_CODE_SIZE];
    access->setup_required = roster_active_admins(&access->roster) == 0;
    if (!access->setup_required) {
        run_file_remove(SETUP_CODE_FILE);
        return OK;
    }
    id_new(code);
    access->setup_code = secret_digest(code, strlen(code));
    log_info("set up the first administrator with the one-time set-up code %s, "
             "kept in " SETUP_CODE_FILE,
             code);
    return run_file_write(SETUP_CODE_FILE, code, "");
}

static enum err open_parts(struct access *access, const struct config *config)
{
    enum err e = store_open(ACCOUNTS_FILE, &access->db);
    e = e == OK ? store_instance(access->db, &access->instance) : e;
    if (e != OK) {
        return e;
    }
    set_up_settings(access, config);
    access->roster.idle_ms = config_number(config, SETTING_access_idle_hours) * HOUR_MS;
    e = renew_dummy(access);
    e = e == OK ? store_load(access->db, &access->roster) : e;
    e = e == OK ? make_setup_code(access) : e;
    return e == OK ? make_local_token(access, config_text(config, SETTING_access_cli_group)) : e;
}

enum err access_open(const struct config *config, struct access **out)
{
    OWNED(access_close) struct access *access = must_alloc(sizeof *access);
    pthread_mutex_init(&access->lock, NULL);
    enum err e = sodium_init() >= 0 ? open_parts(access, config) : ERR_SYSTEM;
    if (e == OK) {
        *out = TAKE(access);
    }
    return e;
}

void access_close(struct access **access)
{
    struct access *gone = TAKE(*access);
    if (gone == NULL) {
        return;
    }
    if (gone->db != NULL && accounts_tidy(gone, clock_wall_ms()) != OK) {
        log_warn("when sessions were last used could not be written, they end earlier");
    }
    store_file_close(&gone->db);
    roster_release(&gone->roster);
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}
