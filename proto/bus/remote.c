/* SPDX-License-Identifier: MIT
 * remote.c - keys and sockets of the way between machines. */
#include "proto/bus/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    LINGER_MS = 1000,
    QUEUE = 64,
    RECONNECT_MS = 200,
    IDLE_S = 5,
    EVERY_S = 2,
    COUNT = 3,
    RTO_MS = 10000
};

bool remote_fingerprint(const char *public_z85, char out[static REMOTE_ID_SIZE])
{
    unsigned char key[32];
    unsigned char hash[(REMOTE_ID_SIZE - 1) / 2];
    if (public_z85 == NULL || strlen(public_z85) != REMOTE_Z85_SIZE - 1 ||
        zmq_z85_decode(key, public_z85) == NULL) {
        return false;
    }
    (void)crypto_generichash(hash, sizeof(hash), key, sizeof(key), NULL, 0);
    (void)sodium_bin2hex(out, REMOTE_ID_SIZE, hash, sizeof(hash));
    return true;
}

void remote_watch_peer(zsock_t *socket)
{
    zsock_set_tcp_keepalive(socket, 1);
    zsock_set_tcp_keepalive_idle(socket, IDLE_S);
    zsock_set_tcp_keepalive_intvl(socket, EVERY_S);
    zsock_set_tcp_keepalive_cnt(socket, COUNT);
    zsock_set_tcp_maxrt(socket, RTO_MS);
}

zsock_t *remote_dealer(const zcert_t *own, const char *door_z85, const char *route)
{
    unsigned char key[32];
    zsock_t *dealer = zsock_new(ZMQ_DEALER);
    if (dealer == NULL || door_z85 == NULL || strlen(door_z85) != REMOTE_Z85_SIZE - 1 ||
        zmq_z85_decode(key, door_z85) == NULL) {
        zsock_destroy(&dealer);
        return NULL;
    }
    zsock_set_linger(dealer, LINGER_MS);
    zsock_set_sndtimeo(dealer, 0);
    zsock_set_immediate(dealer, 1);
    zsock_set_sndhwm(dealer, QUEUE);
    zsock_set_rcvhwm(dealer, QUEUE);
    zsock_set_maxmsgsize(dealer, REMOTE_MESSAGE_MAX);
    zsock_set_reconnect_ivl(dealer, RECONNECT_MS);
    zsock_set_ipv6(dealer, 1);
    remote_watch_peer(dealer);
    zcert_apply((zcert_t *)own, dealer);
    zsock_set_curve_serverkey_bin(dealer, key);
    zsock_set_identity(dealer, route);
    return dealer;
}

static enum err sync_path(const char *path, int flags)
{
    OWNED(fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    return fd >= 0 && fsync(fd) == 0 ? OK : err_from_errno(errno);
}

enum err remote_keep_folder(const char *folder)
{
    return sync_path(folder, O_DIRECTORY);
}

enum err remote_keep_key(const char *made, const char *path)
{
    char folder[256];
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
    enum err e = sync_path(made, O_NOFOLLOW);
    if (e == OK && rename(made, path) != 0) {
        e = err_from_errno(errno);
    }
    return e == OK ? remote_keep_folder(folder) : e;
}

void remote_machine(char *out, size_t room)
{
    if (gethostname(out, room) != 0 || out[0] == '\0') {
        (void)snprintf(out, room, "unknown");
    }
    out[room - 1] = '\0';
}
