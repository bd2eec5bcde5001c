/* SPDX-License-Identifier: MIT
 * feed.c - libwebsockets in a thread of its own, with its poll loop. Sockets arrive through one
 * bounded queue, texts through the snapshot cache; both are announced by lws_cancel_service, the
 * one call that libwebsockets allows from another thread. A text is written from the cache itself:
 * no copy per client. Each socket has a connection, which says whose session or token it is open
 * for; before a text is written every connection is checked again if any of those has ended since.
 */
#include "gateway/ws/feed.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/guard/inbound.h"
#include "gateway/ws/connections.h"
#include "gateway/ws/handshake.h"
#include "proto/base/log.h"
#include "proto/wire/json.h"

#define ARRIVALS_MAX 256     /* sockets handed over and not yet adopted */
#define CLIENT_TEXT_MAX 4096 /* bytes of a client's message */
#define PING_AFTER_S 30
#define HANG_UP_AFTER_S 75
#define CHECK_EVERY_MS 1000   /* how soon a socket closes whose session has expired */
#define CLOSE_SIGNED_OUT 4401 /* a private code, as RFC 6455 section 7.4.2 leaves them to us */

_Static_assert(SHARED_TEXT_HEADROOM >= LWS_PRE, "a frame's head is written before the shared text");

struct arrival {
    int fd;
    size_t head_size;
    char head[HANDSHAKE_HEAD_SIZE];
    struct connection *connection;
};

struct feed {
    struct lws_context *context;
    pthread_t thread;
    atomic_bool ending;
    atomic_uint_fast64_t clients, accepted, pushed;
    atomic_uint_fast64_t generation; /* of the accounts, at the last recheck */
    struct snapshot_cache *cache;    /* borrowed */
    struct access *access;           /* borrowed */
    struct connections *connections; /* owned */

    pthread_mutex_t lock; /* of the two below */
    struct arrival arrivals[ARRIVALS_MAX];
    size_t arrival_count;

    /* of the thread alone */
    lws_sorted_usec_list_t check;
    struct connection *arriving; /* of the socket that libwebsockets is taking over right now */
    struct snapshot_cache_view view;
    struct shared_text *hello, *pong;
};

/* What libwebsockets keeps for each client. */
struct client {
    bool counted; /* the handshake was completed; others are closed without ever being a client */
    bool greeted;
    int fd;
    bool pong_due;
    size_t text_size;
    char text[CLIENT_TEXT_MAX];
    uint64_t seen[SNAPSHOT_SLOTS]; /* number of the last text written, by slot */
};

static void ask_to_write(void *socket)
{
    lws_callback_on_writable(socket);
}

static void check_connections(lws_sorted_usec_list_t *timer)
{
    struct feed *feed = lws_container_of(timer, struct feed, check);
    connections_check(feed->connections, ask_to_write);
    lws_sul_schedule(feed->context, 0, timer, check_connections, CHECK_EVERY_MS * LWS_US_PER_MS);
}

/* ---- messages ---- */

static struct shared_text *text_of(const char *text)
{
    return shared_text_new(text, strlen(text));
}

static int write_text(struct feed *feed, struct lws *wsi, const struct shared_text *shared)
{
    int written = lws_write(wsi, (unsigned char *)shared_text_bytes(shared),
                            shared_text_size(shared), LWS_WRITE_TEXT);
    if (written < (int)shared_text_size(shared)) {
        return -1;
    }
    atomic_fetch_add(&feed->pushed, 1);
    return 0;
}

/* The slot with news for this client; 0 (the REST body, never pushed) if there is none. */
static size_t news_slot(const struct feed *feed, const struct client *client)
{
    for (size_t slot = SNAPSHOT_STATUS + 1; slot < feed->view.used; slot++) {
        if (feed->view.numbers[slot] != client->seen[slot] && feed->view.texts[slot] != NULL) {
            return slot;
        }
    }
    return SNAPSHOT_STATUS;
}

/* A new client is told how each operation stands now, not how the job before it ended. */
static void skip_earlier_ends(const struct feed *feed, struct client *client)
{
    for (size_t i = 0; i < SNAPSHOT_OPERATIONS; i++) {
        if (feed->view.texts[SNAPSHOT_CURRENT(i)] != NULL) {
            client->seen[SNAPSHOT_ENDED(i)] = feed->view.numbers[SNAPSHOT_ENDED(i)];
        }
    }
}

