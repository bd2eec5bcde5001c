/* SPDX-License-Identifier: MIT
 * source_file.h - what a file and its neighbours look like from outside, before SQLite sees them.
 */
#ifndef PLAYBUS_ACTORS_TAUTULLI_SOURCE_FILE_H
#define PLAYBUS_ACTORS_TAUTULLI_SOURCE_FILE_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

#include "actors/tautulli/source_place.h"
#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

enum file_kind { FILE_SQLITE, FILE_ZIP };

struct file_stat {
    bool there; /* and regular; others are not looked at */
    int64_t bytes, mtime_ns;
    uint64_t device, inode;
};

/* The file and what SQLite keeps beside it. */
struct surroundings {
    struct file_stat main, wal, journal, shm;
    const char *odd; /* suffix of a neighbour that is a link, FIFO, folder …; NULL: none is */
};

struct file_stat file_stat_of(const struct place *place, const char *suffix);
void surroundings_read(const struct place *place, struct surroundings *out);
bool surroundings_equal(const struct surroundings *a, const struct surroundings *b);
/* Something of the newest rows is in the neighbours, not in the file. */
bool surroundings_has_wal(const struct surroundings *s);
bool surroundings_has_journal(const struct surroundings *s);

/* The head of the database says that its newest rows go to a -wal first. */
bool file_says_wal(const struct place *place);

/* Why a file could not be opened, from an errno. */
enum err file_refuse(int error, struct refusal *out_why) NODISCARD;

/* Recognises a file by its first bytes. NOT_TAUTULLI with a sentence for anything but SQLite and
 * zip, and for neighbours that are no files; DATABASE_DAMAGED for a SQLite file shorter than its
 * own header says (unless its -wal may hold the rest). */
enum err file_sniff(const struct place *place, const struct surroundings *around,
                    struct arena *arena, enum file_kind *out, struct refusal *out_why) NODISCARD;

/* cleanup for OWNED: an open folder */

#endif
