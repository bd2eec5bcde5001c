/* SPDX-License-Identifier: MIT
 * test_acts.c - acts: the entries of a call on one line, every entry in exactly one of them
 * whatever the pages, and in words. */
#include "tests/unit/audit/fixture.h"

#include "actors/audit/acts.h"
#include "actors/audit/words.h"

#define NOW 1700000300000
#define LONG_AGO 1700000000000

static struct audit_acts_listed page(struct fixture *f, const struct audit_acts *ask)
{
    OWNED(db_close) sqlite3 *reader = NULL;
    struct audit_acts_listed got;
    if (f->arena == NULL) {
        f->arena = arena_new();
    }
    assert_int_equal(db_open_reader(AUDIT_DB_FILE, &reader), OK);
    assert_int_equal(acts_read(reader, ask, NOW, f->arena, &got), OK);
    return got;
}

static void append_entry(struct fixture *f, struct audit_entry entry)
{
    static int made;
    char id[32];
    snprintf(id, sizeof id, "e%d", made++);
    entry.entry_id = id;
    entry.at = entry.at == 0 ? LONG_AGO : entry.at;
    assert_int_equal(audit_db_begin(f->db), OK);
    assert_int_equal(audit_db_end(f->db, audit_db_append(f->db, &entry)), OK);
}

static void asked(struct fixture *f, const char *action, const char *id)
{
    append_entry(f, (struct audit_entry){.phase = audit_phase_requested,
                                         .action = action,
                                         .actor = "alice",
                                         .request_id = id,
                                         .target = "/srv/a.db",
                                         .params = "{\"db_path\":\"/srv/a.db\",\"dry_run\":true}"});
}

static void ended(struct fixture *f, const char *action, const char *id, const char *outcome)
{
    append_entry(f, (struct audit_entry){.phase = audit_phase_outcome,
                                         .action = action,
                                         .actor = "alice",
                                         .request_id = id,
                                         .at = LONG_AGO + 5000,
                                         .target = "/srv/a.db",
                                         .outcome = outcome});
}

static void refused(struct fixture *f, const char *action, const char *code)
{
    append_entry(f, (struct audit_entry){.phase = audit_phase_refused,
                                         .action = action,
                                         .request_id = "stranger",
                                         .outcome = code});
}

static void a_call_is_one_act_with_its_outcome_in_words(void **state)
{
    struct fixture *f = *state;
    asked(f, "start_import", "one");
    ended(f, "start_import", "one", "ok");
    struct audit_acts_listed got = page(f, &(struct audit_acts){0});
    assert_int_equal(got.items_count, 2); /* and the log's own beginning */
    assert_null(got.next);
    const struct audit_act *act = &got.items[0];
    assert_string_equal(act->text, "Started an import of /srv/a.db");
    assert_string_equal(act->details, "dry run: yes");
    assert_string_equal(act->result_text, "Done");
    assert_int_equal(act->at, LONG_AGO);
    assert_int_equal(act->n, 2);
    assert_int_equal(act->entries_count, 2);
    assert_int_equal(act->entries[0].phase, audit_phase_requested);
    assert_int_equal(act->entries[1].n, 3);
    assert_int_equal(strlen(act->entries[1].hash), 64);
    assert_string_equal(got.items[1].text, "The log begins");
    assert_int_equal(got.items[1].result, audit_result_done);
}

/* Calls that overlap, ids that clients used again, calls without an end and ends without a call. */
static int append_tangle(struct fixture *f)
{
    ended(f, "stop_import", "sealed away", "ok");
    asked(f, "start_import", "a");
    asked(f, "start_import", "b");
    refused(f, "start_import", "NOT_SIGNED_IN");
    ended(f, "start_import", "a", "ok");
    asked(f, "stop_import", "a"); /* the same id, another action */
    asked(f, "start_import", "again");
    ended(f, "start_import", "again", "ok");
    asked(f, "start_import", "again");
    asked(f, "start_import", "again");
    ended(f, "start_import", "again", "IMPORT_RUNNING");
    ended(f, "start_import", "again", "ok");
    ended(f, "start_import", "b", "ok");
    asked(f, "start_import", "lost");
    refused(f, "stop_import", "NOT_SIGNED_IN");
    return 15 + 1;
}

static void every_entry_is_in_exactly_one_act_whatever_the_pages(void **state)
{
    struct fixture *f = *state;
    int count = append_tangle(f);
    for (uint64_t limit = 1; limit < 12; limit++) {
        struct audit_acts ask = {.limit = limit, .has_limit = true};
        bool seen[32] = {false};
        int acts = 0, entries = 0;
        uint64_t before = UINT64_MAX;
        do {
            struct audit_acts_listed got = page(f, &ask);
            assert_true(got.items_count <= limit);
            for (size_t i = 0; i < got.items_count; i++) {
                assert_true(got.items[i].n < before);
                before = got.items[i].n;
                acts++;
                for (size_t k = 0; k < got.items[i].entries_count; k++, entries++) {
                    assert_false(seen[got.items[i].entries[k].n]);
                    seen[got.items[i].entries[k].n] = true;
                }
            }
            ask.cursor = got.next;
        } while (ask.cursor != NULL);
        assert_int_equal(entries, count);
        assert_int_equal(acts, count - 5); /* a, b and three of `again` have two entries */
    }
}

