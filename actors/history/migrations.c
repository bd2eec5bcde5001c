/* SPDX-License-Identifier: MIT
 * migrations.c - the tables of history.db. A step that has been released is never edited: the next
 * change is a step of its own at the end.
 *
 * `plays` has no NOT NULL and no CHECK: with one, SQLite keeps a statement journal for every batch.
 * batch_table.c refuses by name what must not be stored. */
#include "actors/history/migrations.h"

#include "actors/history/migrate_versions.h"
#include "actors/history/note_contents.h"
#include "actors/history/play_index.h"

#include "proto/base/own.h"
#include "proto/store/outbox.h"
#include "proto/store/store_file.h"
#include "proto/wire/codec.h"

static const char first_tables[] =
    "CREATE TABLE sources (no INTEGER PRIMARY KEY, kind INTEGER NOT NULL, server_id TEXT,"
    " server_name TEXT, plays INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL);"
    "CREATE INDEX sources_server ON sources (server_id);"

    "CREATE TABLE plays (id INTEGER PRIMARY KEY, source_id INTEGER, native_id INTEGER,"
    " job_no INTEGER, item_id INTEGER, content_hash INTEGER,"
    " started_at INTEGER, stopped_at INTEGER, time_quality INTEGER, paused_s INTEGER,"
    " played_s INTEGER, percent_complete REAL, watched INTEGER, user_id TEXT, user TEXT,"
    " media_type TEXT, live INTEGER, title TEXT, parent_title TEXT, grandparent_title TEXT,"
    " full_title TEXT, original_title TEXT, year INTEGER, media_index INTEGER,"
    " parent_media_index INTEGER, guid TEXT, rating_key TEXT, parent_rating_key TEXT,"
    " grandparent_rating_key TEXT, section_id TEXT, ip_address TEXT, location TEXT,"
    " secure INTEGER, relayed INTEGER, bandwidth_kbps INTEGER, player TEXT, product TEXT,"
    " product_version TEXT, platform TEXT, platform_version TEXT, profile TEXT, machine_id TEXT,"
    " quality_profile TEXT, transcode_decision TEXT, video_decision TEXT, audio_decision TEXT,"
    " view_offset_ms INTEGER, duration_ms INTEGER, reference_id INTEGER, last_viewed_at INTEGER,"
    " stream BLOB);"
    /* Both grow nearly in the order rows arrive: that is what makes a large import cheap. */
    "CREATE UNIQUE INDEX plays_native ON plays (source_id, native_id, started_at);"
    "CREATE UNIQUE INDEX plays_time ON plays (started_at, content_hash, source_id);"

    "CREATE TABLE items (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL, body BLOB NOT NULL);"
    "CREATE UNIQUE INDEX items_hash ON items (hash);"

    /* Who else told of a play: rows of plays.source_id itself are not repeated here. */
    "CREATE TABLE play_sources (play_id INTEGER NOT NULL, source_id INTEGER NOT NULL,"
    " native_id INTEGER NOT NULL, started_at INTEGER NOT NULL, job_no INTEGER NOT NULL,"
    " reason INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX play_sources_native ON play_sources (source_id, native_id, started_at);"
    "CREATE INDEX play_sources_play ON play_sources (play_id);"

    "CREATE TABLE play_changes (play_id INTEGER NOT NULL, job_no INTEGER NOT NULL,"
    " column TEXT NOT NULL, old, new);"
    "CREATE INDEX play_changes_job ON play_changes (job_no);"

    "CREATE TABLE users (source_no INTEGER NOT NULL, user_id TEXT NOT NULL, name TEXT,"
    " display_name TEXT, PRIMARY KEY (source_no, user_id)) WITHOUT ROWID;"
    "CREATE INDEX users_name ON users (source_no, name);"
    "CREATE TABLE libraries (source_no INTEGER NOT NULL, section_id TEXT NOT NULL,"
    " server_id TEXT NOT NULL, name TEXT, kind TEXT,"
    " PRIMARY KEY (source_no, section_id, server_id)) WITHOUT ROWID;"

    "CREATE TABLE jobs (no INTEGER PRIMARY KEY, job_id TEXT NOT NULL UNIQUE, start_id TEXT NOT "
    "NULL,"
    " operation INTEGER NOT NULL, status INTEGER NOT NULL, db_path TEXT, server_id TEXT,"
    " asked_by TEXT, dry_run INTEGER NOT NULL, resumable INTEGER NOT NULL, attempt INTEGER NOT "
    "NULL,"
    " source_no INTEGER NOT NULL, planned INTEGER NOT NULL, first_id INTEGER NOT NULL,"
    " last_id INTEGER NOT NULL, next_id INTEGER NOT NULL, total INTEGER NOT NULL,"
    " planned_at INTEGER NOT NULL, imported INTEGER NOT NULL, duplicate INTEGER NOT NULL,"
    " updated INTEGER NOT NULL, merged INTEGER NOT NULL, errors INTEGER NOT NULL,"
    " vanished INTEGER NOT NULL, started_at INTEGER NOT NULL, attempt_at INTEGER NOT NULL,"
    " earlier_ms INTEGER NOT NULL, elapsed_ms INTEGER NOT NULL, ended_at INTEGER NOT NULL,"
    " error_code TEXT, error_text TEXT, seq INTEGER NOT NULL, notes INTEGER NOT NULL,"
    " samples INTEGER NOT NULL, sample_step_ms INTEGER NOT NULL, has_last INTEGER NOT NULL,"
    " last_native INTEGER NOT NULL, last_started INTEGER NOT NULL, last_user TEXT, last_item TEXT);"
    "CREATE INDEX jobs_operation ON jobs (operation, no);"
    "CREATE INDEX jobs_start ON jobs (start_id);"

    /* The plan's samples: how a job is recognised before anything of it is stored. */
    "CREATE TABLE job_keys (job_no INTEGER NOT NULL, native_id INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL, PRIMARY KEY (job_no, native_id)) WITHOUT ROWID;"
    /* What each transaction saw: runs of (gap, length, outcome), see runs.c. */
    "CREATE TABLE job_batches (job_no INTEGER NOT NULL, first_id INTEGER NOT NULL,"
    " last_id INTEGER NOT NULL, runs BLOB NOT NULL, PRIMARY KEY (job_no, first_id)) WITHOUT ROWID;"
    "CREATE TABLE job_counts (job_no INTEGER NOT NULL, dimension INTEGER NOT NULL, key TEXT NOT "
    "NULL,"
    " outcome INTEGER NOT NULL, n INTEGER NOT NULL,"
    " PRIMARY KEY (job_no, dimension, key, outcome)) WITHOUT ROWID;"
    "CREATE TABLE job_samples (job_no INTEGER NOT NULL, n INTEGER NOT NULL, t_ms INTEGER NOT NULL,"
    " processed INTEGER NOT NULL, rate REAL NOT NULL, PRIMARY KEY (job_no, n)) WITHOUT ROWID;"
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, job_no INTEGER NOT NULL, repair INTEGER NOT NULL,"
    " record_id INTEGER NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,"
    " raw BLOB NOT NULL);"
    "CREATE INDEX notes_job ON notes (job_no, repair, record_id);"

    /* What a dry run would have stored, until it ends for good. */
    "CREATE TABLE dry_keys (job_no INTEGER NOT NULL, native_id INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL, content_hash INTEGER NOT NULL,"
    " PRIMARY KEY (job_no, native_id)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX dry_keys_time ON dry_keys (job_no, started_at, content_hash);";

