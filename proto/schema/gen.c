/* SPDX-License-Identifier: MIT
 * gen.c - prints what is made from the schema for readers other than the C compiler:
 * `schema-gen messages` the reference proto/MESSAGES.md, `schema-gen types` the panel's TypeScript
 * types, `schema-gen errors` the sentences and remedies of errors.def for it, `schema-gen rows` the
 * words of repairs.def and changes.def, `schema-gen operations` the kinds of job, `schema-gen
 * actors` the actors, `schema-gen audit` the words of the audit log. All are committed, and a test
 * compares them with what this program prints. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/own.h"
#include "proto/schema/actors.h"
#include "proto/schema/operations.h"

static const char *const type_names[] = {
    [TYPE_STR] = "text",    [TYPE_BIN] = "bytes",       [TYPE_BOOL] = "boolean",
    [TYPE_I64] = "integer", [TYPE_U64] = "integer ≥ 0", [TYPE_F64] = "number",
    [TYPE_TIME] = "time",   [TYPE_ENUM] = "",           [TYPE_ID] = "integer or text",
    [TYPE_RECORD] = "",     [TYPE_LIST] = "list of",    [TYPE_STRS] = "list of text"};

static const char *const presence_names[] = {
    [PRESENCE_REQ] = "yes", [PRESENCE_OPT] = "", [PRESENCE_NIL] = "or null"};

static const char *const kind_names[] = {
    [KIND_COMMAND] = "command", [KIND_REPLY] = "reply", [KIND_EVENT] = "event"};

/* ---- MESSAGES.md ---- */

static void print_field_row(const struct field *f)
{
    printf("| `%s` | %s", f->name, type_names[f->type]);
    if (f->record != NULL) {
        printf("%s[%s](#%s)", f->type == TYPE_LIST ? " " : "", f->record()->name,
               f->record()->name);
    }
    if (f->enumeration != NULL) {
        printf("[%s](#%s)", f->enumeration->name, f->enumeration->name);
    }
    printf(" | %s | ", presence_names[f->presence]);
    if (f->ranged) {
        printf("%" PRId64 "..%" PRId64, f->low, f->high);
    } else if (f->max > 0) {
        printf("≤ %" PRIu64 " %s", f->max,
               f->type == TYPE_LIST || f->type == TYPE_STRS ? "items" : "bytes");
    }
    printf(" | %s |\n", f->doc);
}

static void print_fields(const struct record_desc *r)
{
    if (r->count == 0) {
        printf("No fields.\n\n");
        return;
    }
    printf("| field | type | required | limit | meaning |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < r->count; i++) {
        print_field_row(&r->fields[i]);
    }
    printf("\n");
}

static void print_messages(void)
{
    printf("# Messages of the bus\n\n"
           "Made from `proto/schema/*.def` by `schema-gen messages`; edit the rows there.\n"
           "A body is a msgpack map with these field names; unknown ones are skipped. Times are\n"
           "milliseconds UTC on the bus and ISO 8601 text in JSON.\n\n");
    for (int id = 1; id < MSG_COUNT; id++) {
        const struct message_desc *m = &schema_messages[id];
        printf("## %s\n\n%s, `struct %s`: %s.\n\n", m->wire, kind_names[m->kind], m->record()->name,
               m->doc);
        if (m->reply != MSG_none) {
            printf("Answered by `%s`.\n\n", schema_messages[m->reply].wire);
        }
        print_fields(m->record());
    }
    printf("# Records\n\n");
    for (size_t i = 0; schema_records[i] != NULL; i++) {
        const struct record_desc *r = schema_records[i]();
        printf("## %s\n\n%s.\n\n", r->name, r->doc);
        print_fields(r);
    }
    printf("# Words\n\n");
    for (size_t i = 0; schema_enums[i] != NULL; i++) {
        const struct enum_desc *e = schema_enums[i];
        printf("## %s\n\n%s.\n\n", e->name, e->doc);
        for (size_t k = 0; k < e->count; k++) {
            printf("- `%s`: %s\n", e->items[k], e->item_docs[k]);
        }
        printf("\n");
    }
}

/* ---- TypeScript ---- */

/* import_start -> ImportStart */
static void print_type_name(const char *name)
{
    bool upper = true;
    for (const char *c = name; *c != '\0'; c++) {
        if (*c != '_') {
            bool small = *c >= 'a' && *c <= 'z';
            putchar(upper && small ? *c - 'a' + 'A' : *c);
        }
        upper = *c == '_';
    }
}

