/* SPDX-License-Identifier: MIT
 * listen.c - opens the listening socket. Passwords and cookies cross it unencrypted, so it stays on
 * loopback unless the settings say that a proxy encrypts or that the network is trusted. */
#include "gateway/listen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/access/run_files.h"
#include "proto/base/log.h"

#define NOTE "run/gateway.address"
#define BACKLOG 512

static enum err read_plain_lan(const struct config *config, bool *out)
{
    const char *text = config_text(config, SETTING_gateway_plain_lan);
    *out = strcmp(text, "yes") == 0;
    if (!*out && strcmp(text, "no") != 0) {
        log_error("gateway.allow_plain_lan=%s is neither yes nor no", text);
        return ERR_BAD_SETTING;
    }
    return OK;
}

enum err listen_open(const struct config *config, struct listen_place *out)
{
    bool plain_lan = false;
    struct endpoint wanted;
    struct endpoint got;
    enum err e = read_plain_lan(config, &plain_lan);
    e = e == OK ? endpoint_from_settings(config, &wanted) : e;
    if (e != OK) {
        return e;
    }
    struct listen_place place = {.plain_lan = plain_lan && !endpoint_is_loopback(&wanted)};
    e = endpoint_bind(&wanted, &place.socket);
    if (e == OK && listen(place.socket, BACKLOG) != 0) {
        e = ERR_SYSTEM;
        (void)close(place.socket);
    }
    if (e != OK) {
        log_error("cannot listen on %s: %s", config_text(config, SETTING_gateway_listen),
                  strerror(errno));
        return ERR_SYSTEM; /* a port may become free again: the supervisor tries */
    }
    endpoint_of_socket(place.socket, &got);
    place.port = endpoint_port(&got);
    endpoint_text(&got, place.address);
    *out = place;
    /* Aside, as this process may write to no file of run/ once it is confined. */
    return run_file_write(NOTE ".new", place.address,
                          config_text(config, SETTING_access_cli_group));
}

enum err listen_publish(void)
{
    return rename(NOTE ".new", NOTE) == 0 ? OK : ERR_SYSTEM;
}

void listen_withdraw(void)
{
    unlink(NOTE);
}
