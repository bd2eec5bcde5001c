/* SPDX-License-Identifier: MIT
 * own.h - who frees what. A local that owns something says so where it is declared and may then
 * leave by any `return`; TAKE hands the ownership on. */
#ifndef PLAYBUS_PROTO_BASE_OWN_H
#define PLAYBUS_PROTO_BASE_OWN_H

#include <dirent.h>
#include <stddef.h>

/* The destructor gets the address of the variable, accepts NULL in it and sets it to NULL. */
#define OWNED(destroy) __attribute__((cleanup(destroy), unused)) /* clang: cleanup is no use */
#define TAKE(owner)                         \
    ({                                      \
        __typeof__(owner) taken_ = (owner); \
        (owner) = NULL;                     \
        taken_;                             \
    })
#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(text_at, first_at) __attribute__((format(printf, text_at, first_at)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* OWNED(free_text) char *line = …; for anything that came from malloc. */
void free_text(char **text);
void free_bytes(void **bytes);
/* OWNED(fd_release) int fd = open(…): -1 where there is none. */
void fd_release(int *fd);
/* OWNED(dir_release) DIR *dir = opendir(…); */
void dir_release(DIR **dir);

/* Allocation that never returns NULL: out of memory ends the process, its supervisor restarts it.
 */
void *must_alloc(size_t size) NODISCARD; /* zeroed */
void *must_realloc(void *old, size_t size) NODISCARD;
char *must_strdup(const char *text) NODISCARD;

#endif
