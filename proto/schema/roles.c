/* SPDX-License-Identifier: MIT
 * roles.c - the table of roles.def, and the hash of the schema. */
#include "proto/schema/roles.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/own.h"

static const struct {
    enum bus_role role;
    enum msg_id message;
    const char *target;
} rows[] = {
#define MAY(role, message, target) {bus_role_##role, MSG_##message, target},
#include "proto/schema/roles.def"
#undef MAY
};

const char *role_target(enum bus_role role, enum msg_id message)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].role == role && rows[i].message == message) {
            return rows[i].target;
        }
    }
    return NULL;
}

static void PRINTF_LIKE(2, 3) add(crypto_generichash_state *state, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    (void)crypto_generichash_update(state, (const unsigned char *)line,
                                    (size_t)size < sizeof(line) ? (size_t)size : sizeof(line));
}

static void add_record(crypto_generichash_state *state, const struct record_desc *r)
{
    add(state, "record %s\n", r->name);
    for (size_t i = 0; i < r->count; i++) {
        const struct field *f = &r->fields[i];
        add(state, "%s %d %d %" PRIu64 " %d %" PRId64 " %" PRId64 " %s %s\n", f->name, f->type,
            f->presence, f->max, f->ranged, f->low, f->high,
            f->record != NULL ? f->record()->name : "",
            f->enumeration != NULL ? f->enumeration->name : "");
    }
}

static void compute(char out[static SCHEMA_HASH_SIZE])
{
    unsigned char hash[(SCHEMA_HASH_SIZE - 1) / 2];
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
    for (size_t i = 0; schema_enums[i] != NULL; i++) {
        add(&state, "enum %s\n", schema_enums[i]->name);
        for (size_t item = 0; item < schema_enums[i]->count; item++) {
            add(&state, "%s\n", schema_enums[i]->items[item]);
        }
    }
    for (size_t i = 0; schema_records[i] != NULL; i++) {
        add_record(&state, schema_records[i]());
    }
    for (int id = 1; id < MSG_COUNT; id++) {
        add(&state, "message %s %d\n", schema_messages[id].wire, schema_messages[id].kind);
        add_record(&state, schema_messages[id].record());
    }
    (void)crypto_generichash_final(&state, hash, sizeof(hash));
    (void)sodium_bin2hex(out, SCHEMA_HASH_SIZE, hash, sizeof(hash));
}

const char *schema_hash(void)
{
    static char hash[SCHEMA_HASH_SIZE];
    if (hash[0] == '\0') {
        compute(hash);
    }
    return hash;
}
