/* SPDX-License-Identifier: MIT
 * note_contents.h - the raw rows of notes: each kept once, however many jobs tell of it again, and
 * of no more notes than the limit. */
#ifndef PLAYBUS_ACTORS_HISTORY_NOTE_CONTENTS_H
#define PLAYBUS_ACTORS_HISTORY_NOTE_CONTENTS_H

#include "actors/history/active_jobs.h"

/* The number under which this content (a packed note_view) is kept, stored if it is new. */
enum err note_content_keep(struct store *s, const char *message, struct bytes raw,
                           int64_t *out_content) NODISCARD;
/* The content again, in the arena. STORE_DAMAGED. */
enum err note_content_read(struct bytes raw, struct arena *arena, struct note_view *out) NODISCARD;
/* A step of a moment: where more notes are kept than h->notes_max, some thousand of the ended job
 * that was active least recently go. */
void notes_trim(struct history *h);

/* Within the migration that separates notes and their contents. */
enum err migrate_notes(sqlite3 *db) NODISCARD;

#endif
