/* SPDX-License-Identifier: MIT
 * accounts_users.c - users made, changed and removed. There is always an administrator who can sign
 * in. Another role, other persons, inactivity and a new password end the user's sessions; a
 * password set by someone else ends the tokens too, for a thief may have made one. */
#include <string.h>

#include "gateway/access/attempts.h"
#include "gateway/access/change.h"
#include "gateway/access/password.h"
#include "gateway/access/run_files.h"
#include "gateway/access/store.h"
#include "gateway/access/views.h"

static enum err no_such_user(struct verdict *verdict)
{
    return refuse_change(verdict, ERR_NOT_FOUND, "", "There is no such user");
}

static enum err make_hash(const char *password, const char *name,
                          char out[static PASSWORD_TEXT_SIZE], struct verdict *verdict)
{
    enum err e = password_check(password, name, &verdict->flaw);
    if (e != OK) {
        return refuse_change(verdict, e, "password", verdict->flaw.text);
    }
    return password_hash(password, out);
}

static void set_name(struct user *user, const char *name)
{
    memset(user->name, 0, sizeof user->name);
    strncpy(user->name, name, sizeof user->name - 1);
}

static enum role role_of(enum role_name name)
{
    return name == role_name_admin ? ROLE_ADMIN : ROLE_VIEWER;
}

/* ---- a new one ---- */

static enum err commit_new(struct access *access, const struct user *user, const char *hash,
                           const struct visit *visit, struct verdict *verdict)
{
    enum err e = change_begin(access);
    if (e != OK) {
        return e;
    }
    e = store_add_user(access->db, user, hash);
    return change_commit(access, visit, e, user->name, verdict);
}

enum err accounts_add_user(struct access *access, const struct user_create *asked,
                           const struct visit *visit, struct arena *arena, struct user_view *out,
                           struct verdict *verdict)
{
    struct user user = {.role = role_of(asked->role),
                        .active = true,
                        .must_change = true,
                        .created_at = visit->now};
    char hash[PASSWORD_TEXT_SIZE];
    if (access->roster.users_count >= USERS_MAX) {
        return refuse_change(verdict, ERR_LIMIT_REACHED, "", "There are 1000 users already");
    }
    id_new(user.id);
    set_name(&user, asked->name);
    enum err e = check_user_name(asked->name, verdict);
    e = e == OK ? check_likeness(access, asked->name, user.id, verdict) : e;
    e = e == OK ? make_hash(asked->password, asked->name, hash, verdict) : e;
    e = e == OK ? commit_new(access, &user, hash, visit, verdict) : e;
    if (e != OK) {
        return e;
    }
    access_lock(access);
    view_user(roster_add_user(&access->roster, &user), arena, out);
    bool settled = roster_settle_setup(access);
    access_unlock(access);
    if (settled) {
        run_file_remove(SETUP_CODE_FILE);
    }
    return OK;
}

/* ---- a change ---- */

static bool is_last_admin(const struct access *access, const struct user *user)
{
    return user->active && user->role == ROLE_ADMIN && roster_active_admins(&access->roster) == 1;
}

/* Why a person cannot be one of a user's, of whose ids there is `room` left; NULL: it can. */
static const char *flaw_of_person(const char *id, size_t size, size_t room)
{
    if (size == 0 || strchr(id, '\n') != NULL) {
        return "These are no ids of persons";
    }
    if (size + 2 > PEOPLE_SIZE) {
        return "The id of a person is too long";
    }
    return size + 2 > room ? "These are too many persons for one user" : NULL;
}

/* Ids hold no newline, so they are kept as lines. */
static enum err set_people(struct user *user, const struct user_change *asked,
                           struct verdict *verdict)
{
    size_t used = 0;
    if (user->role == ROLE_ADMIN && asked->people_count > 0) {
        return refuse_change(verdict, ERR_BAD_FIELD, "people",
                             "An administrator sees the plays of everybody");
    }
    memset(user->people, 0, sizeof user->people);
    for (size_t i = 0; i < asked->people_count; i++) {
        const char *id = asked->people[i];
        size_t size = strlen(id);
        const char *flaw = flaw_of_person(id, size, sizeof user->people - used);
        if (flaw != NULL) {
            return refuse_change(verdict, ERR_BAD_FIELD, "people", flaw);
        }
        memcpy(user->people + used, id, size);
        used += size;
        user->people[used++] = '\n';
    }
    return OK;
}

