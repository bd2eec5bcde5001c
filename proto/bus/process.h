/* SPDX-License-Identifier: MIT
 * process.h - what every process of the bus does before and after its loop: options, settings, the
 * data folder, the lock, signals. An actor ends with its supervisor. */
#ifndef PLAYBUS_PROTO_BUS_PROCESS_H
#define PLAYBUS_PROTO_BUS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/config.h"

#define INSTANCE_SIZE 128 /* "name#unique" and its NUL */
#define PROCESS_GOES_ON (-1)
/* In the data folder: the code of an error that keeps an actor from starting and that no restart
 * changes. Who starts the actors removes it before and looks for it after. */
#define PROCESS_REFUSED_FILE "run/start.refused"

enum {
    HELLO_EVERY_MS = 500,
    AWAY_AFTER_MS = 2500 /* without a sign of life: of the broker to an actor and the other way */
};

struct program {
    const char *name;    /* "history"; the program is playbus-history */
    const char *summary; /* one line for --help */
    bool many;           /* several may run: the lock carries --name, without it there is none */
};

struct process {
    struct config *config;
    int lock;    /* run/<name>.lock, held until the end; -1: none */
    int signals; /* readable when SIGTERM or SIGINT came */
    char instance[INSTANCE_SIZE];
};

/* Returns PROCESS_GOES_ON, or the exit status: 0 after --help or --version, 2 for wrong options,
 * 1 when a setting is wrong, the folder cannot be entered or another instance holds the lock. */
int process_open(int argc, char **argv, const struct program *program, struct process *out);
/* Leaves word in PROCESS_REFUSED_FILE that starting this actor again is of no use. */
void process_tell_refused(enum err e);
void process_close(struct process *process);

uint64_t process_memory_bytes(void); /* resident; 0: not known */

#endif
