/* SPDX-License-Identifier: MIT
 * server.c - libmicrohttpd's callbacks. A request goes straight through its stages (request.h);
 * what is wrong with it is found at its head and told after its body, so that the client reads the
 * answer instead of a reset; only a head whose framing is in doubt ends the connection at once. */
#include "gateway/rest/server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/guard/inbound.h"
#include "gateway/guard/reaper.h"
#include "gateway/rest/body.h"
#include "gateway/rest/metrics.h"
#include "gateway/rest/request_log.h"
#include "gateway/rest/respond.h"
#include "gateway/rest/send.h"
#include "gateway/rest/upload.h"
#include "gateway/ws/feed.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/base/log.h"
#include "proto/base/text.h"

#define CONNECTIONS_MAX 1280  /* of libmicrohttpd, which accepts none beyond */
#define CONNECTIONS_KEPT 1216 /* beyond these the longest idle one ends, before that happens */
#define STRANGERS_KEPT 1024   /* of these; the others are for loopback and for the signed-in */
#define CONNECTION_MEMORY (32 << 10) /* of each: holds any head that is accepted */
#define IDLE_S 75                    /* between requests; proxies keep connections open */
#define HEAD_MS 5000                 /* for the first head of a connection */
#define BODY_MS 30000                /* for a body that is not a file */
#define SWALLOW_MAX (16 << 20)       /* of a refused body */

struct server {
    struct server_parts parts;
    struct gate gate;
    struct MHD_Daemon *daemon;
    struct reaper *reaper;
    struct kept *kept;
    bool heads_in_place; /* this libmicrohttpd parses heads where they were received */
    int dead_socket;     /* its peer is closed; takes the place of a socket that is handed over */
};

static struct watched *watched_of(const struct request *r)
{
    return MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
        ->socket_context;
}

/* Ends the connection after so long; 0: no deadline. */
static void set_deadline(struct request *r, int64_t after_ms)
{
    reaper_arm(watched_of(r), after_ms == 0 ? 0 : clock_monotonic_ms() + after_ms);
}

/* To the bus thread. The connection does not time out while its answer is waited for. */
static enum err hand_off(struct request *r)
{
    reaper_set_busy(watched_of(r));
    return handoff_send(r->server->parts.handoff, r);
}

/* From here on only its client can delay the answer. */
static enum MHD_Result answer(struct request *r)
{
    enum MHD_Result queued = send_outcome(r->server->kept, r);
    set_deadline(r, 0);
    if (r->caller.kind == CALLER_NOBODY) { /* strangers may not make us wait while they read */
        reaper_set_idle(r->server->reaper, watched_of(r));
    }
    return queued;
}

/* What the audit log is told of is told by the bus thread, before the client. libmicrohttpd calls
 * again for the same stage of the request when it is resumed, be that its head or its end. */
static enum MHD_Result send_refusal(struct request *r)
{
    bool recorded = audit_recorder_covers(r, r->refused);
    if (recorded || r->audit.requested) {
        r->stage = STAGE_ASKED;
        set_deadline(r, 0);
        if (hand_off(r) == OK) {
            return MHD_YES;
        }
    }
    if (recorded) {
        audit_recorder_defer(r->server->parts.recorder, r);
    }
    respond_error(r, r->refused, &r->flaw, NULL);
    return answer(r);
}

/* ---- the head ---- */

static enum MHD_Result add_line(void *head, enum MHD_ValueKind kind, const char *name,
                                size_t name_size, const char *value, size_t value_size)
{
    (void)kind;
    struct head_line line = {name, value != NULL ? value : "", name_size, value_size};
    head_add(head, &line);
    return MHD_YES;
}

/* A client's own id is kept if it cannot be mistaken for anything else in a log line. */
static void set_correlation(struct request *r, const struct head *head)
{
    const struct head_line *line = head_find(head, "X-Correlation-Id");
    size_t size = line != NULL ? line->value_size : 0;
    bool plain = size >= 8 && size <= 64;
    for (size_t i = 0; plain && i < size; i++) {
        char c = line->value[i];
        plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '_' || c == '-';
    }
    if (plain) {
        memcpy(r->correlation_id, line->value, size);
        r->correlation_id[size] = '\0';
    } else {
        id_new(r->correlation_id);
    }
}

/* A body of any size is not taken before the audit log knows who sends it. */
static bool is_announced(const struct request *r)
{
    return r->refused == OK && r->route != NULL && r->route->audit == AUDIT_FIRST &&
           r->route->input.place == INPUT_FILE;
}

static bool announce(struct request *r)
{
    set_deadline(r, 0);
    r->stage = STAGE_ANNOUNCED;
    r->outcome.close = true; /* if the bus thread refuses it, its body is not read */
    enum err e = hand_off(r);
    if (e != OK) { /* else it is the bus thread's by now */
        r->refused = e;
    }
    return e == OK;
}