/* One message per call, as libwebsockets wants it; asks to be called again while there is more. */
static int on_writable(struct feed *feed, struct lws *wsi, struct client *client)
{
    const struct shared_text *shared = NULL;
    const struct connection *connection = lws_get_opaque_user_data(wsi);
    connections_check(feed->connections, ask_to_write);
    if (connection_has_ended(connection)) {
        static unsigned char why[] = "sign in again";
        lws_close_reason(wsi, CLOSE_SIGNED_OUT, why, sizeof why - 1);
        return -1;
    }
    size_t slot = news_slot(feed, client);
    if (!client->greeted) {
        client->greeted = true;
        shared = feed->hello;
    } else if (client->pong_due) {
        client->pong_due = false;
        shared = feed->pong;
    } else if (slot != SNAPSHOT_STATUS) {
        client->seen[slot] = feed->view.numbers[slot];
        shared = shared_text_for(feed->view.texts[slot], connection_is_of_admin(connection));
    }
    if (shared == NULL) {
        return 0;
    }
    if (client->pong_due || news_slot(feed, client) != SNAPSHOT_STATUS) {
        lws_callback_on_writable(wsi);
    }
    return write_text(feed, wsi, shared);
}

static void hear(struct lws *wsi, struct client *client)
{
    OWNED(json_release) json_t *message = json_loadb(client->text, client->text_size, 0, NULL);
    const char *type = json_string_value(json_object_get(message, "type"));
    if (type != NULL && strcmp(type, "ping") == 0) {
        client->pong_due = true;
        lws_callback_on_writable(wsi);
    }
}

static int on_receive(struct lws *wsi, struct client *client, const char *bytes, size_t size)
{
    if (client->text_size + size > sizeof client->text) {
        lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
        return -1;
    }
    memcpy(client->text + client->text_size, bytes, size);
    client->text_size += size;
    if (lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0) {
        hear(wsi, client);
        client->text_size = 0;
    }
    return 0;
}

static void adopt_arrivals(struct feed *feed)
{
    struct lws_vhost *vhost = lws_get_vhost_by_name(feed->context, "default");
    for (;;) {
        struct arrival next = {.fd = -1};
        pthread_mutex_lock(&feed->lock);
        if (feed->arrival_count > 0) {
            next = feed->arrivals[--feed->arrival_count];
        }
        pthread_mutex_unlock(&feed->lock);
        if (next.fd < 0) {
            return;
        }
        feed->arriving = next.connection;
        if (lws_adopt_socket_vhost_readbuf(vhost, next.fd, next.head, next.head_size) == NULL) {
            log_warn("a websocket could not be taken over, its client connects again");
        }
        if (feed->arriving != NULL) { /* libwebsockets did not take it over */
            connection_remove(feed->connections, TAKE(feed->arriving));
        }
    }
}

static int on_wake(struct feed *feed, struct lws *wsi)
{
    adopt_arrivals(feed);
    snapshot_cache_read(feed->cache, &feed->view);
    lws_callback_on_writable_all_protocol(feed->context, lws_get_protocol(wsi));
    return 0;
}

static void on_established(struct feed *feed, struct lws *wsi, struct client *client)
{
    struct connection *connection = lws_get_opaque_user_data(wsi);
    memset(client, 0, sizeof *client);
    client->counted = true;
    client->fd = lws_get_socket_fd(wsi);
    inbound_watch(client->fd, INBOUND_WEBSOCKET, NULL);
    connection_set_socket(feed->connections, connection, wsi);
    skip_earlier_ends(feed, client);
    atomic_fetch_add(&feed->clients, 1);
    atomic_fetch_add(&feed->accepted, 1);
    lws_callback_on_writable(wsi);
}

static void on_destroyed(struct feed *feed, struct lws *wsi)
{
    struct connection *connection = lws_get_opaque_user_data(wsi);
    if (connection != NULL) {
        lws_set_opaque_user_data(wsi, NULL);
        connection_remove(feed->connections, connection);
    }
}

