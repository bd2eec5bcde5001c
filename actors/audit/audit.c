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
#include "proto/bus/deferred.h"
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

/* What the writer's lane changes beside the entries themselves. */
struct change {
    struct audit_view view; /* after it */
    struct audit_seal seal;
    char seal_id[ID_SIZE];
    struct segment segment;
};

static struct deferred *change_new(struct actor *a, const struct msg *m, deferred_fn *work,
                                   deferred_fn *done)
{
    struct deferred *d = deferred_new(a, m);
    d->context = arena_alloc(d->arena, sizeof(struct change));
    d->work = work;
    d->done = done;
    return d;
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

static void list(struct deferred *d)
{
    const struct audit *self = actor_self(d->actor);
    struct audit_listed *listed = arena_alloc(d->arena, sizeof *listed);
    d->result = listing_read(self->reader, msg_audit_list(d->msg), d->arena, listed);
    d->reply = listed;
}

static void list_acts(struct deferred *d)
{
    const struct audit *self = actor_self(d->actor);
    struct audit_acts_listed *acts = arena_alloc(d->arena, sizeof *acts);
    d->result = acts_read(self->reader, msg_audit_acts(d->msg), clock_wall_ms(), d->arena, acts);
    d->reply = acts;
}

static enum err read_page(struct actor *a, const struct msg *m, deferred_fn *work)
{
    struct deferred *d = deferred_new(a, m);
    d->work = work;
    d->why.field = "cursor"; /* all else was checked by the schema */
    return deferred_run(d, READER_LANE);
}

static enum err on_list(struct actor *a, const struct msg *m)
{
    return read_page(a, m, list);
}

static enum err on_acts(struct actor *a, const struct msg *m)
{
    return read_page(a, m, list_acts);
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

static void rotate(struct deferred *d)
{
    struct audit *self = actor_self(d->actor);
    struct change *c = d->context;
    struct audit_rotated *rotated = arena_alloc(d->arena, sizeof *rotated);
    char *key = arena_alloc(d->arena, AUDIT_KEY_TEXT_SIZE);
    d->result = audit_db_rotate(self->db, msg_audit_rotate(d->msg));
    audit_db_view(self->db, &c->view);
    audit_public_text(&c->view.key, key);
    *rotated = (struct audit_rotated){.key_id = c->view.key.id, .public_key = key};
    d->reply = rotated;
}

static void rotated(struct deferred *d)
{
    struct audit *self = actor_self(d->actor);
    const struct change *c = d->context;
    self->view = c->view;
}

static enum err on_rotate(struct actor *a, const struct msg *m)
{
    return deferred_run(change_new(a, m, rotate, rotated), WRITER_LANE);
}

/* ---- sealing ---- */

static void seal(struct deferred *d)
{
    struct audit *self = actor_self(d->actor);
    struct change *c = d->context;
    struct audit_sealed *sealed = arena_alloc(d->arena, sizeof *sealed);
    char *hash = arena_alloc(d->arena, AUDIT_HASH_TEXT_SIZE);
    d->result = segment_seal(self->db, &c->seal, &c->segment);
    audit_db_view(self->db, &c->view);
    if (d->result == OK && c->segment.first == 0) {
        d->result = ERR_NOTHING_TO_SEAL;
    }
    audit_hash_text(&c->segment.hash, hash);
    *sealed = (struct audit_sealed){
        .first = c->segment.first, .last = c->segment.last, .hash = hash, .file = c->segment.file};
    d->reply = sealed;
}

static void keep_days(struct actor *a, void *context);

static void sealed(struct deferred *d)
{
    struct audit *self = actor_self(d->actor);
    const struct change *c = d->context;
    self->sealing = false;
    self->view = c->view;
    bool full = d->result == OK && c->segment.last - c->segment.first + 1 == SEGMENT_MAX;
    if (d->msg == NULL && full) {
        (void)actor_after(d->actor, SETTLE_EVERY_MS, keep_days, NULL); /* there is more to move */
    }
}

static enum err start_sealing(struct deferred *d)
{
    struct audit *self = actor_self(d->actor);
    enum err e = deferred_run(d, WRITER_LANE);
    self->sealing = e == OK;
    return e;
}

static enum err on_seal(struct actor *a, const struct msg *m)
{
    struct audit *self = actor_self(a);
    if (self->sealing || check_running(self->check)) {
        return ERR_BUSY;
    }
    struct deferred *d = change_new(a, m, seal, sealed);
    struct change *c = d->context;
    c->seal = *msg_audit_seal(d->msg);
    return start_sealing(d);
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
    struct deferred *d = change_new(a, NULL, seal, sealed);
    struct change *c = d->context;
    id_new(c->seal_id);
    c->seal =
        (struct audit_seal){.before = clock_wall_ms() - days * DAY_MS, .entry_id = c->seal_id};
    if (start_sealing(d) != OK) {
        log_debug("the writer is busy, old entries move in an hour");
    }
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

static enum err open_log(struct actor *a)
{
    struct audit *self = actor_self(a);
    process_forbid_cores(); /* it signs */
    enum err e = audit_db_open(&self->db);
    if (e == OK) {
        e = db_open_reader(AUDIT_DB_FILE, &self->reader);
    }
    if (e != OK) {
        audit_db_close(&self->db);
    }
    return e;
}

static enum err start(struct actor *a)
{
    struct audit *self = actor_self(a);
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
    .open = open_log,
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