static void print_field_type(const struct field *f)
{
    switch (f->type) {
    case TYPE_BOOL:
        printf("boolean");
        return;
    case TYPE_I64:
    case TYPE_U64:
    case TYPE_F64:
        printf("number");
        return;
    case TYPE_ID:
        printf("number | string");
        return;
    case TYPE_ENUM:
        print_type_name(f->enumeration->name);
        return;
    case TYPE_RECORD:
    case TYPE_LIST:
        print_type_name(f->record()->name);
        printf(f->type == TYPE_LIST ? "[]" : "");
        return;
    case TYPE_STR:
    case TYPE_BIN:  /* base64 */
    case TYPE_TIME: /* ISO 8601 */
        printf("string");
        return;
    case TYPE_STRS:
        printf("string[]");
        return;
    }
}

static void print_interface(const struct record_desc *r)
{
    printf("/** %s. */\nexport interface ", r->doc);
    print_type_name(r->name);
    printf(" {\n");
    for (size_t i = 0; i < r->count; i++) {
        const struct field *f = &r->fields[i];
        printf("    /** %s */\n    %s%s: ", f->doc, f->name,
               f->presence == PRESENCE_OPT ? "?" : "");
        print_field_type(f);
        printf("%s;\n", f->presence == PRESENCE_NIL ? " | null" : "");
    }
    printf("}\n\n");
}

static void print_union(const struct enum_desc *e)
{
    printf("/** %s. */\nexport type ", e->doc);
    print_type_name(e->name);
    printf(" =");
    for (size_t i = 0; i < e->count; i++) {
        printf("%s '%s'", i == 0 ? "" : " |", e->items[i]);
    }
    printf(";\n\n");
}

static void print_types(void)
{
    printf("// SPDX-License-Identifier: MIT\n"
           "// Made from proto/schema/*.def by `schema-gen types`; edit the rows there.\n\n");
    for (size_t i = 0; schema_enums[i] != NULL; i++) {
        print_union(schema_enums[i]);
    }
    for (size_t i = 0; schema_records[i] != NULL; i++) {
        print_interface(schema_records[i]());
    }
    for (int id = 1; id < MSG_COUNT; id++) {
        print_interface(schema_messages[id].record());
    }
}

struct word {
    const char *code, *text;
};

static const struct word error_sentences[] = {
#define ERROR(code, http, sentence, remedy) {#code, sentence},
#include "proto/schema/errors.def"
#undef ERROR
};

static const struct word error_remedies[] = {
#define ERROR(code, http, sentence, remedy) {#code, remedy},
#include "proto/schema/errors.def"
#undef ERROR
};

static const struct word repair_sentences[] = {
#define REPAIR(code, sentence) {#code, sentence},
#include "proto/schema/repairs.def"
#undef REPAIR
};

static const struct word change_completed[] = {
#define CHANGE(kind, completed, otherwise) {#kind, completed},
#include "proto/schema/changes.def"
#undef CHANGE
};

static const struct word change_otherwise[] = {
#define CHANGE(kind, completed, otherwise) {#kind, otherwise},
#include "proto/schema/changes.def"
#undef CHANGE
};

static void print_words(const char *name, const char *doc, const struct word *rows, size_t count)
{
    printf("\n/** %s */\nexport const %s: Readonly<Record<string, string>> = {\n", doc, name);
    for (size_t i = 0; i < count; i++) {
        printf("    %s: \"%s\",\n", rows[i].code, rows[i].text);
    }
    printf("};\n");
}

static void print_errors(void)
{
    printf("// SPDX-License-Identifier: MIT\n"
           "// Made from proto/schema/errors.def by `schema-gen errors`; edit the rows there.\n");
    print_words("ERROR_SENTENCES",
                "The sentence of each error code, for where only the code travels.",
                error_sentences, COUNT_OF(error_sentences));
    print_words("ERROR_REMEDIES", "What to do about it.", error_remedies, COUNT_OF(error_remedies));
}

static void print_rows(void)
{
    printf(
        "// SPDX-License-Identifier: MIT\n"
        "// Made from proto/schema/repairs.def and changes.def by `schema-gen rows`; edit the rows "
        "there.\n");
    print_words("REPAIR_SENTENCES", "What was repaired in a stored row, by its code.",
                repair_sentences, COUNT_OF(repair_sentences));
    print_words("ROWS_COMPLETED", "What rows completed of stored plays, by kind: \"12 rows ...\".",
                change_completed, COUNT_OF(change_completed));
    print_words("ROWS_OTHERWISE",
                "What rows say otherwise than stored plays, by kind: \"12 rows ...\".",
                change_otherwise, COUNT_OF(change_otherwise));
}

