/* SPDX-License-Identifier: MIT
 * fixture.h - an audit log in a fresh folder, and what a forger would do to a copy of it. */
#ifndef PLAYBUS_TESTS_UNIT_AUDIT_FIXTURE_H
#define PLAYBUS_TESTS_UNIT_AUDIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/audit/audit_db.h"
#include "actors/audit/segment.h"
#include "actors/shared/audit_verify.h"
#include "proto/base/clock.h"

#define FIXTURE_TEST(function) \
    cmocka_unit_test_setup_teardown(function, fixture_open, fixture_close)

struct fixture {
    char folder[64], before[512];
    struct arena *arena; /* of answers; NULL until there is one */
    struct audit_db *db;
};

static inline int run_shell(const char *format, ...)
{
    char command[1024];
    va_list values;
    va_start(values, format);
    vsnprintf(command, sizeof command, format, values);
    va_end(values);
    return system(command);
}

static inline int fixture_open(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(getcwd(f->before, sizeof f->before));
    strcpy(f->folder, "/tmp/playbus-audit-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(chdir(f->folder), 0);
    assert_int_equal(audit_db_open(&f->db), OK);
    *state = f;
    return 0;
}

static inline int fixture_close(void **state)
{
    struct fixture *f = *state;
    arena_destroy(&f->arena);
    audit_db_close(&f->db);
    assert_int_equal(chdir(f->before), 0);
    run_shell("rm -rf %s", f->folder);
    free(f);
    return 0;
}

static inline void fixture_reopen(struct fixture *f)
{
    audit_db_close(&f->db);
    assert_int_equal(audit_db_open(&f->db), OK);
}

static inline struct audit_entry made_entry(const char *id)
{
    return (struct audit_entry){.entry_id = id,
                                .at = 1700000000000,
                                .phase = audit_phase_outcome,
                                .action = "start_import",
                                .actor = "alice",
                                .outcome = "ok"};
}

/* One transaction with one entry. */
static inline void append(struct fixture *f, const char *id)
{
    struct audit_entry entry = made_entry(id);
    assert_int_equal(audit_db_begin(f->db), OK);
    assert_int_equal(audit_db_end(f->db, audit_db_append(f->db, &entry)), OK);
}

/* Entry 1 begins the log; so these are 2 to count + 1. */
static inline void append_many(struct fixture *f, int count)
{
    for (int i = 0; i < count; i++) {
        char id[32];
        snprintf(id, sizeof id, "entry-%d", i);
        append(f, id);
    }
}

static inline void rotate(struct fixture *f, const char *id)
{
    struct audit_rotate ask = {.entry_id = id, .actor = "alice"};
    assert_int_equal(audit_db_rotate(f->db, &ask), OK);
}

static inline struct segment seal(struct fixture *f, const char *id, int64_t before)
{
    struct audit_seal ask = {.entry_id = id, .before = before};
    struct segment made;
    assert_int_equal(segment_seal(f->db, &ask, &made), OK);
    return made;
}

static inline int64_t number_in(const char *path, const char *sql)
{
    OWNED(db_close) sqlite3 *db = NULL;
    int64_t number = -1;
    assert_int_equal(db_open_reader(path, &db), OK);
    assert_int_equal(db_number(db, sql, -1, &number), OK);
    return number;
}

/* A copy of the log (or of `from`) as a backup would have it, changed by a forger. */
static inline void forge(struct fixture *f, const char *from, const char *sql)
{
    OWNED(db_close) sqlite3 *db = NULL;
    (void)f;
    run_shell("rm -f copy.db*; sqlite3 %s 'VACUUM INTO \"copy.db\"'", from);
    assert_int_equal(db_open_writer("copy.db", &db), OK);
    assert_int_equal(db_exec(db, sql), OK);
}

static inline struct audit_report verify_with(const char *path, const char *keys,
                                              const struct audit_head *head, uint64_t at_least)
{
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    OWNED(audit_verifier_close) struct audit_verifier *v = NULL;
    assert_int_equal(audit_keyring_read(keys, &ring), OK);
    struct audit_claims claims = {.trusted = &ring, .head = head, .at_least = at_least};
    assert_int_equal(audit_verifier_open(path, &claims, &v), OK);
    while (audit_verifier_step(v, 3)) {
    }
    return *audit_verifier_report(v);
}

static inline struct audit_report verify(const char *path)
{
    return verify_with(path, AUDIT_PUBLIC_FILE, NULL, 0);
}

#endif
