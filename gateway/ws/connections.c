/* SPDX-License-Identifier: MIT
 * connections.c - a list under one mutex: the HTTP thread adds to it, the thread of the sockets
 * checks it and removes. */
#include "gateway/ws/connections.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "proto/base/clock.h"

#define CHECK_EVERY_MS 1000

struct connection {
    struct caller caller; /* who must still be what they were */
    bool ended;
    void *socket; /* borrowed; NULL until it can be closed properly */
    LIST_ENTRY(connection) others;
};

struct connections {
    struct access *access; /* borrowed */
    pthread_mutex_t lock;
    LIST_HEAD(, connection) list;
    uint64_t generation; /* of the accounts, at the last check */
    int64_t checked_at_ms;
};

struct connections *connections_new(struct access *access)
{
    struct connections *connections = must_alloc(sizeof *connections);
    connections->access = access;
    pthread_mutex_init(&connections->lock, NULL);
    return connections;
}

void connections_destroy(struct connections **connections)
{
    struct connections *gone = TAKE(*connections);
    if (gone == NULL) {
        return;
    }
    while (!LIST_EMPTY(&gone->list)) {
        connection_remove(gone, LIST_FIRST(&gone->list));
    }
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

bool connections_have_room(struct connections *connections, const struct caller *caller)
{
    size_t count = 0;
    const struct connection *connection = NULL;
    pthread_mutex_lock(&connections->lock);
    LIST_FOREACH (connection, &connections->list, others) {
        count += strcmp(connection->caller.key, caller->key) == 0 ? 1 : 0;
    }
    pthread_mutex_unlock(&connections->lock);
    return count < CONNECTIONS_EACH_MAX;
}

struct connection *connection_add(struct connections *connections, const struct caller *caller)
{
    struct connection *connection = must_alloc(sizeof *connection);
    connection->caller = *caller;
    pthread_mutex_lock(&connections->lock);
    LIST_INSERT_HEAD(&connections->list, connection, others);
    pthread_mutex_unlock(&connections->lock);
    return connection;
}

void connection_remove(struct connections *connections, struct connection *connection)
{
    pthread_mutex_lock(&connections->lock);
    LIST_REMOVE(connection, others);
    pthread_mutex_unlock(&connections->lock);
    free(connection);
}

void connection_set_socket(struct connections *connections, struct connection *connection,
                           void *socket)
{
    pthread_mutex_lock(&connections->lock);
    connection->socket = socket;
    pthread_mutex_unlock(&connections->lock);
}

bool connection_is_of_admin(const struct connection *connection)
{
    return connection->caller.role == ROLE_ADMIN;
}

bool connection_has_ended(const struct connection *connection)
{
    return connection->ended;
}

void connections_check(struct connections *connections, void (*on_ended)(void *socket))
{
    uint64_t generation = access_generation(connections->access);
    int64_t now_ms = clock_monotonic_ms();
    if (generation == connections->generation &&
        now_ms - connections->checked_at_ms < CHECK_EVERY_MS) {
        return;
    }
    connections->generation = generation;
    connections->checked_at_ms = now_ms;
    struct connection *connection = NULL;
    pthread_mutex_lock(&connections->lock);
    LIST_FOREACH (connection, &connections->list, others) {
        if (!access_is_live(connections->access, &connection->caller, clock_wall_ms())) {
            connection->ended = true;
            if (connection->socket != NULL) {
                on_ended(connection->socket);
            }
        }
    }
    pthread_mutex_unlock(&connections->lock);
}
