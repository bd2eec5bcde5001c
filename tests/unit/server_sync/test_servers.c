/* SPDX-License-Identifier: MIT
 * test_servers.c - servers.db: what is kept of a server, where its token goes, and keys that are
 * changed, lost, or changed halfway. */
#include "actors/server_sync/servers_parts.h"
#include "actors/server_sync/told_folders.h"

#include "proto/wire/json.h"
#include "tests/unit/server_sync/place.h"

#define TOKEN "xYz9-QwErTy-hunter2-0001"
#define FINGERPRINT "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct servers *open_servers(void)
{
    struct servers *s = NULL;
    assert_int_equal(servers_open(&s), OK);
    return s;
}

static enum err add(struct servers *s, const char *id, const char *name, const char *token)
{
    const struct server_add row = {
        .id = id, .name = name, .address = "http://media.example:32400", .token = token};
    return servers_add(s, &row);
}

static struct server_view view(struct servers *s, const char *id, struct arena *arena)
{
    struct server_view found;
    assert_int_equal(servers_get(s, id, arena, &found), OK);
    return found;
}

static enum err token_is(struct servers *s, const char *id, const char *wanted)
{
    OWNED(secret_destroy) struct secret *token = NULL;
    enum err e = servers_token(s, id, &token);
    if (e == OK) {
        assert_string_equal(token->bytes, wanted);
    }
    return e;
}

static void a_token_is_found_in_no_file_and_still_opens_after_a_restart(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_false(place_holds("hunter2"));
    servers_close(&s);
    assert_false(place_holds("hunter2"));
    s = open_servers();
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    struct server_view seen = view(s, "one", arena);
    assert_true(seen.has_token);
    assert_string_equal(seen.token_hint, "0001");
}

static void of_a_short_token_nothing_is_shown(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", "hunter2"), OK);
    assert_true(view(s, "one", arena).has_token);
    assert_null(view(s, "one", arena).token_hint);
}

static void a_command_that_comes_twice_adds_once_and_a_name_is_taken_in_any_case(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    struct servers_listed listed = {0};
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(add(s, "two", "hOME", TOKEN), ERR_NAME_TAKEN);
    assert_int_equal(servers_list(s, arena, &listed), OK);
    assert_int_equal(listed.items_count, 1);
}

static void there_are_a_hundred_servers_at_most(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    for (int i = 0; i < SERVERS_MAX; i++) {
        char name[12];
        (void)snprintf(name, sizeof name, "%d", i);
        assert_int_equal(add(s, name, name, NULL), OK);
    }
    assert_int_equal(add(s, "more", "more", NULL), ERR_LIMIT_REACHED);
}

static void a_token_does_not_follow_an_address_to_another_host(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    struct server_change change = {.id = "one", .address = "http://evil.example:32400"};
    assert_int_equal(servers_change(s, &change), ERR_SERVER_TOKEN_NEEDED);
    change.address = "http://media.example:32400/plex";
    assert_int_equal(servers_change(s, &change), OK);
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    change.address = "http://media.example:1";
    change.token = "another-hunter2";
    assert_int_equal(servers_change(s, &change), OK);
    assert_int_equal(token_is(s, "one", "another-hunter2"), OK);
    change.address = "http://elsewhere.example";
    change.token = "";
    assert_int_equal(servers_change(s, &change), OK);
    assert_int_equal(token_is(s, "one", ""), ERR_SERVER_TOKEN_MISSING);
}

static void a_server_stays_the_same_at_a_new_address_and_is_not_known_twice(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    const struct server_facts facts = {.identity = "abc", .server_name = "Attic", .owner = "Ada"};
    assert_int_equal(add(s, "one", "Home", NULL), OK);
    assert_int_equal(add(s, "two", "Hut", NULL), OK);
    struct server_view one = view(s, "one", arena);
    struct server_view two = view(s, "two", arena);
    assert_int_equal(servers_tested(s, &one, &facts), OK);
    assert_int_equal(servers_tested(s, &two, &facts), ERR_SERVER_KNOWN);
    assert_true(view(s, "one", arena).has_test);
    const struct server_change change = {.id = "one", .address = "http://10.0.0.9:32400"};
    assert_int_equal(servers_change(s, &change), OK);
    assert_string_equal(view(s, "one", arena).identity, "abc");
    assert_false(view(s, "one", arena).has_test); /* as it stands it was not tested */
}

