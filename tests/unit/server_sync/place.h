/* SPDX-License-Identifier: MIT
 * place.h - a fresh folder to work in, as a data folder is. */
#ifndef PLAYBUS_TESTS_UNIT_SERVER_SYNC_PLACE_H
#define PLAYBUS_TESTS_UNIT_SERVER_SYNC_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#define PLACE_TEST(function) cmocka_unit_test_setup_teardown(function, place_enter, place_leave)

static inline int place_enter(void **state)
{
    static char place[64];
    (void)snprintf(place, sizeof place, "/tmp/playbus-servers-XXXXXX");
    *state = place;
    (void)umask(077);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    return sodium_init() >= 0 && mkdtemp(place) != NULL && chdir(place) == 0 ? 0 : -1;
}

static inline int place_leave(void **state)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r %s", (const char *)*state);
    return chdir("/") == 0 ? system(command) : -1;
}

/* Is the text somewhere in a file of the folder, or of one in it? */
static inline bool place_holds(const char *text)
{
    char command[256];
    (void)snprintf(command, sizeof command, "grep -rqaF -e '%s' .", text);
    return system(command) == 0;
}

#endif
