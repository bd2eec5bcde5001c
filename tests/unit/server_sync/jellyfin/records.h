/* SPDX-License-Identifier: MIT
 * records.h - what the tests of a server's records share: people, items, a time, and what is told.
 */
#ifndef PLAYBUS_TESTS_UNIT_SERVER_SYNC_JELLYFIN_RECORDS_H
#define PLAYBUS_TESTS_UNIT_SERVER_SYNC_JELLYFIN_RECORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "actors/server_sync/jellyfin/told.h"
#include "proto/wire/json.h"

#define ADA "0123456789abcdef0123456789abcdef"
#define FILM "00000000000000000000000000000f11"
#define OTHER "00000000000000000000000000000f12"
#define AT "2026-05-01T20:00:00.1234567Z"
#define AT_MS INT64_C(1777665600123)
#define NOW_MS (AT_MS + 10 * INT64_C(3600000))

/* What was read with, and what came of it. */
static struct told_list out;
static struct playing playing;
static struct traces traces;

/* Single quotes stand for double ones. */
static inline json_t *parse(const char *text)
{
    char copy[8192];
    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *at = copy; *at != '\0'; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    json_t *json = json_loads(copy, 0, NULL);
    assert_non_null(json);
    return json;
}

static inline int records_set_up(void **state)
{
    (void)state;
    traces_begin(&traces);
    return 0;
}

static inline int records_tear_down(void **state)
{
    (void)state;
    traces_release(&traces);
    playing_release(&playing);
    told_release(&out);
    return 0;
}

static inline void play_now(const char *sessions)
{
    OWNED(json_release) json_t *list = parse(sessions);
    assert_int_equal(playing_take(&playing, list), OK);
}

#define RECORDS_TEST(function) \
    cmocka_unit_test_setup_teardown(function, records_set_up, records_tear_down)

#endif