#define TAUTULLI "http://nas.example:8181"

static enum err add_tautulli(struct servers *s, const char *id, const char *address)
{
    OWNED(arena_destroy) struct arena *arena = arena_new();
    const struct server_facts facts = {.identity = "tautulli:abc", .kind = server_kind_tautulli};
    const struct server_add row = {.id = id,
                                   .name = id,
                                   .address = address,
                                   .has_kind = true,
                                   .kind = server_kind_tautulli,
                                   .token = TOKEN};
    assert_int_equal(servers_add(s, &row), OK);
    const struct server_view added = view(s, id, arena);
    return servers_tested(s, &added, &facts);
}

static void two_tautullis_may_watch_one_server_unless_they_are_at_one_address(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add_tautulli(s, "one", TAUTULLI), OK);
    assert_int_equal(add_tautulli(s, "two", TAUTULLI "/two"), OK);
    assert_int_equal(add_tautulli(s, "three", TAUTULLI), ERR_SERVER_KNOWN);
    struct server_change change = {.id = "two", .address = TAUTULLI};
    assert_int_equal(servers_change(s, &change), ERR_SERVER_KNOWN);
    change.address = TAUTULLI "/2";
    assert_int_equal(servers_change(s, &change), OK);
}

/* Up to step 3 a server was known by its kind and identity alone. */
static void a_file_that_refused_a_second_tautulli_keeps_the_first_and_takes_it(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add_tautulli(s, "one", TAUTULLI), OK);
    assert_int_equal(db_exec(s->db, "DROP INDEX servers_identity;"
                                    "CREATE UNIQUE INDEX once ON servers (kind, identity);"
                                    "DROP TABLE watched_plays; DROP TABLE told_folders;"
                                    "PRAGMA user_version = 3"),
                     OK);
    servers_close(&s);
    s = open_servers();
    assert_int_equal(access(SERVERS_FILE ".before-3", F_OK), 0);
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    assert_int_equal(add_tautulli(s, "two", TAUTULLI "/two"), OK);
}

static void a_test_of_what_was_changed_meanwhile_leaves_nothing(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    const struct server_facts facts = {.identity = "abc"};
    assert_int_equal(add(s, "one", "Home", NULL), OK);
    struct server_view before = view(s, "one", arena);
    before.changed_at--; /* what stands there now is later */
    assert_int_equal(servers_tested(s, &before, &facts), OK);
    assert_int_equal(servers_test_failed(s, &before, ERR_SERVER_CERTIFICATE, FINGERPRINT), OK);
    assert_false(view(s, "one", arena).has_test);
    assert_null(view(s, "one", arena).identity);
}

static void a_failed_test_tells_what_helps_and_the_certificate_that_was_shown(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", NULL), OK);
    struct server_view before = view(s, "one", arena);
    assert_int_equal(servers_test_failed(s, &before, ERR_SERVER_CERTIFICATE, FINGERPRINT), OK);
    struct server_view after = view(s, "one", arena);
    assert_false(after.test.works);
    assert_string_equal(after.test.code, "SERVER_CERTIFICATE");
    assert_string_equal(after.test.certificate_sha256, FINGERPRINT);
    const struct server_change change = {.id = "one", .certificate_sha256 = FINGERPRINT};
    assert_int_equal(servers_change(s, &change), OK);
    assert_string_equal(view(s, "one", arena).certificate_sha256, FINGERPRINT);
    assert_false(view(s, "one", arena).has_test);
}

/* ---- keys ---- */

static void a_changed_key_opens_every_token_and_the_old_one_none(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    uint64_t tokens = 0;
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(add(s, "two", "Hut", "hunter2"), OK);
    assert_int_equal(add(s, "three", "Barn", NULL), OK);
    assert_int_equal(system("cp servers/servers.key old.key"), 0);
    assert_int_equal(servers_rotate_key(s, &tokens), OK);
    assert_int_equal(tokens, 2);
    assert_int_equal(access(TOKEN_KEY_NEXT_FILE, F_OK), -1);
    servers_close(&s);
    s = open_servers();
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    assert_int_equal(token_is(s, "two", "hunter2"), OK);
    servers_close(&s);
    assert_int_equal(system("cp old.key servers/servers.key"), 0);
    s = open_servers();
    assert_int_equal(token_is(s, "one", TOKEN), ERR_SERVER_KEY_LOST);
}

