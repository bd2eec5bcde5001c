/* SPDX-License-Identifier: MIT
 * cli.h - what every command of `playbus` is given and what it may answer with.
 *
 * stdout carries what was asked for and nothing else; everything said about it goes to stderr. */
#ifndef PLAYBUS_ACTORS_CLI_CLI_H
#define PLAYBUS_ACTORS_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

enum exit_status {
    EXIT_COMPLETED = 0, /* also with rejected rows */
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_CONFLICT = 3,
    EXIT_NEEDS_PERSON = 78, /* up: the same again is the same refusal; its unit is not restarted */
    EXIT_STOPPED = 130      /* Ctrl-C */
};

#define ALLOW_MAX 64
#define LIBRARIES_MAX 200

struct options {
    const char *data;             /* --data; NULL: the default of the XDG rules */
    const char *listen;           /* up: ADDR:PORT, or NULL */
    const char *allow[ALLOW_MAX]; /* up: further folders imports may come from */
    size_t allow_count;
    const char *import;         /* up: a file to import first, or NULL */
    const char *workers;        /* up: a number that was checked, or NULL */
    const char *argument;       /* import: FILE; errors: JOB; user add: NAME */
    const char *second;         /* server add: ADDRESS */
    bool dry_run, resume, stop; /* import, undo, plex sync; the last of people too */
    bool discard;               /* import, plex sync */
    bool replace;               /* restore */
    bool json, csv, repairs;
    long days;                            /* plex sync: 0: not given */
    const char *libraries[LIBRARIES_MAX]; /* plex sync: ids; none: all */
    size_t library_count;
    const char *format; /* export */
    /* filters of history and export, NULL where not given */
    const char *server, *user, *person, *library, *media_type, *text;
    const char *play;      /* history: a play's id, or NULL */
    const char *by;        /* summary; NULL: by month */
    const char *from, *to; /* ISO 8601 UTC by the time a command runs */
    long limit;            /* 0: not given */
    /* of the audit log, NULL where not given */
    const char *actor, *action, *outcome, *job;
    bool yes;            /* undo, people forget: without being asked */
    const char *name;    /* people join, server change: what it is called, or NULL */
    const char *role;    /* user add: admin or viewer, or NULL */
    bool password_stdin; /* user add */
    /* of a media server, NULL where not given */
    const char *address, *kind, *token_file, *certificate;
    int token_fd; /* of token_file, or else of stdin: opened as who typed the command, and there */
    bool insecure_password, quick_connect; /* server add */
    bool token, enable, disable;           /* server change */
    bool schedule, no_schedule;            /* server change */
    long interval;                         /* server change: minutes; 0: not given */
    long for_s;                            /* worker invite: seconds; 0: not given */
    const char *key, *head, *at_least;     /* audit verify; the last a number that was checked */
};

/* Prints the error's sentence, the detail (printf, may be NULL) and the remedy; returns the exit
 * status that fits. */
int say_error(enum err e, const char *detail, ...) PRINTF_LIKE(2, 3);

int command_up(const struct options *o);
int command_import(const struct options *o);
int command_plex_sync(const struct options *o);
int command_undo(const struct options *o);
int command_stop(const struct options *o);
int command_status(const struct options *o);
int command_check(const struct options *o);
int command_backup(const struct options *o);
int command_restore(const struct options *o);
int command_jobs(const struct options *o);
int command_errors(const struct options *o);
int command_history(const struct options *o);
int command_export(const struct options *o);
int command_summary(const struct options *o);
int command_audit_list(const struct options *o);
int command_audit_verify(const struct options *o);
int command_audit_export(const struct options *o);
int command_audit_rotate(const struct options *o);
int command_audit_seal(const struct options *o);
int command_people_list(const struct options *o);
int command_people_join(const struct options *o);
int command_people_split(const struct options *o);
int command_people_forget(const struct options *o);
int command_people_lift(const struct options *o);
int command_server_list(const struct options *o);
int command_server_login(const struct options *o);
int command_server_add(const struct options *o);
int command_server_quick_connect(const struct options *o);
int command_server_test(const struct options *o);
int command_server_libraries(const struct options *o);
int command_server_sync(const struct options *o);
int command_server_change(const struct options *o);
int command_server_remove(const struct options *o);
int command_server_rotate_key(const struct options *o);
int command_worker_list(const struct options *o);
int command_worker_invite(const struct options *o);
int command_worker_revoke(const struct options *o);
int command_worker_join(const struct options *o);
int command_worker_run(const struct options *o);
int command_user_list(const struct options *o);
int command_user_add(const struct options *o);
int command_user_tie(const struct options *o);
int command_user_reset(const struct options *o);

#endif
