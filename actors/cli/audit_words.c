/* SPDX-License-Identifier: MIT
 * audit_words.c - the lists that --action and --outcome of the audit commands take from, with the
 * words of the same tables as the panel's. */
#include "actors/cli/audit_words.h"

#include <stdio.h>
#include <string.h>

#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "proto/base/own.h"
#include "proto/schema/schema.h"

static const struct row {
    const char *name, *group, *words;
} actions[] = {
#define ACTION(name, group, asked, done, joint) {#name, group, asked},
#include "proto/schema/audit_actions.def"
#undef ACTION
};

static const struct row outcomes[] = {
#define OUTCOME(code, result, words) {#code, "Outcomes", words},
#include "proto/schema/audit_outcomes.def"
#undef OUTCOME
#define ERROR(code, http, sentence, remedy) \
    {#code, (http) < 500 ? "Refused, because" : "Failed, because", sentence},
#include "proto/schema/errors.def"
#undef ERROR
};

static bool is_among(const struct row *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Whole groups, in the order of their first rows. */
static void list_groups(const struct row *rows, size_t count)
{
    for (size_t first = 0; first < count; first++) {
        bool listed = false;
        for (size_t i = 0; i < first && !listed; i++) {
            listed = strcmp(rows[i].group, rows[first].group) == 0;
        }
        for (size_t i = first; i < count && !listed; i++) {
            if (i == first) {
                say(stderr, "\n%s\n", rows[i].group);
            }
            if (strcmp(rows[i].group, rows[first].group) == 0) {
                say(stderr, "  %-26s", rows[i].name);
                cell_text(stderr, rows[i].words, text_cells(rows[i].words) > 50 ? 50 : 0);
                (void)fputc('\n', stderr);
            }
        }
    }
}

bool audit_action_is_known(const char *action)
{
    if (action == NULL || is_among(actions, COUNT_OF(actions), action)) {
        return true;
    }
    say(stderr, "playbus: there is no action %s. There are:\n", action);
    list_groups(actions, COUNT_OF(actions));
    return false;
}

bool audit_outcome_is_result(const char *outcome)
{
    return outcome != NULL && schema_enum_value(&enum_audit_result, outcome) >= 0;
}

bool audit_outcome_is_known(const char *outcome)
{
    if (outcome == NULL || audit_outcome_is_result(outcome) ||
        is_among(outcomes, COUNT_OF(outcomes), outcome)) {
        return true;
    }
    say(stderr, "playbus: there is no outcome %s. There are:\n\nResults\n", outcome);
    for (size_t i = 0; i < enum_audit_result.count; i++) {
        say(stderr, "  %-26s%s\n", enum_audit_result.items[i], enum_audit_result.item_docs[i]);
    }
    list_groups(outcomes, COUNT_OF(outcomes));
    return false;
}
