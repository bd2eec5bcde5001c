/* SPDX-License-Identifier: MIT
 * counts.c - a small hash table that is written out when it is full and at the end of the
 * transaction. */
#include "actors/history/counts.h"

#include <string.h>
#include <xxhash.h>

enum { SLOTS = 4096, SLOTS_USED_MAX = 3072 };

struct slot {
    const char *key; /* borrowed; NULL: empty slot */
    size_t size;
    uint64_t n;
    enum dimension dimension;
    enum outcome outcome;
};

struct counts {
    size_t used;
    struct slot slots[SLOTS];
};

struct counts *counts_new(void)
{
    return must_alloc(sizeof(struct counts));
}

void counts_destroy(struct counts **counts)
{
    void *memory = *counts;
    free_bytes(&memory);
    *counts = NULL;
}

void counts_reset(struct counts *c)
{
    memset(c, 0, sizeof *c);
}

static struct slot *find_slot(struct counts *c, enum dimension dimension, enum outcome outcome,
                              const char *key, size_t size)
{
    uint64_t at = XXH3_64bits_withSeed(key, size, (uint64_t)dimension * OUTCOME_COUNT + outcome);
    for (;; at++) {
        struct slot *slot = &c->slots[at % SLOTS];
        bool same = slot->key != NULL && slot->dimension == dimension && slot->outcome == outcome &&
                    slot->size == size && memcmp(slot->key, key, size) == 0;
        if (same || slot->key == NULL) {
            return slot;
        }
    }
}

enum err counts_add(struct counts *c, struct store *s, int64_t job_no, enum dimension dimension,
                    const char *key, enum outcome outcome, uint64_t n)
{
    const char *text = key != NULL ? key : "";
    size_t size = strlen(text);
    if (c->used >= SLOTS_USED_MAX) {
        enum err e = counts_flush(c, s, job_no);
        if (e != OK) {
            return e;
        }
    }
    struct slot *slot = find_slot(c, dimension, outcome, text, size);
    if (slot->key == NULL) {
        *slot = (struct slot){text, size, 0, dimension, outcome};
        c->used++;
    }
    slot->n += n;
    return OK;
}

enum err counts_flush(struct counts *c, struct store *s, int64_t job_no)
{
    sqlite3_stmt *add = s->stmts[STMT_COUNT_ADD];
    enum err e = OK;
    for (size_t i = 0; e == OK && i < SLOTS; i++) {
        const struct slot *slot = &c->slots[i];
        if (slot->key != NULL) {
            stmt_number(add, 1, job_no);
            stmt_number(add, 2, slot->dimension);
            sqlite3_bind_text64(add, 3, slot->key, slot->size, SQLITE_STATIC, SQLITE_UTF8);
            stmt_number(add, 4, slot->outcome);
            stmt_number(add, 5, (int64_t)slot->n);
            e = stmt_run(add);
        }
    }
    counts_reset(c);
    return e;
}
