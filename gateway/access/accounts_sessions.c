/* SPDX-License-Identifier: MIT
 * accounts_sessions.c - ending a session. Its cookie and its sockets are worth nothing from the
 * commit on. */
#include <string.h>

#include "gateway/access/change.h"
#include "gateway/access/store.h"

enum err accounts_end_session(struct access *access, const char *id, const struct visit *visit,
                              struct verdict *verdict)
{
    const struct caller *caller = visit->caller;
    const struct session *session = roster_session(&access->roster, id);
    bool own = session != NULL && strcmp(session->user->id, caller->user_id) == 0;
    if (session == NULL || (!own && caller->role != ROLE_ADMIN)) {
        return refuse_change(verdict, ERR_NOT_FOUND, "", "There is no such session");
    }
    enum err e = change_begin(access);
    if (e != OK) {
        return e;
    }
    e = store_remove_session(access->db, id);
    e = change_commit(access, visit, e, session->user->name, verdict);
    if (e == OK) {
        access_lock(access);
        roster_remove_session(&access->roster, id);
        access_raise_generation(access);
        access_unlock(access);
    }
    return e;
}
