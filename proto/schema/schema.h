/* SPDX-License-Identifier: MIT
 * schema.h - the C types of every message and record, and the tables that describe them, all made
 * from the rows of *.def. A new field is one row there and nothing else.
 *
 * In a struct: STR is a borrowed `const char *` (NULL: absent), BIN a `struct bytes` (NULL data:
 * absent), TIME milliseconds UTC. Every other scalar, ENUM_FIELD and RECORD_FIELD has a `has_<name>`
 * beside it, which counts for OPT and NIL fields only. Lists are `<name>` with `<name>_count`. */
#ifndef PLAYBUS_PROTO_SCHEMA_SCHEMA_H
#define PLAYBUS_PROTO_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const void *data;
    size_t size;
};

#define NATIVE_ID_MAX 255 /* bytes of a text that is one */
/* What a source calls one of its rows: a number or a text. */
struct native_id {
    int64_t number;    /* where there is no text */
    struct bytes text; /* borrowed, without a NUL at its end; NULL data: a number */
};

/* Fill an optional scalar: PUT(&m, limit, 100); */
#define PUT(record, field, value) ((record)->field = (value), (record)->has_##field = true)

/* ---- C types ---- */
/* NOLINTBEGIN: generated declarations */
#define ENUM(name, doc) enum name {
#define ITEM(enumeration, name, doc) enumeration##_##name,
#define END_ENUM(name) name##_COUNT };
#include "proto/schema/each.h"

#define C_STR(name) const char *name
#define C_BIN(name) struct bytes name
#define C_BOOL(name) bool name, has_##name
#define C_I64(name) int64_t name; bool has_##name
#define C_U64(name) uint64_t name; bool has_##name
#define C_F64(name) double name; bool has_##name
#define C_TIME(name) int64_t name; bool has_##name
#define C_ID(name) struct native_id name; bool has_##name

#define RECORD(name, doc) struct name {
#define END_RECORD(name) };
#define MESSAGE(name, wire, doc) struct name {
#define END(name) };
#define FIELD(type, name, rules, doc) C_##type(name);
#define ENUM_FIELD(enumeration, name, rules, doc) enum enumeration name; bool has_##name;
#define RECORD_FIELD(record, name, rules, doc) struct record name; bool has_##name;
#define LIST_FIELD(record, name, rules, doc) struct record *name; size_t name##_count;
#define STRS(name, rules, doc) const char **name; size_t name##_count;
#include "proto/schema/each.h"

/* MSG_<name>: dense numbers of this build, never sent. 0 is no message. */
enum msg_id {
    MSG_none,
#define MESSAGE(name, wire, doc) MSG_##name,
#include "proto/schema/each.h"
    MSG_COUNT
};
/* NOLINTEND */

/* ---- tables ---- */
enum field_type { TYPE_STR, TYPE_BIN, TYPE_BOOL, TYPE_I64, TYPE_U64, TYPE_F64, TYPE_TIME,
                  TYPE_ID, /* a number or a text: struct native_id */
                  TYPE_ENUM, TYPE_RECORD, TYPE_LIST, TYPE_STRS };
enum presence { PRESENCE_REQ, /* must be there */
                PRESENCE_OPT, /* absent: left out */
                PRESENCE_NIL  /* absent: nil in msgpack, null in JSON */ };
enum message_kind { KIND_COMMAND, KIND_REPLY, KIND_EVENT };

struct enum_desc {
    const char *name;
    const char *doc;
    const char *const *items; /* by value */
    const char *const *item_docs;
    size_t count;
};

struct field {
    const char *name;
    const char *doc;
    enum field_type type;
    enum presence presence;
    size_t offset;     /* of the value, in the struct */
    size_t aux_offset; /* of has_<name>, or of <name>_count for TYPE_LIST and TYPE_STRS; unused for STR, BIN */
    uint64_t max;      /* bytes of STR, BIN and ID, items of lists */
    bool ranged;
    int64_t low, high; /* inclusive, for I64 and U64 if ranged */
    const struct record_desc *(*record)(void); /* TYPE_RECORD, TYPE_LIST */
    const struct enum_desc *enumeration; /* TYPE_ENUM */
};

struct record_desc {
    const char *name;
    const char *doc;
    const struct field *fields;
    size_t count;
    size_t size; /* of the struct */
};

struct message_desc {
    const char *wire; /* its name on the bus, as in "import.start" */
    enum message_kind kind;
    enum msg_id reply; /* what answers a command; MSG_none for the others */
    const struct record_desc *(*record)(void);
    const char *doc;
};

extern const struct message_desc schema_messages[MSG_COUNT];
extern const struct record_desc *(*const schema_records[])(void); /* RECORDs only, NULL at the end */
extern const struct enum_desc *const schema_enums[];     /* NULL at the end */

/* desc_<name>(), for records and messages alike, and enum_<name>. */
/* NOLINTBEGIN */
#define RECORD(name, doc) const struct record_desc *desc_##name(void);
#define MESSAGE(name, wire, doc) const struct record_desc *desc_##name(void);
#define ENUM(name, doc) extern const struct enum_desc enum_##name;
#include "proto/schema/each.h"
/* NOLINTEND */

/* The place of a field among those of its record; their count if it has none of this name. */
size_t schema_field_at(const struct record_desc *r, const char *name);

/* The message of a wire name; MSG_none if there is none. */
enum msg_id schema_find(const char *wire);
/* The item's name, or "?" beyond the last. */
const char *schema_enum_text(const struct enum_desc *e, int value);
/* The item's value, or -1. */
int schema_enum_value(const struct enum_desc *e, const char *text);

/* What the audit log calls something that is done, by its row in audit_actions.def: so it has words. */
#define AUDIT_ACTION(name) schema_enum_text(&enum_audit_action, audit_action_##name)

#endif