static void a_change_of_the_key_that_was_cut_short_counts_once_it_was_committed(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    uint64_t tokens = 0;
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    /* Killed before the commit: the next key is there, and nothing is sealed with it. */
    OWNED(secret_destroy) struct secret *next = token_key_new();
    assert_int_equal(token_key_write(TOKEN_KEY_NEXT_FILE, next), OK);
    servers_close(&s);
    s = open_servers();
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    assert_int_equal(access(TOKEN_KEY_NEXT_FILE, F_OK), -1);
    /* Killed after it: the old key is still in place. */
    assert_int_equal(system("cp servers/servers.key old.key"), 0);
    assert_int_equal(servers_rotate_key(s, &tokens), OK);
    servers_close(&s);
    assert_int_equal(rename(TOKEN_KEY_FILE, TOKEN_KEY_NEXT_FILE), 0);
    assert_int_equal(system("cp old.key servers/servers.key"), 0);
    s = open_servers();
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    assert_int_equal(access(TOKEN_KEY_NEXT_FILE, F_OK), -1);
}

static void with_a_lost_key_servers_are_still_there_and_no_new_one_is_made_beside_it(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    uint64_t tokens = 0;
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    servers_close(&s);
    assert_int_equal(rename(TOKEN_KEY_FILE, "away.key"), 0);
    s = open_servers();
    assert_string_equal(view(s, "one", arena).name, "Home");
    assert_int_equal(token_is(s, "one", TOKEN), ERR_SERVER_KEY_LOST);
    assert_int_equal(add(s, "two", "Hut", TOKEN), ERR_SERVER_KEY_LOST);
    assert_int_equal(servers_rotate_key(s, &tokens), ERR_SERVER_KEY_LOST);
    assert_int_equal(access(TOKEN_KEY_FILE, F_OK), -1);
    assert_int_equal(servers_remove(s, "one"), OK);
    assert_int_equal(add(s, "two", "Hut", TOKEN), OK); /* nothing is sealed with the old one */
    assert_int_equal(token_is(s, "two", TOKEN), OK);
}

static void the_key_of_an_earlier_version_is_taken_over(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    servers_close(&s);
    assert_int_equal(system("mkdir -p keys && mv servers/servers.key keys/"), 0);
    s = open_servers();
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    assert_int_equal(access(TOKEN_KEY_OLD_FILE, F_OK), -1);
}

static void a_key_that_is_a_credential_is_used_and_not_changed(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = NULL;
    OWNED(secret_destroy) struct secret *key = token_key_new();
    uint64_t tokens = 0;
    assert_int_equal(token_key_write("credentials/servers.key", key), OK);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "credentials", 1), 0);
    s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(servers_rotate_key(s, &tokens), ERR_SERVER_KEY_GIVEN);
    assert_int_equal(access(TOKEN_KEY_FILE, F_OK), -1);
}

/* Made by 0.3.0, which had neither the column nor the step. */
static void a_file_of_the_version_before_keeps_its_servers_and_leaves_a_backup(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(db_exec(s->db, "ALTER TABLE servers DROP COLUMN username;"
                                    "ALTER TABLE servers DROP COLUMN sync_scheduled;"
                                    "ALTER TABLE servers DROP COLUMN sync_minutes;"
                                    "ALTER TABLE servers DROP COLUMN sync_code;"
                                    "ALTER TABLE servers DROP COLUMN sync_text;"
                                    "ALTER TABLE servers DROP COLUMN sync_since;"
                                    "ALTER TABLE servers DROP COLUMN sync_failures;"
                                    "ALTER TABLE servers DROP COLUMN sync_missed_at;"
                                    "DROP TABLE watched_plays; DROP TABLE told_folders;"
                                    "PRAGMA user_version = 1"),
                     OK);
    servers_close(&s);
    s = open_servers();
    assert_int_equal(access(SERVERS_FILE ".before-1", F_OK), 0);
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    const struct server_view seen = view(s, "one", arena);
    assert_string_equal(seen.name, "Home");
    assert_int_equal(seen.kind, server_kind_plex);
    assert_null(seen.username);
    assert_true(seen.sync.scheduled);
    assert_int_equal(seen.sync.interval_minutes, 15);
}

