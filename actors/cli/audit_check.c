/* SPDX-License-Identifier: MIT
 * audit_check.c - `playbus audit verify FILE`: checks audit.db, a copy of it or a sealed segment
 * with public keys alone; asks no service and writes nothing. */
#include <jansson.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/cli.h"
#include "actors/cli/say.h"
#include "actors/shared/audit_verify.h"
#include "proto/base/log.h"

#define STEP_ROWS 1000

static int say_file_error(const char *path, const char *what)
{
    say(stderr, "playbus: %s %s\n", path, what);
    return EXIT_USAGE;
}

/* keys/audit.pub beside the file, or one folder above it where the file is a segment. */
static bool find_keys(const char *file, struct audit_keyring *out)
{
    static const char *const places[] = {"keys/audit.pub", "../keys/audit.pub"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        char copy[PATH_MAX];
        char path[PATH_MAX + 32];
        (void)snprintf(copy, sizeof(copy), "%s", file);
        (void)snprintf(path, sizeof(path), "%s/%s", dirname(copy), places[i]);
        if (audit_keyring_read(path, out) == OK) {
            return true;
        }
    }
    return false;
}

/* A file of keys, or a key itself. */
static int read_keys(const struct options *o, struct audit_keyring *out)
{
    struct audit_public key;
    if (o->key == NULL) {
        return find_keys(o->argument, out)
                   ? EXIT_COMPLETED
                   : say_file_error(o->argument,
                                    "has no keys/audit.pub beside it\n  Name the public keys "
                                    "with --key: a copy of keys/audit.pub, or one key as text.");
    }
    if (audit_public_from_text(o->key, &key)) {
        audit_keyring_add(out, &key);
        return EXIT_COMPLETED;
    }
    return audit_keyring_read(o->key, out) == OK
               ? EXIT_COMPLETED
               : say_file_error(o->key, "is not a file of public keys of an audit log");
}

static int read_claims(const struct options *o, struct audit_keyring *ring, struct audit_head *head,
                       struct audit_claims *out)
{
    int status = read_keys(o, ring);
    *out = (struct audit_claims){.trusted = ring};
    if (status == EXIT_COMPLETED && o->head != NULL) {
        if (audit_head_read(o->head, head) != OK) {
            return say_file_error(o->head, "tells of no head: it is audit.head, or a log of "
                                           "playbus-audit");
        }
        out->head = head;
    }
    if (o->at_least != NULL) {
        out->at_least = strtoull(o->at_least, NULL, 10);
    }
    return status;
}

static void print_report(const struct audit_report *report, bool json)
{
    if (json) {
        json_t *told = json_pack("{sbsbsIsIsIss}", "intact", report->intact, "segment",
                                 report->segment, "first", (json_int_t)report->first, "intact_to",
                                 (json_int_t)report->intact_to, "checked",
                                 (json_int_t)report->checked, "message", report->message);
        if (report->bad_entry != 0) {
            (void)json_object_set_new(told, "bad_entry",
                                      json_integer((json_int_t)report->bad_entry));
        }
        say_json(stdout, told, JSON_COMPACT);
        json_decref(told);
        return;
    }
    say(stdout, "%s.\n", report->message);
    if (!report->intact && report->bad_entry != 0) {
        say(stdout, "First bad entry: %llu. Intact to entry %llu.\n",
            (unsigned long long)report->bad_entry, (unsigned long long)report->intact_to);
    }
}

/* The newest entries of a running service's log are in audit.db-wal. */
static void hint_at_wal(const char *file)
{
    char wal[PATH_MAX];
    (void)snprintf(wal, sizeof(wal), "%s-wal", file);
    if (access(wal, F_OK) != 0) {
        (void)fputs("  Was it copied while playbus-audit was running? Then copy audit.db-wal with "
                    "it, or make\n  the copy with: playbus backup DIR\n",
                    stderr);
    }
}

static int say_log_error(const char *path, enum err e)
{
    if (e == ERR_FILE_NOT_FOUND) {
        return say_file_error(path, "is not there");
    }
    if (e == ERR_ACCESS_DENIED) {
        return say_file_error(path, "cannot be read");
    }
    int status = say_file_error(path, "is not an audit log");
    hint_at_wal(path);
    return status;
}

static int verify(const struct options *o, const struct audit_claims *claims)
{
    OWNED(audit_verifier_close) struct audit_verifier *v = NULL;
    enum err e = audit_verifier_open(o->argument, claims, &v);
    if (e != OK) {
        return say_log_error(o->argument, e);
    }
    while (audit_verifier_step(v, STEP_ROWS)) {
    }
    const struct audit_report *report = audit_verifier_report(v);
    print_report(report, o->json);
    if (report->cut) {
        hint_at_wal(o->argument);
    }
    return report->intact ? EXIT_COMPLETED : EXIT_FAILED;
}

int command_audit_verify(const struct options *o)
{
    OWNED(audit_keyring_release) struct audit_keyring ring = {0};
    struct audit_head head;
    struct audit_claims claims;
    log_open("playbus", LEVEL_ERROR);
    if (access(o->argument, F_OK) != 0) {
        return say_file_error(o->argument, "is not there");
    }
    if (sodium_init() < 0) {
        return EXIT_FAILED;
    }
    int status = read_claims(o, &ring, &head, &claims);
    return status == EXIT_COMPLETED ? verify(o, &claims) : status;
}
