/* SPDX-License-Identifier: MIT
 * drawing.h - holds a state machine against its drawing in the head of a file: lines of a state, an
 * arrow, and the states that may follow (see proto/base/state.h). For tests. */
#ifndef PLAYBUS_TESTS_SUPPORT_DRAWING_H
#define PLAYBUS_TESTS_SUPPORT_DRAWING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/base/state.h"

enum { DRAWING_LINE = 256, DRAWING_NAME = 32 };

static inline unsigned drawing_state(const struct state_table *table, const char *name)
{
    unsigned at = 0;
    while (at < STATES_MAX && (table->states[at] == NULL || strcmp(table->states[at], name) != 0)) {
        at++;
    }
    return at;
}

/* The states that follow one by such a line, *out_from being that one; 0 if the line is no part of
 * a drawing. A name that is no state fails the test. */
static inline unsigned drawing_line(const char *line, const struct state_table *table,
                                    unsigned *out_from)
{
    char name[DRAWING_NAME] = "";
    char arrow[DRAWING_NAME] = "";
    int used = 0;
    if (sscanf(line, " *  %31[a-z] %31[->] %n", name, arrow, &used) != 2 || used == 0 ||
        strstr(arrow, "->") == NULL) {
        return 0;
    }
    *out_from = drawing_state(table, name);
    assert_true(*out_from < STATES_MAX);
    unsigned next = 0;
    for (bool more = true; more;) {
        int size = 0;
        assert_int_equal(sscanf(line + used, "%31[a-z]%n", name, &size), 1);
        unsigned to = drawing_state(table, name);
        assert_true(to < STATES_MAX);
        next |= STATE_BIT(to);
        used += size;
        more = strncmp(line + used, ", ", 2) == 0;
        used += 2 * more;
    }
    return next;
}

/* Every line of the drawing in `file`, from the root of the sources, is in the table, and every row
 * of the table is drawn. */
static inline void drawing_check(const char *file, const struct state_table *table)
{
    char line[DRAWING_LINE];
    unsigned drawn[STATES_MAX] = {0};
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", SOURCE_DIR, file);
    FILE *head = fopen(path, "re");
    assert_non_null(head);
    while (fgets(line, sizeof line, head) != NULL && strcmp(line, " */\n") != 0) {
        unsigned from = 0;
        unsigned next = drawing_line(line, table, &from);
        if (next != 0) {
            assert_int_equal(drawn[from], 0); /* one line a state */
            drawn[from] = next;
        }
    }
    assert_int_equal(fclose(head), 0);
    for (unsigned i = 0; i < STATES_MAX; i++) {
        assert_int_equal(drawn[i], table->next[i]);
    }
}

#endif
