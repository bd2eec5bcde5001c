/* SPDX-License-Identifier: MIT
 * forger.c - a worker that lies: of the lease it is given it delivers what that does not cover, in
 * each way there is, and says how each was answered. Then it ends, and others read its rows.
 *
 *   forger --data DIR
 *
 * With FORGER_SAYS=CODE it is one on another machine, as the door has it, and says that of its
 * lease; with FORGER_SAYS=OK that it has delivered it. With FORGER_SAYS=ROWS it asks for rows that
 * are not of its lease, in each way there is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bus/actor.h"

#define TAKE_MS 10000
#define COMMIT_MS 30000

struct forger {
    struct lease_taken lease; /* its texts lie in `message` */
    struct msg *message;
    size_t step;
    char seal[32];
};

/* Each makes one thing wrong in a batch that was right. */
static void no_lease(struct batch_commit *b)
{
    b->has_lease = false;
}

static void another_seal(struct batch_commit *b)
{
    ((char *)(uintptr_t)b->lease.seal.data)[0] ^= 1;
}

static void beyond(struct batch_commit *b)
{
    b->last_id++;
}

static void a_wider_lease(struct batch_commit *b)
{
    b->last_id += 1000;
    b->lease.last_id += 1000;
}

static void another_begin(struct batch_commit *b)
{
    b->first_id++;
}

static void the_end(struct batch_commit *b)
{
    PUT(b, last, true);
}

static void the_end_of_a_lease_that_has_it(struct batch_commit *b)
{
    PUT(b, last, true);
    PUT(&b->lease, last, true);
}

static void fewer_rows(struct batch_commit *b)
{
    b->planned_rows--;
}

static void unwanted_rows(struct batch_commit *b)
{
    PUT(b, unwanted_rows, 1000);
}

static void a_cursor(struct batch_commit *b)
{
    b->cursor = (struct bytes){"x", 1};
}

static void native_ids(struct batch_commit *b)
{
    PUT(b, native_ids, true);
}

static const struct lie {
    const char *name;
    void (*make)(struct batch_commit *b);
} lies[] = {{"no lease", no_lease},
            {"another seal", another_seal},
            {"beyond", beyond},
            {"a wider lease", a_wider_lease},
            {"another begin", another_begin},
            {"the end", the_end},
            {"the end of a lease that has it", the_end_of_a_lease_that_has_it},
            {"fewer rows", fewer_rows},
            {"unwanted rows", unwanted_rows},
            {"a cursor", a_cursor},
            {"native ids", native_ids}};

static void lie(struct actor *a);

static void on_answer(struct actor *a, const struct answer *answer, void *context)
{
    struct forger *f = context;
    (void)printf("%s: %s\n", lies[f->step].name, err_code(answer->code));
    (void)fflush(stdout);
    f->step++;
    lie(a);
}

static void lie(struct actor *a)
{
    struct forger *f = actor_self(a);
    const struct lease_taken *l = &f->lease;
    if (f->step == COUNT_OF(lies)) {
        actor_stop(a, 0);
        return;
    }
    memcpy(f->seal, l->seal.data, sizeof(f->seal));
    struct batch_commit b = {.job_id = l->job_id,
                             .attempt = l->attempt,
                             .runner = l->runner,
                             .first_id = l->first_id,
                             .last_id = l->last_id,
                             .planned_rows = l->planned_rows,
                             .plays = {"", 0},
                             .items = {"", 0}};
    b.has_lease = true;
    b.lease = (struct lease_seal){
        .last_id = l->last_id, .rows = l->planned_rows, .seal = {f->seal, sizeof(f->seal)}};
    PUT(&b.lease, last, l->last);
    lies[f->step].make(&b);
    ask_batch_commit(a, "history", &b, b.job_id, COMMIT_MS, on_answer, f);
}

static void on_said(struct actor *a, const struct answer *answer, void *context)
{
    (void)context;
    (void)printf("said: %s\n", err_code(answer->code));
    actor_stop(a, 0);
}