/* Families of sources, versions of rows, and numbers of rows that are never given twice. What a
 * version before completed becomes versions; its run-lists are made anew over our own numbers. */
static const char families_and_versions[] =
    "ALTER TABLE sources ADD COLUMN family INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sources ADD COLUMN own_server_id TEXT;" /* as its files name it; null: they do not
                                                          */
    "ALTER TABLE sources ADD COLUMN doubled INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sources ADD COLUMN versioned INTEGER NOT NULL DEFAULT 0;" /* rows have versions */
    "UPDATE sources SET family = no, own_server_id ="
    " CASE WHEN server_id NOT GLOB 'tautulli-[0-9a-f]*' THEN server_id END;"
    "CREATE INDEX sources_family ON sources (family);"
    "ALTER TABLE libraries ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;"

    "ALTER TABLE jobs DROP COLUMN last_user;"
    "ALTER TABLE jobs DROP COLUMN last_item;"
    /* Under which sources a job looks for rows that are known. */
    "CREATE TABLE job_sources (job_no INTEGER NOT NULL, source_no INTEGER NOT NULL,"
    " PRIMARY KEY (job_no, source_no)) WITHOUT ROWID;"
    "INSERT INTO job_sources SELECT no, source_no FROM jobs WHERE source_no <> 0;"
    "CREATE TABLE job_warnings (job_no INTEGER NOT NULL, n INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (job_no, n)) WITHOUT ROWID;"

    /* A play that one row tells of is that row, under one number. Rows that are kept by their key
     * alone have numbers of the same counter. */
    "ALTER TABLE play_sources RENAME TO older_sources;"
    "DROP INDEX play_sources_native; DROP INDEX play_sources_play;"
    "CREATE TABLE play_sources (no INTEGER PRIMARY KEY, play_id INTEGER NOT NULL,"
    " source_id INTEGER NOT NULL, native_id INTEGER NOT NULL, started_at INTEGER NOT NULL,"
    " job_no INTEGER NOT NULL, reason INTEGER NOT NULL);"
    "INSERT INTO play_sources SELECT (SELECT coalesce(max(id), 0) FROM plays) + rowid, play_id,"
    " source_id, native_id, started_at, job_no, reason FROM older_sources;"
    "DROP TABLE older_sources;"
    "CREATE UNIQUE INDEX play_sources_native ON play_sources (source_id, native_id, started_at);"
    "CREATE INDEX play_sources_play ON play_sources (play_id);"
    "CREATE TABLE row_numbers (next INTEGER NOT NULL);"
    "INSERT INTO row_numbers SELECT 1 + max((SELECT coalesce(max(id), 0) FROM plays),"
    " (SELECT coalesce(max(no), 0) FROM play_sources));"
    /* See versions.h. */
    "CREATE TABLE row_versions (row_no INTEGER NOT NULL, version INTEGER NOT NULL,"
    " content_hash INTEGER, item_id INTEGER, body BLOB NOT NULL,"
    " PRIMARY KEY (row_no, version)) WITHOUT ROWID;";

