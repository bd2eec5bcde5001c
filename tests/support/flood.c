/* SPDX-License-Identifier: MIT
 * flood.c - strangers who flood the door, at as little cost of their own as can be: `flood KEYFILE`
 * knows from a worker's key where the door is and whose, and goes on until SIGTERM.
 *
 * Connections without a word, garbage, half a greeting, a greeting with garbage; and CURVE
 * handshakes, each with a new key that nobody knows. Half of the connections come from one address,
 * each of the others from another one of 127.0.0.0/8, as of very many machines. At the end it
 * prints as JSON how many were tried, and how many of them came through: connections that were
 * accepted by the kernel, handshakes that the door refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/bus/remote.h"
#include "proto/wire/envelope.h"

enum { CONNECTIONS = 256, HANDSHAKES = 24, LONGEST_MS = 200, WORDS = 4, GREETING = 64 };

struct connection {
    int fd;
    int64_t until_ms;
    bool through;
};

struct handshake {
    zsock_t *dealer, *monitor;
    int64_t until_ms;
};

struct door_at {
    struct sockaddr_in address;
    const char *endpoint, *key; /* of the worker's certificate */
};

static struct {
    unsigned long connections, connected, handshakes, refused;
} told;
static volatile sig_atomic_t over;
static unsigned char garbage[GREETING + 3000];

static void end(int signal)
{
    (void)signal;
    over = 1;
}

/* ---- connections ---- */

static void start_connection(struct connection *c, const struct door_at *door)
{
    const struct linger no_goodbye = {.l_onoff = 1};
    bool of_many = told.connections % 2 == 1;
    uint32_t host = of_many ? 0x7f430000U + (uint32_t)(random() & 0xffff) : 0x7f420001U;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)};
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    c->until_ms = zclock_mono() + LONGEST_MS;
    c->through = false;
    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &no_goodbye, sizeof(no_goodbye));
    if (bind(c->fd, (const struct sockaddr *)&from, sizeof(from)) != 0 ||
        (connect(c->fd, (const struct sockaddr *)&door->address, sizeof(door->address)) != 0 &&
         errno != EINPROGRESS)) {
        perror("flood");
        exit(EXIT_FAILURE);
    }
    told.connections++;
}

static void say_something(struct connection *c)
{
    static const size_t sizes[WORDS] = {0, 3000, GREETING, sizeof(garbage)};
    size_t word = told.connected++ % WORDS;
    c->through = true;
    (void)send(c->fd, word == 1 ? garbage + GREETING : garbage, sizes[word], MSG_NOSIGNAL);
}

static void go_on_connection(struct connection *c, const struct door_at *door, short happened)
{
    bool gone = (happened & (ZMQ_POLLERR | ZMQ_POLLIN)) != 0; /* or a greeting: it is heard */
    if (!c->through && !gone && (happened & ZMQ_POLLOUT) != 0) {
        say_something(c);
    } else if (gone || zclock_mono() > c->until_ms) {
        close(c->fd);
        start_connection(c, door);
    }
}

/* ---- handshakes ---- */

static void start_handshake(struct handshake *h, const struct door_at *door)
{
    char name[64];
    zcert_t *stranger = zcert_new();
    (void)snprintf(name, sizeof(name), "inproc://handshake-%lu", told.handshakes);
    h->dealer = remote_dealer(stranger, door->key, name);
    h->monitor = zsock_new(ZMQ_PAIR);
    h->until_ms = zclock_mono() + LONGEST_MS;
    zsock_set_linger(h->dealer, 0);
    zsock_set_reconnect_ivl(h->dealer, -1);
    if (zmq_socket_monitor(zsock_resolve(h->dealer), name,
                           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED) != 0 ||
        zsock_connect(h->monitor, "%s", name) != 0 ||
        zsock_connect(h->dealer, "%s", door->endpoint) != 0) {
        exit(EXIT_FAILURE);
    }
    zcert_destroy(&stranger);
    told.handshakes++;
}

static void go_on_handshake(struct handshake *h, const struct door_at *door, short happened)
{
    zmq_msg_t frames[2];
    uint16_t event = 0;
    bool heard = (happened & ZMQ_POLLIN) != 0 &&
                 frames_receive(zsock_resolve(h->monitor), frames, 2) == FRAMES_TAKEN;
    if (heard) {
        memcpy(&event, zmq_msg_data(&frames[0]), sizeof(event));
        frames_close(frames, 2);
        told.refused += event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH ? 1 : 0;
    }
    if (heard || zclock_mono() > h->until_ms) {
        zmq_socket_monitor(zsock_resolve(h->dealer), NULL, 0);
        zsock_destroy(&h->monitor);
        zsock_destroy(&h->dealer);
        start_handshake(h, door);
    }
}

/* ---- both ---- */

static void flood(const struct door_at *door)
{
    static struct connection connections[CONNECTIONS];
    static struct handshake handshakes[HANDSHAKES];
    zmq_pollitem_t items[CONNECTIONS + HANDSHAKES];
    for (size_t i = 0; i < CONNECTIONS; i++) {
        start_connection(&connections[i], door);
    }
    for (size_t i = 0; i < HANDSHAKES; i++) {
        start_handshake(&handshakes[i], door);
    }
    while (!over) {
        for (size_t i = 0; i < CONNECTIONS; i++) {
            short wanted = connections[i].through ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT;
            items[i] = (zmq_pollitem_t){.fd = connections[i].fd, .events = wanted};
        }
        for (size_t i = 0; i < HANDSHAKES; i++) {
            items[CONNECTIONS + i] = (zmq_pollitem_t){
                .socket = zsock_resolve(handshakes[i].monitor), .events = ZMQ_POLLIN};
        }
        (void)zmq_poll(items, CONNECTIONS + HANDSHAKES, 10);
        for (size_t i = 0; i < CONNECTIONS; i++) {
            go_on_connection(&connections[i], door, items[i].revents);
        }
        for (size_t i = 0; i < HANDSHAKES; i++) {
            go_on_handshake(&handshakes[i], door, items[CONNECTIONS + i].revents);
        }
    }
}

int main(int argc, char **argv)
{
    static const unsigned char greeting[] = {0xff, 0, 0, 0,   0,   0,   0,   0,  1,
                                             0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'};
    zsys_handler_set(NULL);
    zcert_t *known = argc == 2 ? zcert_load(argv[1]) : NULL;
    unsigned port = 0;
    char host[64];
    struct door_at door = {.address.sin_family = AF_INET};
    door.endpoint = known != NULL ? zcert_meta(known, "endpoint") : NULL;
    if (door.endpoint == NULL || sscanf(door.endpoint, "tcp://%63[0-9.]:%u", host, &port) != 2) {
        fprintf(stderr, "Usage: flood KEYFILE\n");
        return EXIT_FAILURE;
    }
    door.key = zcert_meta(known, "door");
    door.address.sin_port = htons((uint16_t)port);
    door.address.sin_addr.s_addr = inet_addr(host);
    memset(garbage, 7, sizeof(garbage));
    memset(garbage, 0, GREETING);
    memcpy(garbage, greeting, sizeof(greeting));
    const struct sigaction act = {.sa_handler = end};
    sigaction(SIGTERM, &act, NULL);
    flood(&door);
    printf("{\"connections\":%lu,\"connected\":%lu,\"handshakes\":%lu,\"refused\":%lu}\n",
           told.connections, told.connected, told.handshakes, told.refused);
    fflush(stdout);
    _exit(EXIT_SUCCESS); /* what is under way ends with it */
}
