/* SPDX-License-Identifier: MIT
 * own.c - destructors for plain memory and descriptors, and allocation that ends the process when
 * there is none. */
#include "proto/base/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void free_text(char **text)
{
    free(*text);
    *text = NULL;
}

void free_bytes(void **bytes)
{
    free(*bytes);
    *bytes = NULL;
}

void fd_release(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}

void dir_release(DIR **dir)
{
    if (*dir != NULL) {
        (void)closedir(*dir);
        *dir = NULL;
    }
}

static void *or_die(void *memory)
{
    if (memory == NULL) {
        /* No log line: formatting one might allocate. */
        (void)fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *must_alloc(size_t size)
{
    return or_die(calloc(1, size > 0 ? size : 1));
}

void *must_realloc(void *old, size_t size)
{
    return or_die(realloc(old, size > 0 ? size : 1));
}

char *must_strdup(const char *text)
{
    return or_die(strdup(text));
}