/* What a note says is kept once, whatever jobs say it. */
static const char note_contents[] =
    "DROP INDEX notes_job;"
    "ALTER TABLE notes RENAME TO older_notes;"
    "CREATE TABLE note_contents (id INTEGER PRIMARY KEY, hash INTEGER NOT NULL,"
    " message TEXT NOT NULL, raw BLOB NOT NULL);"
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, job_no INTEGER NOT NULL, repair INTEGER NOT NULL,"
    " record_id INTEGER NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL,"
    " content INTEGER NOT NULL);"
    "CREATE TRIGGER notes_gone AFTER DELETE ON notes"
    " WHEN NOT EXISTS (SELECT 1 FROM notes WHERE content = old.content)"
    " BEGIN DELETE FROM note_contents WHERE id = old.content; END;";

/* Position is not identity: one native id may have several starts, and what a dry run keeps says
 * which row it was. Positions of jobs made before are the row ids. What a person sees of a job's
 * source is apart from what its coordinator goes by. */
static const char positions_and_params[] =
    "ALTER TABLE job_keys RENAME TO older_keys;"
    "CREATE TABLE job_keys (job_no INTEGER NOT NULL, native_id INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL, PRIMARY KEY (job_no, native_id, started_at)) WITHOUT ROWID;"
    "INSERT INTO job_keys SELECT * FROM older_keys; DROP TABLE older_keys;"
    "ALTER TABLE dry_keys RENAME TO older_keys; DROP INDEX dry_keys_time;"
    "CREATE TABLE dry_keys (job_no INTEGER NOT NULL, native_id INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL, content_hash INTEGER NOT NULL, position INTEGER NOT NULL,"
    " PRIMARY KEY (job_no, native_id, started_at)) WITHOUT ROWID;"
    "INSERT INTO dry_keys SELECT job_no, native_id, started_at, content_hash, native_id"
    " FROM older_keys; DROP TABLE older_keys;"
    "CREATE UNIQUE INDEX dry_keys_time ON dry_keys (job_no, started_at, content_hash);"
    "ALTER TABLE jobs RENAME COLUMN db_path TO title;"
    "ALTER TABLE jobs ADD COLUMN params BLOB;" /* the operation's own start record */
    "ALTER TABLE jobs ADD COLUMN cursor BLOB;" /* the coordinator's own words for next_id */
    "ALTER TABLE jobs ADD COLUMN runner INTEGER NOT NULL DEFAULT 0;"; /* adoptions so far */

/* One play of several rows, which then stand whole in play_sources; see groups/groups.h. A row that
 * is kept by its key alone is linked to the row that it repeats. */