static enum MHD_Result take_head(struct request *r, const char *method, const char *version)
{
    struct head head = {.method = method, .target = r->target, .version = version};
    if (r->server->heads_in_place) {
        head.target_at = r->target_at;
        head.size = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
                        ->header_size;
    }
    const char *why = "";
    MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, add_line, &head);
    text_copy(r->method, sizeof r->method, method);
    set_correlation(r, &head);
    enum err e = head_check(&head, &r->facts, &why);
    if (e != OK) {
        request_refuse(r, e, why);
        r->outcome.close = true;
        return send_refusal(r);
    }
    admit(&r->server->gate, r, &head);
    r->go = r->route != NULL ? r->server->parts.handlers[r->route->id] : NULL;
    if (r->caller.kind != CALLER_NOBODY) {
        reaper_set_signed_in(r->server->reaper, watched_of(r));
        reaper_set_busy(watched_of(r));
    }
    if (is_announced(r) && announce(r)) {
        return MHD_YES;
    }
    r->stage = STAGE_BODY;
    set_deadline(r, r->upload != NULL ? 0 : BODY_MS);
    if (r->refused != OK && (r->facts.expects_continue || r->facts.content_length > SWALLOW_MAX)) {
        r->outcome.close = true;
        return send_refusal(r);
    }
    return MHD_YES;
}

/* ---- the body ---- */

static void take_body(struct request *r, const char *bytes, size_t size)
{
    if (r->refused != OK) {
        r->swallowed += size;
    } else if (r->upload != NULL) {
        r->refused = upload_write(r->upload, bytes, size);
        if (r->refused != OK) {
            upload_discard(&r->upload); /* at once: the log may need the room to tell of it */
        }
    } else {
        enum err e = body_append(r, bytes, size);
        if (e != OK) {
            request_refuse(r, e, "");
            body_release(r);
        }
    }
}

/* A refused body is read to its end, so that its sender reads the answer, unless it is long; that
 * of an upload whose length was declared had room when it began. */
static bool is_cut_off(const struct request *r)
{
    bool was_let_in = r->audit.requested && r->facts.content_length > 0;
    return r->refused != OK && r->swallowed > SWALLOW_MAX && !was_let_in;
}

/* The client's socket now belongs to the feed. */
static bool hand_over(struct request *r)
{
    struct server *server = r->server;
    int fd = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    int kept = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (kept < 0) {
        respond_error(r, ERR_BUSY, NULL, NULL);
        return false;
    }
    /* Suspended, the descriptor is out of libmicrohttpd's epoll set and can be replaced. */
    MHD_suspend_connection(r->connection);
    dup3(server->dead_socket, fd, O_CLOEXEC);
    MHD_resume_connection(r->connection);
    setsockopt(kept, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (feed_adopt(r->services->feed, kept, r->body.data, r->body.size, &r->caller) != OK) {
        log_warn("too many websockets arrive at once, the newest is dropped");
    }
    return true;
}

static enum MHD_Result act(struct request *r)
{
    set_deadline(r, 0);
    if (r->refused == OK && r->choice.asset != NULL) {
        respond_asset(r);
        return answer(r);
    }
    if (r->refused == OK && r->upload == NULL && !route_is(r->route, ROUTE_open_feed)) {
        r->refused = request_read_input(r);
    }
    admit_whole(&r->server->gate, r);
    if (r->refused == OK && r->route->side == SIDE_BUS) {
        r->stage = STAGE_ASKED;
        enum err e = hand_off(r);
        if (e == OK) { /* it is the bus thread's by now */
            return MHD_YES;
        }
        r->refused = e;
    }
    if (r->refused != OK) {
        return send_refusal(r);
    }
    r->go(r);
    if (r->stage == STAGE_HANDED_OVER && hand_over(r)) {
        return MHD_YES;
    }
    if (audit_recorder_covers(r, r->outcome.code) && hand_off(r) == OK) {
        return MHD_YES;
    }
    return answer(r);
}

/* libmicrohttpd finds a dead socket where the handed-over one was; whatever it is told goes
 * nowhere. */
static enum MHD_Result bury(struct request *r)
{
    r->outcome = (struct outcome){.status = MHD_HTTP_BAD_REQUEST,
                                  .type = "text/plain",
                                  .text = must_strdup(""),
                                  .close = true};
    return answer(r);
}

/* ---- libmicrohttpd's callbacks ---- */

static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct server *server = cls;
    struct request *r = request_new(server->parts.services, connection, target);
    r->server = server;
    return r;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload_data,
                                  size_t *upload_size, void **slot)
{
    (void)cls;
    (void)connection;
    (void)url;
    struct request *r = *slot;
    handoff_acquire(r);
    switch (r->stage) {
    case STAGE_HEAD:
        return take_head(r, method, version);
    case STAGE_ANNOUNCED:
        r->stage = STAGE_BODY;
        r->outcome.close = false;
        return MHD_YES;
    case STAGE_BODY:
        if (*upload_size == 0) {
            return act(r);
        }
        take_body(r, upload_data, *upload_size);
        sodium_memzero((void *)upload_data, *upload_size); /* their buffer, which lives on */
        *upload_size = 0;
        return is_cut_off(r) ? MHD_NO : MHD_YES;
    case STAGE_HANDED_OVER:
        return bury(r);
    case STAGE_ASKED:
    case STAGE_ANSWERED:
    case STAGE_STREAMING:
        return answer(r);
    case STAGE_CUT:
        break;
    }
    return MHD_NO;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode how)
{
    (void)connection;
    struct server *server = cls;
    struct request *r = *slot;
    if (r == NULL) {
        return;
    }
    handoff_acquire(r);
    int64_t took_ms = clock_monotonic_ms() - r->began_ms;
    int status = r->stage == STAGE_HANDED_OVER ? MHD_HTTP_SWITCHING_PROTOCOLS : r->outcome.status;
    size_t route = r->route != NULL ? r->route->id : ROUTE_COUNT;
    metrics_count(r->services->metrics, route, status, took_ms);
    request_log(r, status, took_ms,
                how != MHD_REQUEST_TERMINATED_COMPLETED_OK && r->stage != STAGE_HANDED_OVER);
    set_deadline(r, IDLE_S * 1000 + HEAD_MS);
    reaper_set_idle(server->reaper, watched_of(r));
    *slot = NULL;
    if (r->is_file) {
        counts_give_back(server->gate.files, request_counted_as(r));
    }
    if (r->audit.requested && !r->audit.ended && handoff_abandon(server->parts.handoff, r) == OK) {
        return; /* it began, and how it ended must be told too */
    }
    request_destroy(&r);
}

