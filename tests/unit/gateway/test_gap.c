/* SPDX-License-Identifier: MIT
 * test_gap.c - what the outbox cannot take is not lost with the process. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/audit/gap.h"
#include "gateway/audit/gap_file.h"

static char folder[64];

static int enter(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/playbus-gap-XXXXXX");
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int leave(void **state)
{
    (void)state;
    unlink("gap");
    return chdir("/") != 0 || rmdir(folder) != 0;
}

static struct audit_entry entry_of(const char *id, const char *outcome)
{
    return (struct audit_entry){.entry_id = id,
                                .at = 1000,
                                .phase = audit_phase_outcome,
                                .action = "stop_import",
                                .actor = "anna",
                                .outcome = outcome};
}

static void keep(struct gap *gap, const char *id, const char *outcome, bool held)
{
    struct audit_entry entry = entry_of(id, outcome);
    gap_keep(gap, &entry, held, ERR_DISK_FULL);
}

/* "id=outcome " of each that is there to be sent. */
static void assert_holds(struct gap *gap, const char *wanted)
{
    char told[1024] = "";
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct audit_record record;
    size_t count = gap_take(gap, arena, &record);
    for (size_t i = 0; i < count; i++) {
        const struct audit_entry *e = &record.entries[i];
        size_t used = strlen(told);
        snprintf(told + used, sizeof told - used, "%s=%s ", e->entry_id, e->outcome);
    }
    assert_string_equal(told, wanted);
}

static void what_was_saved_is_there_for_the_next_one(void **state)
{
    (void)state;
    OWNED(gap_destroy) struct gap *killed = gap_new("gap");
    assert_true(gap_is_empty(killed));
    keep(killed, "one", "ok", false);
    gap_save(killed);
    keep(killed, "two", "ok", false);
    gap_save(killed);
    keep(killed, "three", "never saved", false);
    OWNED(gap_destroy) struct gap *next = gap_new("gap");
    assert_holds(next, "one=ok two=ok ");
    gap_close(next);
    gap_save(next);
    OWNED(gap_destroy) struct gap *last = gap_new("gap");
    assert_true(gap_is_empty(last));
}

static void a_held_entry_gives_way_to_a_better_one_and_is_told_if_that_never_came(void **state)
{
    (void)state;
    OWNED(gap_destroy) struct gap *gap = gap_new("gap");
    keep(gap, "known", "INTERRUPTED", true);
    keep(gap, "lost", "INTERRUPTED", true);
    assert_holds(gap, "");
    keep(gap, "known", "ok", false);
    gap_save(gap);
    assert_holds(gap, "known=ok ");
    gap_drop(gap);
    assert_false(gap_is_empty(gap));
    OWNED(gap_destroy) struct gap *next = gap_new("gap");
    assert_holds(next, "known=ok lost=INTERRUPTED ");
}

static void what_was_only_counted_is_one_entry_for_the_next_one(void **state)
{
    (void)state;
    OWNED(gap_destroy) struct gap *killed = gap_new("gap");
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct audit_record record;
    gap_count(killed, ERR_DISK_FULL);
    gap_count(killed, ERR_DISK_FULL);
    gap_save(killed);
    OWNED(gap_destroy) struct gap *next = gap_new("gap");
    assert_int_equal(gap_take(next, arena, &record), 1);
    assert_string_equal(record.entries[0].action, "entries_missing");
    assert_string_equal(record.entries[0].outcome, "DISK_FULL");
    assert_int_equal(record.entries[0].count, 2);
}

static void what_has_no_room_in_the_file_is_counted_there(void **state)
{
    (void)state;
    char params[4097] = {0};
    OWNED(gap_destroy) struct gap *killed = gap_new("gap");
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct audit_record record;
    memset(params, 'x', sizeof params - 1);
    for (int i = 0; i < 200; i++) {
        struct audit_entry entry = entry_of(NULL, "ok");
        entry.params = params;
        gap_keep(killed, &entry, false, ERR_DISK_FULL);
    }
    gap_save(killed);
    size_t kept = 0;
    OWNED(gap_destroy) struct gap *next = gap_new("gap");
    uint64_t missing = 0;
    for (size_t n = 1; n > 0 && !gap_is_empty(next);) {
        n = gap_take(next, arena, &record);
        for (size_t i = 0; i < n; i++) {
            bool about = strcmp(record.entries[i].action, "entries_missing") == 0;
            missing += about ? record.entries[i].count : 0;
            kept += about ? 0 : 1;
        }
        gap_drop(next);
    }
    assert_true(missing > 0);
    assert_int_equal(kept + missing, 200);
}

/* As if it was killed in the middle of a write: the place written last is damaged. */
static void half_a_write_leaves_what_was_there_before(void **state)
{
    (void)state;
    const off_t place = (off_t)(GAP_FILE_ROOM + 48);
    OWNED(gap_destroy) struct gap *killed = gap_new("gap");
    keep(killed, "one", "ok", false);
    gap_save(killed); /* the second place */
    keep(killed, "two", "ok", false);
    gap_save(killed); /* the first */
    int fd = open("gap", O_WRONLY);
    assert_int_equal(pwrite(fd, "?", 1, 60), 1);
    OWNED(gap_destroy) struct gap *next = gap_new("gap");
    assert_holds(next, "one=ok ");
    assert_int_equal(pwrite(fd, "?", 1, place + 60), 1);
    close(fd);
    OWNED(gap_destroy) struct gap *last = gap_new("gap");
    assert_true(gap_is_empty(last));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_saved_is_there_for_the_next_one),
        TEST(a_held_entry_gives_way_to_a_better_one_and_is_told_if_that_never_came),
        TEST(what_was_only_counted_is_one_entry_for_the_next_one),
        TEST(what_has_no_room_in_the_file_is_counted_there),
        TEST(half_a_write_leaves_what_was_there_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