static const char groups_of_rows[] =
    "ALTER TABLE plays ADD COLUMN grouped INTEGER;"        /* 1: its rows stand in play_sources */
    "ALTER TABLE play_sources ADD COLUMN link_no INTEGER;" /* null: it stands for itself */
    "ALTER TABLE play_sources ADD COLUMN content_hash INTEGER;"
    "ALTER TABLE play_sources ADD COLUMN item_id INTEGER;"
    "ALTER TABLE play_sources ADD COLUMN reference_id INTEGER;" /* of a repeated row */
    "ALTER TABLE play_sources ADD COLUMN lacks INTEGER;"        /* enum row_lacks */
    "ALTER TABLE play_sources ADD COLUMN body BLOB;"            /* see groups/row_body.h */
    "UPDATE play_sources SET link_no = play_id,"
    " content_hash = (SELECT content_hash FROM plays WHERE id = play_id);"
    "CREATE INDEX play_sources_time ON play_sources (started_at, content_hash, source_id);"
    /* Sources of one database whose server was made up are of one server; what a version before
     * stored twice is found by deciding all plays anew. */
    "UPDATE sources AS s SET server_id = coalesce((SELECT f.server_id FROM sources f"
    " WHERE f.family = s.family AND f.server_id NOT GLOB 'tautulli-[0-9a-f]*' ORDER BY f.no"
    " LIMIT 1), (SELECT f.server_id FROM sources f WHERE f.no = s.family), server_id)"
    " WHERE server_id GLOB 'tautulli-[0-9a-f]*';"
    "CREATE TABLE regroup_due (due INTEGER PRIMARY KEY);"
    "INSERT INTO regroup_due SELECT 1 FROM sources GROUP BY server_id HAVING count(*) > 1 LIMIT 1;"
    /* Of dry runs: the server that the rows would be of, and the rows. */
    "CREATE TABLE dry_servers (job_no INTEGER PRIMARY KEY, server_id TEXT NOT NULL);"
    "CREATE TABLE dry_rows (job_no INTEGER NOT NULL, started_at INTEGER NOT NULL,"
    " position INTEGER NOT NULL, native_id INTEGER NOT NULL, content_hash INTEGER NOT NULL,"
    " body BLOB NOT NULL,"
    " PRIMARY KEY (job_no, started_at, position)) WITHOUT ROWID;";
/* Which accounts are one person, as the jobs say that changed it (people_fold.h), and the accounts
 * whose rows are kept away. */
static const char people_and_marks[] =
    "ALTER TABLE users ADD COLUMN is_admin INTEGER;" /* null: the source does not say */
    /* What the source called its users before, and receipts still do. */
    "CREATE TABLE user_names (source_no INTEGER NOT NULL, user_id TEXT NOT NULL,"
    " name TEXT NOT NULL, PRIMARY KEY (source_no, user_id, name)) WITHOUT ROWID;"
    "CREATE TRIGGER users_renamed AFTER UPDATE OF name, display_name ON users BEGIN"
    " INSERT OR IGNORE INTO user_names SELECT old.source_no, old.user_id, old.name"
    "  WHERE old.name IS NOT new.name AND old.name IS NOT NULL;"
    " INSERT OR IGNORE INTO user_names SELECT old.source_no, old.user_id, old.display_name"
    "  WHERE old.display_name IS NOT new.display_name AND old.display_name IS NOT NULL; END;"
    /* job_no: the job that made the person, as its part-th one; merged_into: it was joined to. */
    "CREATE TABLE people (no INTEGER PRIMARY KEY AUTOINCREMENT, job_no INTEGER, part INTEGER,"
    " name TEXT, merged_into INTEGER, UNIQUE (job_no, part));"
    "CREATE TABLE person_accounts (server_id TEXT NOT NULL, user_id TEXT NOT NULL,"
    " person_no INTEGER NOT NULL, PRIMARY KEY (server_id, user_id)) WITHOUT ROWID;"
    "CREATE INDEX person_accounts_person ON person_accounts (person_no);"
    "CREATE TABLE forgotten (server_id TEXT NOT NULL, user_id TEXT NOT NULL, person TEXT NOT NULL,"
    " since INTEGER NOT NULL, by_whom TEXT, PRIMARY KEY (server_id, user_id)) WITHOUT ROWID;"
    /* Hashes of what forgotten persons are called, by which rows without an id are known. */
    "CREATE TABLE forgotten_names (server_id TEXT NOT NULL, hash TEXT NOT NULL,"
    " person TEXT NOT NULL, PRIMARY KEY (server_id, hash, person)) WITHOUT ROWID;"
    "CREATE TABLE scrub_due (due INTEGER PRIMARY KEY);"; /* what was erased may be in files yet */

