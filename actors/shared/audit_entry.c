/* SPDX-License-Identifier: MIT
 * audit_entry.c - entries to bytes and back, by the record's own table. */
#include "actors/shared/audit_entry.h"

#include <string.h>

#include "proto/wire/json.h"

char *audit_entry_bytes(const struct audit_entry *entry)
{
    OWNED(json_release) json_t *json = record_to_json(desc_audit_entry(), entry);
    return json_dumps(json, JSON_COMPACT);
}

enum err audit_entry_read(struct bytes bytes, struct arena *arena, struct audit_entry *out)
{
    OWNED(json_release)
    json_t *json = json_loadb(bytes.data, bytes.size, JSON_REJECT_DUPLICATES, NULL);
    struct flaw flaw;
    if (json == NULL || record_from_json(desc_audit_entry(), json, NULL, arena, out, &flaw) != OK) {
        return ERR_AUDIT_BROKEN;
    }
    return OK;
}

static json_t *params_of(const struct audit_entry *entry)
{
    return entry->params == NULL ? NULL : json_loads(entry->params, JSON_REJECT_DUPLICATES, NULL);
}

const char *audit_entry_text(const struct audit_entry *entry, const char *name, struct arena *arena)
{
    OWNED(json_release) json_t *params = params_of(entry);
    const char *text = json_string_value(json_object_get(params, name));
    return arena_keep(arena, text);
}

uint64_t audit_entry_number(const struct audit_entry *entry, const char *name)
{
    OWNED(json_release) json_t *params = params_of(entry);
    json_int_t number = json_integer_value(json_object_get(params, name));
    return number > 0 ? (uint64_t)number : 0;
}
