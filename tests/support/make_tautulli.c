/* SPDX-License-Identifier: MIT
 * make_tautulli.c - make-tautulli: a database in Tautulli's shape, for trying Playbus out and for
 * its tests. The same arguments give the same rows. */
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/tautulli_maker.h"

#define APPEND_EVERY_MS 20

static const char *const usage =
    "usage: make-tautulli FILE [options]\n"
    "  --rows N          plays (1000)\n"
    "  --schema V        v1.0 v1.2 v1.3 v1.4.25 v2.0 v2.2 v2.7 v2.12 v2.17.2 (v2.17.2)\n"
    "  --seed S          other numbers give other plays (1)\n"
    "  --dirty           every 20th row is one of the dirty kinds seen in real files\n"
    "  --manifest FILE   write what an import must report, as JSON\n"
    "  --server-id ID    the media server named in library_sections\n"
    "  --first-id N      id of the first row (1)\n"
    "  --id-step N       distance of ids (1)\n"
    "  --start UNIX      when the first play was (2016-03-01)\n"
    "  --future-columns  columns and a table that no release of Tautulli has yet\n"
    "  --wal             the last quarter of the rows only in a -wal beside FILE\n"
    "  --no-wal          a file that never had a -wal, so that none can be missing\n"
    "  --live-append     then go on adding rows, one every 20 ms, until stdin ends;\n"
    "                    prints the id of each\n";

struct wishes {
    struct tautulli_plan plan;
    const char *manifest;
    bool live_append;
};

enum wish {
    ROWS,
    SCHEMA,
    SEED,
    DIRTY,
    MANIFEST,
    SERVER,
    FIRST,
    STEP,
    START,
    FUTURE,
    WAL,
    NO_WAL,
    LIVE,
    HELP
};

static const struct option options[] = {
    {"rows", required_argument, NULL, ROWS},
    {"schema", required_argument, NULL, SCHEMA},
    {"seed", required_argument, NULL, SEED},
    {"dirty", no_argument, NULL, DIRTY},
    {"manifest", required_argument, NULL, MANIFEST},
    {"server-id", required_argument, NULL, SERVER},
    {"first-id", required_argument, NULL, FIRST},
    {"id-step", required_argument, NULL, STEP},
    {"start", required_argument, NULL, START},
    {"future-columns", no_argument, NULL, FUTURE},
    {"wal", no_argument, NULL, WAL},
    {"no-wal", no_argument, NULL, NO_WAL},
    {"live-append", no_argument, NULL, LIVE},
    {"help", no_argument, NULL, HELP},
    {0},
};

static bool take_number(int64_t *out_number)
{
    char *end = NULL;
    *out_number = strtoll(optarg, &end, 10);
    return end != optarg && *end == '\0';
}

static bool take_flag(bool *out_flag)
{
    *out_flag = true;
    return true;
}

static bool take_text(const char **out_text)
{
    *out_text = optarg;
    return true;
}

static bool take(struct wishes *wishes, int wish)
{
    struct tautulli_plan *plan = &wishes->plan;
    switch (wish) {
    case ROWS:
        return take_number(&plan->rows) && plan->rows >= 0;
    case SCHEMA:
        return tautulli_schema_named(optarg, &plan->schema);
    case SEED:
        return take_number((int64_t *)&plan->seed);
    case DIRTY:
        return take_flag(&plan->dirty);
    case MANIFEST:
        return take_text(&wishes->manifest);
    case SERVER:
        return take_text(&plan->server_id);
    case FIRST:
        return take_number(&plan->first_id);
    case STEP:
        return take_number(&plan->id_step) && plan->id_step > 0;
    case START:
        return take_number(&plan->start_s);
    case FUTURE:
        return take_flag(&plan->future_columns);
    case WAL:
        return take_flag(&plan->wal);
    case NO_WAL:
        return take_flag(&plan->no_wal);
    case LIVE:
        return take_flag(&wishes->live_append);
    default:
        return false;
    }
}

static enum err append_until_stdin_ends(const struct tautulli_plan *plan)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    for (int64_t index = plan->rows; poll(&input, 1, APPEND_EVERY_MS) == 0; index++) {
        int64_t id = 0;
        enum err e = tautulli_append(plan, index, &id);
        if (e != OK) {
            return e;
        }
        printf("%lld\n", (long long)id);
        fflush(stdout);
    }
    return OK;
}

int main(int argc, char **argv)
{
    struct wishes wishes = {.plan = tautulli_plan_default(NULL)};
    for (int wish; (wish = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (!take(&wishes, wish)) {
            fputs(usage, wish == HELP ? stdout : stderr);
            return wish == HELP ? 0 : 2;
        }
    }
    if (optind != argc - 1) {
        fputs(usage, stderr);
        return 2;
    }
    wishes.plan.path = argv[optind];
    enum err e = tautulli_make(&wishes.plan, wishes.manifest, NULL);
    if (e == OK && wishes.live_append) {
        e = append_until_stdin_ends(&wishes.plan);
    }
    return e == OK ? 0 : 1;
}
