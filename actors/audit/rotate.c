/* SPDX-License-Identifier: MIT
 * rotate.c - a new key takes over, and the old one is gone for good.
 *
 * The new secret lies beside the old one before the entry that tells of it is committed; whatever
 * instant this ends at, the next start finds out which of the two signs (audit_open.c). */
#include "actors/audit/audit_db.h"

#include <string.h>

#include "proto/base/log.h"

static enum err prepare_key(struct audit_secret *next)
{
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    audit_secret_new(next);
    enum err e = audit_secret_write(AUDIT_NEXT_SECRET_FILE, next);
    if (e == OK) {
        e = audit_keyring_read(AUDIT_PUBLIC_FILE, &ring);
    }
    if (e == OK) {
        audit_keyring_add(&ring, &next->public);
        e = audit_keyring_write(AUDIT_PUBLIC_FILE, &ring);
    }
    return e;
}

static enum err record(struct audit_db *db, const struct audit_rotate *ask,
                       const struct audit_secret *next)
{
    struct audit_entry about = {.entry_id = ask->entry_id,
                                .action = AUDIT_KEY_ROTATED,
                                .actor = ask->actor,
                                .target = next->public.id};
    enum err e = audit_db_begin(db);
    if (e != OK) {
        return e;
    }
    e = audit_db_keep_key(db, &next->public);
    if (e == OK) {
        e = audit_db_append_own(db, &about, audit_db_key_params(&next->public));
    }
    return audit_db_end(db, e);
}

/* The key in force may still lie where the next one will. */
static enum err finish_earlier(const struct audit_db *db)
{
    struct audit_secret next;
    enum err e = audit_secret_read(AUDIT_NEXT_SECRET_FILE, &next);
    bool in_force = e == OK && strcmp(next.public.id, db->secret.public.id) == 0;
    explicit_bzero(&next, sizeof next);
    return in_force ? audit_file_move(AUDIT_NEXT_SECRET_FILE, AUDIT_SECRET_FILE) : OK;
}

enum err audit_db_rotate(struct audit_db *db, const struct audit_rotate *ask)
{
    struct audit_secret next;
    bool known = false;
    enum err e = audit_db_knows(db, ask->entry_id, &known);
    if (e != OK || known) {
        return e;
    }
    e = finish_earlier(db);
    e = e == OK ? prepare_key(&next) : e;
    if (e == OK) {
        e = record(db, ask, &next);
    }
    if (e == OK) {
        db->secret = next;
        if (audit_file_move(AUDIT_NEXT_SECRET_FILE, AUDIT_SECRET_FILE) != OK) {
            log_warn("the new key is in force already, its file is moved at the next start");
        }
        log_info("the audit log signs with a new key id=%s", next.public.id);
    }
    explicit_bzero(&next, sizeof next);
    return e;
}
