/* SPDX-License-Identifier: MIT
 * broker.c - the process in the middle: every actor connects here and nowhere else.
 *
 * It keeps nothing on disk and may be killed at any instant: actors say hello again within half a
 * second, publish their newest events again, and ask again what was not answered. Its lock is taken
 * before it listens, because a second bind would silently steal the ipc path from a running broker.
 */
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "actors/broker/exchange.h"
#include "proto/base/log.h"

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *exchange)
{
    (void)loop;
    (void)exchange;
    struct signalfd_siginfo signal;
    if (read(item->fd, &signal, sizeof(signal)) != (ssize_t)sizeof(signal)) {
        return 0;
    }
    log_info("stopping signal=%u", signal.ssi_signo);
    return -1;
}

static int on_readable(zloop_t *loop, zsock_t *router, void *exchange)
{
    (void)loop;
    (void)router;
    exchange_read(exchange);
    return 0;
}

static int on_flush(zloop_t *loop, int timer, void *exchange)
{
    (void)loop;
    (void)timer;
    exchange_flush(exchange);
    return 0;
}

static int on_beat(zloop_t *loop, int timer, void *exchange)
{
    (void)loop;
    (void)timer;
    exchange_beat(exchange);
    return 0;
}

static void run(struct exchange *x, const struct process *process)
{
    zloop_t *loop = zloop_new();
    zmq_pollitem_t signals = {.fd = process->signals, .events = ZMQ_POLLIN};
    zloop_set_nonstop(loop, true);
    zloop_poller(loop, &signals, on_signal, x);
    zloop_reader(loop, x->router, on_readable, x);
    zloop_timer(loop, FLUSH_EVERY_MS, 0, on_flush, x);
    zloop_timer(loop, BEAT_EVERY_MS, 0, on_beat, x);
    log_info("listening instance=%s", process->instance);
    zloop_start(loop);
    zloop_destroy(&loop);
    log_info("stopped");
}

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "broker", .summary = "Routes commands, fans events out, knows who is there."};
    static struct exchange exchange; /* some megabytes: not for the stack */
    struct process process;
    int status = process_open(argc, argv, &program, &process);
    if (status != PROCESS_GOES_ON) {
        return status;
    }
    process_forbid_cores(); /* tokens of media servers pass through */
    status = EXIT_FAILURE;
    if (process_confine(&process) == OK &&
        exchange_open(&exchange, config_text(process.config, SETTING_bus_endpoint),
                      process.instance) == OK) {
        run(&exchange, &process);
        status = EXIT_SUCCESS;
    }
    exchange_close(&exchange);
    zsys_shutdown();
    process_close(&process);
    return status;
}
