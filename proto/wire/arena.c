/* SPDX-License-Identifier: MIT
 * arena.c - a chain of blocks, newest first, each twice as large as the one before. */
#include "proto/wire/arena.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/own.h"

#define FIRST_BLOCK 1024
#define ALIGNMENT _Alignof(max_align_t)

struct block {
    struct block *older;
    size_t size, used;
    _Alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *newest; /* NULL before the first allocation */
};

struct arena *arena_new(void)
{
    return must_alloc(sizeof(struct arena));
}

static void free_from(struct block *block)
{
    while (block != NULL) {
        struct block *older = block->older;
        free(block);
        block = older;
    }
}

void arena_destroy(struct arena **arena)
{
    if (*arena != NULL) {
        free_from((*arena)->newest);
        free(*arena);
        *arena = NULL;
    }
}

void arena_wipe(struct arena *arena)
{
    for (struct block *block = arena->newest; block != NULL; block = block->older) {
        sodium_memzero(block->bytes, block->used);
    }
}

void arena_reset(struct arena *arena)
{
    if (arena->newest != NULL) {
        free_from(arena->newest->older);
        arena->newest->older = NULL;
        arena->newest->used = 0;
    }
}

static void add_block(struct arena *arena, size_t least)
{
    size_t size = arena->newest != NULL ? arena->newest->size * 2 : FIRST_BLOCK;
    assert(least <= SIZE_MAX / 4); /* doubling would never get there */
    while (size < least) {
        size *= 2;
    }
    struct block *block = must_realloc(NULL, sizeof(*block) + size);
    *block = (struct block){.older = arena->newest, .size = size};
    arena->newest = block;
}

static char *take(struct arena *arena, size_t size, size_t alignment)
{
    struct block *b = arena->newest;
    size_t start = b != NULL ? (b->used + alignment - 1) & ~(alignment - 1) : 0;
    if (b == NULL || start > b->size || size > b->size - start) {
        add_block(arena, size);
        b = arena->newest;
        start = 0;
    }
    b->used = start + size;
    return b->bytes + start;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(take(arena, size, ALIGNMENT), 0, size);
}

char *arena_text(struct arena *arena, const char *bytes, size_t size)
{
    char *text = take(arena, size + 1, 1);
    memcpy(text, bytes, size);
    text[size] = '\0';
    return text;
}

char *arena_keep(struct arena *arena, const char *text)
{
    return text != NULL ? arena_text(arena, text, strlen(text)) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        return arena_text(arena, "", 0);
    }
    char *text = take(arena, (size_t)size + 1, 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return text;
}
