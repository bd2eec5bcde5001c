/* SPDX-License-Identifier: MIT
 * fair_queue.h - whose question is asked next, where more are waiting than can be answered at once:
 * one of each caller in turn, so that many questions of one cost nobody else more than one. Of one
 * thread. */
#ifndef PLAYBUS_GATEWAY_GUARD_FAIR_QUEUE_H
#define PLAYBUS_GATEWAY_GUARD_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define FAIR_WHO_SIZE 64

struct fair_limits {
    size_t running, running_each; /* being answered: of everybody, of one caller */
    size_t waiting, waiting_each;
};

enum turn_state { TURN_NONE, TURN_WAITING, TURN_RUNNING };

/* One question; part of what is asked. */
struct turn {
    enum turn_state state;
    bool patient; /* waits as long as it takes, and is never refused */
    int64_t since_ms;
    struct fair_line *line; /* of its caller; while it waits or runs */
    TAILQ_ENTRY(turn) waiting;
};

struct fair_queue;

struct fair_queue *fair_queue_new(const struct fair_limits *limits) NODISCARD;
void fair_queue_destroy(struct fair_queue **queue); /* all turns have left */

/* RATE_LIMITED: this caller has too many waiting; BUSY: all callers together have. */
enum err fair_queue_join(struct fair_queue *queue, const char *who, struct turn *turn,
                         int64_t now_ms) NODISCARD;
/* The next one that may run, which then does; NULL: none now. */
struct turn *fair_queue_next(struct fair_queue *queue);
/* It was answered, or does not wait any more. Nothing to one that never joined. */
void fair_queue_leave(struct fair_queue *queue, struct turn *turn);
/* One that waits since before `since_ms` and is not patient; NULL: none. */
struct turn *fair_queue_late(struct fair_queue *queue, int64_t since_ms);
/* One that waits and `is` what is looked for; NULL: none. */
struct turn *fair_queue_find(struct fair_queue *queue,
                             bool (*is)(const struct turn *turn, const void *what),
                             const void *what);
/* Does it wait for its own caller's questions, rather than for others'? */
bool fair_queue_own_fault(const struct turn *turn);

#endif
