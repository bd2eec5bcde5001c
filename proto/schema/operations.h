/* SPDX-License-Identifier: MIT
 * operations.h - what every process has to know of each kind of job, made from operations.def. Code
 * that differs by operation reads a column here; it never compares with one of them. */
#ifndef PLAYBUS_PROTO_SCHEMA_OPERATIONS_H
#define PLAYBUS_PROTO_SCHEMA_OPERATIONS_H

#include "proto/base/error.h"
#include "proto/schema/schema.h"

/* Jobs of one group exclude each other; those of an operation per server only on the same server,
 * as does whatever reads the same one. What excludes all runs alone. */
enum operation_group { EXCLUDES_IMPORTS, EXCLUDES_SYNC_OF_SERVER, EXCLUDES_ALL };

struct operation_desc {
    const char *title;       /* as a person reads it, at the beginning of a line */
    const char *noun;        /* a run, and what one does in it: "an import", "import this one" */
    const char *doing;       /* while it runs: "importing" */
    const char *works_on;    /* what a run is of: "another database" */
    const char *waits_for;   /* that, where a run waits for it to come back */
    const char *command;     /* of playbus: begins a run, and with --resume goes on; NULL: none */
    const char *coordinator; /* the actor that runs such jobs */
    const char *no_rows; /* what a source without any row is told by; NULL: that is nothing odd */
    enum operation_group group;
    enum err one_runs;       /* how a start is refused while such a job is in its way */
    enum source_kind source; /* where its plays come from; per server the server's kind says it */
    bool leased;             /* workers read for it, under leases that are sealed */
    bool titled_by_path;     /* the title of its jobs is the path of a database */
    bool per_server;         /* one record, and one job at a time, for each server */
    bool of_server;          /* its jobs read one server of the registry, whose id they have */
};

extern const struct operation_desc operations[operation_COUNT];

/* Does the history run such jobs itself, so that there is no coordinator beside it? */
bool operation_is_own(const struct operation_desc *operation);

/* May jobs of these two not run at the same time? The servers may be NULL. */
bool operations_exclude(enum operation a, const char *server_a, enum operation b,
                        const char *server_b);

#define SERVERS_MAX 100 /* in the registry, and that jobs of one operation can be of */
/* NOLINTBEGIN: generated table */
enum {
    SUBJECTS_MAX = 0 /* one an operation, or one a server */
#define OPERATION(name, doc, ...) +1
#define SERVER_OPERATION(name, doc, ...) +SERVERS_MAX
#include "proto/schema/operations.def"
#undef OPERATION
#undef SERVER_OPERATION
};
/* NOLINTEND */
/* A server's id in a subject, in bytes. */
#define SUBJECT_SERVER_MAX 128
#define SUBJECT_SIZE 160
/* What the records of a job are published under: "tautulli_import", "server_sync/<server>". */
void operation_subject(enum operation operation, const char *server_id,
                       char out[static SUBJECT_SIZE]);
/* May such a job be of this server? One per server needs one that fits into its subject. */
bool operation_allows_server(enum operation operation, const char *server_id);

#endif
