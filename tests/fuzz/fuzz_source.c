/* SPDX-License-Identifier: MIT
 * fuzz_source.c - whatever bytes a database has, opening, planning, reading and validating it end
 * in an answer, in time, and every row given out can be used. */
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

static char path[64];
static char staging_dir[96];
static struct staging staging = {.dir = staging_dir, .quota_bytes = 32U << 20};

static void remove_files(void)
{
    (void)unlink(path);
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
    return atexit(remove_files);
}

static void write_file(const uint8_t *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    expect(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)close(fd);
}

static void read_rows(struct source *s, const struct plan *plan)
{
    struct reader_settings settings = {
        .server_id = "fuzz", .watched_percent = 85, .planned_at_ms = 1700000000000};
    struct reader *reader = NULL;
    const struct mapped_row *row = NULL;
    int64_t cut = 0;
    uint64_t rows = 0;
    if (plan_cut(s, plan->first_id, plan->last_id, ROWS_MAX, &cut, &rows) != OK ||
        reader_open(s, &settings, &reader) != OK) {
        return;
    }
    expect(rows <= ROWS_MAX && cut <= plan->last_id);
    if (reader_begin(reader, plan->first_id, cut) == OK) {
        while (reader_next(reader, &row) == OK && row != NULL) {
            expect(row->id <= cut && row->note_count <= ROW_NOTES_MAX);
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
    write_file(data, size);
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
    arena_destroy(&arena);
    return 0;
}