static void say(struct actor *a, const char *what)
{
    const struct lease_taken *l = &((struct forger *)actor_self(a))->lease;
    struct lease_done body = {.worker = actor_instance(a),
                              .job_id = l->job_id,
                              .attempt = l->attempt,
                              .lease = l->lease,
                              .text = "What a liar says"};
    if (strcmp(what, "OK") == 0) {
        PUT(&body, last_id, l->last_id);
    } else {
        body.code = what;
    }
    ask_lease_done(a, "tautulli", &body, body.job_id, COMMIT_MS, on_said, NULL);
}

/* ---- rows of others ---- */

static void another_lease(struct rows_ask *r)
{
    r->lease++;
}

static void before_it(struct rows_ask *r)
{
    r->from_id--;
}

static void behind_it(struct rows_ask *r)
{
    r->from_id += 1000000;
}

static void another_attempt(struct rows_ask *r)
{
    r->attempt++;
}

static void another_job(struct rows_ask *r)
{
    r->job_id = "another";
}

static void its_own(struct rows_ask *r)
{
    (void)r;
}

static const struct {
    const char *name;
    void (*make)(struct rows_ask *r);
} asks[] = {{"another lease", another_lease}, {"before it", before_it},
            {"behind it", behind_it},         {"another attempt", another_attempt},
            {"another job", another_job},     {"its own", its_own}};

static void ask_for_rows(struct actor *a);

static void on_rows(struct actor *a, const struct answer *answer, void *context)
{
    struct forger *f = context;
    (void)printf("%s: %s\n", asks[f->step].name, err_code(answer->code));
    (void)fflush(stdout);
    f->step++;
    ask_for_rows(a);
}

static void on_names(struct actor *a, const struct answer *answer, void *context)
{
    (void)context;
    (void)printf("names: %s\n", err_code(answer->code));
    actor_stop(a, 0);
}

static void ask_for_rows(struct actor *a)
{
    struct forger *f = actor_self(a);
    const struct lease_taken *l = &f->lease;
    if (f->step == COUNT_OF(asks)) {
        const struct rows_names_get body = {.worker = actor_instance(a),
                                            .job_id = l->job_id,
                                            .attempt = l->attempt,
                                            .lease = l->lease + 1};
        ask_rows_names_get(a, "tautulli", &body, body.job_id, COMMIT_MS, on_names, f);
        return;
    }
    struct rows_ask body = {.worker = actor_instance(a),
                            .job_id = l->job_id,
                            .attempt = l->attempt,
                            .lease = l->lease,
                            .from_id = l->first_id};
    asks[f->step].make(&body);
    ask_rows_ask(a, "tautulli", &body, l->job_id, COMMIT_MS, on_rows, f);
}

static void take(struct actor *a);

static void on_taken(struct actor *a, const struct answer *answer, void *context)
{
    struct forger *f = context;
    if (answer->code != OK || msg_lease_taken(answer->reply)->job_id == NULL) {
        take(a);
        return;
    }
    f->message = msg_keep(answer->reply);
    f->lease = *msg_lease_taken(f->message);
    const char *says = getenv("FORGER_SAYS");
    if (says != NULL && strcmp(says, "ROWS") == 0) {
        ask_for_rows(a);
    } else if (says != NULL) {
        say(a, says);
    } else {
        lie(a);
    }
}

static void take(struct actor *a)
{
    struct lease_take body = {.worker = actor_instance(a)};
    if (getenv("FORGER_SAYS") != NULL) {
        PUT(&body, remote, true);
    }
    ask_lease_take(a, "tautulli", &body, "", TAKE_MS, on_taken, actor_self(a));
}

static enum err start(struct actor *a)
{
    take(a);
    (void)printf("waits\n");
    (void)fflush(stdout);
    return OK;
}

static void stop(struct actor *a)
{
    struct forger *f = actor_self(a);
    msg_destroy(&f->message);
}

static const struct actor_spec forger = {.name = "import-worker",
                                         .summary = "Delivers what it was not given.",
                                         .self_size = sizeof(struct forger),
                                         .start = start,
                                         .stop = stop,
                                         .many = true};

int main(int argc, char **argv)
{
    return actor_main(argc, argv, &forger);
}