static void print_operations(void)
{
    printf("// SPDX-License-Identifier: MIT\n"
           "// Made from proto/schema/operations.def by `schema-gen operations`; edit the rows "
           "there.\n"
           "import type { Operation } from './schema.js';\n\n"
           "/** What a person calls it, and whether it is one per server. */\n"
           "export interface OperationWords {\n"
           "    title: string;\n"
           "    /** A run, and what one does in it: \"an import\", \"import this one\". */\n"
           "    noun: string;\n"
           "    /** While it runs: \"importing\". */\n"
           "    doing: string;\n"
           "    /** What a run is of: \"another database\". */\n"
           "    worksOn: string;\n"
           "    /** That, where a run waits for it to come back. */\n"
           "    waitsFor: string;\n"
           "    perServer: boolean;\n"
           "    /** The history does it itself, with what is stored: it brings no rows. */\n"
           "    byHistory: boolean;\n"
           "}\n\n"
           "/** The kinds of job. */\n"
           "export const OPERATIONS: Readonly<Record<Operation, OperationWords>> = {\n");
    for (int i = 0; i < operation_COUNT; i++) {
        const struct operation_desc *o = &operations[i];
        printf("    %s: {\n        title: '%s', noun: '%s', doing: '%s', worksOn: '%s', "
               "waitsFor: '%s', perServer: %s, byHistory: %s,\n    },\n",
               schema_enum_text(&enum_operation, i), o->title, o->noun, o->doing, o->works_on,
               o->waits_for, o->per_server ? "true" : "false",
               operation_is_own(o) ? "true" : "false");
    }
    printf("};\n");
}

static const struct action {
    const char *name, *group, *words;
} actions[] = {
#define ACTION(name, group, asked, done, joint) {#name, group, asked},
#include "proto/schema/audit_actions.def"
#undef ACTION
};

static const struct outcome {
    const char *code, *result, *words;
} outcomes[] = {
#define OUTCOME(code, result, words) {#code, #result, words},
#include "proto/schema/audit_outcomes.def"
#undef OUTCOME
#define ERROR(code, http, sentence, remedy) {#code, (http) < 500 ? "refused" : "failed", sentence},
#include "proto/schema/errors.def"
#undef ERROR
};

static void print_audit(void)
{
    printf("// SPDX-License-Identifier: MIT\n"
           "// Made from proto/schema/audit_actions.def, audit_outcomes.def and errors.def by\n"
           "// `schema-gen audit`; edit the rows there.\n"
           "import type { AuditAction, AuditResult } from './schema.js';\n\n"
           "/** Every action of the audit log, by group: what was asked for, in words. */\n"
           "export const AUDIT_ACTIONS: readonly { action: AuditAction; group: string; words: "
           "string }[] = [\n");
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        printf("    { action: '%s', group: \"%s\", words: \"%s\" },\n", actions[i].name,
               actions[i].group, actions[i].words);
    }
    printf("];\n\n/** What can come of it: the code the log keeps, its result and the reason, in "
           "words. */\n"
           "export const AUDIT_OUTCOMES: readonly { code: string; result: AuditResult; words: "
           "string }[] = [\n");
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        printf("    { code: '%s', result: '%s', words: \"%s\" },\n", outcomes[i].code,
               outcomes[i].result, outcomes[i].words);
    }
    printf("];\n");
}

static void print_actors(void)
{
    printf("// SPDX-License-Identifier: MIT\n"
           "// Made from proto/schema/actors.def by `schema-gen actors`; edit the rows there.\n\n"
           "/** What each actor is called in a sentence, and what it does. */\n"
           "export const ACTORS: Readonly<Record<string, { called: string; task: string }>> = {\n");
    for (int i = 0; i < ACTOR_COUNT; i++) {
        const struct actor_desc *a = &actor_table[i];
        printf("    '%s': { called: '%s', task: '%s' },\n", a->name, a->called, a->task);
    }
    printf("};\n");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "messages") == 0) {
        print_messages();
    } else if (argc == 2 && strcmp(argv[1], "types") == 0) {
        print_types();
    } else if (argc == 2 && strcmp(argv[1], "errors") == 0) {
        print_errors();
    } else if (argc == 2 && strcmp(argv[1], "rows") == 0) {
        print_rows();
    } else if (argc == 2 && strcmp(argv[1], "operations") == 0) {
        print_operations();
    } else if (argc == 2 && strcmp(argv[1], "actors") == 0) {
        print_actors();
    } else if (argc == 2 && strcmp(argv[1], "audit") == 0) {
        print_audit();
    } else {
        fprintf(stderr, "usage: %s messages|types|errors|rows|operations|actors|audit\n", argv[0]);
        return 2;
    }
    return 0;
}
