/* SPDX-License-Identifier: MIT
 * fair_queue.c - a ring of callers, each with a line of questions; whoever was served goes to the
 * ring's end. A caller without questions is forgotten. */
#include "gateway/guard/fair_queue.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fair_line {
    char who[FAIR_WHO_SIZE];
    size_t waiting, running;
    TAILQ_HEAD(, turn) turns; /* that wait */
    TAILQ_ENTRY(fair_line) place;
};

struct fair_queue {
    struct fair_limits limits;
    size_t waiting, running;
    TAILQ_HEAD(, fair_line) ring; /* the one whose turn is next is first */
};

struct fair_queue *fair_queue_new(const struct fair_limits *limits)
{
    struct fair_queue *queue = must_alloc(sizeof *queue);
    queue->limits = *limits;
    TAILQ_INIT(&queue->ring);
    return queue;
}

void fair_queue_destroy(struct fair_queue **queue)
{
    struct fair_queue *gone = TAKE(*queue);
    if (gone != NULL) {
        assert(TAILQ_EMPTY(&gone->ring));
        free(gone);
    }
}

/* ---- the ring ---- */

static struct fair_line *find(const struct fair_queue *queue, const char *who)
{
    struct fair_line *line = NULL;
    TAILQ_FOREACH (line, &queue->ring, place) {
        if (strcmp(line->who, who) == 0) {
            break;
        }
    }
    return line;
}

static struct fair_line *line_of(struct fair_queue *queue, const char *who)
{
    struct fair_line *line = find(queue, who);
    if (line == NULL) {
        line = must_alloc(sizeof *line);
        snprintf(line->who, sizeof line->who, "%s", who);
        TAILQ_INIT(&line->turns);
        TAILQ_INSERT_TAIL(&queue->ring, line, place);
    }
    return line;
}

static void forget_if_empty(struct fair_queue *queue, struct fair_line *line)
{
    if (line->waiting == 0 && line->running == 0) {
        TAILQ_REMOVE(&queue->ring, line, place);
        free(line);
    }
}

/* ---- what others call ---- */

enum err fair_queue_join(struct fair_queue *queue, const char *who, struct turn *turn,
                         int64_t now_ms)
{
    const struct fair_line *known = find(queue, who);
    if (!turn->patient && known != NULL && known->waiting >= queue->limits.waiting_each) {
        return ERR_RATE_LIMITED;
    }
    if (!turn->patient && queue->waiting >= queue->limits.waiting) {
        return ERR_BUSY;
    }
    struct fair_line *line = line_of(queue, who);
    *turn = (struct turn){
        .state = TURN_WAITING, .patient = turn->patient, .since_ms = now_ms, .line = line};
    TAILQ_INSERT_TAIL(&line->turns, turn, waiting);
    line->waiting++;
    queue->waiting++;
    return OK;
}

static void stop_waiting(struct fair_queue *queue, struct turn *turn)
{
    TAILQ_REMOVE(&turn->line->turns, turn, waiting);
    turn->line->waiting--;
    queue->waiting--;
}

struct turn *fair_queue_next(struct fair_queue *queue)
{
    if (queue->running >= queue->limits.running) {
        return NULL;
    }
    struct fair_line *line = NULL;
    TAILQ_FOREACH (line, &queue->ring, place) {
        if (line->waiting > 0 && line->running < queue->limits.running_each) {
            struct turn *turn = TAILQ_FIRST(&line->turns);
            stop_waiting(queue, turn);
            turn->state = TURN_RUNNING;
            line->running++;
            queue->running++;
            TAILQ_REMOVE(&queue->ring, line, place);
            TAILQ_INSERT_TAIL(&queue->ring, line, place);
            return turn;
        }
    }
    return NULL;
}

void fair_queue_leave(struct fair_queue *queue, struct turn *turn)
{
    struct fair_line *line = turn->line;
    if (turn->state == TURN_NONE) {
        return;
    }
    if (turn->state == TURN_WAITING) {
        stop_waiting(queue, turn);
    } else {
        line->running--;
        queue->running--;
    }
    turn->state = TURN_NONE;
    turn->line = NULL;
    forget_if_empty(queue, line);
}

struct turn *fair_queue_find(struct fair_queue *queue,
                             bool (*is)(const struct turn *turn, const void *what),
                             const void *what)
{
    const struct fair_line *line = NULL;
    TAILQ_FOREACH (line, &queue->ring, place) {
        struct turn *turn = NULL;
        TAILQ_FOREACH (turn, &line->turns, waiting) {
            if (is(turn, what)) {
                return turn;
            }
        }
    }
    return NULL;
}

static bool is_late(const struct turn *turn, const void *since_ms)
{
    return !turn->patient && turn->since_ms < *(const int64_t *)since_ms;
}

struct turn *fair_queue_late(struct fair_queue *queue, int64_t since_ms)
{
    return fair_queue_find(queue, is_late, &since_ms);
}

bool fair_queue_own_fault(const struct turn *turn)
{
    return turn->line->running > 0;
}
