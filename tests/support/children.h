/* SPDX-License-Identifier: MIT
 * children.h - real processes for the tests of the bus: the broker as shipped, and actors played by
 * the test program itself, which is run again under the name of a role. What a child prints is read
 * line by line with a deadline, so no test sleeps. */
#ifndef PLAYBUS_TESTS_SUPPORT_CHILDREN_H
#define PLAYBUS_TESTS_SUPPORT_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "proto/bus/actor.h"

struct child {
    pid_t pid;
    int in;  /* what it is told */
    int out; /* what it prints */
    char text[65536];
    size_t size;
    char newest[256]; /* line it said: what it did instead of what was waited for */
};

struct role {
    const char *name;                 /* as argv[0] of the child */
    const struct actor_spec *spec;    /* an actor, or */
    int (*run)(const char *data_dir); /* anything else */
};

/* The main of such a test program: plays a role if it was started as one (returns true). */
bool child_plays(int argc, char **argv, const struct role *roles, int *out_status);

char *children_folder(void); /* a fresh data folder; the caller frees the text */
void children_remove_folder(char **folder);

void child_start(struct child *c, const char *role, const char *data_dir);
void broker_start(struct child *c, const char *data_dir);
/* The next line. */
void child_line(struct child *c, char *line, size_t room);
/* Waits for a line that begins with this; ends the test program after ten seconds. */
void child_expect(struct child *c, const char *line);
/* The very next line has to be this. */
void child_expect_next(struct child *c, const char *line);
/* Waits for one line of each of these beginnings, in any order; NULL at the end. */
void child_expect_all(struct child *c, const char *const *wanted);
/* As child_expect, and gives the number after the text. */
long child_expect_number(struct child *c, const char *text);
void child_tell(struct child *c, const char *format, ...) PRINTF_LIKE(2, 3); /* one line */
void child_kill(struct child *c); /* SIGKILL, and waits */
int child_end(struct child *c);   /* SIGTERM, and waits; the exit status, 128 + signal if killed */
int child_wait(struct child *c);
long child_resident_kib(const struct child *c);

/* A child says something: one line, at once. */
void say(const char *format, ...) PRINTF_LIKE(1, 2);

/* An actor hears what child_tell says: `fn` in its loop, a line at a time. */
typedef void told_fn(struct actor *a, const char *line);
void hear(struct actor *a, told_fn *fn);

#endif
