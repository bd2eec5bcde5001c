/* SPDX-License-Identifier: MIT
 * words.c - looks the words up and joins them. What another version recorded and is not known here
 * is shown as the log keeps it. */
#include "actors/audit/words.h"

#include <string.h>

#include "actors/shared/database_path.h"
#include "proto/base/error.h"
#include "proto/base/number.h"
#include "proto/schema/operations.h"
#include "proto/wire/json.h"

/* NOLINTBEGIN: generated tables */
static const struct action_words {
    const char *asked, *done, *joint;
} actions[] = {
#define ACTION(name, group, asked, done, joint) [audit_action_##name] = {asked, done, joint},
#include "proto/schema/audit_actions.def"
#undef ACTION
};

static const struct outcome_words {
    const char *code;
    enum audit_result result;
    const char *text;
} outcomes[] = {
#define OUTCOME(code, result, text) {#code, audit_result_##result, text},
#include "proto/schema/audit_outcomes.def"
#undef OUTCOME
};
/* NOLINTEND */

static const struct outcome_words *outcome_of(const char *code)
{
    for (size_t i = 0; code != NULL && i < COUNT_OF(outcomes); i++) {
        if (strcmp(outcomes[i].code, code) == 0) {
            return &outcomes[i];
        }
    }
    return NULL;
}

/* OK: it is no code of an error. */
static enum err reason_of(const char *code)
{
    enum err e = code != NULL ? err_from_code(code) : OK;
    return code != NULL && strcmp(err_code(e), code) == 0 ? e : OK;
}

enum audit_result words_result(const struct audit_entry *entry)
{
    const struct outcome_words *words = outcome_of(entry->outcome);
    enum err reason = reason_of(entry->outcome);
    if (words != NULL) {
        return words->result;
    }
    if (entry->phase == audit_phase_refused) {
        return audit_result_refused;
    }
    if (entry->outcome == NULL) { /* the log tells of what it has done itself */
        return entry->phase == audit_phase_log ? audit_result_done : audit_result_unknown;
    }
    return reason != OK && err_http(reason) < 500 ? audit_result_refused : audit_result_failed;
}

const char *words_of_result(const struct audit_entry *entry, bool running, struct arena *arena)
{
    const struct outcome_words *words = outcome_of(entry->outcome);
    enum err reason = reason_of(entry->outcome);
    enum audit_result result = words_result(entry);
    if (words != NULL || result == audit_result_done) {
        return words != NULL ? words->text : "Done";
    }
    if (result == audit_result_unknown) {
        return running ? "In progress" : "No outcome recorded";
    }
    const char *why = reason != OK ? err_sentence(reason) : entry->outcome;
    return arena_format(arena, "%s: %s", result == audit_result_refused ? "Refused" : "Failed",
                        why != NULL ? why : "no reason recorded");
}

/* A name that is nobody's is kept as a hash: people type passwords there. */
static bool is_unknown_name(const char *target)
{
    static const char begins[] = "unknown-";
    return strncmp(target, begins, strlen(begins)) == 0 &&
           strspn(target + strlen(begins), "0123456789abcdef") == 16 &&
           target[strlen(begins) + 16] == '\0';
}

/* The entry itself keeps the path and the hash. */
static const char *words_of_target(const char *target, struct arena *arena)
{
    const char *uploaded = upload_name(target);
    return uploaded != NULL          ? arena_format(arena, "%s (uploaded)", uploaded)
           : is_unknown_name(target) ? "an unknown user"
                                     : target;
}

const char *words_of_action(const char *action, const char *target, bool done, struct arena *arena)
{
    int value = schema_enum_value(&enum_audit_action, action);
    const struct action_words *words = value >= 0 ? &actions[value] : NULL;
    const char *what = words == NULL ? action : done ? words->done : words->asked;
    if (target == NULL || target[0] == '\0') {
        return arena_keep(arena, what);
    }
    return arena_format(arena, "%s%s%s", what, words != NULL ? words->joint : ": ",
                        words_of_target(target, arena));
}

/* Codes have words too. NULL: it is of a kind that has none. */
static const char *words_of_value(const json_t *value, struct arena *arena)
{
    if (json_is_boolean(value)) {
        return json_is_true(value) ? "yes" : "no";
    }
    if (json_is_integer(value)) {
        char number[NUMBER_SIZE];
        return arena_keep(arena, number_text(json_integer_value(value), number));
    }
    const char *text = json_string_value(value);
    int operation = text != NULL ? schema_enum_value(&enum_operation, text) : -1;
    enum err reason = reason_of(text);
    return arena_keep(arena, operation >= 0 ? operations[operation].title
                             : reason != OK ? err_sentence(reason)
                             : text != NULL ? words_of_target(text, arena)
                                            : NULL);
}

const char *words_of_params(const char *params, const char *target, struct arena *arena)
{
    OWNED(json_release) json_t *object = params != NULL ? json_loads(params, 0, NULL) : NULL;
    const char *all = NULL;
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach(object, key, value)
    {
        const char *plain = json_string_value(value);
        bool is_target = plain != NULL && target != NULL && strcmp(plain, target) == 0;
        const char *text = is_target ? NULL : words_of_value(value, arena);
        if (text == NULL) {
            continue;
        }
        bool rows = strcmp(key, "errors") == 0; /* the log's name for them, for ever */
        char *name = arena_keep(arena, rows ? "rejected" : key);
        for (char *c = name; *c != '\0'; c++) {
            *c = *c == '_' ? ' ' : *c;
        }
        all = arena_format(arena, "%s%s%s: %s", all != NULL ? all : "", all != NULL ? ", " : "",
                           name, text);
    }
    return all;
}
