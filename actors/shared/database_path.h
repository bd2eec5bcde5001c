/* SPDX-License-Identifier: MIT
 * database_path.h - what a person is told of a database by its path: the name they gave it, and how
 * they can save what is left of it. */
#ifndef PLAYBUS_ACTORS_SHARED_DATABASE_PATH_H
#define PLAYBUS_ACTORS_SHARED_DATABASE_PATH_H

#define MENDING_SIZE 1024        /* as the remedy of a refusal */
#define MENDING_COMMAND_SIZE 900 /* of the line in it */

/* The name that a person gave, if this is where an upload lies: …/uploads/0123456789ab-NAME. NULL
 * for any other path. */
const char *upload_name(const char *path);
/* The path, or that name. */
const char *database_name(const char *path);

/* The shell's line that saves what can be read: it names this file, and another to write to. Of an
 * upload only the name is known: it lies somewhere else on their disk; of a zip its database. */
void mending_command(const char *path, char out[static MENDING_COMMAND_SIZE]);
/* What to do about damaged pages, with that line. */
void mending_words(const char *path, char out[static MENDING_SIZE]);

#endif
