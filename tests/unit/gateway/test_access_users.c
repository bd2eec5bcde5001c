/* SPDX-License-Identifier: MIT
 * test_access_users.c - set-up, users, passwords and tokens: what each change gives, takes away and
 * never allows. */
#include "tests/unit/gateway/access_fixture.h"

#include <sodium.h>

#include "proto/store/outbox.h"

#define OTHER_PASSWORD "seven lanterns drift"

struct office {
    struct access_fixture *f;
    struct arena *arena;
    struct admission in;
    struct caller admin;
    struct visit visit;
    struct verdict verdict;
};

static void open_office(void **state, struct office *o)
{
    *o = (struct office){.f = *state, .arena = arena_new()};
    fixture_admin(o->f, &o->in);
    assert_int_equal(fixture_identify(o->f, o->in.cookie, &o->admin), OK);
    o->visit = fixture_visit(o->f, &o->admin);
}

static void close_office(struct office *o)
{
    arena_destroy(&o->arena);
}

static struct user_view hire(struct office *o, const char *name, enum role_name role)
{
    struct user_view user;
    struct user_create asked = {.name = name, .role = role, .password = OTHER_PASSWORD};
    assert_int_equal(
        accounts_add_user(o->f->access, &asked, &o->visit, o->arena, &user, &o->verdict), OK);
    return user;
}

static enum err change(struct office *o, const char *id, const struct user_change *asked)
{
    struct user_view user;
    return accounts_change_user(o->f->access, id, asked, &o->visit, o->arena, &user, &o->verdict);
}

static enum err enter(struct office *o, const char *name, const char *password,
                      struct admission *out)
{
    return fixture_sign_in(o->f, name, password, "192.0.2.7", out, &o->verdict);
}

static void set_up_works_once_with_the_code_and_never_again(void **state)
{
    struct access_fixture *f = *state;
    struct admission in;
    struct verdict verdict = {0};
    struct visit visit = fixture_visit(f, &fixture_nobody);
    struct auth_setup asked = {
        .code = "00000000000000000000000000000000", .name = "Ada", .password = FIXTURE_PASSWORD};
    assert_true(access_setup_required(f->access));
    assert_int_equal(accounts_set_up(f->access, &asked, &visit, &in, &verdict),
                     ERR_SETUP_CODE_WRONG);
    char code[SETUP_CODE_SIZE];
    fixture_read(SETUP_CODE_FILE, code, sizeof code);
    fixture_admin(f, &in);
    assert_false(access_setup_required(f->access));
    assert_int_equal(access(SETUP_CODE_FILE, F_OK), -1);
    asked.code = code;
    assert_int_equal(accounts_set_up(f->access, &asked, &visit, &in, &verdict), ERR_SETUP_DONE);
    access_close(&f->access);
    fixture_open(f);
    assert_int_equal(access(SETUP_CODE_FILE, F_OK), -1);
    assert_int_equal(accounts_set_up(f->access, &asked, &visit, &in, &verdict), ERR_SETUP_DONE);
}

static void the_set_up_code_is_new_at_each_start(void **state)
{
    struct access_fixture *f = *state;
    char one[SETUP_CODE_SIZE], two[SETUP_CODE_SIZE];
    fixture_read(SETUP_CODE_FILE, one, sizeof one);
    access_close(&f->access);
    fixture_open(f);
    fixture_read(SETUP_CODE_FILE, two, sizeof two);
    assert_int_equal(strlen(two), 32);
    assert_string_not_equal(one, two);
}

static void names_are_unique_whatever_their_case(void **state)
{
    struct office o;
    struct user_view user;
    open_office(state, &o);
    struct user_create asked = {
        .name = "ADA", .role = role_name_viewer, .password = OTHER_PASSWORD};
    assert_int_equal(accounts_add_user(o.f->access, &asked, &o.visit, o.arena, &user, &o.verdict),
                     ERR_NAME_TAKEN);
    asked.name = "local";
    assert_int_equal(accounts_add_user(o.f->access, &asked, &o.visit, o.arena, &user, &o.verdict),
                     ERR_NAME_TAKEN);
    struct user_view grace = hire(&o, "Grace", role_name_viewer);
    assert_int_equal(change(&o, grace.id, &(struct user_change){.name = "aDa"}), ERR_NAME_TAKEN);
    assert_int_equal(change(&o, grace.id, &(struct user_change){.name = "GRACE"}), OK);
    close_office(&o);
}

