/* SPDX-License-Identifier: MIT
 * manual.c - a program of the build: prints the man page playbus.1 from the table that --help is
 * made from, or playbus.conf.5 from that of the settings, so that neither can tell of what is not
 * there. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/cli/commands.h"
#include "proto/base/config.h"

enum setting_type { SETTING_TEXT, SETTING_NUMBER, SETTING_LIST };

static const struct {
    const char *doc, *path, *initial;
    enum setting_type type;
    int64_t low, high;
} settings[] = {
#define SETTING(id, what, ...) {.doc = (what), __VA_ARGS__},
#include "proto/base/settings.def"
#undef SETTING
};

/* Nothing of the text is a request or an escape of troff. */
static void print_text(const char *text, size_t size)
{
    bool begins = true;
    for (size_t i = 0; i < size && text[i] != '\0'; i++) {
        if (text[i] == '\\') {
            (void)fputs("\\e", stdout);
        } else if (text[i] == '-') {
            (void)fputs("\\-", stdout);
        } else if (begins && (text[i] == '.' || text[i] == '\'')) {
            (void)printf("\\&%c", text[i]);
        } else {
            (void)putchar(text[i]);
        }
        begins = text[i] == '\n';
    }
    (void)putchar('\n');
}

static void print_whole(const char *text)
{
    print_text(text, strlen(text));
}

/* Before \v what it does, behind it examples as they are typed, and perhaps the exit status. */
static void print_doc(const char *doc)
{
    size_t size = strcspn(doc, "\v");
    print_text(doc, size);
    if (doc[size] != '\0') {
        (void)puts(".PP\n.nf");
        print_whole(doc + size + 1);
        (void)puts(".fi");
    }
}

static void print_command(const struct command *c)
{
    (void)printf(".SS \"playbus %s%s%s\"\n", c->name, c->arguments == NULL ? "" : " ",
                 c->arguments == NULL ? "" : c->arguments);
    print_doc(c->doc);
    for (const struct argp_option *o = c->options; o->name != NULL; o++) {
        (void)fputs(".TP\n\\fB\\-\\-", stdout);
        for (const char *at = o->name; *at != '\0'; at++) {
            (void)printf("%s%c", *at == '-' ? "\\" : "", *at);
        }
        (void)printf("\\fR%s%s\n", o->arg == NULL ? "" : "=", o->arg == NULL ? "" : o->arg);
        print_whole(o->doc);
    }
}

static void print_commands(void)
{
    (void)puts(
        ".TH PLAYBUS 1 \"\" \"Playbus " PLAYBUS_VERSION "\" \"User Commands\"\n"
        ".SH NAME\nplaybus \\- playback history of media servers in one store\n"
        ".SH SYNOPSIS\n.B playbus\nCOMMAND [OPTION]... [ARGUMENT]...\n"
        ".SH DESCRIPTION\nPlaybus keeps years of playback history in one store of your own. "
        "The service is started\nby \\fBplaybus up\\fR, or by the unit \\fBplaybus.service\\fR; "
        "the other commands use it,\nor start it for the time that they need.\n"
        ".SH COMMANDS");
    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        print_command(&commands[i]);
    }
    (void)puts(".SH \"EXIT STATUS\"\n0 completed, 1 failed, 2 usage, 3 conflict, 130 stopped.\n"
               ".SH \"SEE ALSO\"\n.BR playbus.conf (5)");
}

static void print_variable(const char *path)
{
    (void)fputs("PLAYBUS_", stdout);
    for (const char *at = path; *at != '\0'; at++) {
        (void)putchar(*at == '.' ? '_' : toupper((unsigned char)*at));
    }
}

static void print_settings(void)
{
    (void)puts(".TH PLAYBUS.CONF 5 \"\" \"Playbus " PLAYBUS_VERSION "\" \"File Formats\"\n"
               ".SH NAME\nplaybus.conf \\- settings of Playbus\n"
               ".SH DESCRIPTION\nThe file of the data folder, or of /etc/playbus where the package "
               "has made a link to\nit. A section's settings stand below its name, indented with "
               "four spaces:\n.PP\n.nf\ngateway\n    listen = \"127.0.0.1:8674\"\n.fi\n.PP\n"
               "Each can be given in the environment too, under the name in brackets, which counts "
               "more\nthan the file.\n.SH SETTINGS");
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        (void)printf(".TP\n\\fB%s\\fR [", settings[i].path);
        print_variable(settings[i].path);
        (void)puts("]");
        print_whole(settings[i].doc);
        if (settings[i].type == SETTING_NUMBER) {
            (void)printf("(%lld to %lld)\n", (long long)settings[i].low,
                         (long long)settings[i].high);
        }
        (void)fputs(".br\nDefault: ", stdout);
        print_whole(settings[i].initial[0] == '\0' ? "none" : settings[i].initial);
    }
    (void)puts(".SH \"SEE ALSO\"\n.BR playbus (1)");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "playbus.1") == 0) {
        print_commands();
    } else if (argc == 2 && strcmp(argv[1], "playbus.conf.5") == 0) {
        print_settings();
    } else {
        return EXIT_FAILURE;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
