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
    struct turn *first, **end;
    struct fair_line *next;
};

struct fair_queue {
    struct fair_limits limits;
    size_t waiting, running;
    struct fair_line *first; /* the one whose turn is next */
};

struct fair_queue *fair_queue_new(const struct fair_limits *limits)
{
    struct fair_queue *queue = must_alloc(sizeof *queue);
    queue->limits = *limits;
    return queue;
}

void fair_queue_destroy(struct fair_queue **queue)
{
    struct fair_queue *gone = TAKE(*queue);
    if (gone != NULL) {
        assert(gone->first == NULL);
        free(gone);
    }
}

/* ---- the ring ---- */

static void add_last(struct fair_queue *queue, struct fair_line *line)
{
    struct fair_line **at = &queue->first;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    line->next = NULL;
    *at = line;
}

static void take_out(struct fair_queue *queue, const struct fair_line *line)
{
    struct fair_line **at = &queue->first;
    while (*at != line) {
        at = &(*at)->next;
    }
    *at = line->next;
}

static struct fair_line *find(const struct fair_queue *queue, const char *who)
{
    struct fair_line *line = queue->first;
    while (line != NULL && strcmp(line->who, who) != 0) {
        line = line->next;
    }
    return line;
}

static struct fair_line *line_of(struct fair_queue *queue, const char *who)
{
    struct fair_line *line = find(queue, who);
    if (line == NULL) {
        line = must_alloc(sizeof *line);
        snprintf(line->who, sizeof line->who, "%s", who);
        line->end = &line->first;
        add_last(queue, line);
    }
    return line;
}

static void forget_if_empty(struct fair_queue *queue, struct fair_line *line)
{
    if (line->waiting == 0 && line->running == 0) {
        take_out(queue, line);
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
    *line->end = turn;
    line->end = &turn->after;
    line->waiting++;
    queue->waiting++;
    return OK;
}

static void stop_waiting(struct fair_queue *queue, struct turn *turn)
{
    struct fair_line *line = turn->line;
    struct turn **at = &line->first;
    while (*at != turn) {
        at = &(*at)->after;
    }
    *at = turn->after;
    if (turn->after == NULL) {
        line->end = at;
    }
    line->waiting--;
    queue->waiting--;
}

struct turn *fair_queue_next(struct fair_queue *queue)
{
    if (queue->running >= queue->limits.running) {
        return NULL;
    }
    for (struct fair_line *line = queue->first; line != NULL; line = line->next) {
        if (line->waiting > 0 && line->running < queue->limits.running_each) {
            struct turn *turn = line->first;
            stop_waiting(queue, turn);
            turn->state = TURN_RUNNING;
            line->running++;
            queue->running++;
            take_out(queue, line);
            add_last(queue, line);
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

struct turn *fair_queue_late(struct fair_queue *queue, int64_t since_ms)
{
    for (const struct fair_line *line = queue->first; line != NULL; line = line->next) {
        for (struct turn *turn = line->first; turn != NULL; turn = turn->after) {
            if (!turn->patient && turn->since_ms < since_ms) {
                return turn;
            }
        }
    }
    return NULL;
}

bool fair_queue_own_fault(const struct turn *turn)
{
    return turn->line->running > 0;
}
