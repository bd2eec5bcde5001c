/* SPDX-License-Identifier: MIT
 * test_access_password.c - which passwords and names are taken, and what a hash is. */
#include "tests/unit/gateway/access_fixture.h"

#include <sodium.h>

#include "gateway/access/names.h"
#include "gateway/access/password.h"

static enum err check(const char *password)
{
    struct flaw flaw = {0};
    enum err e = password_check(password, "margaret-h", &flaw);
    if (e != OK) {
        assert_int_equal(flaw.code, e);
        assert_true(flaw.text[0] != '\0');
    }
    return e;
}

static void a_password_has_12_to_128_characters_however_many_bytes_they_take(void **state)
{
    (void)state;
    char text[600] = "";
    assert_int_equal(check("kv9 tz2 qx7"), ERR_PASSWORD_WEAK);
    assert_int_equal(check("kv9 tz2 qx7m"), OK);
    assert_int_equal(check("\xc3\xa4\xc3\xb6\xc3\xbc kv9 tz2"), ERR_PASSWORD_WEAK); /* 11 */
    for (size_t i = 0; i < 32; i++) {
        memcpy(text + 12 * i, "k\xf0\x9f\x8e\xb5w\xf0\x9f\xa6\x86zu", 12); /* 6 characters */
    }
    text[12 * 21] = '\0';
    assert_int_equal(check(text), OK); /* 126 */
    memcpy(text + 12 * 21, "abc", 4);
    assert_int_equal(check(text), ERR_PASSWORD_WEAK);
}

static void common_passwords_are_refused_and_what_people_add_to_them_does_not_help(void **state)
{
    (void)state;
    static const char *const weak[] = {
        "aaaaaaaaaaaa",    "123456789012",      "administrator",   "password1234",
        "Password2024!!",  "qwertyuiop12",      "iloveyou1234!",   "margaret-h",
        "margaret-h123",   "passwordpassword",  "letmeinletmein",  "margaret-hmargaret-h",
        "monkeymonkey",    "MonkeyMonkey1",     "monkey-monkey-9", "dragon123dragon123",
        "1monkey monkey!", "Password1password1"};
    static const char *const strong[] = {"copper teapot sings", "kettle-orbit-92-lantern",
                                         "Wq8vZ3nT5xLp", "\xe6\x9d\xb1\xe4\xba\xac horse 9 kite"};
    for (size_t i = 0; i < COUNT_OF(weak); i++) {
        if (check(weak[i]) != ERR_PASSWORD_WEAK) {
            fail_msg("%s was taken", weak[i]);
        }
    }
    for (size_t i = 0; i < COUNT_OF(strong); i++) {
        if (check(strong[i]) != OK) {
            fail_msg("%s was refused", strong[i]);
        }
    }
}

static void a_hash_is_argon2id_with_our_cost_and_another_cost_is_noticed(void **state)
{
    (void)state;
    char hash[PASSWORD_TEXT_SIZE], cheap[PASSWORD_TEXT_SIZE];
    assert_int_equal(password_hash("copper teapot sings", hash), OK);
    assert_non_null(strstr(hash, "$argon2id$v=19$m=32768,t=3,p=1$"));
    assert_true(password_matches(hash, "copper teapot sings"));
    assert_false(password_matches(hash, "copper teapot sing"));
    assert_false(password_is_dated(hash));
    assert_int_equal(crypto_pwhash_str(cheap, "x", 1, 1, 8192 * 1024), 0);
    assert_true(password_is_dated(cheap));
}

static void names_are_printable_visible_and_the_same_whatever_their_case(void **state)
{
    (void)state;
    static const char *const good[] = {"Ada", "a", "Jürgen Groß", "東京", "o'brien@example.org"};
    static const char *const bad[] = {"",          " ada",           "ada ",          "a\nb",
                                      "a\x1b[0m",  "a\xe2\x80\xaez", "a\xe2\x80\x8b", "\xff",
                                      "\xc2\xa0x", "\xe2\xa0\x80",   "\xe3\x85\xa4x"};
    char one[FOLDED_SIZE], two[FOLDED_SIZE];
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(name_is_good(good[i]));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (name_is_good(bad[i])) {
            fail_msg("name %zu was taken", i);
        }
    }
    char longest[NAME_MAX_BYTES + 2];
    memset(longest, 'x', sizeof longest);
    longest[NAME_MAX_BYTES] = '\0';
    assert_true(name_is_good(longest));
    longest[NAME_MAX_BYTES] = 'x';
    longest[NAME_MAX_BYTES + 1] = '\0';
    assert_false(name_is_good(longest));
    name_fold("JÜRGEN", one);
    name_fold("jürgen", two);
    assert_string_equal(one, two);
    assert_true(name_is_reserved("Local"));
    assert_true(name_is_reserved("Unknown-0123456789abcdef")); /* as the log calls strangers */
    assert_false(name_is_reserved("Locale"));
}

/* Is the text, whose bytes are each changed by one so that this test itself does not hold it, in
 * what libcrack may write to: its data, and the nameless memory right behind? */
static bool libcrack_holds(const char *changed)
{
    char line[512];
    bool holds = false, behind = false;
    size_t size = strlen(changed);
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        const char *from = NULL, *to = NULL;
        bool named = strchr(line, '/') != NULL || strchr(line, '[') != NULL;
        behind = strstr(line, "libcrack") != NULL || (behind && !named);
        if (!behind || strstr(line, " rw") == NULL) {
            continue;
        }
        assert_int_equal(sscanf(line, "%p-%p", (void **)&from, (void **)&to), 2);
        for (const char *at = from; at + size <= to; at++) {
            size_t same = 0;
            while (same < size && at[same] + 1 == changed[same]) {
                same++;
            }
            holds = holds || same == size;
        }
    }
    fclose(maps);
    return holds;
}

static void libcrack_keeps_nothing_of_a_password(void **state)
{
    (void)state;
    struct flaw flaw;
    assert_int_equal(password_check("zanzibar-quokka-lamp", "anna", &flaw), OK);
    assert_false(libcrack_holds("{bo{jcbs.rvpllb"));
    assert_false(libcrack_holds("qnbm.bllpvr.sbcj{ob{")); /* from its end */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libcrack_keeps_nothing_of_a_password),
        cmocka_unit_test(a_password_has_12_to_128_characters_however_many_bytes_they_take),
        cmocka_unit_test(common_passwords_are_refused_and_what_people_add_to_them_does_not_help),
        cmocka_unit_test(a_hash_is_argon2id_with_our_cost_and_another_cost_is_noticed),
        cmocka_unit_test(names_are_printable_visible_and_the_same_whatever_their_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
