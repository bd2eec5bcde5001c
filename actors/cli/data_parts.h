/* SPDX-License-Identifier: MIT
 * data_parts.h - what of a data folder is worth keeping: what `playbus backup` copies and `playbus
 * restore` puts back. All else (run/, uploads, what is staged) is made anew. */
#ifndef PLAYBUS_ACTORS_CLI_DATA_PARTS_H
#define PLAYBUS_ACTORS_CLI_DATA_PARTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define DATA_SETTINGS "playbus.conf"
#define BACKUP_MARK "unfinished" /* in a backup that is being made, or was cut off */
#define RESTORE_MARK "restoring" /* there from before a restore's first change until its last */

enum data_part_kind { PART_STORE, PART_FILE, PART_FOLDER };

struct data_part {
    const char *path; /* in the data folder, and in a backup */
    enum data_part_kind kind;
};

/* In the order in which they are copied: the log of the audit after all that it is told of, its
 * sealed segments after the log that entries leave for them. */
#define DATA_PARTS 8
extern const struct data_part data_parts[DATA_PARTS];

/* What errno says of a path, which err_about_text() then names. */
enum err parts_failed(const char *path) NODISCARD;
/* Copies a file to `into`/`name`. What is not there (no settings yet) needs no copy. */
enum err parts_copy_file(const char *path, const char *name, const char *into) NODISCARD;
/* The regular files of a folder, into one of the same name; there are no folders in ours. The head
 * of the audit log is left out. */
enum err parts_copy_folder(const char *path, const char *into) NODISCARD;
/* What has come into the folder is there after a power cut too. */
enum err parts_sync_folder(const char *path) NODISCARD;
/* As an absolute path, for who is about to change into the data folder. FILE_NOT_FOUND if it is
 * none, or too long for a name behind it. */
enum err parts_absolute(const char *given, char out[static PATH_MAX]) NODISCARD;
/* Nothing, or an empty folder? */
bool parts_free(const char *path);
/* In a data folder: did a restore begin to change it, and not end? */
bool parts_are_torn(void);
/* Says so of this folder, and what helps; the exit status. */
int parts_say_torn(const char *folder) NODISCARD;
/* Says that no copy could be made (`what`) of or into err_about_text(), which our user may not use,
 * and what helps; the exit status. */
int parts_say_denied(const char *what) NODISCARD;

#endif
