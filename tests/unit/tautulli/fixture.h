/* SPDX-License-Identifier: MIT
 * fixture.h - a fresh folder with databases in Tautulli's shape, and a source opened from it. */
#ifndef PLAYBUS_TESTS_UNIT_TAUTULLI_FIXTURE_H
#define PLAYBUS_TESTS_UNIT_TAUTULLI_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <ftw.h>
#include <sqlite3.h>

#include "actors/tautulli/source.h"
#include "proto/base/clock.h"
#include "tests/support/tautulli_maker.h"

struct fixture {
    char folder[64];
    char path[96]; /* of the database most tests use */
    char staging_dir[96];
    struct staging staging;
    struct arena *arena;
    struct source *source; /* closed by the teardown */
    struct refusal why;
};

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    strcpy(f->folder, "/tmp/playbus-tautulli-XXXXXX");
    if (f == NULL || mkdtemp(f->folder) == NULL) {
        return -1;
    }
    (void)snprintf(f->path, sizeof(f->path), "%s/tautulli.db", f->folder);
    (void)snprintf(f->staging_dir, sizeof(f->staging_dir), "%s/staging", f->folder);
    f->staging = (struct staging){.dir = f->staging_dir, .quota_bytes = 256U << 20};
    f->arena = arena_new();
    *state = f;
    return 0;
}

static inline int fixture_remove(const char *path, const struct stat *found, int type,
                                 struct FTW *place)
{
    (void)found;
    (void)type;
    (void)place;
    return remove(path);
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    source_close(&f->source);
    arena_destroy(&f->arena);
    (void)nftw(f->folder, fixture_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static inline void fixture_make(struct fixture *f, enum tautulli_schema schema, int64_t rows)
{
    struct tautulli_plan plan = tautulli_plan_default(f->path);
    plan.schema = schema;
    plan.rows = rows;
    assert_int_equal(tautulli_make(&plan, NULL, NULL), OK);
}

static inline void fixture_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *text = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK) {
        fail_msg("%s: %s", sql, text);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The answer of opening; the source is in the fixture when it is OK. */
static inline enum err fixture_open(struct fixture *f)
{
    source_close(&f->source);
    f->why = (struct refusal){0};
    return source_open(f->path, &f->staging, f->arena, &f->source, &f->why);
}

static inline void fixture_write(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Zeroes the leaf of a table or index that follows its first `pages`. */
static inline void fixture_damage_of(const struct fixture *f, const char *name, int pages)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *page = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = "
                                        "'leaf' LIMIT 1 OFFSET ?2",
                                        -1, &page, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(page, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int(page, 2, pages);
    assert_int_equal(sqlite3_step(page), SQLITE_ROW);
    long at = (sqlite3_column_int(page, 0) - 1) * 4096L;
    sqlite3_finalize(page);
    sqlite3_close(db);
    FILE *file = fopen(f->path, "r+b");
    static const char zeros[4096];
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(zeros, 1, sizeof(zeros), file), sizeof(zeros));
    assert_int_equal(fclose(file), 0);
}

static inline void fixture_damage(const struct fixture *f, int pages)
{
    fixture_damage_of(f, "session_history", pages);
}

#endif
