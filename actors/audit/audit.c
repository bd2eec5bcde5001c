/* SPDX-License-Identifier: MIT
 * audit.c - playbus-audit: the append-only, chained and signed record of who asked for what.
 *
 * An entry is acknowledged after its commit, so a caller that got the answer may act; one that did
 * not must ask again. A command may come twice: an entry_id that is known writes nothing. The loop
 * never waits for the disk: one thread writes, one reads pages, one checks the chain. */
#include "actors/audit/acts.h"
#include "actors/audit/audit_db.h"
#include "actors/audit/check.h"
#include "actors/audit/group.h"
#include "actors/audit/listing.h"
#include "actors/audit/segment.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/bus/process.h"

enum {
    READER_LANE = 1,
    SETTLE_EVERY_MS = 60 * 1000,
    HEAD_EVERY_MS = 60 * 60 * 1000,
    SEAL_FIRST_MS = 10 * 1000,
    SEAL_EVERY_MS = 60 * 60 * 1000,
    DAY_MS = 24 * 60 * 60 * 1000
};

struct audit {
    struct audit_db *db;    /* owned; of the writer's lane once that runs */
    struct audit_view view; /* of the db, as of the newest answer */
    sqlite3 *reader;        /* owned; of the reader's lane */
    struct commit_group group;
    struct check *check; /* owned */
    bool sealing;        /* entries are leaving audit.db */
};

/* A command that goes to a lane and is answered when it is back. */
struct task {
    struct audit *audit;
    struct msg *m;       /* owned; NULL: asked by the clock */
    struct arena *arena; /* owned */
    enum err result;
    struct audit_view view; /* after the work */
    struct audit_listed listed;
    struct audit_acts_listed acts;
    struct audit_seal seal;
    char seal_id[ID_SIZE];
    struct segment segment;
};

static void task_release(struct task *t)
{
    void *memory = t;
    arena_destroy(&t->arena);
    free_bytes(&memory);
}

/* Sends a command to a lane, or answers at once why not. */
static enum err to_lane(struct actor *a, struct task *t, unsigned lane, work_fn *work,
                        work_done_fn *done)
{
    enum err e = actor_offload(a, lane, work, done, t);
    if (e == OK) {
        return OK;
    }
    e = t->m != NULL ? actor_refuse(a, t->m, e, NULL) : OK;
    task_release(t);
    return e;
}

static struct task *task_new(struct actor *a, const struct msg *m)
{
    struct task *t = must_alloc(sizeof *t);
    t->audit = actor_self(a);
    t->arena = arena_new();
    t->m = m != NULL ? msg_keep(m) : NULL;
    return t;
}

/* ---- recording ---- */

static enum err on_record(struct actor *a, const struct msg *m)
{
    struct audit *self = actor_self(a);
    const struct audit_record *record = msg_audit_record(m);
    for (size_t i = 0; i < record->entries_count; i++) {
        if (record->entries[i].phase == audit_phase_log) {
            struct refusal why = {.field = "entries.phase"};
            return actor_refuse(a, m, ERR_BAD_FIELD, &why); /* only the log speaks for itself */
        }
    }
    return group_add(&self->group, a, m);
}

/* ---- listing ---- */

static void list(void *task)
{
    struct task *t = task;
    t->result = listing_read(t->audit->reader, msg_audit_list(t->m), t->arena, &t->listed);
}

static void listed(struct actor *a, void *task)
{
    struct task *t = task;
    struct refusal why = {.field = "cursor"};
    if (t->result == OK) {
        (void)reply_audit_listed(a, t->m, &t->listed);
    } else {
        (void)actor_refuse(a, t->m, t->result, t->result == ERR_BAD_FIELD ? &why : NULL);
    }
    task_release(t);
}

static enum err on_list(struct actor *a, const struct msg *m)
{
    return to_lane(a, task_new(a, m), READER_LANE, list, listed);
}

static void list_acts(void *task)
{
    struct task *t = task;
    t->result =
        acts_read(t->audit->reader, msg_audit_acts(t->m), clock_wall_ms(), t->arena, &t->acts);
}

static void acts_listed(struct actor *a, void *task)
{
    struct task *t = task;
    struct refusal why = {.field = "cursor"};
    if (t->result == OK) {
        (void)reply_audit_acts_listed(a, t->m, &t->acts);
    } else {
        (void)actor_refuse(a, t->m, t->result, t->result == ERR_BAD_FIELD ? &why : NULL);
    }
    task_release(t);
}

static enum err on_acts(struct actor *a, const struct msg *m)
{
    return to_lane(a, task_new(a, m), READER_LANE, list_acts, acts_listed);
}

/* ---- verification ---- */

static enum err on_verification(struct actor *a, const struct msg *m)
{
    struct audit *self = actor_self(a);
    struct audit_verification done = {0};
    char text[AUDIT_KEY_TEXT_SIZE];
    check_fill(self->check, &done);
    audit_public_text(&self->view.key, text);
    done.key_id = self->view.key.id;
    done.public_key = text;
    return reply_audit_verification(a, m, &done);
}

static enum err on_verify(struct actor *a, const struct msg *m)
{
    struct audit *self = actor_self(a);
    if (self->sealing) {
        return ERR_BUSY; /* entries are about to go */
    }
    enum err e = check_begin(self->check, a, &self->view);
    return e == OK ? on_verification(a, m) : e;
}

/* ---- rotation ---- */

static void rotate(void *task)
{
    struct task *t = task;
    t->result = audit_db_rotate(t->audit->db, msg_audit_rotate(t->m));
    audit_db_view(t->audit->db, &t->view);
}

