/* SPDX-License-Identifier: MIT
 * actor.h - what an actor is written against: handlers, requests, events, timers, threads.
 *
 * One process, one loop; handlers run one at a time and never block. Everything an actor says or
 * hears goes through the broker. A command is always answered: by the handler's reply, by the error
 * the handler returns, or later by whoever kept it with msg_keep(). Commands may arrive twice. */
#ifndef PLAYBUS_PROTO_BUS_ACTOR_H
#define PLAYBUS_PROTO_BUS_ACTOR_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "proto/base/config.h"
#include "proto/base/error.h"
#include "proto/base/log.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"

#define BUS_MESSAGE_MAX ((size_t)10 * 1024 * 1024) /* bytes of one bus message; ZMQ_MAXMSGSIZE */

struct actor;
struct msg; /* a received command, reply or event; owns its frames and all its body points to */

typedef enum err handler_fn(struct actor *a, const struct msg *m);

struct actor_spec {
    const char *name;    /* the address of its commands, as in "history" */
    const char *summary; /* one line for --help */
    size_t self_size;    /* bytes of state, zeroed, see actor_self() */
    /* Opens what it owns, before it is shut out of all files but its own (proto/bus/own_files.h);
     * it starts no thread yet, and neither asks nor sets timers. NULL: it opens nothing by then. */
    enum err (*open)(struct actor *a);
    enum err (*start)(struct actor *a); /* an error of either ends the process */
    void (*stop)(struct actor *a);      /* mirrors both */
    bool many; /* several instances share the name (workers): no lock, no commands by name */
    handler_fn *on[MSG_COUNT]; /* by message; an entry for an EVENT subscribes to it */
};

/* Parses --data DIR [--name INSTANCE-SUFFIX] [--version], reads the settings, changes to the data
 * folder, takes the lock run/<name>.lock (flock; holds the pid), runs the loop until SIGTERM. */
int actor_main(int argc, char **argv, const struct actor_spec *spec);

/* ---- who am I ---- */
void *actor_self(struct actor *a);
const struct config *actor_config(const struct actor *a);
const char *actor_instance(const struct actor *a); /* name#unique, new at every start */
void actor_stop(struct actor *a, int exit_status); /* leave the loop after this handler */
bool actor_is_confined(const struct actor *a); /* to its own files; the kernel may not be able to */
bool actor_is_far(const struct actor *a);      /* from the broker, which is on another machine */
const char *actor_broker(const struct actor *a); /* its instance, as last heard; "" before */
const char *playbus_version(void);

/* ---- what was received ---- */
enum msg_id msg_id(const struct msg *m);
const char *msg_correlation_id(const struct msg *m); /* "" if none */
const char *msg_sender(const struct msg *m);         /* instance */
const char *msg_subject(const struct msg *m);        /* of an event */
uint64_t msg_seq(const struct msg *m);
int64_t msg_deadline_ms(const struct msg *m);              /* monotonic clock, of a command */
const void *msg_body(const struct msg *m, enum msg_id id); /* asserts that it is that message */

/* ---- answering: in the handler, or later through a kept message ---- */
/* Keeps the message beyond the handler, which then returns OK without a reply. Answer it once with
 * actor_reply or actor_refuse; both free it. One never answered is refused TIMEOUT at its deadline
 * by the asker itself. */
struct msg *msg_keep(const struct msg *m);
void msg_destroy(struct msg **m); /* of a kept one, without an answer */

enum err actor_reply(struct actor *a, const struct msg *m, enum msg_id id, const void *body);
/* `why` may be NULL: code alone. A handler that returns an error does actor_refuse(a, m, e, NULL).
 * STORE_DAMAGED is told with err_about_text(), which a lane's work hands to its `done`. */
enum err actor_refuse(struct actor *a, const struct msg *m, enum err code,
                      const struct refusal *why);

/* A database was found to be damaged while at work: the sentence, with the file that
 * err_about_text() names. Word is left as by a start that does not succeed. False if nothing was
 * noted: the code was heard of another actor. */
#define ACTOR_DAMAGE_SIZE 560
bool actor_tells_damage(struct actor *a, char *out, size_t room);

/* ---- asking ---- */
struct answer {
    enum err code;             /* OK, or why not: the refusal's code, ACTOR_AWAY, BUSY, TIMEOUT */
    const struct msg *reply;   /* the reply when OK, else NULL */
    const struct refusal *why; /* the refusal when refused by the actor, else NULL */
};
typedef void answer_fn(struct actor *a, const struct answer *answer, void *context);