static void a_name_that_looks_like_another_users_is_refused(void **state)
{
    struct office o;
    open_office(state, &o); /* its administrator is Ada */
    static const char *const alike[] = {"\u0410da",  "Ad\u0430", "\uff21da", "A\u0301da",
                                        "Ada\u200b", "\u2124da", "A\u2010da"};
    for (size_t i = 0; i < COUNT_OF(alike); i++) {
        struct user_view user;
        struct user_create asked = {
            .name = alike[i], .role = role_name_viewer, .password = OTHER_PASSWORD};
        assert_int_equal(
            accounts_add_user(o.f->access, &asked, &o.visit, o.arena, &user, &o.verdict),
            ERR_BAD_FIELD);
        assert_string_equal(o.verdict.flaw.field, "name");
    }
    struct user_view coco = hire(&o, "COCO", role_name_viewer);
    struct user_change cyrillic = {.name = "\u0421\u041e\u0421\u041e"};
    assert_int_equal(change(&o, o.admin.user_id, &cyrillic), ERR_NAME_TAKEN);
    assert_int_equal(change(&o, coco.id, &cyrillic), OK); /* his own */
    hire(&o, "\u0414\u0438\u043c\u0430", role_name_viewer);
    hire(&o, "Zo\u00eb M\u00fcller-Lund 2", role_name_viewer);
    hire(&o, "\u6771\u4eac TV", role_name_viewer);
    close_office(&o);
}

static void a_password_set_by_someone_else_must_be_changed_to_another_one(void **state)
{
    struct office o;
    struct admission in;
    struct caller caller;
    open_office(state, &o);
    hire(&o, "Grace", role_name_viewer);
    assert_int_equal(enter(&o, "Grace", OTHER_PASSWORD, &in), OK);
    assert_true(in.must_change);
    assert_int_equal(fixture_identify(o.f, in.cookie, &caller), OK);
    assert_true(caller.must_change);
    struct visit visit = fixture_visit(o.f, &caller);
    struct auth_password asked = {.current_password = OTHER_PASSWORD,
                                  .new_password = OTHER_PASSWORD};
    assert_int_equal(accounts_set_password(o.f->access, &asked, &visit, &o.verdict),
                     ERR_PASSWORD_WEAK);
    asked.new_password = "short";
    assert_int_equal(accounts_set_password(o.f->access, &asked, &visit, &o.verdict),
                     ERR_PASSWORD_WEAK);
    assert_non_null(strstr(o.verdict.flaw.text, "12")); /* it says what is wrong with it */
    asked.new_password = "nine quiet harbours";
    assert_int_equal(accounts_set_password(o.f->access, &asked, &visit, &o.verdict), OK);
    assert_int_equal(fixture_identify(o.f, in.cookie, &caller), OK);
    assert_false(caller.must_change);
    assert_int_equal(enter(&o, "Grace", OTHER_PASSWORD, &in), ERR_SIGN_IN_FAILED);
    assert_int_equal(enter(&o, "Grace", "nine quiet harbours", &in), OK);
    assert_false(in.must_change);
    close_office(&o);
}

static void a_new_password_ends_the_users_other_sessions(void **state)
{
    struct office o;
    struct admission other;
    struct caller caller;
    open_office(state, &o);
    assert_int_equal(enter(&o, "Ada", FIXTURE_PASSWORD, &other), OK);
    struct auth_password asked = {.current_password = FIXTURE_PASSWORD,
                                  .new_password = OTHER_PASSWORD};
    assert_int_equal(accounts_set_password(o.f->access, &asked, &o.visit, &o.verdict), OK);
    assert_int_equal(fixture_identify(o.f, other.cookie, &caller), ERR_NOT_SIGNED_IN);
    assert_int_equal(fixture_identify(o.f, o.in.cookie, &caller), OK);
    close_office(&o);
}

