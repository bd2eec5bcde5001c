/* SPDX-License-Identifier: MIT
 * make_labelled.c - make-labelled: a labelled set in a folder, to judge the matching of plays by.
 * The same arguments give the same files. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/labelled.h"

#define PLAYS_MAX 10000000

static const char *const usage =
    "usage: make-labelled FOLDER [options]\n"
    "  --plays N         plays that happened, or a few more (20000)\n"
    "  --seed S          other numbers give other plays (1)\n"
    "  --server-id ID    the media server\n"
    "Writes tautulli.db, copy.db (a part of it, renumbered), plex.jsonl and truth.jsonl.\n";

int main(int argc, char **argv)
{
    static const struct option options[] = {{"plays", required_argument, NULL, 'p'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"server-id", required_argument, NULL, 'i'},
                                            {0}};
    long long plays = 20000;
    uint64_t seed = 1;
    const char *server_id = "c0ffee00d15ea5edfeedfacecafebeef01234567";
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'p') {
            plays = strtoll(optarg, NULL, 10);
        } else if (option == 's') {
            seed = strtoull(optarg, NULL, 10);
        } else if (option == 'i') {
            server_id = optarg;
        } else {
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind != argc - 1 || plays < 1 || plays > PLAYS_MAX) {
        fputs(usage, stderr);
        return 2;
    }
    OWNED(labelled_destroy) struct labelled_set *set = labelled_new((size_t)plays, seed);
    return labelled_write(set, argv[optind], server_id) == OK ? 0 : 1;
}