static int descriptor_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static struct watched *watch(struct server *server, struct MHD_Connection *connection)
{
    const struct address peer = address_of_socket(
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    bool ours = address_is_loopback(&peer) && !server->parts.services->plain_lan;
    return reaper_add(server->reaper, descriptor_of(connection),
                      ours ? TRUST_LOOPBACK : TRUST_STRANGER, clock_monotonic_ms() + HEAD_MS);
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode what)
{
    struct server *server = cls;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = watch(server, connection);
        inbound_watch(descriptor_of(connection), INBOUND_HTTP, send_flaw);
    } else {
        inbound_unwatch(descriptor_of(connection));
        reaper_remove(server->reaper, *slot);
        *slot = NULL;
    }
}

/* Clients that go away are no news, and every hand-over makes libmicrohttpd say one of these lines.
 */
static void log_mhd(void *cls, const char *format, va_list arguments) PRINTF_LIKE(2, 0);
static void log_mhd(void *cls, const char *format, va_list arguments)
{
    (void)cls;
    char line[256];
    vsnprintf(line, sizeof line, format, arguments);
    log_debug("libmicrohttpd: %.*s", (int)strcspn(line, "\n"), line);
}

static int dead_socket(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
        return -1;
    }
    close(pair[1]);
    return pair[0];
}

enum err server_open(const struct server_parts *parts, struct server **out)
{
    OWNED(server_close) struct server *server = must_alloc(sizeof *server);
    server->parts = *parts;
    server->reaper =
        reaper_new(&(struct reaper_limits){.all = CONNECTIONS_KEPT, .strangers = STRANGERS_KEPT});
    server->kept = kept_new();
    server->gate = (struct gate){.origins = parts->origins,
                                 .proxies = parts->proxies,
                                 .assets = parts->assets,
                                 .limits = limits_new(),
                                 .files = counts_new()};
    server->heads_in_place = strcmp(MHD_get_version(), "0.9.75") == 0; /* Debian 12's */
    server->dead_socket = dead_socket();
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL,
        on_request, server, MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL, MHD_OPTION_LISTEN_SOCKET,
        parts->listener, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_URI_LOG_CALLBACK, on_target,
        server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_END);
    if (server->daemon == NULL || server->dead_socket < 0) {
        return ERR_SYSTEM;
    }
    *out = TAKE(server);
    return OK;
}

void server_close(struct server **server)
{
    struct server *gone = TAKE(*server);
    if (gone == NULL) {
        return;
    }
    if (gone->daemon != NULL) {
        MHD_stop_daemon(gone->daemon); /* closes the listening socket too */
    }
    if (gone->dead_socket >= 0) {
        close(gone->dead_socket);
    }
    counts_destroy(&gone->gate.files);
    limits_destroy(&gone->gate.limits);
    kept_destroy(&gone->kept);
    reaper_destroy(&gone->reaper);
    free(gone);
}

void server_sweep(struct server *server)
{
    int64_t now_ms = clock_monotonic_ms();
    reaper_sweep(server->reaper, now_ms);
    request_log_left_out(now_ms);
}