static void giving_the_password_counts_for_five_minutes(void **state)
{
    struct office o;
    struct caller caller;
    open_office(state, &o);
    o.f->now += 5 * MINUTE;
    assert_int_equal(fixture_identify(o.f, o.in.cookie, &caller), OK);
    assert_false(caller.fresh);
    struct visit visit = fixture_visit(o.f, &caller);
    assert_int_equal(accounts_confirm(o.f->access, "wrong", &visit, &o.verdict),
                     ERR_SIGN_IN_FAILED);
    assert_int_equal(fixture_identify(o.f, o.in.cookie, &caller), OK);
    assert_false(caller.fresh);
    assert_int_equal(accounts_confirm(o.f->access, FIXTURE_PASSWORD, &visit, &o.verdict), OK);
    o.f->now += 5 * MINUTE - 1;
    assert_int_equal(fixture_identify(o.f, o.in.cookie, &caller), OK);
    assert_true(caller.fresh);
    close_office(&o);
}

static void the_last_active_administrator_stays(void **state)
{
    struct office o;
    open_office(state, &o);
    struct user_change step_down = {0}, leave = {0};
    PUT(&step_down, role, role_name_viewer);
    PUT(&leave, active, false);
    assert_int_equal(change(&o, o.admin.user_id, &step_down), ERR_LAST_ADMIN);
    assert_int_equal(change(&o, o.admin.user_id, &leave), ERR_LAST_ADMIN);
    assert_int_equal(accounts_remove_user(o.f->access, o.admin.user_id, &o.visit, &o.verdict),
                     ERR_LAST_ADMIN);
    struct user_view second = hire(&o, "Grace", role_name_admin);
    assert_int_equal(change(&o, second.id, &leave), OK);
    assert_int_equal(change(&o, o.admin.user_id, &leave), ERR_LAST_ADMIN);
    PUT(&leave, active, true);
    assert_int_equal(change(&o, second.id, &leave), OK);
    assert_int_equal(accounts_remove_user(o.f->access, o.admin.user_id, &o.visit, &o.verdict), OK);
    struct caller caller;
    assert_int_equal(fixture_identify(o.f, o.in.cookie, &caller), ERR_NOT_SIGNED_IN);
    close_office(&o);
}

static void another_role_or_none_ends_the_users_sessions(void **state)
{
    struct office o;
    struct admission in;
    struct caller caller;
    open_office(state, &o);
    struct user_view grace = hire(&o, "Grace", role_name_viewer);
    struct user_change step = {0};
    assert_int_equal(enter(&o, "Grace", OTHER_PASSWORD, &in), OK);
    PUT(&step, role, role_name_admin);
    assert_int_equal(change(&o, grace.id, &step), OK);
    assert_int_equal(fixture_identify(o.f, in.cookie, &caller), ERR_NOT_SIGNED_IN);
    assert_int_equal(enter(&o, "Grace", OTHER_PASSWORD, &in), OK);
    assert_int_equal(fixture_identify(o.f, in.cookie, &caller), OK);
    assert_int_equal(caller.role, ROLE_ADMIN);
    PUT(&step, role, role_name_viewer);
    assert_int_equal(change(&o, grace.id, &step), OK);
    assert_int_equal(fixture_identify(o.f, in.cookie, &caller), ERR_NOT_SIGNED_IN);
    step = (struct user_change){0};
    PUT(&step, active, false);
    assert_int_equal(enter(&o, "Grace", OTHER_PASSWORD, &in), OK);
    assert_int_equal(change(&o, grace.id, &step), OK);
    assert_int_equal(fixture_identify(o.f, in.cookie, &caller), ERR_NOT_SIGNED_IN);
    assert_int_equal(enter(&o, "Grace", OTHER_PASSWORD, &in), ERR_SIGN_IN_FAILED);
    close_office(&o);
}

static void a_hash_of_other_parameters_is_renewed_at_the_next_sign_in(void **state)
{
    struct office o;
    struct admission in;
    char cheap[crypto_pwhash_STRBYTES], kept[PASSWORD_TEXT_SIZE];
    open_office(state, &o);
    assert_int_equal(crypto_pwhash_str(cheap, FIXTURE_PASSWORD, strlen(FIXTURE_PASSWORD), 1,
                                       crypto_pwhash_MEMLIMIT_MIN),
                     0);
    struct user stored = {.name = "Ada", .role = ROLE_ADMIN, .active = true};
    memcpy(stored.id, o.admin.user_id, sizeof stored.id);
    assert_int_equal(store_change_user(access_db(o.f->access), &stored, cheap), OK);
    assert_int_equal(enter(&o, "Ada", FIXTURE_PASSWORD, &in), OK);
    assert_int_equal(store_find_user(access_db(o.f->access), "Ada", stored.id, kept), OK);
    assert_non_null(strstr(kept, "m=32768,t=3"));
    assert_int_equal(enter(&o, "Ada", FIXTURE_PASSWORD, &in), OK);
    close_office(&o);
}