/* Sends a command; `done` is called exactly once, from the loop, at the latest at the deadline;
 * never before actor_ask has returned. At most 1,024 are under way (BUSY beyond, also told through
 * `done`). While the broker is away it is told ACTOR_AWAY at the deadline or as soon as that is
 * known; in `start` it always is, for the loop has not connected yet. The reply is the one that the
 * command's row names; another one is told as BAD_MESSAGE. */
void actor_ask(struct actor *a, const char *target, enum msg_id id, const void *body,
               const char *correlation_id, int64_t timeout_ms, answer_fn *done, void *context);

/* ---- events ---- */
/* Latest wins per subject; a late joiner gets the newest of each, and a broker that is new gets
 * them again. `seq` must rise per subject, over restarts of the publisher too: store it, or use the
 * clock. */
void actor_publish(struct actor *a, enum msg_id id, const void *body, const char *subject,
                   uint64_t seq);

/* ---- time, threads, sockets ---- */
typedef void timer_fn(struct actor *a, void *context);
int actor_every(struct actor *a, int64_t ms, timer_fn *fn, void *context); /* returns a timer id */
int actor_after(struct actor *a, int64_t ms, timer_fn *fn, void *context); /* once */
void actor_cancel(struct actor *a, int timer);

/* Slow work off the loop: `work` runs in one of the actor's threads and touches nothing but `task`,
 * then `done` runs in the loop. `lane` picks the thread (0..3), started at first use; work in one
 * lane runs in order. BUSY when 64 wait in that lane. */
typedef void work_fn(void *task);
typedef void work_done_fn(struct actor *a, void *task);
enum err actor_offload(struct actor *a, unsigned lane, work_fn *work, work_done_fn *done,
                       void *task) NODISCARD;

/* Calls `fn` in the loop whenever the socket can be read (for a gateway's own inproc sockets). */
typedef void socket_fn(struct actor *a, zsock_t *socket, void *context);
void actor_watch(struct actor *a, zsock_t *socket, socket_fn *fn, void *context);
void actor_unwatch(struct actor *a, zsock_t *socket); /* harmless if it is not watched */

/* Calls `fn` in the loop whenever the descriptor is ready; `events` and `ready` are of ZMQ_POLLIN,
 * ZMQ_POLLOUT and ZMQ_POLLERR (told unasked). Watched again, the newer call replaces the older.
 * Unwatch it before it is closed. */
typedef void fd_fn(struct actor *a, int fd, short ready, void *context);
void actor_watch_fd(struct actor *a, int fd, short events, fd_fn *fn, void *context);
void actor_unwatch_fd(struct actor *a, int fd); /* harmless if it is not watched */

/* ---- typed forms of the above, one set a message: ----
 *   const struct import_start *msg_import_start(m);
 *   ask_import_start(a, "tautulli", &body, correlation_id, timeout_ms, done, context);
 *   return reply_import_started(a, m, &body);
 *   publish_sync_progress(a, &body, subject, seq);                                        */
/* NOLINTBEGIN */
#define BODY_OF(tag)                                               \
    static inline const struct tag *msg_##tag(const struct msg *m) \
    {                                                              \
        return (const struct tag *)msg_body(m, MSG_##tag);         \
    }
#define COMMAND(tag, wire, answer, doc)                                                           \
    BODY_OF(tag)                                                                                  \
    static inline void ask_##tag(struct actor *a, const char *target, const struct tag *body,     \
                                 const char *correlation_id, int64_t timeout_ms, answer_fn *done, \
                                 void *context)                                                   \
    {                                                                                             \
        actor_ask(a, target, MSG_##tag, body, correlation_id, timeout_ms, done, context);         \
    }
#define REPLY(tag, wire, doc)                                                \
    BODY_OF(tag)                                                             \
    static inline enum err reply_##tag(struct actor *a, const struct msg *m, \
                                       const struct tag *body)               \
    {                                                                        \
        return actor_reply(a, m, MSG_##tag, body);                           \
    }
#define EVENT(tag, wire, doc)                                                                      \
    BODY_OF(tag)                                                                                   \
    static inline void publish_##tag(struct actor *a, const struct tag *body, const char *subject, \
                                     uint64_t seq)                                                 \
    {                                                                                              \
        actor_publish(a, MSG_##tag, body, subject, seq);                                           \
    }
#include "proto/schema/each.h"
#undef BODY_OF
/* NOLINTEND */

#endif