static void rotated(struct actor *a, void *task)
{
    struct task *t = task;
    char text[AUDIT_KEY_TEXT_SIZE];
    struct audit_rotated done = {.key_id = t->view.key.id, .public_key = text};
    t->audit->view = t->view;
    audit_public_text(&t->view.key, text);
    if (t->result == OK) {
        (void)reply_audit_rotated(a, t->m, &done);
    } else {
        (void)actor_refuse(a, t->m, t->result, NULL);
    }
    task_release(t);
}

static enum err on_rotate(struct actor *a, const struct msg *m)
{
    return to_lane(a, task_new(a, m), WRITER_LANE, rotate, rotated);
}

/* ---- sealing ---- */

static void seal(void *task)
{
    struct task *t = task;
    t->result = segment_seal(t->audit->db, &t->seal, &t->segment);
    audit_db_view(t->audit->db, &t->view);
}

static void answer_seal(struct actor *a, const struct task *t)
{
    char hash[AUDIT_HASH_TEXT_SIZE];
    if (t->result != OK || t->segment.first == 0) {
        (void)actor_refuse(a, t->m, t->result == OK ? ERR_NOTHING_TO_SEAL : t->result, NULL);
        return;
    }
    audit_hash_text(&t->segment.hash, hash);
    const struct audit_sealed done = {
        .first = t->segment.first, .last = t->segment.last, .hash = hash, .file = t->segment.file};
    (void)reply_audit_sealed(a, t->m, &done);
}

static void keep_days(struct actor *a, void *context);

static void sealed(struct actor *a, void *task)
{
    struct task *t = task;
    t->audit->sealing = false;
    t->audit->view = t->view;
    if (t->m != NULL) {
        answer_seal(a, t);
    } else if (t->result == OK && t->segment.last - t->segment.first + 1 == SEGMENT_MAX) {
        (void)actor_after(a, SETTLE_EVERY_MS, keep_days, NULL); /* there is more to move */
    }
    task_release(t);
}

static enum err start_sealing(struct actor *a, struct task *t)
{
    struct audit *self = actor_self(a);
    enum err e = actor_offload(a, WRITER_LANE, seal, sealed, t);
    self->sealing = e == OK;
    if (e != OK) {
        e = t->m != NULL ? actor_refuse(a, t->m, e, NULL) : OK;
        task_release(t);
    }
    return e;
}

static enum err on_seal(struct actor *a, const struct msg *m)
{
    struct audit *self = actor_self(a);
    if (self->sealing || check_running(self->check)) {
        return ERR_BUSY;
    }
    struct task *t = task_new(a, m);
    t->seal = *msg_audit_seal(t->m);
    return start_sealing(a, t);
}

/* What is older than audit.keep_days leaves the database. */
static void keep_days(struct actor *a, void *context)
{
    (void)context;
    struct audit *self = actor_self(a);
    int64_t days = config_number(actor_config(a), SETTING_audit_keep_days);
    if (days == 0 || self->sealing || check_running(self->check)) {
        return;
    }
    struct task *t = task_new(a, NULL);
    id_new(t->seal_id);
    t->seal =
        (struct audit_seal){.before = clock_wall_ms() - days * DAY_MS, .entry_id = t->seal_id};
    (void)start_sealing(a, t);
}

/* ---- start and stop ---- */

static void settle_work(void *db)
{
    audit_db_settle(db);
}

static void settled(struct actor *a, void *db)
{
    (void)a;
    (void)db;
}

static void settle(struct actor *a, void *context)
{
    (void)context;
    struct audit *self = actor_self(a);
    if (actor_offload(a, WRITER_LANE, settle_work, settled, self->db) != OK) {
        log_debug("the writer is busy, its file is settled in a minute");
    }
}

/* A head in the process log is out of reach of whoever can write here. */
static void tell_head(struct actor *a, void *context)
{
    (void)context;
    struct audit *self = actor_self(a);
    char text[AUDIT_HEAD_TEXT_SIZE];
    audit_head_text(&self->view.head, text);
    log_info("%s", text);
}

static enum err start(struct actor *a)
{
    struct audit *self = actor_self(a);
    process_forbid_cores(); /* it signs */
    enum err e = audit_db_open(&self->db);
    if (e == OK) {
        e = db_open_reader(AUDIT_DB_FILE, &self->reader);
    }
    if (e != OK) {
        audit_db_close(&self->db);
        return e;
    }
    audit_db_view(self->db, &self->view);
    self->check = check_new();
    self->group.db = self->db;
    self->group.view = &self->view;
    tell_head(a, NULL);
    settle(a, NULL);
    (void)actor_every(a, HEAD_EVERY_MS, tell_head, NULL);
    (void)actor_every(a, SETTLE_EVERY_MS, settle, NULL);
    (void)actor_every(a, SEAL_EVERY_MS, keep_days, NULL);
    (void)actor_after(a, SEAL_FIRST_MS, keep_days, NULL);
    return OK;
}

static void stop(struct actor *a)
{
    struct audit *self = actor_self(a);
    tell_head(a, NULL);
    check_destroy(&self->check);
    db_close(&self->reader);
    audit_db_close(&self->db);
}

static const struct actor_spec audit_spec = {
    .name = "audit",
    .summary = "keeps the append-only, chained and signed audit log",
    .self_size = sizeof(struct audit),
    .start = start,
    .stop = stop,
    .on =
        {
            [MSG_audit_record] = on_record,
            [MSG_audit_list] = on_list,
            [MSG_audit_acts] = on_acts,
            [MSG_audit_verify] = on_verify,
            [MSG_audit_verification_get] = on_verification,
            [MSG_audit_rotate] = on_rotate,
            [MSG_audit_seal] = on_seal,
        },
};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &audit_spec);
}
