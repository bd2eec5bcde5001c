/* SPDX-License-Identifier: MIT
 * listener.c - a gateway works in its data folder and writes its address down there, so the one
 * that has a port is found without asking it anything. */
#include "actors/cli/listener.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/invocation.h"
#include "actors/cli/say.h"

/* Is the process a gateway at this port? Then its data folder. */
static bool is_gateway_at(long pid, const char *port, char out_folder[static PATH_MAX])
{
    char path[PATH_MAX + 32];
    char name[32];
    char address[ADDRESS_SIZE];
    (void)snprintf(path, sizeof path, "/proc/%ld/comm", pid);
    if (!read_first_line(path, name, sizeof name) || strcmp(name, "playbus-gateway") != 0) {
        return false;
    }
    (void)snprintf(path, sizeof path, "/proc/%ld/cwd", pid);
    ssize_t size = readlink(path, out_folder, PATH_MAX - 1);
    if (size <= 0) {
        return false; /* another user's */
    }
    out_folder[size] = '\0';
    (void)snprintf(path, sizeof path, "%s/run/gateway.address", out_folder);
    const char *colon =
        read_first_line(path, address, sizeof address) ? strrchr(address, ':') : NULL;
    return colon != NULL && strcmp(colon, port) == 0;
}

static bool find(const char *port, char out_folder[static PATH_MAX])
{
    bool found = false;
    DIR *processes = opendir("/proc");
    const struct dirent *entry = processes == NULL ? NULL : readdir(processes);
    for (; entry != NULL && !found; entry = readdir(processes)) {
        long pid = strtol(entry->d_name, NULL, 10);
        found = pid > 0 && is_gateway_at(pid, port, out_folder);
    }
    if (processes != NULL) {
        (void)closedir(processes);
    }
    return found;
}

int listener_say_error(const char *about)
{
    char address[ADDRESS_SIZE];
    char folder[PATH_MAX];
    char stop[INVOCATION_SIZE];
    const char *end = strstr(about, ": ");
    int size = end == NULL ? (int)strlen(about) : (int)(end - about);
    (void)snprintf(address, sizeof address, "%.*s", size, about);
    const char *port = strrchr(address, ':');
    if (port == NULL || !find(port, folder)) {
        return say_error(ERR_ADDRESS_TAKEN, "%s", address);
    }
    invocation_text("stop", folder, stop);
    say(stderr,
        "playbus: The Playbus of another data folder serves at %s already\n"
        "  its data folder is  %s\n"
        "  Stop it with:       %s\n"
        "  or give this one another address; a port that is free:  --listen 127.0.0.1:0\n",
        address, folder, stop);
    return EXIT_FAILED;
}
