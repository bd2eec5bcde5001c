/* SPDX-License-Identifier: MIT
 * slips.c - what is near enough to a name that there is counts as a slip of the keyboard; anything
 * else is only told that it is none. */
#include "actors/cli/slips.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "actors/cli/say.h"
#include "proto/base/text.h"

#define NAME_SIZE 64

/* A name of which more than a third, or two letters of a short one, would have to be changed is
 * another. */
static bool is_near(size_t distance, const char *name)
{
    size_t third = strlen(name) / 3;
    return distance <= (third > 2 ? third : 2);
}

void slip_say_command(const char *first, const char *second)
{
    char wanted[NAME_SIZE];
    const char *best = NULL;
    size_t least = SIZE_MAX;
    (void)snprintf(wanted, sizeof wanted, "%s%s%s", first, second != NULL ? " " : "",
                   second != NULL ? second : "");
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        const char *name = commands[i].name;
        char group[NAME_SIZE];
        (void)snprintf(group, sizeof group, "%.*s", (int)strcspn(name, " "), name);
        size_t distance = text_distance(wanted, second != NULL ? name : group);
        if (distance < least) {
            least = distance;
            best = name;
        }
    }
    if (best != NULL && is_near(least, best)) {
        int shown = second != NULL ? (int)strlen(best) : (int)strcspn(best, " ");
        say(stderr, "playbus: there is no command %s; is it %.*s?\n", wanted, shown, best);
    } else {
        say(stderr, "playbus: there is no command %s\n", wanted);
    }
    if (second == NULL) {
        (void)fputs("  playbus --help lists all commands.\n", stderr);
    }
}

/* The option that is written so, or begins so; NULL if there is none. */
static const struct argp_option *option_of(const struct argp_option *options, const char *written,
                                           size_t size)
{
    const struct argp_option *begun = NULL;
    for (const struct argp_option *o = options; o->name != NULL || o->key != 0; o++) {
        if (o->name == NULL || strncmp(o->name, written, size) != 0) {
            continue;
        }
        if (o->name[size] == '\0') {
            return o;
        }
        begun = begun == NULL ? o : begun;
    }
    return begun;
}

static void nearest_option(const struct argp_option *options, const char *written,
                           const char **best, size_t *least)
{
    for (const struct argp_option *o = options; o->name != NULL || o->key != 0; o++) {
        size_t distance = o->name == NULL || (o->flags & OPTION_HIDDEN) != 0
                              ? SIZE_MAX
                              : text_distance(written, o->name);
        if (distance < *least) {
            *least = distance;
            *best = o->name;
        }
    }
}

static bool is_of_a_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        const struct argp_option *o = option_of(commands[i].options, name, strlen(name));
        if (o != NULL && strcmp(o->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void say_option(const struct command *command, const struct argp_option *common,
                       const char *written, size_t size)
{
    char name[NAME_SIZE];
    const char *best = NULL;
    size_t least = SIZE_MAX;
    (void)snprintf(name, sizeof name, "%.*s", (int)(size < NAME_SIZE ? size : NAME_SIZE - 1),
                   written);
    nearest_option(command->options, name, &best, &least);
    nearest_option(common, name, &best, &least);
    if (command->name[0] == '\0' && is_of_a_command(name)) {
        say(stderr, "playbus: --%s stands behind the command, as in: playbus jobs --%s …\n", name,
            name);
        return;
    }
    bool near = best != NULL && is_near(least, best);
    const char *space = command->name[0] == '\0' ? "" : " ";
    say(stderr, "playbus%s%s: there is no option --%s%s%s%s\n  playbus%s%s --help lists them.\n",
        space, command->name, name, near ? "; is it --" : "", near ? best : "", near ? "?" : "",
        space, command->name);
}

bool slip_options_are_known(const struct command *command, const struct argp_option *common,
                            char **words)
{
    for (char **word = words + 1; *word != NULL && strcmp(*word, "--") != 0; word++) {
        if (strncmp(*word, "--", 2) != 0) {
            continue;
        }
        const char *written = *word + 2;
        size_t size = strcspn(written, "=");
        const struct argp_option *o = option_of(command->options, written, size);
        o = o != NULL ? o : option_of(common, written, size);
        if (o == NULL) {
            say_option(command, common, written, size);
            return false;
        }
        if (o->arg != NULL && written[size] == '\0' && word[1] != NULL) {
            word++; /* its value, whatever that looks like */
        }
    }
    return true;
}
