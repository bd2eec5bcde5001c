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

static const char *const outcomes[] = {
#define OUTCOME(code, result, words) #code,
#include "proto/schema/audit_outcomes.def"
#undef OUTCOME
#define ERROR(code, http, sentence, remedy) #code,
#include "proto/schema/errors.def"
#undef ERROR
};

/* Whole groups, in the order of their first rows. */
static void list_actions(void)
{
    for (size_t first = 0; first < COUNT_OF(actions); first++) {
        const char *group = actions[first].group;
        bool listed = false;
        for (size_t i = 0; i < first && !listed; i++) {
            listed = strcmp(actions[i].group, group) == 0;
        }
        if (listed) {
            continue;
        }
        say(stderr, "\n%s\n", group);
        for (size_t i = first; i < COUNT_OF(actions); i++) {
            if (strcmp(actions[i].group, group) == 0) {
                say(stderr, "  %-26s", actions[i].name);
                cell_text(stderr, actions[i].words,
                          terminal_width(stderr) != 0 && text_cells(actions[i].words) > 50 ? 50
                                                                                           : 0);
                (void)fputc('\n', stderr);
            }
        }
    }
}

bool audit_action_is_known(const char *action)
{
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        if (action == NULL || strcmp(actions[i].name, action) == 0) {
            return true;
        }
    }
    say(stderr, "playbus: there is no action %s. There are:\n", action);
    list_actions();
    return false;
}

bool audit_outcome_is_result(const char *outcome)
{
    return outcome != NULL && schema_enum_value(&enum_audit_result, outcome) >= 0;
}

bool audit_outcome_is_known(const char *outcome)
{
    if (outcome == NULL || audit_outcome_is_result(outcome)) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        if (strcmp(outcomes[i], outcome) == 0) {
            return true;
        }
    }
    say(stderr, "playbus: there is no outcome %s. There are:\n\n", outcome);
    for (size_t i = 0; i < enum_audit_result.count; i++) {
        say(stderr, "  %-10s%s\n", enum_audit_result.items[i], enum_audit_result.item_docs[i]);
    }
    (void)fputs("\nand the code of a refusal or failure, as in --json: SIGN_IN_FAILED, "
                "DISK_FULL …\n",
                stderr);
    return false;
}