static void on_closed(struct feed *feed, struct client *client)
{
    if (client != NULL && client->counted) {
        client->counted = false;
        inbound_unwatch(client->fd); /* which is not closed yet */
        atomic_fetch_sub(&feed->clients, 1);
    }
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                    size_t size)
{
    struct feed *feed = lws_context_user(lws_get_context(wsi));
    switch (reason) {
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        return on_wake(feed, wsi);
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        lws_set_opaque_user_data(wsi, TAKE(feed->arriving));
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        on_destroyed(feed, wsi);
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
        on_established(feed, wsi, user);
        return 0;
    case LWS_CALLBACK_CLOSED:
        on_closed(feed, user);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return on_writable(feed, wsi, user);
    case LWS_CALLBACK_RECEIVE:
        return on_receive(wsi, user, in, size);
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
}

static void *serve(void *context)
{
    struct feed *feed = context;
    snapshot_cache_read(feed->cache, &feed->view);
    while (!atomic_load(&feed->ending) && lws_service(feed->context, 0) >= 0) {
    }
    return NULL;
}

/* libwebsockets calls adoption "calling service" at error level; nothing it prints needs a person.
 */
static void log_lws(int level, const char *line)
{
    (void)level;
    log_debug("libwebsockets: %.*s", (int)strcspn(line, "\n"), line);
}

static enum err open_context(struct feed *feed)
{
    static const struct lws_protocols protocols[] = {
        {.name = "playbus",
         .callback = on_event,
         .per_session_data_size = sizeof(struct client),
         .rx_buffer_size = CLIENT_TEXT_MAX},
        {.name = NULL}};
    static const lws_retry_bo_t policy = {.secs_since_valid_ping = PING_AFTER_S,
                                          .secs_since_valid_hangup = HANG_UP_AFTER_S};
    struct lws_context_creation_info settings = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .user = feed,
        .gid = -1,
        .uid = -1,
        .retry_and_idle_policy = &policy,
        .options = LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
    };
    lws_set_log_level(LLL_ERR | LLL_WARN, log_lws);
    feed->context = lws_create_context(&settings);
    return feed->context != NULL ? OK : ERR_SYSTEM;
}

enum err feed_open(struct snapshot_cache *cache, struct access *access, struct feed **out)
{
    OWNED(feed_close) struct feed *feed = must_alloc(sizeof *feed);
    pthread_mutex_init(&feed->lock, NULL);
    feed->cache = cache;
    feed->access = access;
    feed->connections = connections_new(access);
    feed->hello = text_of("{\"type\":\"hello\",\"version\":\"" PLAYBUS_VERSION "\"}");
    feed->pong = text_of("{\"type\":\"pong\"}");
    enum err e = open_context(feed);
    if (e != OK) {
        return e;
    }
    lws_sul_schedule(feed->context, 0, &feed->check, check_connections,
                     CHECK_EVERY_MS * LWS_US_PER_MS);
    if (pthread_create(&feed->thread, NULL, serve, feed) != 0) {
        lws_context_destroy(TAKE(feed->context));
        return ERR_SYSTEM;
    }
    *out = TAKE(feed);
    return OK;
}

void feed_close(struct feed **feed)
{
    struct feed *gone = TAKE(*feed);
    if (gone == NULL) {
        return;
    }
    if (gone->context != NULL) {
        atomic_store(&gone->ending, true);
        lws_cancel_service(gone->context);
        pthread_join(gone->thread, NULL);
        lws_context_destroy(gone->context);
    }
    for (size_t i = 0; i < gone->arrival_count; i++) {
        close(gone->arrivals[i].fd);
    }
    connections_destroy(&gone->connections);
    shared_text_drop(&gone->hello);
    shared_text_drop(&gone->pong);
    snapshot_cache_view_release(&gone->view);
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

void feed_wake(struct feed *feed)
{
    lws_cancel_service(feed->context);
}

void feed_recheck(struct feed *feed)
{
    uint64_t now = access_generation(feed->access);
    if (atomic_exchange(&feed->generation, now) != now) {
        lws_cancel_service(feed->context);
    }
}

bool feed_has_room_for(struct feed *feed, const struct caller *caller)
{
    return connections_have_room(feed->connections, caller);
}

enum err feed_adopt(struct feed *feed, int fd, const char *head, size_t size,
                    const struct caller *caller)
{
    struct arrival arrival = {.fd = fd, .head_size = size};
    memcpy(arrival.head, head, size);
    pthread_mutex_lock(&feed->lock);
    bool room = feed->arrival_count < ARRIVALS_MAX;
    if (room) {
        arrival.connection = connection_add(feed->connections, caller);
        feed->arrivals[feed->arrival_count++] = arrival;
    }
    pthread_mutex_unlock(&feed->lock);
    if (!room) {
        close(fd);
        return ERR_BUSY;
    }
    lws_cancel_service(feed->context);
    return OK;
}

struct feed_figures feed_figures(struct feed *feed)
{
    return (struct feed_figures){.clients = atomic_load(&feed->clients),
                                 .accepted = atomic_load(&feed->accepted),
                                 .pushed = atomic_load(&feed->pushed)};
}
