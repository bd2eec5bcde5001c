/* SPDX-License-Identifier: MIT
 * job_audit.h - the audit log has an entry of every job that ends, whoever ended it: the entry is
 * written in the transaction that ends the job and delivered from there (outbox_relay.h), so it
 * works while the gateway or playbus-audit are away. Its entry_id is made of job and attempt: one
 * end is one entry. */
#ifndef PLAYBUS_ACTORS_HISTORY_JOB_AUDIT_H
#define PLAYBUS_ACTORS_HISTORY_JOB_AUDIT_H

#include "proto/base/error.h"
#include "proto/base/own.h"

#include <stdint.h>

struct job;
struct store;

/* Within the transaction that writes an ended job. */
enum err job_audit_end(struct store *s, const struct job *job) NODISCARD;
/* Within the transaction that sets it back: `rows` of it were a liar's. */
enum err job_audit_taken_back(struct store *s, const struct job *job, const char *worker,
                              uint64_t rows) NODISCARD;
/* Somebody delivered a batch of it that was not leased to them; in a transaction of its own. */
enum err job_audit_not_leased(struct store *s, const struct job *job, const char *sender) NODISCARD;

#endif