/* ---- tokens ---- */

static enum err show_token(struct office *o, const char *token, struct caller *out)
{
    char header[160];
    snprintf(header, sizeof header, "bearer %s", token);
    struct credentials shown = {.authorization = header, .authorization_size = strlen(header)};
    return access_identify(o->f->access, &shown, o->f->now, out);
}

static struct token_created make_token(struct office *o, enum role_name role, uint64_t days)
{
    struct token_created made;
    struct token_create asked = {.name = "a script"};
    PUT(&asked, role, role);
    PUT(&asked, expires_in_days, days);
    assert_int_equal(
        accounts_add_token(o->f->access, &asked, &o->visit, o->arena, &made, &o->verdict), OK);
    return made;
}

static void a_token_works_until_it_expires_and_over_a_restart(void **state)
{
    struct office o;
    struct caller caller;
    open_office(state, &o);
    struct token_created made = make_token(&o, role_name_viewer, 1);
    assert_int_equal(show_token(&o, made.token, &caller), OK);
    assert_int_equal(caller.kind, CALLER_TOKEN);
    assert_int_equal(caller.role, ROLE_VIEWER);
    assert_string_equal(caller.name, "Ada");
    access_close(&o.f->access);
    fixture_open(o.f);
    assert_int_equal(show_token(&o, made.token, &caller), OK);
    o.f->now += DAY;
    assert_int_equal(show_token(&o, made.token, &caller), ERR_NOT_SIGNED_IN);
    assert_false(access_is_live(o.f->access, &caller, o.f->now));
    assert_int_equal(accounts_tidy(o.f->access, o.f->now), OK);
    access_close(&o.f->access);
    fixture_open(o.f);
    o.f->now -= DAY; /* the clock was wrong: nothing was deleted for it */
    assert_int_equal(show_token(&o, made.token, &caller), OK);
    close_office(&o);
}

static void only_the_hash_of_a_secret_is_on_the_disk(void **state)
{
    struct office o;
    open_office(state, &o);
    struct token_created made = make_token(&o, role_name_viewer, 1);
    assert_int_equal(db_exec(access_db(o.f->access), "PRAGMA wal_checkpoint(TRUNCATE)"), OK);
    static char file[1 << 20];
    FILE *stream = fopen(ACCOUNTS_FILE, "re");
    size_t size = fread(file, 1, sizeof file, stream);
    fclose(stream);
    assert_non_null(memmem(file, size, made.about.id, strlen(made.about.id)));
    assert_null(memmem(file, size, o.in.cookie, strlen(o.in.cookie)));
    assert_null(memmem(file, size, strrchr(made.token, '_') + 1, 20));
    assert_null(memmem(file, size, FIXTURE_PASSWORD, strlen(FIXTURE_PASSWORD)));
    close_office(&o);
}

static void a_token_may_never_do_more_than_its_owner(void **state)
{
    struct office o;
    struct caller caller;
    struct user_change step = {0};
    open_office(state, &o);
    struct token_created made = make_token(&o, role_name_admin, 30);
    hire(&o, "Grace", role_name_admin);
    PUT(&step, role, role_name_viewer);
    assert_int_equal(show_token(&o, made.token, &caller), OK);
    assert_true(access_is_live(o.f->access, &caller, o.f->now));
    assert_int_equal(change(&o, o.admin.user_id, &step), OK);
    assert_false(access_is_live(o.f->access, &caller, o.f->now));
    assert_int_equal(show_token(&o, made.token, &caller), OK);
    assert_int_equal(caller.role, ROLE_VIEWER);
    step = (struct user_change){0};
    PUT(&step, active, false);
    assert_int_equal(change(&o, o.admin.user_id, &step), OK);
    assert_int_equal(show_token(&o, made.token, &caller), ERR_NOT_SIGNED_IN);
    close_office(&o);
}

