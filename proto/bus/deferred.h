/* SPDX-License-Identifier: MIT
 * deferred.h - keep a command, work for it in a lane, answer it when the work is back. */
#ifndef PLAYBUS_PROTO_BUS_DEFERRED_H
#define PLAYBUS_PROTO_BUS_DEFERRED_H

#include "proto/bus/actor.h"
#include "proto/wire/arena.h"

struct deferred;
typedef void deferred_fn(struct deferred *d);

struct deferred {
    struct actor *actor;
    struct msg *msg;     /* the kept command; NULL: nobody waits, the clock asked */
    struct arena *arena; /* lives until the answer is sent */
    void *context;       /* the caller's */
    deferred_fn *work;   /* in the lane: touches nothing of the loop's; sets what follows */
    deferred_fn *done; /* in the loop, before the answer; NULL: none. Not called if never worked */
    enum err result;
    const void *reply;  /* OK: the body of the reply that the command's row names */
    struct refusal why; /* else: what the refusal says beside the code */
};

/* The caller sets context, work and done, and hands it to deferred_run, which frees it. */
struct deferred *deferred_new(struct actor *a, const struct msg *m);

/* BUSY or SYSTEM if the lane did not take it: refused then, so a handler is done either way. */
enum err deferred_run(struct deferred *d, unsigned lane) NODISCARD;

#endif
