/* SPDX-License-Identifier: MIT
 * rules.h - the rules of a schema row, held against a filled struct: what is packed, unpacked and
 * read from JSON passes the same function. For the files of proto/wire only. */
#ifndef PLAYBUS_PROTO_WIRE_RULES_H
#define PLAYBUS_PROTO_WIRE_RULES_H

#include "proto/wire/codec.h"

/* Where in a message we are: a chain on the stack, written out only for a flaw. */
struct path {
    const struct path *above; /* NULL: the message itself */
    const char *name;
};

/* Fills `out` and returns `code`. The sentence is the path and what `format` makes. */
enum err flaw_at(struct flaw *out, enum err code, const struct path *at, const char *format, ...)
    PRINTF_LIKE(4, 5);
enum err flaw_missing(struct flaw *out, const struct path *at);
enum err flaw_no_such_item(struct flaw *out, const struct field *f, const struct path *at);

/* Is there anything to send of this field? REQ fields other than texts are always there. */
bool field_present(const struct field *f, const void *record);
/* Holds the present field against its row: length, range, well-formed text, finite number, known
 * enum item, item count. Does not look into records and list items. */
enum err rules_check(const struct field *f, const void *record, const struct path *at,
                     struct flaw *out) NODISCARD;

/* ---- the members of a described struct ---- */
#define MEMBER(kind, record, offset) (*(kind *)((char *)(record) + (offset)))
#define MEMBER_OF(kind, record, offset) (*(kind const *)((const char *)(record) + (offset)))

static inline const char *member_text(const struct field *f, const void *record)
{
    return MEMBER_OF(const char *, record, f->offset);
}

static inline size_t member_count(const struct field *f, const void *record)
{
    return MEMBER_OF(size_t, record, f->aux_offset);
}

static inline const void *member_item(const struct field *f, const void *record, size_t index)
{
    return MEMBER_OF(const char *, record, f->offset) + index * f->record()->size;
}

#endif