static void a_password_set_by_someone_else_ends_the_tokens_and_ones_own_does_not(void **state)
{
    struct office o;
    struct caller caller;
    open_office(state, &o);
    struct token_created made = make_token(&o, role_name_viewer, 30);
    struct auth_password own = {.current_password = FIXTURE_PASSWORD,
                                .new_password = "nine quiet harbours"};
    assert_int_equal(accounts_set_password(o.f->access, &own, &o.visit, &o.verdict), OK);
    assert_int_equal(show_token(&o, made.token, &caller), OK);
    struct user_change step = {.password = OTHER_PASSWORD};
    assert_int_equal(change(&o, o.admin.user_id, &step), OK);
    assert_int_equal(show_token(&o, made.token, &caller), ERR_NOT_SIGNED_IN);
    access_close(&o.f->access);
    fixture_open(o.f);
    assert_int_equal(show_token(&o, made.token, &caller), ERR_NOT_SIGNED_IN);
    close_office(&o);
}

static void a_token_revoked_is_refused_at_once(void **state)
{
    struct office o;
    struct caller caller;
    open_office(state, &o);
    struct token_created made = make_token(&o, role_name_viewer, 30);
    assert_int_equal(accounts_remove_token(o.f->access, made.about.id, &o.visit, &o.verdict), OK);
    assert_int_equal(show_token(&o, made.token, &caller), ERR_NOT_SIGNED_IN);
    close_office(&o);
}

/* ---- what the audit log is told ---- */

static int64_t waiting(const struct office *o)
{
    int64_t n = -1;
    assert_int_equal(db_number(access_db(o->f->access), "SELECT count(*) FROM audit_outbox", 0, &n),
                     OK);
    return n;
}

static void a_change_and_its_audit_entry_are_committed_together_or_not_at_all(void **state)
{
    struct office o;
    open_office(state, &o);
    struct audit_entry entry = {
        .at = o.f->now, .phase = audit_phase_outcome, .action = "add_user", .target = "id"};
    o.visit.entry = &entry;
    hire(&o, "Grace", role_name_viewer);
    assert_true(o.verdict.recorded);
    assert_int_equal(waiting(&o), 1);
    struct user_create again = {
        .name = "grace", .role = role_name_admin, .password = OTHER_PASSWORD};
    struct user_view user;
    o.verdict = (struct verdict){0};
    assert_int_equal(accounts_add_user(o.f->access, &again, &o.visit, o.arena, &user, &o.verdict),
                     ERR_NAME_TAKEN);
    assert_false(o.verdict.recorded);
    assert_int_equal(waiting(&o), 1);
    /* An entry that cannot be written takes the change with it. */
    assert_int_equal(db_exec(access_db(o.f->access), "DROP TABLE audit_outbox"), OK);
    again.name = "Edith";
    assert_int_not_equal(
        accounts_add_user(o.f->access, &again, &o.visit, o.arena, &user, &o.verdict), OK);
    int64_t users = 0;
    assert_int_equal(db_number(access_db(o.f->access), "SELECT count(*) FROM users", 0, &users),
                     OK);
    assert_int_equal(users, 2);
    close_office(&o);
}

static void a_sign_in_is_told_as_the_user_it_proved(void **state)
{
    struct office o;
    struct admission in;
    open_office(state, &o);
    struct audit_entry entry = {.at = o.f->now, .phase = audit_phase_outcome, .action = "sign_in"};
    struct auth_login asked = {.name = "aDA", .password = FIXTURE_PASSWORD};
    o.visit.entry = &entry;
    assert_int_equal(accounts_sign_in(o.f->access, &asked, &o.visit, &in, &o.verdict), OK);
    struct audit_record told;
    assert_int_equal(outbox_take(access_db(o.f->access), o.f->now, o.arena, &told), OK);
    assert_int_equal(told.entries_count, 1);
    assert_string_equal(told.entries[0].actor, "Ada");
    assert_string_equal(told.entries[0].role, "admin");
    assert_string_equal(told.entries[0].outcome, "ok");
    close_office(&o);
}

