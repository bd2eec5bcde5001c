/* SPDX-License-Identifier: MIT
 * attempts.c - sliding windows over the table of failures. A name is a keyed hash in it, known or
 * not: people type passwords there, and an unknown name must be treated like a known one. */
#include "gateway/access/attempts.h"

#include <stdio.h>
#include <string.h>

#include "gateway/access/names.h"
#include "proto/store/sqlite.h"

#define ACCOUNT_WINDOW_MS (INT64_C(15) * 60000)
#define ADDRESS_WINDOW_MS (INT64_C(60) * 60000)
#define HOLD_FIRST_MS 250
#define HOLD_MOST_MS 4000 /* with the password's check the answer stays within 5 s */
#define KEPT_MOST 100000  /* rows; each cost its sender an Argon2id, so an hour cannot make more */

static struct digest account_of(const struct access *access, const char *name)
{
    char folded[FOLDED_SIZE];
    name_fold(name, folded);
    return secret_keyed(&access->instance.secret, KEY_ACCOUNT_NAME, folded, strlen(folded));
}

static void bind_who(sqlite3_stmt *stmt, const struct digest *account, const char *address,
                     int64_t since)
{
    if (account != NULL) {
        stmt_bytes(stmt, 1, (struct bytes){account->bytes, sizeof account->bytes});
    }
    if (address != NULL) {
        stmt_text(stmt, 2, address);
    }
    stmt_number(stmt, 3, since);
}

/* When the failure that fills the window leaves it; 0 if the window is not full. */
static enum err blocked_until(sqlite3 *db, const char *sql, const struct digest *account,
                              const char *address, int64_t since, int64_t limit, int64_t *out_at)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    bool row = false;
    enum err e = db_prepare(db, sql, &find);
    if (e == OK) {
        bind_who(find, account, address, since);
        stmt_number(find, 4, limit - 1);
        e = stmt_row(find, &row);
    }
    if (e == OK) {
        *out_at = row ? row_number(find, 0) : 0;
    }
    return e;
}

static enum err failures_of_account(sqlite3 *db, const struct digest *account, int64_t since,
                                    int64_t *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *count = NULL;
    bool row = false;
    enum err e =
        db_prepare(db, "SELECT count(*) FROM failures WHERE account = ?1 AND at > ?3", &count);
    if (e == OK) {
        bind_who(count, account, NULL, since);
        e = stmt_row(count, &row);
    }
    if (e == OK) {
        *out = row_number(count, 0);
    }
    return e;
}

/* Doubles with each failure beyond the limit, wherever they came from. */
static int64_t hold_for(int64_t failures, int64_t limit)
{
    int64_t beyond = failures - limit;
    if (beyond < 0) {
        return 0;
    }
    return beyond >= 4 ? HOLD_MOST_MS : (int64_t)HOLD_FIRST_MS << beyond;
}

enum err attempts_check(struct access *access, const char *name, const struct visit *visit,
                        struct verdict *verdict)
{
    static const char by_account[] = "SELECT at FROM failures WHERE account = ?1 AND address = ?2"
                                     " AND at > ?3 ORDER BY at DESC LIMIT 1 OFFSET ?4";
    static const char by_address[] = "SELECT at FROM failures WHERE address = ?2 AND at > ?3"
                                     " ORDER BY at DESC LIMIT 1 OFFSET ?4";
    struct digest account = account_of(access, name);
    int64_t account_since = visit->now - ACCOUNT_WINDOW_MS;
    int64_t address_since = visit->now - ADDRESS_WINDOW_MS;
    int64_t of_account = 0, of_address = 0, failures = 0;
    enum err e = blocked_until(access->db, by_account, &account, visit->counted_as, account_since,
                               access->failures_of_account, &of_account);
    if (e == OK && !visit->shared) {
        e = blocked_until(access->db, by_address, NULL, visit->counted_as, address_since,
                          access->failures_of_address, &of_address);
    }
    e = e == OK ? failures_of_account(access->db, &account, account_since, &failures) : e;
    if (e != OK) {
        return e;
    }
    int64_t wait = of_account > 0 ? of_account - account_since : 0;
    if (of_address > 0 && of_address - address_since > wait) {
        wait = of_address - address_since;
    }
    verdict->hold_ms = wait > 0 ? 0 : hold_for(failures, access->failures_of_account);
    verdict->retry_after_s = (int)((wait + 999) / 1000);
    if (wait > 0) {
        verdict->flaw.code = ERR_RATE_LIMITED;
        (void)snprintf(verdict->flaw.text, sizeof verdict->flaw.text, "Too many wrong passwords %s",
                       of_account > 0 ? "for this account" : "from this address");
    }
    return wait > 0 && failures > 0 ? ERR_RATE_LIMITED : OK;
}

enum err attempts_note_failure(struct access *access, const char *name, const struct visit *visit)
{
    struct digest account = account_of(access, name);
    OWNED(stmt_finalize) sqlite3_stmt *add = NULL;
    enum err e = db_prepare(access->db, "INSERT INTO failures VALUES (?1, ?2, ?3)", &add);
    if (e == OK) {
        bind_who(add, &account, visit->counted_as, visit->now);
        e = stmt_run(add);
    }
    return e;
}

/* The rows stay for the addresses' own counts, under no account. `address`: NULL is every one. */
static enum err unname(struct access *access, const char *name, const char *address)
{
    static const char sql[] = "UPDATE failures SET account = x''"
                              " WHERE account = ?1 AND (?2 IS NULL OR address = ?2)";
    struct digest account = account_of(access, name);
    OWNED(stmt_finalize) sqlite3_stmt *update = NULL;
    enum err e = db_prepare(access->db, sql, &update);
    if (e == OK) {
        stmt_bytes(update, 1, (struct bytes){account.bytes, sizeof account.bytes});
        stmt_text(update, 2, address);
        e = stmt_run(update);
    }
    return e;
}

enum err attempts_forgive(struct access *access, const char *name, const struct visit *visit)
{
    return unname(access, name, visit->counted_as);
}

enum err attempts_forget(struct access *access, const char *name)
{
    return unname(access, name, NULL);
}

enum err attempts_tidy(sqlite3 *db, int64_t now)
{
    OWNED(db_free)
    char *sql = sqlite3_mprintf("DELETE FROM failures WHERE at <= %lld OR at > %lld;"
                                "DELETE FROM failures WHERE rowid <="
                                " (SELECT max(rowid) FROM failures) - %d",
                                (long long)(now - ADDRESS_WINDOW_MS), (long long)now, KEPT_MOST);
    return db_exec(db, sql);
}
