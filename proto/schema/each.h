/* SPDX-License-Identifier: MIT
 * each.h - walks every row of the schema. Define the row macros you care about, include this file;
 * the others expand to nothing, and all are undefined again afterwards. MESSAGE stands for a COMMAND,
 * a REPLY or an EVENT that is not defined itself. No include guard, on purpose. */
/* NOLINTBEGIN */
#ifndef ENUM
#define ENUM(name, doc)
#endif
#ifndef STORED_ENUM
#define STORED_ENUM(name, doc) ENUM(name, doc)
#endif
#ifndef ITEM
#define ITEM(enumeration, name, doc)
#endif
#ifndef END_ENUM
#define END_ENUM(name)
#endif
#ifndef RECORD
#define RECORD(name, doc)
#endif
#ifndef END_RECORD
#define END_RECORD(name)
#endif
#ifndef MESSAGE
#define MESSAGE(name, wire, doc)
#endif
#ifndef COMMAND
#define COMMAND(name, wire, reply, doc) MESSAGE(name, wire, doc)
#endif
#ifndef REPLY
#define REPLY(name, wire, doc) MESSAGE(name, wire, doc)
#endif
#ifndef EVENT
#define EVENT(name, wire, doc) MESSAGE(name, wire, doc)
#endif
#ifndef END
#define END(name)
#endif
#ifndef FIELD
#define FIELD(type, name, rules, doc)
#endif
#ifndef ENUM_FIELD
#define ENUM_FIELD(enumeration, name, rules, doc)
#endif
#ifndef RECORD_FIELD
#define RECORD_FIELD(record, name, rules, doc)
#endif
#ifndef LIST_FIELD
#define LIST_FIELD(record, name, rules, doc)
#endif
#ifndef STRS
#define STRS(name, rules, doc)
#endif

#include "proto/schema/all.def"

#undef STORED_ENUM
#undef ENUM
#undef ITEM
#undef END_ENUM
#undef RECORD
#undef END_RECORD
#undef COMMAND
#undef REPLY
#undef EVENT
#undef MESSAGE
#undef END
#undef FIELD
#undef ENUM_FIELD
#undef RECORD_FIELD
#undef LIST_FIELD
#undef STRS
/* NOLINTEND */
