/* SPDX-License-Identifier: MIT
 * tautulli_rows.c - what happened in the play with a given index: who, what, when and how long. */
#include "tests/support/tautulli_rows.h"

#include <string.h>

#define SPAN_S (8LL * 365 * 86400) /* a file covers eight years, whatever its number of rows */
#define PLAYS_PER_ITEM 20

const char *const user_names[] = {"admin", "josé",      "mary",  "ольга",   "yuki", "søren",
                                  "Local", "test;drop", "guest", "kid-one", "anna", "o'neill"};
const char *const user_friendly_names[] = {NULL, "José García", "Mary", NULL,  "由紀", "Søren",
                                           NULL, NULL,          "Gast", "Kid", NULL,   "Sean"};
const int user_count = COUNT_OF(user_names);

uint64_t mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

struct cell cell_text(const char *text)
{
    return (struct cell){.type = CELL_TEXT, .text = text, .bytes = (int)strlen(text)};
}

struct cell cell_integer(int64_t value)
{
    return (struct cell){.type = CELL_INT, .integer = value};
}

int64_t user_number(int user)
{
    return strcmp(user_names[user], "Local") == 0 ? 0 : 10000 + user * 37;
}

int64_t row_id(const struct tautulli_plan *plan, int64_t index)
{
    return plan->first_id + index * plan->id_step;
}

/* A few items are played often, most a few times; shows are watched in order now and then. */
static int64_t item_of(const struct tautulli_plan *plan, uint64_t hash)
{
    int64_t items = plan->rows / PLAYS_PER_ITEM + 20;
    double place = (double)(hash >> 11) / 9007199254740992.0;
    return (int64_t)(place * place * (double)items);
}

static void choose_play(struct row *row, int64_t index)
{
    const struct tautulli_plan *plan = row->plan;
    int64_t interval = SPAN_S / (plan->rows > 0 ? plan->rows : 1);
    row->play_hash = mix(plan->seed * 0x9e3779b97f4a7c15u + (uint64_t)index);
    row->item = item_of(plan, mix(row->play_hash));
    row->item_hash = mix(plan->seed ^ (uint64_t)row->item << 20);
    row->movie = row->item % 10 < 3;
    row->track = row->item % 10 == 9;
    row->live = plan->schema >= SCHEMA_V2_2 && row->item % 50 == 8;
    row->user = (int)(mix(row->play_hash + 1) % (uint64_t)user_count);
    row->duration_ms = row->track ? 150000 + (int64_t)(row->item_hash % 200000)
                                  : 1200000 + (int64_t)(row->item_hash % 6000000);
    row->watched_s = row->duration_ms / 1000 * (1 + (int64_t)(mix(row->play_hash + 2) % 100)) / 100;
    row->paused_s = mix(row->play_hash + 3) % 3 == 0 ? (int64_t)(row->play_hash % 600) : 0;
    row->started_s = plan->start_s + index * interval +
                     (int64_t)(mix(row->play_hash + 4) % (uint64_t)(4 * interval + 600));
}

void row_fill(struct row *row, const struct tautulli_plan *plan, int64_t index)
{
    row->plan = plan;
    row->id = row_id(plan, index);
    row->text_used = 0;
    memset(row->absent, 0, sizeof row->absent);
    choose_play(row, index);
    for (enum table table = 0; table < TABLE_COUNT; table++) {
        int count = 0;
        const struct column *columns = table_columns(table, &count);
        for (int i = 0; i < count; i++) {
            if (column_exists(&columns[i], plan->schema)) {
                columns[i].make(row, &columns[i], &row->cells[table][i]);
            }
        }
    }
}

struct cell *row_cell(struct row *row, enum table table, const char *column)
{
    return &row->cells[table][column_find(table, column)];
}
