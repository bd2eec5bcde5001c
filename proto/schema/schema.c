/* SPDX-License-Identifier: MIT
 * schema.c - the description tables, made from the rows of *.def. They say the same as the structs
 * of schema.h because both come from the same rows. A row does not know which record it stands in,
 * so each table lives in a function of its own, where HERE names the struct. */
#include "proto/schema/schema.h"

#include <string.h>

/* NOLINTBEGIN: generated tables */
#define REQ .presence = PRESENCE_REQ,
#define OPT .presence = PRESENCE_OPT,
#define NIL .presence = PRESENCE_NIL,
#define MAX(n) .max = (n),
#define RANGE(lo, hi) .ranged = true, .low = (lo), .high = (hi),

#define ENUM(name, doc) static const char *const items_##name[] = {
#define ITEM(enumeration, name, doc) #name,
#define END_ENUM(name) NULL };
#include "proto/schema/each.h"

#define ENUM(name, doc) static const char *const item_docs_##name[] = {
#define ITEM(enumeration, name, doc) doc,
#define END_ENUM(name) NULL };
#include "proto/schema/each.h"

#define ENUM(tag, text)                                                                            \
    const struct enum_desc enum_##tag = {.name = #tag,                                             \
                                         .doc = text,                                              \
                                         .items = items_##tag,                                     \
                                         .item_docs = item_docs_##tag,                             \
                                         .count = tag##_COUNT};
#include "proto/schema/each.h"

#define AUX_STR(name) 0
#define AUX_BIN(name) 0
#define AUX_BOOL(name) offsetof(HERE, has_##name)
#define AUX_I64(name) offsetof(HERE, has_##name)
#define AUX_U64(name) offsetof(HERE, has_##name)
#define AUX_F64(name) offsetof(HERE, has_##name)
#define AUX_TIME(name) offsetof(HERE, has_##name)
#define AUX_ID(name) offsetof(HERE, has_##name)

#define OPEN_TABLE(tag)                                                                            \
    const struct record_desc *desc_##tag(void)                                                     \
    {                                                                                              \
        typedef struct tag HERE;                                                                   \
        static const struct field rows[] = {
#define CLOSE_TABLE(tag)                                                                           \
    }                                                                                              \
    ;                                                                                              \
    static const struct record_desc self = {.name = #tag,                                          \
                                            .doc = docs_##tag,                                     \
                                            .fields = rows,                                        \
                                            .count = sizeof(rows) / sizeof(struct field),          \
                                            .size = sizeof(HERE)};                                 \
    return &self;                                                                                  \
    }

#define RECORD(name, text) static const char docs_##name[] = text;
#define MESSAGE(name, wire, text) static const char docs_##name[] = text;
#include "proto/schema/each.h"

#define RECORD(tag, text) OPEN_TABLE(tag)
#define END_RECORD(tag) CLOSE_TABLE(tag)
#define MESSAGE(tag, wire, text) OPEN_TABLE(tag)
#define END(tag) CLOSE_TABLE(tag)
#define FIELD(kind, tag, rules, text)                                                              \
    {.name = #tag, .doc = text, .type = TYPE_##kind, .offset = offsetof(HERE, tag),                \
     .aux_offset = AUX_##kind(tag), rules},
#define ENUM_FIELD(of, tag, rules, text)                                                           \
    {.name = #tag, .doc = text, .type = TYPE_ENUM, .offset = offsetof(HERE, tag),                  \
     .aux_offset = offsetof(HERE, has_##tag), .enumeration = &enum_##of, rules},
#define RECORD_FIELD(of, tag, rules, text)                                                         \
    {.name = #tag, .doc = text, .type = TYPE_RECORD, .offset = offsetof(HERE, tag),                \
     .aux_offset = offsetof(HERE, has_##tag), .record = desc_##of, rules},
#define LIST_FIELD(of, tag, rules, text)                                                           \
    {.name = #tag, .doc = text, .type = TYPE_LIST, .offset = offsetof(HERE, tag),                  \
     .aux_offset = offsetof(HERE, tag##_count), .record = desc_##of, rules},
#define STRS(tag, rules, text)                                                                     \
    {.name = #tag, .doc = text, .type = TYPE_STRS, .offset = offsetof(HERE, tag),                  \
     .aux_offset = offsetof(HERE, tag##_count), rules},
#include "proto/schema/each.h"

const struct message_desc schema_messages[MSG_COUNT] = {
#define COMMAND(tag, wire_name, answer, text)                                                      \
    [MSG_##tag] = {.wire = wire_name, .kind = KIND_COMMAND, .reply = MSG_##answer,                 \
                   .record = desc_##tag, .doc = text},
#define REPLY(tag, wire_name, text)                                                                \
    [MSG_##tag] = {.wire = wire_name, .kind = KIND_REPLY, .record = desc_##tag, .doc = text},
#define EVENT(tag, wire_name, text)                                                                \
    [MSG_##tag] = {.wire = wire_name, .kind = KIND_EVENT, .record = desc_##tag, .doc = text},
#include "proto/schema/each.h"
};

const struct record_desc *(*const schema_records[])(void) = {
#define RECORD(tag, text) desc_##tag,
#include "proto/schema/each.h"
    NULL};

const struct enum_desc *const schema_enums[] = {
#define ENUM(tag, text) &enum_##tag,
#include "proto/schema/each.h"
    NULL};
/* NOLINTEND */

size_t schema_field_at(const struct record_desc *r, const char *name)
{
    size_t at = 0;
    while (at < r->count && strcmp(r->fields[at].name, name) != 0) {
        at++;
    }
    return at;
}

enum msg_id schema_find(const char *wire)
{
    for (int id = 1; id < MSG_COUNT; id++) {
        if (strcmp(schema_messages[id].wire, wire) == 0) {
            return (enum msg_id)id;
        }
    }
    return MSG_none;
}

const char *schema_enum_text(const struct enum_desc *e, int value)
{
    return value >= 0 && (size_t)value < e->count ? e->items[value] : "?";
}

int schema_enum_value(const struct enum_desc *e, const char *text)
{
    for (size_t i = 0; i < e->count; i++) {
        if (strcmp(e->items[i], text) == 0) {
            return (int)i;
        }
    }
    return -1;
}
