/* SPDX-License-Identifier: MIT
 * start_refusal.c - three lines: the code, what it is about (may be empty), how often it was tried.
 */
#include "proto/bus/start_refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"

enum {
    RETRY_FIRST_MS = 250, /* the wait after a failed start; doubled with each */
    TRIES_COUNTED = 6     /* up to 16 s */
};

static bool read_line(FILE *file, char *out, int room)
{
    if (fgets(out, room, file) == NULL) {
        return false;
    }
    out[strcspn(out, "\n")] = '\0';
    return true;
}

bool refusal_read(const char *actor, struct start_refusal *out)
{
    char path[80];
    char code[64];
    char tries[16];
    (void)snprintf(path, sizeof(path), START_REFUSAL_FILE, actor);
    FILE *file = fopen(path, "re");
    bool read = file != NULL && read_line(file, code, sizeof(code)) &&
                read_line(file, out->about, sizeof(out->about)) &&
                read_line(file, tries, sizeof(tries));
    if (file != NULL) {
        (void)fclose(file);
    }
    if (read) {
        out->code = err_from_code(code);
        out->tries = strtol(tries, NULL, 10);
    }
    return read;
}

static int tries_before(const char *actor)
{
    struct start_refusal before;
    if (!refusal_read(actor, &before)) {
        return 0;
    }
    return before.tries < 0 || before.tries > TRIES_COUNTED ? TRIES_COUNTED : (int)before.tries;
}

/* Whole or not at all: who starts the actors may look at any moment. */
static bool write_refusal(const char *path, enum err e, int tries)
{
    char part[96];
    (void)snprintf(part, sizeof(part), "%s.part", path);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool whole = fd >= 0 && dprintf(fd, "%s\n%s\n%d\n", err_code(e), err_about_text(), tries) > 0;
    whole = fd >= 0 && close(fd) == 0 && whole && rename(part, path) == 0;
    if (!whole) {
        log_warn("cannot write path=%s reason=%s, going on without", path, strerror(errno));
    }
    return whole;
}

int refusal_leave(const char *actor, enum err e)
{
    char path[80];
    (void)snprintf(path, sizeof(path), START_REFUSAL_FILE, actor);
    int tries = tries_before(actor);
    bool counted = write_refusal(path, e, tries + 1);
    return counted ? RETRY_FIRST_MS << tries : RETRY_FIRST_MS << TRIES_COUNTED;
}

void refusal_withdraw(const char *actor)
{
    char path[80];
    (void)snprintf(path, sizeof(path), START_REFUSAL_FILE, actor);
    (void)unlink(path);
}
