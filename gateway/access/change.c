/* SPDX-License-Identifier: MIT
 * change.c - a change and its audit entry are committed together, then memory follows. */
#include "gateway/access/change.h"

#include <stdio.h>
#include <string.h>

#include "gateway/access/lookalikes.h"
#include "gateway/access/names.h"
#include "gateway/access/store.h"
#include "proto/store/outbox.h"

enum err refuse_change(struct verdict *verdict, enum err code, const char *field,
                       const char *sentence)
{
    verdict->flaw.code = code;
    snprintf(verdict->flaw.field, sizeof verdict->flaw.field, "%s", field);
    if (sentence != verdict->flaw.text) { /* where a check has put its own already */
        snprintf(verdict->flaw.text, sizeof verdict->flaw.text, "%s", sentence);
    }
    return code;
}

enum err check_user_name(const char *name, struct verdict *verdict)
{
    if (!name_is_good(name)) {
        return refuse_change(verdict, ERR_BAD_FIELD, "name",
                             "name must be 1 to 64 bytes of printable characters, without spaces "
                             "at its ends");
    }
    if (!name_is_of_one_alphabet(name)) {
        return refuse_change(verdict, ERR_BAD_FIELD, "name",
                             "name must be in one alphabet, of plain letters: this one could be "
                             "taken for another");
    }
    if (name_is_reserved(name)) {
        return refuse_change(verdict, ERR_NAME_TAKEN, "name",
                             "This name stands for Playbus itself in the audit log");
    }
    return OK;
}

enum err check_likeness(const struct access *access, const char *name, const char *own_id,
                        struct verdict *verdict)
{
    for (size_t i = 0; i < access->roster.users_count; i++) {
        const struct user *user = access->roster.users[i];
        if (strcmp(user->id, own_id) != 0 && names_look_alike(user->name, name)) {
            return refuse_change(verdict, ERR_NAME_TAKEN, "name",
                                 "This name is, or looks like, that of another user");
        }
    }
    return OK;
}

enum err change_begin(struct access *access)
{
    return db_begin(access->db);
}

enum err change_commit(struct access *access, const struct visit *visit, enum err so_far,
                       const char *target, struct verdict *verdict)
{
    enum err e = so_far;
    if (e == OK && visit->asked != NULL) {
        e = outbox_add(access->db, visit->asked, 0);
    }
    if (e == OK && visit->entry != NULL) {
        struct audit_entry entry = *visit->entry;
        entry.outcome = "ok";
        entry.target = target != NULL ? target : entry.target;
        e = outbox_add(access->db, &entry, visit->now);
    }
    e = db_end(access->db, e);
    verdict->recorded = e == OK && visit->entry != NULL;
    return e;
}

struct visit visit_of_user(const struct visit *visit, const struct user *user,
                           struct audit_entry *entry)
{
    struct visit audited = *visit;
    if (visit->entry != NULL) {
        *entry = *visit->entry;
        entry->actor = user->name;
        entry->role = user->role == ROLE_ADMIN ? "admin" : "viewer";
        audited.entry = entry;
    }
    return audited;
}

void roster_end_sessions(struct access *access, const char *user_id, const char *kept_id)
{
    struct roster *roster = &access->roster;
    for (size_t i = roster->sessions_count; i-- > 0;) {
        const struct session *s = roster->sessions[i];
        if (strcmp(s->user->id, user_id) == 0 && strcmp(s->id, kept_id) != 0) {
            roster_remove_session(roster, s->id);
        }
    }
    access_raise_generation(access);
}

bool roster_settle_setup(struct access *access)
{
    bool settled = access->setup_required && roster_active_admins(&access->roster) > 0;
    if (settled) {
        access->setup_required = false;
    }
    return settled;
}

/* ---- a new session ---- */

static const char *own_session(const struct visit *visit)
{
    return visit->caller->kind == CALLER_SESSION ? visit->caller->key : "";
}

static void make_session(struct access *access, const struct user *user, const struct visit *visit,
                         struct session *out, struct admission *out_admission)
{
    *out = (struct session){.user = user,
                            .created_at = visit->now,
                            .last_used_at = visit->now,
                            .confirmed_at = visit->now,
                            .expires_at = visit->now + access->total_ms};
    id_new(out->id);
    snprintf(out->address, sizeof out->address, "%s", visit->address);
    snprintf(out->user_agent, sizeof out->user_agent, "%s", visit->user_agent);
    *out_admission = (struct admission){
        .role = user->role, .must_change = user->must_change, .expires_at = out->expires_at};
    memcpy(out_admission->name, user->name, sizeof user->name);
    secret_new(out_admission->cookie);
    csrf_of_cookie(access, out_admission->cookie, out_admission->csrf);
    out->digest = secret_digest(out_admission->cookie, SECRET_TEXT_LENGTH);
}

static void find_spare(struct access *access, const struct user *user, int64_t now,
                       char out[static ID_SIZE])
{
    access_lock(access); /* when they were used is noted by the HTTP thread */
    const struct session *spare = roster_spare_session(&access->roster, user, now);
    snprintf(out, ID_SIZE, "%s", spare != NULL ? spare->id : "");
    access_unlock(access);
}

enum err session_begin(struct access *access, const struct user *user, const struct visit *visit,
                       struct beginning *out, struct admission *out_admission)
{
    make_session(access, user, visit, &out->session, out_admission);
    find_spare(access, user, visit->now, out->spare);
    enum err e = store_remove_session(access->db, own_session(visit));
    e = e == OK ? store_remove_session(access->db, out->spare) : e;
    e = e == OK ? store_add_session(access->db, &out->session) : e;
    return e == OK ? store_note_sign_in(access->db, user->id, visit->now) : e;
}

void session_put(struct access *access, const struct beginning *begun, const struct visit *visit)
{
    struct user *user = roster_user(&access->roster, begun->session.user->id);
    roster_remove_session(&access->roster, own_session(visit));
    roster_remove_session(&access->roster, begun->spare);
    roster_add_session(&access->roster, &begun->session)->user = user;
    user->last_sign_in_at = visit->now;
    access_raise_generation(access);
}
