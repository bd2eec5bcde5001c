/* SPDX-License-Identifier: MIT
 * jobs.h - a job as its row in `jobs` holds it. The row is the only checkpoint: every figure of a
 * job is computed from it and the clock. */
#ifndef PLAYBUS_ACTORS_HISTORY_JOBS_H
#define PLAYBUS_ACTORS_HISTORY_JOBS_H

#include "actors/history/native.h"
#include "actors/history/store.h"
#include "proto/base/state.h"

struct job {
    int64_t no;
    char *job_id;
    char *start_id; /* the id of the newest start command: on a resume not job_id */
    enum operation operation;
    enum status status;
    char *title;                /* what a person knows the source by; NULL if not given */
    char *server_id, *asked_by; /* NULL if not given */
    bool dry_run, resumable;
    uint64_t attempt;
    int64_t source_no; /* 0: not known yet, or a dry run of an unknown source */
    bool planned;
    int64_t first_id, last_id, next_id; /* valid if planned */
    uint64_t total;                     /* planned rows, less the vanished */
    int64_t planned_at;
    uint64_t imported, duplicate, updated, merged, errors, vanished;
    int64_t started_at; /* wall clock, ms */
    int64_t attempt_at; /* wall clock, ms: of this attempt, or when history was started in it */
    int64_t earlier_ms; /* elapsed_ms as of attempt_at */
    int64_t elapsed_ms; /* at work, over all attempts; never falls */
    int64_t ended_at;   /* 0 while running */
    char *error_code, *error_text; /* NULL unless status is error */
    uint64_t seq;
    uint64_t notes; /* kept in `notes` */
    int64_t samples, sample_step_ms;
    bool has_last; /* the newest stored row: */
    struct kept_native last_native;
    int64_t last_started;
    struct bytes params; /* owned; the operation's own start record; NULL data: none */
    struct bytes cursor; /* owned, as committed with next_id; NULL data: none */
    bool scheduled;      /* no person began it */
    bool whole;          /* it reads all that its server has */
    uint64_t runner;     /* adoptions so far: batches of an earlier one are refused */
};

void job_release(struct job *job);
void job_set_text(char **field, const char *text);           /* replaces an owned text */
void job_set_bytes(struct bytes *field, struct bytes bytes); /* replaces owned bytes */

/* The statements over whole rows, for db_free. `rest` follows FROM jobs: WHERE, ORDER BY, LIMIT; a
 * format, so that what is stored of an enum stands in it by its name. */
char *job_sql_select(const char *rest, ...) PRINTF_LIKE(1, 2);
char *job_sql_insert(void);
char *job_sql_update(void);

/* From a row of job_sql_select(). */
void job_read(sqlite3_stmt *row, struct job *out);
enum err job_insert(struct store *s, struct job *job) NODISCARD; /* sets job->no */
/* An ended one is recorded in the audit log too, in the same transaction (job_audit.h). */
enum err job_update(struct store *s, const struct job *job) NODISCARD;
/* The first job of job_sql_select(rest), ?1 being `text` and ?2 `number`; JOB_NOT_FOUND if none. */
enum err job_find(sqlite3 *db, const char *text, int64_t number, struct job *out, const char *rest,
                  ...) NODISCARD PRINTF_LIKE(5, 6);

/* The drawing is in lifecycle.h. */
extern const struct state_table job_moves;
/* Makes the move, which is the caller's to write; false, and logged as our own mistake, if it is
 * not in the table. */
bool job_move(struct job *job, enum status to) NODISCARD;

uint64_t job_processed(const struct job *job);
/* The number of the next record about the job: it rises, and follows the steady clock. */
void job_raise_seq(struct job *job, int64_t now);

#endif
