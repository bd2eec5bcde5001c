/* SPDX-License-Identifier: MIT
 * actor.c - the life of an actor: open the parts, start, loop until a signal, stop, close the parts
 * in the reverse order. It leaves with status 0 after SIGTERM or SIGINT. */
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "proto/bus/parts.h"
#include "proto/bus/start_refusal.h"

void *actor_self(struct actor *a)
{
    return a->self;
}

const struct config *actor_config(const struct actor *a)
{
    return a->process.config;
}

const char *actor_instance(const struct actor *a)
{
    return a->process.instance;
}

bool actor_is_far(const struct actor *a)
{
    return a->connection.own != NULL;
}

const char *actor_broker(const struct actor *a)
{
    return a->connection.broker;
}

bool actor_is_confined(const struct actor *a)
{
    return a->process.confined;
}

void actor_stop(struct actor *a, int exit_status)
{
    a->stopping = true;
    a->exit_status = exit_status;
}

static void on_signal(struct actor *a, int fd, short ready, void *context)
{
    (void)ready;
    (void)context;
    struct signalfd_siginfo signal;
    if (read(fd, &signal, sizeof(signal)) == (ssize_t)sizeof(signal)) {
        log_info("stopping signal=%u", signal.ssi_signo);
        actor_stop(a, EXIT_SUCCESS);
    }
}

static enum err open_parts(struct actor *a)
{
    a->loop = zloop_new();
    zloop_set_nonstop(a->loop, true);
    actor_watch_fd(a, a->process.signals, ZMQ_POLLIN, on_signal, NULL);
    publisher_open(a);
    enum err e = lanes_open(a);
    return e == OK ? connection_open(a) : e;
}

static void close_parts(struct actor *a)
{
    watches_release(a);
    connection_close(a);
    lanes_close(a);
    publisher_release(a);
    pending_release(a);
    timers_release(a);
    zloop_destroy(&a->loop);
    free(a->self);
    zsys_shutdown();
    process_close(&a->process);
}

/* What no restart mends. */
static bool needs_a_person(enum err e)
{
    return e == ERR_STORE_NEWER || e == ERR_STORE_DAMAGED || e == ERR_STORE_LOST ||
           e == ERR_STORE_READ_ONLY || e == ERR_AUDIT_BROKEN;
}

static bool takes_commands(const struct actor_spec *spec)
{
    for (int id = 1; id < MSG_COUNT; id++) {
        if (spec->on[id] != NULL && schema_messages[id].kind == KIND_COMMAND) {
            return true;
        }
    }
    return false;
}

static int tell_refusal(const struct actor *a, enum err e)
{
    log_error("cannot start code=%s reason=%s about=%s remedy=%s", err_code(e), err_sentence(e),
              err_about_text(), err_remedy(e));
    return refusal_leave(a->process.name, e);
}

/* An actor that others ask stays, and tells each of them why it cannot do its work: so the rest can
 * work, and nobody waits for an answer. Another ends, and is started again after a while. */
static void refuse_start(struct actor *a, enum err e)
{
    int wait_ms = tell_refusal(a, e);
    if (needs_a_person(e) && takes_commands(a->spec)) {
        a->refused = e;
        snprintf(a->refused_about, sizeof(a->refused_about), "%s: %.400s", err_sentence(e),
                 err_about_text());
        zloop_start(a->loop);
        return;
    }
    a->exit_status = EXIT_FAILURE;
    process_pause(&a->process, wait_ms);
}

/* Nothing may be done unconfined where the kernel can confine: such an error ends the process. */
static enum err open_confined(struct actor *a, enum err *out_opened)
{
    err_about("%s", "");
    *out_opened = a->spec->open != NULL ? a->spec->open(a) : OK;
    return process_confine(&a->process);
}

static void run(struct actor *a, enum err opened)
{
    enum err e = opened == OK && a->spec->start != NULL ? a->spec->start(a) : opened;
    if (e != OK) {
        refuse_start(a, e);
    } else if (!a->stopping) {
        refusal_withdraw(a->process.name);
        log_info("started instance=%s version=%s", a->process.instance, playbus_version());
        zloop_start(a->loop);
    }
    if (!lanes_finish(a)) {
        log_warn("work takes too long to wait for, ending without it");
        _exit(a->exit_status);
    }
    if (e == OK && a->spec->stop != NULL) {
        a->spec->stop(a);
    }
    log_info("stopped status=%d", a->exit_status);
}

int actor_main(int argc, char **argv, const struct actor_spec *spec)
{
    const struct program program = {
        .name = spec->name, .summary = spec->summary, .many = spec->many};
    struct actor *a = must_alloc(sizeof(*a)); /* too large for a stack that others share */
    OWNED(free_bytes) void *owner = a;
    a->spec = spec;
    a->lanes.wake_fd = -1;
    int status = process_open(argc, argv, &program, &a->process);
    if (status != PROCESS_GOES_ON) {
        return status;
    }
    a->self = must_alloc(spec->self_size > 0 ? spec->self_size : 1);
    enum err opened = OK;
    enum err confined = open_confined(a, &opened);
    if (confined == OK && open_parts(a) == OK) {
        run(a, opened);
    } else {
        a->exit_status = EXIT_FAILURE;
    }
    if (confined != OK) {
        process_pause(&a->process, tell_refusal(a, confined));
    }
    close_parts(a);
    return a->exit_status;
}
