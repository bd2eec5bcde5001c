/* SPDX-License-Identifier: MIT
 * supervisor.h - every actor as a process under s6, started and ended together.
 *
 * The supervisor is s6-svscan with one s6-supervise per actor. All of them, and the actors, inherit
 * the lock run/tree.lock from the process that started them: whoever gets it knows that nothing of
 * an earlier tree is left, and whoever holds it too belongs to the tree. */
#ifndef PLAYBUS_ACTORS_CLI_SUPERVISOR_H
#define PLAYBUS_ACTORS_CLI_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

#define SUPERVISOR_LOCK "run/tree.lock"
#define SUPERVISOR_SERVICES "run/services"
#define SUPERVISOR_OWNER_LOCK "run/playbus.lock" /* held by the `playbus` that started the tree */
#define SUPERVISOR_PROCESSES_MAX 512 /* of one tree: 64 workers, their supervisors and the rest */

struct supervisor {
    pid_t svscan;   /* 0: not running */
    int owner_lock; /* -1: not held; released when this process ends, however it ends */
    int tree_lock;  /* -1: not held; released when the last process of the tree has ended */
};

/* What is started besides the actors of which there is always one. */
struct supervised {
    size_t workers; /* on this machine */
    bool door;      /* for those on others */
};

#define SUPERVISOR_NONE                                \
    {                                                  \
        .svscan = 0, .owner_lock = -1, .tree_lock = -1 \
    }

/* In the data folder (the working directory): takes both locks and ends what an earlier tree left,
 * its gateway and the address it holds included. ALREADY_RUNNING if another `playbus`, or an actor
 * started in another way, runs here. */
enum err supervisor_claim(struct supervisor *supervisor) NODISCARD;

/* Claims the folder if that is not done yet, and starts the actors.
 * `log_path`: where stderr of all of them goes, NULL for ours. */
enum err supervisor_start(struct supervisor *supervisor, const struct supervised *wanted,
                          const char *log_path) NODISCARD;

/* Collects processes that ended. False once the supervisor itself has. */
bool supervisor_alive(struct supervisor *supervisor);

/* Ends all of them, at the latest after four seconds by force, and gives the locks back. */
void supervisor_stop(struct supervisor *supervisor);

#endif