static void what_has_no_outcome_is_in_progress_at_first_and_then_not_recorded(void **state)
{
    struct fixture *f = *state;
    asked(f, "start_import", "old");
    append_entry(f, (struct audit_entry){.phase = audit_phase_requested,
                                         .action = "start_import",
                                         .request_id = "new",
                                         .at = NOW - 1000});
    struct audit_acts_listed got = page(f, &(struct audit_acts){0});
    assert_string_equal(got.items[0].result_text, "In progress");
    assert_string_equal(got.items[0].text, "Start an import");
    assert_string_equal(got.items[1].result_text, "No outcome recorded");
    assert_int_equal(got.items[1].result, audit_result_unknown);
}

static void acts_are_found_by_action_result_outcome_person_time_and_text(void **state)
{
    struct fixture *f = *state;
    append_tangle(f);
    struct audit_acts ask = {0};
    PUT(&ask, action, audit_action_stop_import);
    assert_int_equal(page(f, &ask).items_count, 3);
    PUT(&ask, result, audit_result_unknown);
    assert_int_equal(page(f, &ask).items_count, 1);
    PUT(&ask, result, audit_result_done);
    assert_int_equal(page(f, &ask).items_count, 1);
    ask = (struct audit_acts){.outcome = "IMPORT_RUNNING"};
    struct audit_acts_listed got = page(f, &ask);
    assert_int_equal(got.items_count, 1);
    assert_string_equal(got.items[0].text, "Start an import of /srv/a.db");
    assert_string_equal(got.items[0].result_text, "Refused: Another import is already running");
    ask = (struct audit_acts){.actor = "alice", .q = "SRV"};
    assert_int_equal(page(f, &ask).items_count, 8);
    ask = (struct audit_acts){0};
    PUT(&ask, to, LONG_AGO);
    assert_int_equal(page(f, &ask).items_count, 0);
}

static void every_outcome_has_words_and_what_is_unknown_is_shown_as_it_is(void **state)
{
    struct fixture *f = *state;
    struct arena *arena = f->arena = arena_new();
    static const struct {
        const char *outcome;
        bool refused;
        enum audit_result result;
        const char *text;
    } rows[] = {
        {"ok", false, audit_result_done, "Done"},
        {"completed", false, audit_result_done, "Completed"},
        {"cancelled", false, audit_result_stopped, "Stopped; can be resumed"},
        {"SIGN_IN_FAILED", true, audit_result_refused, "Refused: Name or password is wrong"},
        {"DISK_FULL", false, audit_result_failed, "Failed: The disk is full"},
        {"INTERRUPTED", false, audit_result_unknown,
         "Interrupted: whether it was done is not known"},
        {"OF_TOMORROW", false, audit_result_failed, "Failed: OF_TOMORROW"},
        {"OF_TOMORROW", true, audit_result_refused, "Refused: OF_TOMORROW"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct audit_entry entry = {.outcome = rows[i].outcome,
                                    .phase = rows[i].refused ? audit_phase_refused
                                                             : audit_phase_outcome};
        assert_int_equal(words_result(&entry), rows[i].result);
        assert_string_equal(words_of_result(&entry, false, arena), rows[i].text);
    }
    assert_string_equal(words_of_action("of_tomorrow", "x", true, arena), "of_tomorrow: x");
    assert_string_equal(
        words_of_action("start_import", "/d/uploads/0123456789ab-ten years.db", true, arena),
        "Started an import of ten years.db (uploaded)");
    assert_string_equal(words_of_action("set_up", "unknown-9ef3545e259757c6", false, arena),
                        "Set Playbus up for an unknown user");
    assert_string_equal(words_of_params("{\"imported\":142475,\"skipped\":999}", NULL, arena),
                        "imported: 142,475, skipped: 999");
    assert_string_equal(
        words_of_params("{\"role\":\"viewer\",\"active\":false,\"name\":\"bob\"}", "bob", arena),
        "role: viewer, active: no");
    assert_string_equal(
        words_of_params("{\"operation\":\"tautulli_import\",\"error_code\":\"DISK_FULL\"}", NULL,
                        arena),
        "operation: Tautulli import, error code: The disk is full");
    assert_null(words_of_params("no json", NULL, arena));
    for (int i = 0; i < audit_action_COUNT; i++) {
        const char *action = schema_enum_text(&enum_audit_action, i);
        assert_string_not_equal(words_of_action(action, NULL, true, arena), action);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(a_call_is_one_act_with_its_outcome_in_words),
        FIXTURE_TEST(every_entry_is_in_exactly_one_act_whatever_the_pages),
        FIXTURE_TEST(what_has_no_outcome_is_in_progress_at_first_and_then_not_recorded),
        FIXTURE_TEST(acts_are_found_by_action_result_outcome_person_time_and_text),
        FIXTURE_TEST(every_outcome_has_words_and_what_is_unknown_is_shown_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
