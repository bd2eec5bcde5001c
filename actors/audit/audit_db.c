/* SPDX-License-Identifier: MIT
 * audit_db.c - entries as rows of exact bytes, hash and signature. Columns repeat nothing of the
 * bytes but the number: what is searched is what was signed. */
#include "actors/audit/audit_db.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/base/log.h"
#include "proto/store/store_file.h"

enum err audit_db_begin(struct audit_db *db)
{
    return db_begin(db->db);
}

void audit_db_view(const struct audit_db *db, struct audit_view *out)
{
    const struct audit_tip *tip = &db->committed;
    out->head = (struct audit_head){.n = tip->n, .hash = tip->hash, .signature = tip->signature};
    memcpy(out->head.key_id, tip->key_id, sizeof out->head.key_id);
    out->key = db->secret.public;
    out->sealed = db->base_n;
}

/* Older than the database after a crash is harmless: a head is a lower bound. */
static void write_head(const struct audit_db *db, bool durable)
{
    struct audit_view view;
    char text[AUDIT_HEAD_TEXT_SIZE];
    audit_db_view(db, &view);
    audit_head_text(&view.head, text);
    if (audit_file_replace(AUDIT_HEAD_FILE, text, durable) != OK) {
        log_warn("the head stays at an older entry, a cut behind it would not be found");
    }
}

enum err audit_db_end(struct audit_db *db, enum err so_far)
{
    enum err e = db_end(db->db, so_far);
    if (e != OK) {
        db->tip = db->committed;
        return e;
    }
    bool news = db->tip.n != db->committed.n;
    db->committed = db->tip;
    if (news) {
        write_head(db, false);
    }
    return OK;
}

void audit_db_settle(struct audit_db *db)
{
    /* Passive: what a reader still needs stays there until the next time. */
    (void)sqlite3_wal_checkpoint_v2(db->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    write_head(db,
               true); /* too dear for every entry: a power cut may cost the last minute's head */
}

enum err audit_db_knows(struct audit_db *db, const char *entry_id, bool *out)
{
    OWNED(stmt_reset) sqlite3_stmt *known = db->known;
    stmt_text(known, 1, entry_id);
    return stmt_row(known, out);
}

static enum err insert(struct audit_db *db, struct bytes bytes)
{
    OWNED(stmt_reset) sqlite3_stmt *add = db->insert;
    struct audit_tip next = {.n = db->tip.n + 1};
    audit_hash_next(&db->tip.hash, bytes, &next.hash);
    audit_sign(&db->secret, next.n, &next.hash, &next.signature);
    memcpy(next.key_id, db->secret.public.id, sizeof next.key_id);
    stmt_number(add, 1, (int64_t)next.n);
    (void)sqlite3_bind_text(add, 2, bytes.data, (int)bytes.size, SQLITE_STATIC);
    stmt_bytes(add, 3, (struct bytes){next.hash.bytes, sizeof next.hash.bytes});
    stmt_text(add, 4, next.key_id);
    stmt_bytes(add, 5, (struct bytes){next.signature.bytes, sizeof next.signature.bytes});
    enum err e = stmt_run(add);
    if (e == OK) {
        db->tip = next;
    }
    return e;
}

enum err audit_db_append(struct audit_db *db, const struct audit_entry *entry)
{
    bool known = false;
    enum err e = audit_db_knows(db, entry->entry_id, &known);
    if (e != OK || known) {
        return e;
    }
    OWNED(free_text) char *text = audit_entry_bytes(entry);
    stmt_text(db->note, 1, entry->entry_id);
    stmt_number(db->note, 2, clock_wall_ms());
    e = stmt_run(db->note);
    return e == OK ? insert(db, (struct bytes){text, strlen(text)}) : e;
}

enum err audit_db_append_own(struct audit_db *db, const struct audit_entry *about, json_t *params)
{
    OWNED(json_release) json_t *taken = params;
    OWNED(free_text) char *text = json_dumps(taken, JSON_COMPACT);
    struct audit_entry entry = *about;
    char made[ID_SIZE];
    if (entry.entry_id == NULL) {
        id_new(made);
        entry.entry_id = made;
    }
    if (entry.actor == NULL) {
        entry.actor = "playbus";
    }
    entry.at = clock_wall_ms();
    entry.phase = audit_phase_log;
    entry.params = text;
    return audit_db_append(db, &entry);
}

json_t *audit_db_key_params(const struct audit_public *key)
{
    char text[AUDIT_KEY_TEXT_SIZE];
    audit_public_text(key, text);
    return json_pack("{ssss}", "key_id", key->id, "public_key", text);
}

enum err audit_db_keep_key(struct audit_db *db, const struct audit_public *key)
{
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    enum err e = db_prepare(
        db->db, "INSERT INTO keys (key_id, public_key) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        &add);
    if (e != OK) {
        return e;
    }
    stmt_text(add, 1, key->id);
    stmt_bytes(add, 2, (struct bytes){key->bytes, sizeof key->bytes});
    return stmt_run(add);
}

void audit_db_close(struct audit_db **db)
{
    struct audit_db *gone = TAKE(*db);
    if (gone != NULL) {
        stmt_finalize(&gone->insert);
        stmt_finalize(&gone->known);
        stmt_finalize(&gone->note);
        store_file_close(&gone->db);
        explicit_bzero(&gone->secret, sizeof gone->secret);
        free(gone);
    }
}
