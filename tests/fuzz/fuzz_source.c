/* SPDX-License-Identifier: MIT
 * fuzz_source.c - whatever bytes a database and the files beside it have, opening, planning,
 * reading and validating it end in an answer, in time, and every row given out can be used; a file
 * that a -journal could name is still there afterwards.
 *
 * An input that begins with "files" is three files: two big-endian sizes follow, of the database
 * and of the -wal; the rest is a -journal. Any other input is a database. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/tautulli/plan.h"
#include "actors/tautulli/reader.h"
#include "actors/tautulli/sample.h"
#include "actors/tautulli/validate.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"
#include "tests/fuzz/pick.h"

#define READ_MS 1000
#define ROWS_MAX 1000
#define HEAD_SIZE 13                      /* of three files in one input */
#define VICTIM "/tmp/playbus-fuzz-victim" /* what the -journal of the corpus names */

static char path[64];
static char staging_dir[96];
static struct staging staging = {.dir = staging_dir, .quota_bytes = 32U << 20};

static void write_file(const char *suffix, const uint8_t *data, size_t size)
{
    char name[96];
    (void)snprintf(name, sizeof(name), "%s%s", path, suffix);
    if (size == 0 && suffix[0] != '\0') {
        (void)unlink(name);
        return;
    }
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    expect(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)close(fd);
}

static void remove_files(void)
{
    write_file("-wal", NULL, 0);
    write_file("-journal", NULL, 0);
    (void)unlink(path);
    (void)unlink(VICTIM);
    staging_sweep(staging_dir);
    (void)rmdir(staging_dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    (void)snprintf(path, sizeof(path), "/tmp/playbus-fuzz-%ld.db", (long)getpid());
    (void)snprintf(staging_dir, sizeof(staging_dir), "%s.staging", path);
    int fd = open(VICTIM, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    expect(fd >= 0);
    (void)close(fd);
    return atexit(remove_files);
}

static size_t size_at(const uint8_t *at, size_t left)
{
    size_t size = (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
    return size < left ? size : left;
}

static void write_files(const uint8_t *data, size_t size)
{
    size_t database = size;
    size_t wal = 0;
    if (size >= HEAD_SIZE && memcmp(data, "files", 5) == 0) {
        size -= HEAD_SIZE;
        database = size_at(data + 5, size);
        wal = size_at(data + 9, size - database);
        data += HEAD_SIZE;
    }
    write_file("", data, database);
    write_file("-wal", data + database, wal);
    write_file("-journal", data + database + wal, size - database - wal);
}

static void read_rows(struct source *s, const struct plan *plan)
{
    struct reader_settings settings = {
        .server_id = "fuzz", .watched_percent = 85, .planned_at_ms = 1700000000000};
    struct reader *reader = NULL;
    const struct mapped_row *row = NULL;
    int64_t cut = 0;
    uint64_t rows = 0;
    if (plan_slice(s, plan->first_id, plan->last_id, ROWS_MAX, &cut, &rows) != OK ||
        reader_open(s, &settings, &reader) != OK) {
        return;
    }
    expect(rows <= ROWS_MAX && cut <= plan->last_id);
    if (reader_begin(reader, plan->first_id, cut) == OK) {
        while (reader_next(reader, &row) == OK && row != NULL) {
            expect(row->position <= cut && row->note_count <= ROW_NOTES_MAX);
            const char *title = row->rejected ? NULL : row->play.title;
            expect(title == NULL || text_is_clean(title, strlen(title)));
        }
    }
    reader_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct source *source = NULL;
    struct refusal why = {0};
    struct plan plan;
    write_files(data, size);
    (void)source_opens_slowly(path);
    if (source_open(path, &staging, arena, &source, &why) == OK) {
        struct row_key keys[SAMPLE_MAX];
        struct import_validated said;
        size_t count = 0;
        source_set_deadline(source, clock_monotonic_ms() + READ_MS);
        if (plan_make(source, 1700000000000, &plan) == OK && plan.total > 0) {
            read_rows(source, &plan);
        }
        expect(sample_take(source, keys, &count) != OK || count <= SAMPLE_MAX);
        expect(validate_run(source, 1700000000000, READ_MS, arena, &said) == OK);
    } else {
        expect(why.code != NULL);
    }
    if (source != NULL && source_is_staged(source)) {
        source_remove_staged(staging_dir, source_path(source));
    }
    source_close(&source);
    expect(access(VICTIM, F_OK) == 0);
    arena_destroy(&arena);
    return 0;
}
