/* SPDX-License-Identifier: MIT
 * group.c - one transaction at a time in the writer's thread; the next begins when its answers have
 * been sent. A transaction that fails has stored nothing, and every caller in it is told so. */
#include "actors/audit/group.h"

#include <string.h>

static enum err append_all(struct commit_group *g)
{
    enum err e = OK;
    for (size_t i = 0; i < g->writing_count; i++) {
        const struct audit_record *record = msg_audit_record(g->writing[i]);
        for (size_t j = 0; e == OK && j < record->entries_count; j++) {
            e = audit_db_append(g->db, &record->entries[j]);
        }
    }
    return e;
}

static void write_group(void *task)
{
    struct commit_group *g = task;
    g->result = audit_db_begin(g->db);
    if (g->result == OK) {
        g->result = audit_db_end(g->db, append_all(g));
    }
    audit_db_view(g->db, &g->after);
}

static void start(struct commit_group *g, struct actor *a);

static void answer(struct actor *a, void *task)
{
    struct commit_group *g = task;
    struct audit_recorded done = {.last = g->after.head.n};
    *g->view = g->after;
    for (size_t i = 0; i < g->writing_count; i++) {
        if (g->result == OK) {
            (void)reply_audit_recorded(a, g->writing[i], &done);
        } else {
            (void)actor_refuse(a, g->writing[i], g->result, NULL);
        }
    }
    g->writing_count = 0;
    g->busy = false;
    start(g, a);
}

static void start(struct commit_group *g, struct actor *a)
{
    if (g->busy || g->count == 0) {
        return;
    }
    g->writing_count = g->count < GROUP_MAX ? g->count : GROUP_MAX;
    memcpy(g->writing, g->waiting, g->writing_count * sizeof(struct msg *));
    g->count -= g->writing_count;
    memmove(g->waiting, g->waiting + g->writing_count, g->count * sizeof(struct msg *));
    enum err e = actor_offload(a, WRITER_LANE, write_group, answer, g);
    if (e == OK) {
        g->busy = true;
        return;
    }
    for (size_t i = 0; i < g->writing_count; i++) {
        (void)actor_refuse(a, g->writing[i], e, NULL);
    }
    g->writing_count = 0;
}

enum err group_add(struct commit_group *group, struct actor *a, const struct msg *m)
{
    if (group->count == GROUP_ROOM) {
        return ERR_BUSY;
    }
    group->waiting[group->count++] = msg_keep(m);
    start(group, a);
    return OK;
}
