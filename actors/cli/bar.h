/* SPDX-License-Identifier: MIT
 * bar.h - a job's progress on stderr: a bar that is redrawn on a terminal, else a line now and
 * then. What the job says of its source stands above, once. */
#ifndef PLAYBUS_ACTORS_CLI_BAR_H
#define PLAYBUS_ACTORS_CLI_BAR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define BAR_MESSAGE_SIZE 1025 /* progress.message has at most 1024 bytes */

struct bar {
    bool terminal;
    bool drawn;                     /* the cursor stands behind a bar */
    int64_t next_ms;                /* when the next line is due, monotonic */
    char message[BAR_MESSAGE_SIZE]; /* the last that was printed; "" before */
};

void bar_init(struct bar *bar);
/* `stats` is a progress record of the gateway. */
void bar_show(struct bar *bar, const json_t *stats);
/* Leaves the last state standing and goes to a fresh line. */
void bar_end(struct bar *bar);

/* How often it is worth asking for news. */
long bar_interval_ms(const struct bar *bar);

#endif
