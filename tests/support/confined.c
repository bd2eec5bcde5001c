/* SPDX-License-Identifier: MIT
 * confined.c - what an actor can reach: confines itself as the actor of that name, by the same
 * table and settings, and says of each file on stdin (a path a line) whether it can be opened for
 * reading (r), for writing (w), both (rw) or not at all (-). First a line: confined, or not. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/bus/own_files.h"

static bool opens(const char *path, int how)
{
    OWNED(fd_release) int fd = open(path, how | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0;
}

int main(int argc, char **argv)
{
    struct config *config = NULL;
    char line[4096];
    bool confined = false;
    if (argc != 3 || config_open(argv[2], &config) != OK || chdir(argv[2]) != 0 ||
        own_files_confine(argv[1], config, &confined) != OK) {
        fprintf(stderr, "Usage: confined ACTOR DATA <paths\n");
        return EXIT_FAILURE;
    }
    printf("%s\n", confined ? "confined" : "not");
    while (fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        bool read = opens(line, O_RDONLY);
        bool write = opens(line, O_WRONLY);
        printf("%s%s %s\n", read ? "r" : write ? "" : "-", write ? "w" : "", line);
    }
    config_close(&config);
    return EXIT_SUCCESS;
}