/* What undoing one job needs: the order of transactions over all jobs, what computed values were
 * made with, and how far it is. */
static const char undoing[] =
    "ALTER TABLE job_batches ADD COLUMN order_no INTEGER;" /* null: before those that have one */
    "ALTER TABLE job_batches ADD COLUMN watched_percent REAL;"
    /* Rows from `below` on are not claimed by the job any more; ended_at is null until all are. */
    "CREATE TABLE job_undos (job_no INTEGER PRIMARY KEY, undo_no INTEGER NOT NULL,"
    " below INTEGER NOT NULL, ended_at INTEGER,"
    " split INTEGER);" /* how many plays come apart; null: not counted yet, nothing has gone */
    /* Where another version became the first one of a row: what transactions before before_no call
     * version 1 is this one. */
    "CREATE TABLE row_rebases (row_no INTEGER NOT NULL, before_no INTEGER NOT NULL,"
    " version INTEGER NOT NULL, PRIMARY KEY (row_no, before_no)) WITHOUT ROWID;";

/* How far the sync of each server is, and what of a server's a person has undone. */
static const char syncs_of_servers[] =
    "ALTER TABLE jobs ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE jobs ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;"
    /* What started at complete_to and before is stored; null until a sync has completed. */
    "CREATE TABLE server_syncs (server_id TEXT PRIMARY KEY, source_no INTEGER, newest INTEGER,"
    " complete_to INTEGER, checked_at INTEGER, whole_at INTEGER, cursor BLOB) WITHOUT ROWID;"
    "CREATE TABLE undone_rows (source_no INTEGER NOT NULL, native_id INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL, PRIMARY KEY (source_no, native_id, started_at)) WITHOUT ROWID;";

/* Workers elsewhere whose rows were not those of the sample, until it is known what that was. */
static const char doubts_of_workers[] =
    "CREATE TABLE doubts (job_no INTEGER NOT NULL, worker TEXT NOT NULL, first_id INTEGER NOT NULL,"
    " last_id INTEGER NOT NULL, digest BLOB NOT NULL, lease_key BLOB NOT NULL,"
    " PRIMARY KEY (job_no, worker)) WITHOUT ROWID;";

/* All jobs until then were imports, of the database in their title. */
static enum err params_from_titles(sqlite3 *db)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    OWNED(stmt_finalize) sqlite3_stmt *put = NULL;
    OWNED(buffer_release) struct buffer packed = {0};
    enum err e = db_prepare(db, "SELECT no, title FROM jobs", &find);
    e = e == OK ? db_prepare(db, "UPDATE jobs SET params = ?2 WHERE no = ?1", &put) : e;
    bool row = true;
    while (e == OK && row) {
        e = stmt_row(find, &row);
        if (e == OK && row) {
            const struct import_params params = {.db_path = row_text(find, 1)};
            buffer_reset(&packed);
            e = record_pack(desc_import_params(), &params, &packed, NULL);
            stmt_number(put, 1, row_number(find, 0));
            stmt_bytes(put, 2, (struct bytes){packed.data, packed.size});
            e = e == OK ? stmt_run(put) : e;
        }
    }
    return e;
}

/* By version; the second brought the audit log. */
static const struct migration steps_of_history[] = {
    {.sql = first_tables},
    {.sql = OUTBOX_TABLE},
    {.sql = families_and_versions, .run = migrate_versions},
    {.sql = note_contents, .run = migrate_notes},
    {.sql = positions_and_params, .run = params_from_titles},
    {.sql = groups_of_rows},
    {.sql = play_index_tables},
    {.sql = people_and_marks},
    {.sql = undoing},
    {.sql = syncs_of_servers},
    {.sql = doubts_of_workers},
};
_Static_assert(COUNT_OF(steps_of_history) == STORE_VERSION_history, "stores.def says so");

enum err migrations_open(const char *path, const char *pragmas, sqlite3 **out)
{
    return store_file_open(path, pragmas, steps_of_history, COUNT_OF(steps_of_history), out);
}
