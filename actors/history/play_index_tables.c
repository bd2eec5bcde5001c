/* SPDX-License-Identifier: MIT
 * play_index_tables.c - the tables of the index of plays. Sums are kept by triggers on the index
 * itself, so that they are those of what is in it; triggers on `plays` note what goes or
 * changes. Nothing happens where plays are only added: an import pays for none of this. */
#include "actors/history/play_index.h"

/* The first change of one that is in the index: under this key it stands there. */
#define NOTE_CHANGED                                                                  \
    "INSERT INTO play_index_changed SELECT old.id, old.started_at, old.content_hash," \
    " old.source_id FROM play_index_state WHERE old.id <= watermark ON CONFLICT DO NOTHING;"
#define CHANGED(column) "old." column " IS NOT new." column

#define LONG(row) "(" row ".played_s > " SQL_NUMBER(LONG_PLAY_S) ")"
#define SECONDS(row) "iif(" LONG(row) ", 0, " row ".played_s)"

/* Sums of the plays of one dimension and one month or hour. */
#define SUM_TABLE(table, part)                                                          \
    "CREATE TABLE " table " (dimension_no INTEGER NOT NULL, " part " INTEGER NOT NULL," \
    " plays INTEGER NOT NULL, long_plays INTEGER NOT NULL, seconds INTEGER NOT NULL,"   \
    " PRIMARY KEY (dimension_no, " part ")) WITHOUT ROWID;"
#define SUM_ADD(table, part)                                                                   \
    "INSERT INTO " table " VALUES (new.dimension_no, new." part                                \
    ", 1, " LONG("new") ", " SECONDS("new") ") ON CONFLICT DO UPDATE SET plays = plays + 1,"   \
                                            " long_plays = long_plays + excluded.long_plays, " \
                                            "seconds = seconds + excluded.seconds;"
#define SUM_TAKE(table, part)                                                                    \
    "UPDATE " table " SET plays = plays - 1, long_plays = long_plays - " LONG(                   \
        "old") ", seconds = seconds - " SECONDS("old") " WHERE dimension_no = old.dimension_no " \
                                                       "AND " part " = old." part ";"            \
                                                       "DELETE FROM " table                      \
                                                       " WHERE dimension_no = old.dimension_no " \
                                                       "AND " part " = old." part                \
                                                       " AND plays = 0;"

/* clang-format off */
const char play_index_tables[] =
    "CREATE TABLE play_dimensions (no INTEGER PRIMARY KEY, source_id INTEGER NOT NULL,"
    " user_id TEXT, user TEXT, section_id TEXT, media_type TEXT);"
    "CREATE INDEX play_dimensions_values ON play_dimensions"
    " (source_id, user_id, user, section_id, media_type);"
    /* hash: of the texts as they are; key: their search keys, those that hold no other one. */
    "CREATE TABLE play_titles (no INTEGER PRIMARY KEY, hash INTEGER NOT NULL, key TEXT NOT NULL);"
    "CREATE UNIQUE INDEX play_titles_hash ON play_titles (hash);"
    "CREATE VIRTUAL TABLE play_search USING fts5 (key, content='play_titles', content_rowid='no',"
    " columnsize=0, tokenize='trigram case_sensitive 1');"
    /* No play has these any more: a trigger may not write to the search itself. */
    "CREATE TABLE play_titles_left (no INTEGER PRIMARY KEY);"

    "CREATE TABLE play_index (started_at INTEGER NOT NULL, content_hash INTEGER NOT NULL,"
    " source_id INTEGER NOT NULL, id INTEGER NOT NULL, dimension_no INTEGER NOT NULL,"
    " title_no INTEGER NOT NULL, played_s INTEGER NOT NULL, month INTEGER NOT NULL,"
    " hour INTEGER NOT NULL, PRIMARY KEY (started_at, content_hash, source_id)) WITHOUT ROWID;"
    "CREATE INDEX play_index_dimension ON play_index"
    " (dimension_no, started_at, content_hash, source_id, id, title_no, played_s);"
    "CREATE INDEX play_index_title ON play_index"
    " (title_no, started_at, content_hash, source_id, id, dimension_no, played_s);"
    "CREATE TABLE play_index_changed (id INTEGER PRIMARY KEY, started_at INTEGER NOT NULL,"
    " content_hash INTEGER NOT NULL, source_id INTEGER NOT NULL);"
    "CREATE TABLE play_index_state (watermark INTEGER NOT NULL);"
    "INSERT INTO play_index_state VALUES (0);"
    SUM_TABLE("play_sums", "month") SUM_TABLE("play_hours", "hour")

    "CREATE TRIGGER play_index_grows AFTER INSERT ON play_index BEGIN "
    SUM_ADD("play_sums", "month") SUM_ADD("play_hours", "hour") " END;"

    "CREATE TRIGGER play_index_shrinks AFTER DELETE ON play_index BEGIN "
    SUM_TAKE("play_sums", "month") SUM_TAKE("play_hours", "hour")
    " DELETE FROM play_dimensions WHERE no = old.dimension_no"
    " AND NOT EXISTS (SELECT 1 FROM play_sums WHERE dimension_no = old.dimension_no);"
    " INSERT OR IGNORE INTO play_titles_left SELECT old.title_no"
    " WHERE NOT EXISTS (SELECT 1 FROM play_index WHERE title_no = old.title_no); END;"

    "CREATE TRIGGER plays_gone AFTER DELETE ON plays BEGIN " NOTE_CHANGED " END;"

    "CREATE TRIGGER plays_changed AFTER UPDATE OF started_at, content_hash, source_id, user_id,"
    " user, section_id, media_type, played_s, full_title, title, parent_title, grandparent_title,"
    " original_title ON plays WHEN " CHANGED("started_at") " OR " CHANGED("content_hash") " OR "
    CHANGED("source_id") " OR " CHANGED("user_id") " OR " CHANGED("user") " OR "
    CHANGED("section_id") " OR " CHANGED("media_type") " OR " CHANGED("played_s") " OR "
    CHANGED("full_title") " OR " CHANGED("title") " OR " CHANGED("parent_title") " OR "
    CHANGED("grandparent_title") " OR " CHANGED("original_title")
    " BEGIN " NOTE_CHANGED " END;";
/* clang-format on */