/* Made by a version that kept no plays there. */
static void a_file_without_watched_plays_gets_them_and_leaves_a_backup(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(db_exec(s->db, "DROP TABLE watched_plays; DROP TABLE told_folders;"
                                    "PRAGMA user_version = 4"),
                     OK);
    servers_close(&s);
    s = open_servers();
    assert_int_equal(access(SERVERS_FILE ".before-4", F_OK), 0);
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    assert_int_equal(db_exec(s->db, "SELECT no FROM watched_plays"), OK);
}

/* Made by a version that did not keep them; the table before it is the newest one's. */
static void a_file_without_libraries_gets_them_and_leaves_a_backup(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(db_exec(s->db, "DROP TABLE told_folders; PRAGMA user_version = 5"), OK);
    servers_close(&s);
    s = open_servers();
    assert_int_equal(access(SERVERS_FILE ".before-5", F_OK), 0);
    assert_int_equal(token_is(s, "one", TOKEN), OK);
    assert_null(told_folders_read(s, "one", "cabin"));
}

static void libraries_stay_as_they_were_told_until_the_server_goes_or_is_another(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    OWNED(json_release)
    json_t *told = json_loads("[{\"ItemId\":\"3\",\"Name\":\"Films\",\"Locations\":[\"/f\"],"
                              "\"LibraryOptions\":{}}]",
                              0, NULL);
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(told_folders_keep(s, "one", "cabin", told), OK);
    assert_int_equal(told_folders_keep(s, "gone", "cabin", told), OK);
    int64_t before = sqlite3_total_changes64(s->db);
    assert_int_equal(told_folders_keep(s, "one", "cabin", told), OK);
    assert_int_equal(sqlite3_total_changes64(s->db), before);
    OWNED(json_release) json_t *kept = told_folders_read(s, "one", "cabin");
    assert_string_equal(json_string_value(json_object_get(json_array_get(kept, 0), "Name")),
                        "Films");
    assert_null(json_object_get(json_array_get(kept, 0), "LibraryOptions"));
    assert_null(told_folders_read(s, "one", "house"));
    assert_null(told_folders_read(s, "gone", "cabin"));
    assert_int_equal(servers_remove(s, "one"), OK);
    assert_null(told_folders_read(s, "one", "cabin"));
}

static void libraries_that_are_too_many_leave_none_that_are_old(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    OWNED(json_release) json_t *told = json_loads("[{\"Name\":\"Films\"}]", 0, NULL);
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(told_folders_keep(s, "one", "cabin", told), OK);
    const char *path = "/a/library/whose/name/is/told/so/many/times/and/which/is/long/enough";
    OWNED(json_release) json_t *many = json_array();
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(json_array_append_new(many, json_pack("{ss}", "Name", path)), 0);
    }
    int64_t changes = servers_changes(s);
    assert_int_equal(told_folders_keep(s, "one", "cabin", many), ERR_TOO_LARGE);
    assert_null(told_folders_read(s, "one", "cabin"));
    assert_int_equal(servers_changes(s), changes);
}

static void a_sign_in_is_told_until_another_token_takes_its_place(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    const struct server_add row = {.id = "one",
                                   .name = "Home",
                                   .address = "http://media.example:8096",
                                   .has_kind = true,
                                   .kind = server_kind_jellyfin,
                                   .token = TOKEN,
                                   .username = "ada"};
    assert_int_equal(servers_add(s, &row), OK);
    assert_string_equal(view(s, "one", arena).username, "ada");
    const struct server_change renamed = {.id = "one", .name = "Attic"};
    assert_int_equal(servers_change(s, &renamed), OK);
    assert_string_equal(view(s, "one", arena).username, "ada");
    const struct server_change key = {.id = "one", .token = "a-key-of-the-dashboard"};
    assert_int_equal(servers_change(s, &key), OK);
    assert_null(view(s, "one", arena).username);
}

static const char *trouble(struct servers *s, struct arena *arena)
{
    const struct server_sync_view sync = view(s, "one", arena).sync;
    return sync.has_error ? sync.error.code : NULL;
}