static enum err tie(struct office *o, const char *id, const char *person)
{
    const struct user_change asked = {.people = &person, .people_count = person != NULL};
    return change(o, id, &asked);
}

/* What they have open shows what they no longer may see, or not all that they now may. */
static void other_persons_end_the_users_sessions_and_what_tokens_have_open(void **state)
{
    struct office o;
    struct admission in;
    struct caller signed_in, caller, script;
    open_office(state, &o);
    struct user_view grace = hire(&o, "Grace", role_name_viewer);
    assert_int_equal(enter(&o, "Grace", OTHER_PASSWORD, &in), OK);
    assert_int_equal(fixture_identify(o.f, in.cookie, &signed_in), OK);
    struct visit by_admin = o.visit;
    o.visit = fixture_visit(o.f, &signed_in);
    struct token_created made = make_token(&o, role_name_viewer, 1);
    o.visit = by_admin;
    assert_int_equal(show_token(&o, made.token, &script), OK);
    uint64_t before = access_generation(o.f->access);
    assert_int_equal(tie(&o, grace.id, "p1"), OK);
    assert_true(access_generation(o.f->access) > before);
    assert_false(access_is_live(o.f->access, &signed_in, o.f->now));
    assert_false(access_is_live(o.f->access, &script, o.f->now));
    assert_int_equal(fixture_identify(o.f, in.cookie, &caller), ERR_NOT_SIGNED_IN);
    assert_int_equal(show_token(&o, made.token, &script), OK);
    assert_string_equal(script.people, "p1\n");
    before = access_generation(o.f->access);
    assert_int_equal(tie(&o, grace.id, "p1"), OK); /* as it was */
    assert_int_equal(access_generation(o.f->access), before);
    assert_true(access_is_live(o.f->access, &script, o.f->now));
    close_office(&o);
}

static void who_sees_everybody_is_tied_to_nobody(void **state)
{
    struct office o;
    char id[PEOPLE_SIZE];
    open_office(state, &o);
    struct user_view grace = hire(&o, "Grace", role_name_viewer);
    assert_int_equal(tie(&o, o.admin.user_id, "p1"), ERR_BAD_FIELD);
    assert_non_null(strstr(o.verdict.flaw.text, "administrator"));
    const char *person = "p1";
    struct user_change raise = {.people = &person, .people_count = 1};
    PUT(&raise, role, role_name_admin);
    assert_int_equal(change(&o, grace.id, &raise), ERR_BAD_FIELD);
    memset(id, 'x', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    assert_int_equal(tie(&o, grace.id, id), ERR_BAD_FIELD);
    assert_non_null(strstr(o.verdict.flaw.text, "too long"));
    close_office(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ACCESS_TEST(set_up_works_once_with_the_code_and_never_again),
        ACCESS_TEST(the_set_up_code_is_new_at_each_start),
        ACCESS_TEST(names_are_unique_whatever_their_case),
        ACCESS_TEST(a_name_that_looks_like_another_users_is_refused),
        ACCESS_TEST(a_password_set_by_someone_else_must_be_changed_to_another_one),
        ACCESS_TEST(a_new_password_ends_the_users_other_sessions),
        ACCESS_TEST(giving_the_password_counts_for_five_minutes),
        ACCESS_TEST(the_last_active_administrator_stays),
        ACCESS_TEST(another_role_or_none_ends_the_users_sessions),
        ACCESS_TEST(a_hash_of_other_parameters_is_renewed_at_the_next_sign_in),
        ACCESS_TEST(a_token_works_until_it_expires_and_over_a_restart),
        ACCESS_TEST(only_the_hash_of_a_secret_is_on_the_disk),
        ACCESS_TEST(a_token_may_never_do_more_than_its_owner),
        ACCESS_TEST(a_password_set_by_someone_else_ends_the_tokens_and_ones_own_does_not),
        ACCESS_TEST(other_persons_end_the_users_sessions_and_what_tokens_have_open),
        ACCESS_TEST(who_sees_everybody_is_tied_to_nobody),
        ACCESS_TEST(a_token_revoked_is_refused_at_once),
        ACCESS_TEST(a_change_and_its_audit_entry_are_committed_together_or_not_at_all),
        ACCESS_TEST(a_sign_in_is_told_as_the_user_it_proved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
