/* SPDX-License-Identifier: MIT
 * parts.h - the parts an actor's loop is made of. For proto/bus only; actors see actor.h.
 *
 * connection: the socket to the broker. connection_send: what is sent over it. dispatcher: received
 * messages to handlers. pending: commands under way. publisher: the newest event of each subject.
 * timers, lanes, watches: what else wakes the loop. Each calls only those below it: actor,
 * connection, dispatcher; msg, pending, publisher; connection_send, timers, lanes, watches.
 */
#ifndef PLAYBUS_PROTO_BUS_PARTS_H
#define PLAYBUS_PROTO_BUS_PARTS_H

#include <pthread.h>
#include <sys/queue.h>

#include "proto/bus/actor.h"
#include "proto/bus/process.h"
#include "proto/wire/envelope.h"

enum {
    PENDING_MAX = 1024, /* commands under way; a power of two, part of their ids */
    LANE_COUNT = 4,
    LANE_ROOM = 64,       /* tasks of a lane: waiting, at work, or done and not yet told */
    PUBLISHER_MAX = 4096, /* subjects whose newest event is kept */
    SLOW_HANDLER_MS = 50
};

struct msg {
    int holds;     /* the loop's, and one more when kept */
    bool kept;     /* msg_keep was called and no answer given yet */
    bool answered; /* any further answer is logged as our error and not sent */
    struct label label;
    int64_t deadline_ms;
    struct arena *arena; /* owned; the label and the body live in it */
    zmq_msg_t frame;     /* owned; BIN fields of the body point into it */
    void *body;
};

struct connection {
    zsock_t *dealer;  /* owned */
    zsock_t *monitor; /* owned; tells when the connection comes and goes */
    bool connected;
    int64_t welcomed_ms; /* when the broker last answered; 0: never */
    int64_t heard_ms;    /* the same, or when the connection came */
    int64_t hello_ms;    /* when a hello was last due */
    char broker[INSTANCE_SIZE];
    zcert_t *own;     /* owned: this worker's key where the broker is on another machine; NULL */
    unsigned sockets; /* opened so far: part of their ids */
    int64_t beat_ms;  /* when the door was last heard, or the socket opened */
    bool turned_away; /* by the door, and that was said */
    struct buffer head, body; /* scratch */
};

struct ask {
    uint64_t id; /* 0: this slot is free */
    enum msg_id command;
    int64_t deadline_ms;
    answer_fn *done;
    void *context;
};

struct unsent { /* a command that failed before it left: told from the loop, never from actor_ask */
    enum err code;
    char field[96];
    answer_fn *done;
    void *context;
};

struct pending {
    struct ask slots[PENDING_MAX];
    size_t count;
    uint64_t serial;
    struct unsent *unsent; /* until the loop turns */
    size_t unsent_count, unsent_room;
    int wake;        /* timer, 0: none */
    int64_t wake_ms; /* when it rings */
};

struct lane {
    pthread_t thread;
    bool started, closing;
    pthread_mutex_t mutex; /* guards closing and the three counts */
    pthread_cond_t news;
    uint64_t added, worked,
        told; /* of all tasks ever; told <= worked <= added <= told + LANE_ROOM */
    struct {
        work_fn *work;
        work_done_fn *done;
        void *task;
        char about[512]; /* err_about_text() of the work, for `done` */
    } ring[LANE_ROOM];
    int wake_fd; /* the actor's eventfd, borrowed */
};

struct lanes {
    struct lane lane[LANE_COUNT];
    int wake_fd; /* owned; readable when a task is done */
    bool closing;
};

struct timer; /* timers.c */
struct publisher {
    zhashx_t *retained; /* owned; "name subject" to struct kept_event */
    bool behind;        /* some event is not sent yet */
};

struct actor {
    const struct actor_spec *spec;
    struct process process;
    void *self; /* owned, spec->self_size bytes */
    zloop_t *loop;
    bool stopping;
    int exit_status;
    enum err refused;           /* OK; or why it does no work and refuses every command */
    char refused_about[512];    /* the sentence of that, with the file it is about */
    struct log_seldom refusals; /* told of */
    bool met_damage;            /* a database was found to be damaged, and word left of it */
    struct connection connection;
    struct pending pending;
    struct publisher publisher;
    struct timer *timers; /* owned list */
    struct lanes lanes;
    LIST_HEAD(, watch) watches; /* watches.c */
};

/* What every callback of zloop returns. */
static inline int loop_goes_on(const struct actor *a)
{
    return a->stopping ? -1 : 0;
}

/* ---- connection.c ---- */
enum err connection_open(struct actor *a) NODISCARD;
void connection_close(struct actor *a);
/* With each hello that is due. Where that is long after the one before, this process was stopped in
 * between, and silence till now tells nothing of the other end. */
void connection_hello_due(struct connection *c, int64_t now_ms);
/* The other end is given up: neither message nor beat for too long. */
bool connection_is_silent(const struct connection *c, int64_t now_ms);

/* ---- connection_send.c ---- */
bool connection_is_up(const struct actor *a);
/* Sends e with connection.body as its body. BUSY when the queue is full, ACTOR_AWAY when nobody is
 * connected, TOO_LARGE. */
enum err connection_send(struct actor *a, const struct envelope *e,
                         enum envelope_kind kind) NODISCARD;

/* ---- dispatcher.c ---- */
int dispatcher_read(zloop_t *loop, zsock_t *dealer, void *actor);

/* ---- pending.c ---- */
/* Takes the ask with this id out of the table; false if it is not (or no longer) under way. */
bool pending_take(struct actor *a, uint64_t id, struct ask *out);
void pending_broker_gone(struct actor *a);
void pending_release(struct actor *a);

/* ---- publisher.c ---- */
void publisher_open(struct actor *a);
void publisher_repeat_all(struct actor *a); /* the broker is new and knows nothing */
void publisher_flush(struct actor *a);
void publisher_release(struct actor *a);

/* ---- timers.c, lanes.c, watches.c ---- */
void timers_release(struct actor *a);
enum err lanes_open(struct actor *a) NODISCARD;
/* Every task taken is finished and told, for at most two seconds; then false. */
bool lanes_finish(struct actor *a);
void lanes_close(struct actor *a);
void watches_release(struct actor *a);

/* ---- msg.c ---- */
/* Takes both frames. NULL if the envelope has a fault. The body is not read yet. */
struct msg *msg_open(zmq_msg_t *frames);
/* Reads the body as this record. */
enum err msg_read_body(struct msg *m, const struct record_desc *record, struct flaw *out) NODISCARD;
void msg_release(struct msg **m); /* lets one hold go */

#endif
