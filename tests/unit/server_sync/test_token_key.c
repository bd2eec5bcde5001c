/* SPDX-License-Identifier: MIT
 * test_token_key.c - a sealed token opens with its key and in its place only, and keys are read
 * from where nobody else can. */
#include "actors/server_sync/token_key.h"

#include "tests/unit/server_sync/place.h"

static const struct token_place here = {"server-1", "plex", "token"};

static struct bytes sealed_here(const struct secret *key, const char *text, struct arena *arena)
{
    OWNED(secret_destroy) struct secret *token = secret_new(text, strlen(text));
    return token_seal(key, &here, token, arena);
}

static void what_was_sealed_opens_with_its_key_in_its_place(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *key = token_key_new();
    OWNED(secret_destroy) struct secret *token = NULL;
    struct bytes sealed = sealed_here(key, "hunter2", arena);
    assert_null(memmem(sealed.data, sealed.size, "hunter2", 7));
    assert_int_equal(token_open(key, &here, sealed, &token), OK);
    assert_string_equal(token->bytes, "hunter2");
}

static void the_same_token_sealed_twice_looks_different(void **state)
{
    (void)state;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *key = token_key_new();
    struct bytes one = sealed_here(key, "hunter2", arena);
    struct bytes two = sealed_here(key, "hunter2", arena);
    assert_int_equal(one.size, two.size);
    assert_memory_not_equal(one.data, two.data, one.size);
}

static void a_blob_put_in_another_place_or_changed_by_a_bit_does_not_open(void **state)
{
    (void)state;
    static const struct token_place places[] = {{"server-2", "plex", "token"},
                                                {"server-1", "emby", "token"},
                                                {"server-1", "plex", "other"},
                                                {"server-1p", "lex", "token"}};
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(secret_destroy) struct secret *key = token_key_new();
    OWNED(secret_destroy) struct secret *other = token_key_new();
    OWNED(secret_destroy) struct secret *token = NULL;
    struct bytes sealed = sealed_here(key, "hunter2", arena);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        assert_int_equal(token_open(key, &places[i], sealed, &token), ERR_SERVER_KEY_LOST);
    }
    assert_int_equal(token_open(other, &here, sealed, &token), ERR_SERVER_KEY_LOST);
    for (size_t i = 0; i < sealed.size; i++) {
        char *copy = arena_text(arena, sealed.data, sealed.size);
        copy[i] ^= 1;
        assert_int_equal(token_open(key, &here, (struct bytes){copy, sealed.size}, &token),
                         ERR_SERVER_KEY_LOST);
        assert_int_equal(token_open(key, &here, (struct bytes){sealed.data, i}, &token),
                         ERR_SERVER_KEY_LOST);
    }
    assert_null(token);
}

static void a_key_file_that_others_can_read_or_that_is_a_link_is_not_taken(void **state)
{
    (void)state;
    OWNED(secret_destroy) struct secret *key = token_key_new();
    OWNED(secret_destroy) struct secret *read = NULL;
    bool given = true;
    struct stat st;
    assert_int_equal(token_key_read(&read, &given), ERR_FILE_NOT_FOUND);
    assert_int_equal(token_key_write(TOKEN_KEY_FILE, key), OK);
    assert_int_equal(stat(TOKEN_KEY_FILE, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(token_key_read(&read, &given), OK);
    assert_false(given);
    assert_memory_equal(read->bytes, key->bytes, key->size);
    secret_destroy(&read);
    assert_int_equal(chmod(TOKEN_KEY_FILE, 0640), 0);
    assert_int_equal(token_key_read(&read, &given), ERR_SERVER_KEY_LOST);
    assert_int_equal(chmod(TOKEN_KEY_FILE, 0600), 0);
    assert_int_equal(rename(TOKEN_KEY_FILE, "elsewhere"), 0);
    assert_int_equal(symlink("../elsewhere", TOKEN_KEY_FILE), 0);
    assert_int_equal(token_key_read(&read, &given), ERR_SERVER_KEY_LOST);
}

static void a_credential_of_the_service_comes_first_and_is_not_ours_to_change(void **state)
{
    (void)state;
    OWNED(secret_destroy) struct secret *ours = token_key_new();
    OWNED(secret_destroy) struct secret *theirs = token_key_new();
    OWNED(secret_destroy) struct secret *read = NULL;
    bool given = false;
    assert_int_equal(token_key_write(TOKEN_KEY_FILE, ours), OK);
    assert_int_equal(token_key_write("credentials/servers.key", theirs), OK);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", "credentials", 1), 0);
    assert_int_equal(token_key_read(&read, &given), OK);
    assert_true(given);
    assert_memory_equal(read->bytes, theirs->bytes, theirs->size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(what_was_sealed_opens_with_its_key_in_its_place),
        PLACE_TEST(the_same_token_sealed_twice_looks_different),
        PLACE_TEST(a_blob_put_in_another_place_or_changed_by_a_bit_does_not_open),
        PLACE_TEST(a_key_file_that_others_can_read_or_that_is_a_link_is_not_taken),
        PLACE_TEST(a_credential_of_the_service_comes_first_and_is_not_ours_to_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