static enum err apply(const struct access *access, const struct user_change *asked,
                      struct user *user, char *hash, struct verdict *verdict)
{
    enum err e = OK;
    if (asked->name != NULL) {
        e = check_user_name(asked->name, verdict);
        e = e == OK ? check_likeness(access, asked->name, user->id, verdict) : e;
        set_name(user, asked->name);
    }
    if (asked->has_role) {
        user->role = role_of(asked->role);
    }
    if (asked->has_active) {
        user->active = asked->active;
    }
    if (e == OK && asked->people != NULL) {
        e = set_people(user, asked, verdict);
    }
    if (e == OK && asked->password != NULL) {
        user->must_change = true;
        e = make_hash(asked->password, user->name, hash, verdict);
    }
    return e;
}

static enum err commit_change(struct access *access, const struct user *user, const char *hash,
                              bool ends_sessions, const struct visit *visit,
                              struct verdict *verdict)
{
    enum err e = change_begin(access);
    if (e != OK) {
        return e;
    }
    e = store_change_user(access->db, user, hash);
    if (e == OK && ends_sessions) {
        e = store_remove_sessions(access->db, user->id, "");
    }
    if (e == OK && hash != NULL) {
        e = store_remove_tokens(access->db, user->id);
        e = e == OK ? attempts_forget(access, user->name) : e;
    }
    return change_commit(access, visit, e, user->name, verdict);
}

enum err accounts_change_user(struct access *access, const char *id,
                              const struct user_change *asked, const struct visit *visit,
                              struct arena *arena, struct user_view *out, struct verdict *verdict)
{
    struct user *user = roster_user(&access->roster, id);
    char hash[PASSWORD_TEXT_SIZE];
    if (user == NULL) {
        return no_such_user(verdict);
    }
    struct user changed = *user;
    enum err e = apply(access, asked, &changed, hash, verdict);
    if (e != OK) {
        return e;
    }
    bool keeps_office = changed.active && changed.role == ROLE_ADMIN;
    if (is_last_admin(access, user) && !keeps_office) {
        return ERR_LAST_ADMIN;
    }
    bool new_password = asked->password != NULL;
    bool ends_sessions = changed.role != user->role || !changed.active || new_password ||
                         strcmp(changed.people, user->people) != 0;
    e = commit_change(access, &changed, new_password ? hash : NULL, ends_sessions, visit, verdict);
    if (e != OK) {
        return e;
    }
    access_lock(access);
    *user = changed;
    if (new_password) {
        roster_remove_tokens(&access->roster, id);
    }
    if (ends_sessions) {
        roster_end_sessions(access, id, "");
    }
    view_user(user, arena, out);
    bool settled = roster_settle_setup(access);
    access_unlock(access);
    if (settled) {
        run_file_remove(SETUP_CODE_FILE);
    }
    return OK;
}

/* ---- removal ---- */

enum err accounts_remove_user(struct access *access, const char *id, const struct visit *visit,
                              struct verdict *verdict)
{
    const struct user *user = roster_user(&access->roster, id);
    if (user == NULL) {
        return no_such_user(verdict);
    }
    if (is_last_admin(access, user)) {
        return ERR_LAST_ADMIN;
    }
    enum err e = change_begin(access);
    if (e != OK) {
        return e;
    }
    e = store_remove_user(access->db, id);
    e = change_commit(access, visit, e, user->name, verdict);
    if (e == OK) {
        access_lock(access);
        roster_remove_user(&access->roster, id);
        access_raise_generation(access);
        access_unlock(access);
    }
    return e;
}
