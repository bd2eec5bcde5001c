/* SPDX-License-Identifier: MIT
 * tidy.c - what was used, once a minute. A gateway that is killed forgets at most that minute: its
 * sessions end so much earlier, never later. What has expired stays: a clock that jumps must not
 * remove a token for good. */
#include <stdlib.h>
#include <string.h>

#include "gateway/access/attempts.h"
#include "gateway/access/store.h"
#include "proto/store/sqlite.h"

struct use {
    char id[ID_SIZE];
    bool is_token;
    int64_t at;
};

static void note(struct use *uses, size_t *count, const char *id, bool is_token, int64_t at)
{
    struct use *use = &uses[(*count)++];
    *use = (struct use){.is_token = is_token, .at = at};
    memcpy(use->id, id, sizeof use->id);
}

/* What was used since it was last asked; the disk is not waited for under the lock. */
static struct use *take_uses(struct access *access, size_t *out_count)
{
    struct use *uses = must_alloc((SESSIONS_MAX + TOKENS_MAX) * sizeof *uses);
    *out_count = 0;
    access_lock(access);
    const struct roster *roster = &access->roster;
    for (size_t i = 0; i < roster->sessions_count; i++) {
        struct session *s = roster->sessions[i];
        if (s->used) {
            note(uses, out_count, s->id, false, s->last_used_at);
            s->used = false;
        }
    }
    for (size_t i = 0; i < roster->tokens_count; i++) {
        struct token *t = roster->tokens[i];
        if (t->used) {
            note(uses, out_count, t->id, true, t->last_used_at);
            t->used = false;
        }
    }
    access_unlock(access);
    return uses;
}

static enum err write_uses(struct access *access)
{
    size_t count = 0;
    OWNED(free_bytes) void *owner = take_uses(access, &count);
    const struct use *uses = owner;
    enum err e = OK;
    for (size_t i = 0; e == OK && i < count; i++) {
        e = store_note_use(access->db, uses[i].is_token, uses[i].id, uses[i].at);
    }
    return e;
}

enum err accounts_tidy(struct access *access, int64_t now)
{
    enum err e = db_begin(access->db);
    if (e != OK) {
        return e;
    }
    e = write_uses(access);
    e = e == OK ? attempts_tidy(access->db, now) : e;
    return db_end(access->db, e);
}
