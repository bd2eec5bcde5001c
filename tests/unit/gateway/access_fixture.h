/* SPDX-License-Identifier: MIT
 * access_fixture.h - an accounts.db in a fresh data folder, and a clock that stands still until it
 * is moved. */
#ifndef PLAYBUS_TESTS_UNIT_GATEWAY_ACCESS_FIXTURE_H
#define PLAYBUS_TESTS_UNIT_GATEWAY_ACCESS_FIXTURE_H

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

#include "gateway/access/accounts.h"
#include "gateway/access/run_files.h"
#include "gateway/access/store.h"
#include "proto/base/clock.h"
#include "proto/store/sqlite.h"

#define FIXTURE_TIME INT64_C(1767225600000) /* 2026-01-01 */
#define ACCESS_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

struct access_fixture {
    char folder[64];
    struct config *config;
    struct access *access;
    int64_t now;
};

static inline int64_t fixture_clock(void)
{
    return FIXTURE_TIME;
}

static inline void fixture_open(struct access_fixture *f)
{
    assert_int_equal(access_open(f->config, &f->access), OK);
}

static inline int fixture_set_up(void **state)
{
    struct access_fixture *f = must_alloc(sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/playbus-access-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(chdir(f->folder), 0);
    assert_int_equal(mkdir("run", 0700), 0);
    assert_int_equal(config_open(f->folder, &f->config), OK);
    f->now = FIXTURE_TIME;
    clock_set_wall(fixture_clock);
    fixture_open(f);
    *state = f;
    return 0;
}

static inline int fixture_tear_down(void **state)
{
    struct access_fixture *f = *state;
    access_close(&f->access);
    config_close(&f->config);
    clock_set_wall(NULL);
    assert_int_equal(chdir("/"), 0);
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", f->folder);
    assert_int_equal(system(command), 0); /* NOLINT: a folder of our own making */
    free(f);
    return 0;
}

static inline void fixture_read(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(out, (int)room, file));
    fclose(file);
    out[strcspn(out, "\n")] = '\0';
}

#define FIXTURE_PASSWORD "copper teapot sings"
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const struct caller fixture_nobody;

/* A call of `caller` from 192.0.2.1, now. */
static inline struct visit fixture_visit(const struct access_fixture *f,
                                         const struct caller *caller)
{
    return (struct visit){.caller = caller,
                          .address = "192.0.2.1",
                          .counted_as = "192.0.2.1",
                          .user_agent = "a browser",
                          .now = f->now};
}

/* Makes Ada the first administrator; her session's cookie. */
static inline void fixture_admin(struct access_fixture *f, struct admission *out)
{
    char code[SETUP_CODE_SIZE];
    struct verdict verdict = {0};
    struct visit visit = fixture_visit(f, &fixture_nobody);
    fixture_read(SETUP_CODE_FILE, code, sizeof code);
    struct auth_setup asked = {.code = code, .name = "Ada", .password = FIXTURE_PASSWORD};
    assert_int_equal(accounts_set_up(f->access, &asked, &visit, out, &verdict), OK);
}

static inline enum err fixture_sign_in(struct access_fixture *f, const char *name,
                                       const char *password, const char *address,
                                       struct admission *out, struct verdict *verdict)
{
    struct auth_login asked = {.name = name, .password = password};
    struct visit visit = fixture_visit(f, &fixture_nobody);
    visit.counted_as = visit.address = address;
    *verdict = (struct verdict){0};
    return accounts_sign_in(f->access, &asked, &visit, out, verdict);
}

/* With this session cookie. */
static inline enum err fixture_identify(struct access_fixture *f, const char *cookie,
                                        struct caller *out)
{
    char header[256];
    snprintf(header, sizeof header, "a=b; %s=%s", access_cookie_name(f->access), cookie);
    struct credentials shown = {.cookie = header, .cookie_size = strlen(header)};
    return access_identify(f->access, &shown, f->now, out);
}

#endif
