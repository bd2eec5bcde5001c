/* SPDX-License-Identifier: MIT
 * check.c - `playbus check`: is every database of the data folder whole, and the audit log's chain?
 *
 * Looks at the files themselves, so it works with the service running, stopped or unable to start.
 * A line a store goes to stdout; what was found is kept in run/check.json for `playbus status`. */
#include "actors/cli/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/shared/audit_verify.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"
#include "proto/store/health.h"
#include "proto/store/store_file.h"
#include "proto/wire/json.h"

#define STEP_ROWS 1000
#define PART CHECK_RESULT_FILE ".part"

static json_t *row_of(const char *file, enum err code, const char *finding)
{
    json_t *row = json_pack("{s:s, s:b}", "file", file, "whole", code == OK);
    if (code != OK) {
        (void)json_object_set_new(row, "code", json_string(err_code(code)));
        (void)json_object_set_new(row, "error", json_string(err_sentence(code)));
        (void)json_object_set_new(row, "remedy", json_string(err_remedy(code)));
    }
    if (finding[0] != '\0') {
        json_t *text = json_string(finding);
        (void)json_object_set_new(row, "finding", text != NULL ? text : json_string("?"));
    }
    return row;
}

static json_t *check_store(const char *file)
{
    char finding[HEALTH_TEXT_SIZE];
    enum err e = health_check(file, finding);
    return row_of(file, e == ERR_FILE_NOT_FOUND ? ERR_STORE_LOST : e, finding);
}

/* The head is read before the database: the log may grow meanwhile, never shrink. */
static json_t *check_chain(const char *head_file)
{
    OWNED(audit_verifier_close) struct audit_verifier *v = NULL;
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    struct audit_head head;
    struct audit_claims claims = {.trusted = &ring};
    if (sodium_init() < 0) {
        return row_of("audit chain", ERR_SYSTEM, "");
    }
    enum err e = audit_keyring_read(AUDIT_PUBLIC_FILE, &ring);
    if (e == OK && audit_head_read(head_file, &head) == OK) {
        claims.head = &head;
    }
    e = e == OK ? audit_verifier_open(AUDIT_DB_FILE, &claims, &v) : e;
    if (e != OK) {
        return row_of("audit chain", ERR_AUDIT_BROKEN, "it cannot be read");
    }
    while (audit_verifier_step(v, STEP_ROWS)) {
    }
    const struct audit_report *report = audit_verifier_report(v);
    return row_of("audit chain", report->intact ? OK : ERR_AUDIT_BROKEN, report->message);
}

/* One that a Playbus before had not, and that none has made since. */
static bool was_never_made(const char *file)
{
    char mark[64];
    (void)snprintf(mark, sizeof mark, "%s" STORE_MARK_SUFFIX, file);
    return strcmp(file, "servers.db") == 0 && access(file, F_OK) != 0 && access(mark, F_OK) != 0;
}

json_t *check_stores(const char *head_file)
{
    static const char *const stores[] = {"history.db", "accounts.db", AUDIT_DB_FILE, "servers.db"};
    char at[CLOCK_TEXT_SIZE];
    json_t *rows = json_array();
    bool whole = true;
    for (size_t i = 0; i <= COUNT_OF(stores); i++) {
        if (i < COUNT_OF(stores) && was_never_made(stores[i])) {
            continue;
        }
        json_t *row = i < COUNT_OF(stores) ? check_store(stores[i]) : check_chain(head_file);
        whole = whole && json_is_true(json_object_get(row, "whole"));
        (void)json_array_append_new(rows, row);
    }
    clock_to_text(clock_wall_ms(), at);
    return json_pack("{s:s, s:b, s:o}", "at", at, "whole", whole, "stores", rows);
}

static void print_row(FILE *out, const json_t *row)
{
    bool whole = json_is_true(json_object_get(row, "whole"));
    const char *finding = member_text(row, "finding");
    cell_text(out, member_text(row, "file"), 13);
    (void)fputs(whole ? "whole" : member_text(row, "error"), out);
    if (finding[0] != '\0') {
        (void)fputs(": ", out);
        cell_text(out, finding, 0);
    }
    (void)fputc('\n', out);
    if (!whole) {
        say_remedy(stderr, 2, member_text(row, "remedy"));
    }
}

void check_print(FILE *out, const json_t *result)
{
    size_t i = 0;
    const json_t *row = NULL;
    json_array_foreach(json_object_get(result, "stores"), i, row)
    {
        print_row(out, row);
    }
}

/* Whole or not at all: status may read it at any moment. A disk that takes nothing keeps none. */
static void keep_result(const json_t *result)
{
    int fd = open(PART, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool kept = fd >= 0 && json_dumpfd(result, fd, JSON_INDENT(2)) == 0;
    kept = fd >= 0 && close(fd) == 0 && kept && rename(PART, CHECK_RESULT_FILE) == 0;
    if (!kept) {
        log_warn("the result could not be kept for status reason=%s, going on", strerror(errno));
    }
}

json_t *check_result_read(void)
{
    return json_load_file(CHECK_RESULT_FILE, 0, NULL);
}

int command_check(const struct options *o)
{
    char folder[PATH_MAX];
    log_open("playbus", LEVEL_WARN + 1); /* what is wrong is said below, once */
    enum err e = data_folder_enter(o->data, false, folder);
    e = e == OK && data_folder_is_guest() ? ERR_ACCESS_DENIED : e;
    if (e != OK) {
        (void)data_folder_say_error(e, o->data);
        return EXIT_USAGE;
    }
    OWNED(json_release) json_t *result = check_stores(AUDIT_HEAD_FILE);
    keep_result(result);
    if (o->json) {
        say_json(stdout, result, JSON_INDENT(2));
    } else {
        check_print(stdout, result);
    }
    return json_is_true(json_object_get(result, "whole")) ? EXIT_COMPLETED : EXIT_FAILED;
}
