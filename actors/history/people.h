/* SPDX-License-Identifier: MIT
 * people.h - which accounts of media servers are one person.
 *
 * An account is (server, user id). One that somebody has mapped is of that person. Else a plex.tv
 * id, which is the same on every Plex server, is one person wherever it is met: the mapped one that
 * has an account of this id (the lowest number of several), or one by itself. Every other account
 * is a person of its own; account 1 of a Plex server is only that server's owner. No user id, an
 * empty one, and 0 ("Local") are nobody's.
 *
 * A person's id is a text: "p<number>" of a mapped one, "plex.tv/<id>" of a plex.tv id by itself,
 * "<server>/<user id>" of any other account, where bytes that are not letters, digits, '-', '_' or
 * '.' stand as %XX. The number of one that was joined to another goes on meaning that one. */
#ifndef PLAYBUS_ACTORS_HISTORY_PEOPLE_H
#define PLAYBUS_ACTORS_HISTORY_PEOPLE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"
#include "proto/wire/arena.h"

/* What stands for the server where an id is the same on every one. */
#define PLEX_TV "plex.tv"

enum { PEOPLE_ACCOUNTS_MAX = 10000 }; /* that may be mapped, and as many marked */

struct people; /* the mapping and the marks as they were read; small, and all in memory */

enum err people_load(sqlite3 *db, struct people **out) NODISCARD;
void people_destroy(struct people **people);

/* The same for all accounts of one person, another one for every other person; 0: nobody's. */
int64_t person_key(const struct people *p, const char *server_id, const char *user_id);
/* The number of the mapped person, or 0. */
int64_t person_number(const struct people *p, const char *server_id, const char *user_id);
/* NULL: nobody's. */
const char *person_id(const struct people *p, const char *server_id, const char *user_id,
                      struct arena *arena);
/* The key of the person whom a text names, by the text of any of its accounts too; 0 if it is no
 * such text. */
int64_t person_key_of_id(const struct people *p, const char *id);

/* The id of its own of whom a text names, by whichever account; NULL if it names nobody. */
const char *person_own_id(const struct people *p, const char *id, struct arena *arena);
/* The number of the mapped person whom a text names, whether there is one or not; else 0 and the
 * account, whose user_id is NULL if the text names nobody. */
int64_t person_of_id(const struct people *p, const char *id, struct arena *arena,
                     struct account_ref *out_account);

/* Is the id one of plex.tv: the same person on every server? */
bool person_is_of_plex_tv(const char *user_id);

/* Are rows of this account kept away? */
bool people_forgot(const struct people *p, const char *server_id, const char *user_id);
bool people_forgot_any(const struct people *p);
/* Are rows that have no id, but this name, those of such an account? */
bool people_forgot_name(const struct people *p, const char *server_id, const char *name);
enum { NAME_HASH_SIZE = 17 };
void person_name_hash(const char *name, char out[static NAME_HASH_SIZE]);

/* The same mapping with these marks alone; in the arena, as long as `p` lives. The user_id of a
 * name is its hash. */
const struct people *people_with_marks(const struct people *p, const struct account_ref *accounts,
                                       size_t accounts_count, const struct account_ref *names,
                                       size_t names_count, struct arena *arena);

/* Makes person_key(server_id, user_id), person_id(server_id, user_id), both null for nobody, and
 * person_forgotten(server_id, user_id) known to the connection. `p` must outlive their use. */
enum err people_functions(sqlite3 *db, const struct people *p) NODISCARD;

#endif
