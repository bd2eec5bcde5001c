/* SPDX-License-Identifier: MIT
 * audit_recorder.h - what the gateway tells the audit log about requests.
 *
 * A changing call is recorded twice: `requested` is committed by playbus-audit before anything
 * starts (away: 503 AUDIT_AWAY), `outcome` is in the outbox in accounts.db before it is answered.
 * Before it starts the outbox holds both, with INTERRUPTED in the place of the outcome: if the
 * gateway is killed meanwhile, the next one delivers them, with the time of the beginning.
 * What must never wait for playbus-audit (a stop) has them in the outbox alone; what changes
 * accounts.db itself (sign-in) puts both there in its own transaction. A refusal is in the outbox
 * before it is answered too; beyond 10 of one kind from one address in a minute they only raise the
 * count of one entry. */
#ifndef PLAYBUS_GATEWAY_REST_AUDIT_RECORDER_H
#define PLAYBUS_GATEWAY_REST_AUDIT_RECORDER_H

#include "gateway/access/access.h"
#include "gateway/rest/request.h"
#include "proto/bus/actor.h"

struct audit_recorder;

/* Bus thread. Delivers what waits in the outbox, now and whenever playbus-audit comes back. */
struct audit_recorder *audit_recorder_new(struct actor *actor, struct access *access) NODISCARD;
/* From here on nothing is waited for, and what is due is written at once; the lanes have ended. */
void audit_recorder_close(struct audit_recorder *recorder);
void audit_recorder_destroy(struct audit_recorder **recorder);

/* Bus thread: records that `r` is about to be done, then calls `next` in the bus thread, or
 * answers it with AUDIT_AWAY, or NOT_SIGNED_IN if its caller was signed out meanwhile. Calls
 * `next` at once for a route that is not audited, or whose change itself tells of it. */
void audit_recorder_begin(struct audit_recorder *recorder, struct request *r, request_fn *next);
/* Bus thread: the request's outcome is set; `next` is called, in the bus thread, once the outbox
 * has what the log is told of it. At once if that is nothing. */
void audit_recorder_end(struct audit_recorder *recorder, struct request *r, request_fn *next);

/* Is this refusal one the log tells of (sign-in, role, CSRF, origin, host, path, rate limit, no
 * room for an upload, an upload that was removed)? What an open page still asks for when its
 * session has ended is none, nor what a known caller asks again while it waits: nobody did that. */
bool audit_recorder_covers(const struct request *r, enum err code);
/* Any thread: a refusal (r->refused) that had to be answered without passing by here. It is told
 * within a second. */
void audit_recorder_defer(struct audit_recorder *recorder, const struct request *r);

/* What the log calls this request. For ever. */
const char *audit_recorder_action(const struct request *r);
/* An entry about this request, for who writes its outcome in a transaction of their own and then
 * sets audit.outcome_recorded: all but outcome, which is absent. Its memory is the request's and
 * the arena's. */
void audit_recorder_entry(const struct request *r, enum audit_phase phase, struct arena *arena,
                          struct audit_entry *out);

#endif
