/* SPDX-License-Identifier: MIT
 * group.h - what is to be recorded waits here while the commit before it is on its way to the disk;
 * then all of it is one transaction. A burst costs a few syncs, and a single entry waits for one.
 */
#ifndef PLAYBUS_ACTORS_AUDIT_GROUP_H
#define PLAYBUS_ACTORS_AUDIT_GROUP_H

#include "actors/audit/audit_db.h"
#include "proto/bus/actor.h"

#define WRITER_LANE 0  /* owns the audit_db */
#define GROUP_MAX 128  /* commands in one transaction */
#define GROUP_ROOM 256 /* commands that wait; BUSY beyond */

struct commit_group {
    struct audit_db *db; /* borrowed */
    struct msg *waiting[GROUP_ROOM];
    size_t count;
    struct msg *writing[GROUP_MAX]; /* the thread's while it writes */
    size_t writing_count;
    bool busy;
    enum err result;
    struct audit_view after; /* the commit */
    struct audit_view *view; /* borrowed: where the loop finds it */
};

/* Keeps the command and answers it when its entries are on the disk. */
enum err group_add(struct commit_group *group, struct actor *a, const struct msg *m) NODISCARD;

#endif