static void what_is_wrong_stays_until_something_that_it_may_be_due_to_is_changed(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(servers_synced(s, "one", ERR_SERVER_TOKEN_REFUSED, NULL), OK);
    const struct server_change renamed = {.id = "one", .name = "Attic"};
    struct server_change rarely = {.id = "one"};
    PUT(&rarely, interval_minutes, 60);
    PUT(&rarely, scheduled, true);
    assert_int_equal(servers_change(s, &renamed), OK);
    assert_int_equal(servers_change(s, &rarely), OK);
    assert_string_equal(trouble(s, arena), "SERVER_TOKEN_REFUSED");
    assert_int_equal(servers_sync_failures(s, "one"), 1);
    struct server_change off = {.id = "one"};
    PUT(&off, enabled, false);
    assert_int_equal(servers_change(s, &off), OK);
    assert_null(trouble(s, arena));
    assert_int_equal(servers_synced(s, "one", ERR_SERVER_TOKEN_REFUSED, NULL), OK);
    const struct server_change key = {.id = "one", .token = "another-token-of-it"};
    assert_int_equal(servers_change(s, &key), OK);
    assert_null(trouble(s, arena));
}

static void when_not_all_was_read_is_kept_until_all_was(void **state)
{
    (void)state;
    OWNED(servers_close) struct servers *s = open_servers();
    assert_int_equal(add(s, "one", "Home", TOKEN), OK);
    assert_int_equal(servers_sync_missed_at(s, "one"), 0);
    assert_int_equal(servers_synced(s, "one", ERR_SERVER_UNREACHABLE, NULL), OK);
    assert_int_equal(servers_sync_missed_at(s, "one"), 0);
    assert_int_equal(servers_synced(s, "one", ERR_SERVER_PLUGIN_FAILS, NULL), OK);
    const int64_t missed = servers_sync_missed_at(s, "one");
    assert_true(missed > 0);
    assert_int_equal(servers_synced(s, "one", OK, NULL), OK);
    assert_int_equal(servers_sync_missed_at(s, "one"), missed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(a_token_is_found_in_no_file_and_still_opens_after_a_restart),
        PLACE_TEST(of_a_short_token_nothing_is_shown),
        PLACE_TEST(a_command_that_comes_twice_adds_once_and_a_name_is_taken_in_any_case),
        PLACE_TEST(there_are_a_hundred_servers_at_most),
        PLACE_TEST(a_token_does_not_follow_an_address_to_another_host),
        PLACE_TEST(a_server_stays_the_same_at_a_new_address_and_is_not_known_twice),
        PLACE_TEST(a_test_of_what_was_changed_meanwhile_leaves_nothing),
        PLACE_TEST(a_failed_test_tells_what_helps_and_the_certificate_that_was_shown),
        PLACE_TEST(a_changed_key_opens_every_token_and_the_old_one_none),
        PLACE_TEST(a_change_of_the_key_that_was_cut_short_counts_once_it_was_committed),
        PLACE_TEST(with_a_lost_key_servers_are_still_there_and_no_new_one_is_made_beside_it),
        PLACE_TEST(the_key_of_an_earlier_version_is_taken_over),
        PLACE_TEST(two_tautullis_may_watch_one_server_unless_they_are_at_one_address),
        PLACE_TEST(a_file_that_refused_a_second_tautulli_keeps_the_first_and_takes_it),
        PLACE_TEST(a_file_of_the_version_before_keeps_its_servers_and_leaves_a_backup),
        PLACE_TEST(a_file_without_watched_plays_gets_them_and_leaves_a_backup),
        PLACE_TEST(a_file_without_libraries_gets_them_and_leaves_a_backup),
        PLACE_TEST(libraries_stay_as_they_were_told_until_the_server_goes_or_is_another),
        PLACE_TEST(libraries_that_are_too_many_leave_none_that_are_old),
        PLACE_TEST(a_sign_in_is_told_until_another_token_takes_its_place),
        PLACE_TEST(what_is_wrong_stays_until_something_that_it_may_be_due_to_is_changed),
        PLACE_TEST(when_not_all_was_read_is_kept_until_all_was),
        PLACE_TEST(a_key_that_is_a_credential_is_used_and_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
