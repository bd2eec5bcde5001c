/* SPDX-License-Identifier: MIT
 * process.h - what every process of the bus does before and after its loop: options, settings, the
 * data folder, the lock, signals. An actor ends with its supervisor. */
#ifndef PLAYBUS_PROTO_BUS_PROCESS_H
#define PLAYBUS_PROTO_BUS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/base/config.h"

#define INSTANCE_SIZE 128 /* "name#unique" and its NUL */
#define PROCESS_GOES_ON (-1)
enum {
    HELLO_EVERY_MS = 500,
    HUNG_AFTER_MS = 15000, /* without a sign of life though connected: it is ended */
    AWAY_AFTER_MS = 2500   /* without a sign of life: of the broker to an actor and the other way */
};

#define BROKER_LOCK "run/broker.lock"

struct program {
    const char *name;    /* "history"; the program is playbus-history */
    const char *summary; /* one line for --help */
    bool many;           /* several may run: the lock carries --name, without it there is none */
};

struct process {
    const char *name; /* of the program, borrowed */
    struct config *config;
    int lock;      /* run/<name>.lock, held until the end; -1: none */
    int signals;   /* readable when SIGTERM or SIGINT came */
    bool confined; /* to its own files; false too where the kernel cannot */
    char instance[INSTANCE_SIZE];
};

/* Returns PROCESS_GOES_ON, or the exit status: 0 after --help or --version, 2 for wrong options,
 * 1 when a setting is wrong, the folder cannot be entered or another instance holds the lock. */
int process_open(int argc, char **argv, const struct program *program, struct process *out);
/* For who holds passwords or keys: no core file of this process is written, and one that another
 * program writes all the same (a handler of the kernel's) holds no memory. It stays visible in
 * /proc (no PR_SET_DUMPABLE): there `playbus` finds its actors, and the broker who hangs. */
void process_forbid_cores(void);
/* Shuts the process out of all files but its own, see own_files.h. What it does not open by name
 * later (a database among others) is opened before. Before the first thread is started. */
enum err process_confine(struct process *process) NODISCARD;
/* Waits, at most until a signal comes. */
void process_pause(const struct process *process, int ms);
/* The process that holds the lock of a program, as in run/history.lock, as the kernel says; 0:
 * none. Never of this process itself: it would give its own lock up. */
pid_t process_lock_holder(const char *lock);
/* Is there a process of this number that runs playbus-`name` in our data folder? */
bool process_is_there(int64_t pid, const char *name);
/* Ends a process that gives no sign of life, by force: only if it runs playbus-`name` in our data
 * folder. True if it was one. */
bool process_end_hung(int64_t pid, const char *name);
/* Is the working directory a data folder that is ours, and that nobody else can write to? Else
 * DATA_FOLDER_UNSAFE, with err_about_text(). */
enum err process_folder_is_safe(void) NODISCARD;
void process_close(struct process *process);

uint64_t process_memory_bytes(void); /* resident; 0: not known */

#endif
