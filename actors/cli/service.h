/* SPDX-License-Identifier: MIT
 * service.h - the running Playbus of a data folder, found or started. */
#ifndef PLAYBUS_ACTORS_CLI_SERVICE_H
#define PLAYBUS_ACTORS_CLI_SERVICE_H

#include <limits.h>
#include <stdbool.h>

#include "actors/cli/cli.h"
#include "actors/cli/client.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/supervisor.h"
#include "proto/base/error.h"
#include "proto/base/own.h"

#define SERVICE_LOG                                                               \
    "run/service.log" /* in the data folder: of one that is not in the foreground \
                       */

struct service {
    struct client *client;        /* NULL: not reached */
    char address[ADDRESS_SIZE];   /* host:port of the gateway */
    char folder[PATH_MAX];        /* the data folder; also the working directory */
    bool own;                     /* started by us: ends with us */
    int users_lock;               /* -1: none; shared by all commands that use one of no `up` */
    unsigned refused;             /* a bit by enum actor_id: said that it cannot work, and why */
    struct supervisor supervisor; /* where it is our own */
};

#define SERVICE_NONE                                                  \
    {                                                                 \
        .own = false, .users_lock = -1, .supervisor = SUPERVISOR_NONE \
    }

/* Turns the options of `up` into settings of the actors, over those of DATA/playbus.conf; the
 * folder is the working directory. `also_allowed` (may be NULL) is one more folder imports may come
 * from. Writes what is to be started. */
enum err service_settings(const struct options *o, const char *folder, const char *also_allowed,
                          struct supervised *out) NODISCARD;

/* Makes the folder ours: whatever an earlier `playbus` that was killed has left is ended. */
enum err service_claim(struct service *s) NODISCARD;

/* Settles the address the gateway of a tree of our own will have, once the folder is ours: what was
 * left behind may still hold it. What is wrong is logged, or of an address in err_about_text(). */
enum err service_settle_listen(const char *folder) NODISCARD;

/* Starts everything and waits until it is ready: 60 s at most, while no database is brought to a
 * newer version. TIMEOUT if it is not by then. */
enum err service_start(struct service *s, const struct supervised *wanted,
                       const char *log_path) NODISCARD;

/* In the data folder: the service that runs there, or else one of our own on a free port, which
 * then lives until the last command that uses it has ended. */
enum err service_find_or_start(struct service *s, const char *allowed) NODISCARD;

/* Asks again where the gateway is: after it was restarted it may be at another port. */
bool service_reconnect(struct service *s);

/* Do broker, gateway and history answer, or has the last said why it cannot work? */
bool service_answers(struct service *s);

/* Has another's service ended whole, which nobody restarts, unlike a part of it? */
bool service_is_gone(const struct service *s);

/* Says on stderr of each actor that cannot do its work why and what helps, once. OK if the rest can
 * go on without; else why not. */
enum err service_say_refusals(struct service *s) NODISCARD;
/* Did the last `playbus check` of the data folder find something that is not whole? */
bool service_was_found_broken(void);

/* Says why there is no service, unless that was said already; returns the exit status. `log_path`:
 * what service_start was given. */
int service_say_error(const struct service *s, enum err e, const char *log_path);

/* One of our own ends with us: after other commands that use it, unless it is told twice to. */
void service_close(struct service *s);

#endif
