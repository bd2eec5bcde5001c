/* SPDX-License-Identifier: MIT
 * accounts_set_up.c - the first administrator. The code is looked at first: who does not have it
 * learns nothing of passwords and costs no hash. User, session and audit entry are one transaction,
 * after which there is an administrator for ever, and no code. */
#include <string.h>

#include "gateway/access/change.h"
#include "gateway/access/password.h"
#include "gateway/access/run_files.h"
#include "gateway/access/store.h"

static enum err check(struct access *access, const struct auth_setup *asked,
                      struct verdict *verdict)
{
    enum err e = access_check_setup(access, asked->code);
    e = e == OK ? check_user_name(asked->name, verdict) : e;
    e = e == OK ? password_check(asked->password, asked->name, &verdict->flaw) : e;
    return e == ERR_PASSWORD_WEAK ? refuse_change(verdict, e, "password", verdict->flaw.text) : e;
}

enum err accounts_set_up(struct access *access, const struct auth_setup *asked,
                         const struct visit *visit, struct admission *out, struct verdict *verdict)
{
    struct user user = {.role = ROLE_ADMIN,
                        .active = true,
                        .created_at = visit->now,
                        .last_sign_in_at = visit->now};
    char hash[PASSWORD_TEXT_SIZE];
    struct beginning begun;
    struct audit_entry entry;
    enum err e = check(access, asked, verdict);
    e = e == OK ? password_hash(asked->password, hash) : e;
    e = e == OK ? change_begin(access) : e;
    if (e != OK) {
        return e;
    }
    id_new(user.id);
    strncpy(user.name, asked->name, sizeof user.name - 1);
    struct visit audited = visit_of_user(visit, &user, &entry);
    e = store_add_user(access->db, &user, hash);
    e = e == OK ? session_begin(access, &user, visit, &begun, out) : e;
    e = change_commit(access, &audited, e, user.name, verdict);
    if (e == OK) {
        access_lock(access);
        roster_add_user(&access->roster, &user);
        session_put(access, &begun, visit);
        roster_settle_setup(access);
        access_unlock(access);
        run_file_remove(SETUP_CODE_FILE);
    }
    return e;
}
