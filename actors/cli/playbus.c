/* SPDX-License-Identifier: MIT
 * playbus.c - the command line: reads the arguments and hands them to one command.
 *
 * Every command is a client of the gateway; none opens history.db. Only `audit verify` reads a
 * file itself. */
#include <argp.h>
#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/cli/cli.h"

enum option_key {
    KEY_DATA = 256,
    KEY_LISTEN,
    KEY_ALLOW,
    KEY_WORKERS,
    KEY_DRY_RUN,
    KEY_RESUME,
    KEY_JSON,
    KEY_CSV,
    KEY_REPAIRS,
    KEY_FORMAT,
    KEY_SERVER,
    KEY_USER,
    KEY_MEDIA_TYPE,
    KEY_FROM,
    KEY_TO,
    KEY_TEXT,
    KEY_LIMIT,
    KEY_ACTOR,
    KEY_ACTION,
    KEY_OUTCOME,
    KEY_JOB,
    KEY_KEY,
    KEY_HEAD,
    KEY_AT_LEAST
};

#define OPTION_DATA                                                                    \
    {                                                                                  \
        "data", KEY_DATA, "DIR", 0, "Data folder (default: $XDG_DATA_HOME/playbus)", 0 \
    }
#define OPTION_JSON                                                                            \
    {                                                                                          \
        "json", KEY_JSON, NULL, 0, "Print JSON instead of text; lists as one object a line", 0 \
    }
#define OPTIONS_FILTER                                                                    \
    {"server", KEY_SERVER, "ID", 0, "Only plays of this media server", 0},                \
        {"user", KEY_USER, "USER", 0, "Only plays of this user (name or id)", 0},         \
        {"media-type", KEY_MEDIA_TYPE, "TYPE", 0, "Only movie, episode, track, …", 0},    \
        {"from", KEY_FROM, "TIME", 0, "Started at or after (2024-01-31 or ISO 8601)", 0}, \
        {"to", KEY_TO, "TIME", 0, "Started before", 0},                                   \
    {                                                                                     \
        "text", KEY_TEXT, "TEXT", 0, "Only plays with this text in a title", 0            \
    }

static const struct argp_option up_options[] = {
    OPTION_DATA,
    {"listen", KEY_LISTEN, "ADDR:PORT", 0, "Where to serve (default 127.0.0.1:8674)", 0},
    {"allow", KEY_ALLOW, "DIR", 0, "Folder databases may be imported from; can be repeated", 0},
    {"workers", KEY_WORKERS, "N", 0, "Import workers, 1 to 64 (default: cores less one)", 0},
    {0}};
static const struct argp_option import_options[] = {
    OPTION_DATA,
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Say what an import would do, store nothing", 0},
    {"resume", KEY_RESUME, NULL, 0, "Go on with a stopped or failed import of this file", 0},
    OPTION_JSON,
    {0}};
static const struct argp_option query_options[] = {OPTION_DATA, OPTION_JSON, {0}};
static const struct argp_option reset_options[] = {OPTION_DATA, {0}};
static const struct argp_option errors_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    {"csv", KEY_CSV, NULL, 0, "Print CSV, raw columns included", 0},
    {"repairs", KEY_REPAIRS, NULL, 0, "Stored rows with a repaired field instead", 0},
    {0}};
static const struct argp_option history_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    OPTIONS_FILTER,
    {"limit", KEY_LIMIT, "N", 0, "How many (default 20)", 0},
    {0}};
static const struct argp_option export_options[] = {
    OPTION_DATA,
    OPTIONS_FILTER,
    {"format", KEY_FORMAT, "FORMAT", 0,
     "csv (default), or jsonl: all of every play, stream and item details too", 0},
    {0}};

#define OPTIONS_AUDIT                                                                \
    {"actor", KEY_ACTOR, "NAME", 0, "Only of this user; local is this machine", 0},  \
        {"action", KEY_ACTION, "ACTION", 0, "Only this action, as start_import", 0}, \
        {"outcome", KEY_OUTCOME, "OUTCOME", 0, "Only with this outcome, as ok", 0},  \
        {"job", KEY_JOB, "JOB", 0, "Only of this job", 0},                           \
        {"from", KEY_FROM, "TIME", 0, "Happened at or after (2024-01-31)", 0},       \
        {"to", KEY_TO, "TIME", 0, "Happened before", 0},                             \
    {                                                                                \
        "text", KEY_TEXT, "TEXT", 0, "Only with this text in it", 0                  \
    }
static const struct argp_option audit_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    OPTIONS_AUDIT,
    {"limit", KEY_LIMIT, "N", 0, "How many (default 20)", 0},
    {0}};
static const struct argp_option audit_export_options[] = {
    OPTION_DATA,
    OPTIONS_AUDIT,
    {"format", KEY_FORMAT, "FORMAT", 0, "jsonl (default), or csv", 0},
    {0}};
static const struct argp_option verify_options[] = {
    {"key", KEY_KEY, "KEYS", 0,
     "Public keys to trust: a copy of keys/audit.pub, or one key as text (default: keys/audit.pub "
     "beside FILE)",
     0},
    {"head", KEY_HEAD, "FILE", 0, "audit.head, or a log of playbus-audit: nothing may be cut", 0},
    {"at-least", KEY_AT_LEAST, "N", 0, "So many entries there must be", 0},
    OPTION_JSON,
    {0}};

static const struct command {
    const char *name;      /* one word or two */
    const char *arguments; /* NULL: takes none */
    const struct argp_option *options;
    int (*run)(const struct options *o);
    const char *doc; /* before \v: what it does; after: examples */
} commands[] = {
    {"up", NULL, up_options, command_up,
     "Start everything in the foreground. Prints `ready http://ADDR:PORT` once every part answers, "
     "and "
     "on stderr where to make the first administrator while there is none; SIGTERM or Ctrl-C stops "
     "it within 5 seconds.\v"
     "Examples:\n"
     "  playbus up\n"
     "  playbus up --data /srv/playbus --allow /srv/tautulli --workers 2\n"
     "  playbus up --listen 127.0.0.1:0      a port that is free\n\n"
     "Every option also exists as a setting, in DATA/playbus.conf or as PLAYBUS_…; "
     "the option counts for this run."},
    {"import", "FILE", import_options, command_import,
     "Import a Tautulli database or one of its .zip backups. Uses the running service of the data "
     "folder, or starts it for the time of the import. Ctrl-C stops cleanly.\v"
     "Examples:\n"
     "  playbus import --dry-run tautulli.db\n"
     "  playbus import tautulli.db\n"
     "  playbus import --resume tautulli.db\n\n"
     "Exit status: 0 completed (also with rejected rows), 1 failed, 2 usage, 3 another import is "
     "running, 130 stopped."},
    {"status", NULL, query_options, command_status,
     "Say which parts are running and where the newest jobs stand. Works with any part dead.\v"
     "Examples:\n"
     "  playbus status\n"
     "  playbus status --json | jq '.actors[] | select(.state != \"up\")'"},
    {"jobs", NULL, query_options, command_jobs,
     "List past and running jobs, newest first.\v"
     "Examples:\n"
     "  playbus jobs\n"
     "  playbus jobs --json"},
    {"errors", "JOB", errors_options, command_errors,
     "List the rows a job rejected. JOB is an id as `playbus jobs` prints it.\v"
     "Examples:\n"
     "  playbus errors 6f1c0e…\n"
     "  playbus errors 6f1c0e… --csv >rejected.csv\n"
     "  playbus errors 6f1c0e… --repairs"},
    {"history", NULL, history_options, command_history,
     "List stored plays, newest first.\v"
     "Examples:\n"
     "  playbus history --user alice --limit 50\n"
     "  playbus history --from 2024-01-01 --to 2025-01-01 --media-type movie --json"},
    {"export", NULL, export_options, command_export,
     "Write stored plays to stdout, however many there are.\v"
     "Examples:\n"
     "  playbus export >plays.csv\n"
     "  playbus export --format jsonl --user alice | gzip >alice.jsonl.gz"},
    {"audit list", NULL, audit_options, command_audit_list,
     "List the audit log, newest first: who asked for what, and what came of it.\v"
     "Examples:\n"
     "  playbus audit list --actor alice --limit 50\n"
     "  playbus audit list --outcome NOT_SIGNED_IN --from 2025-01-01 --json"},
    {"audit verify", "FILE", verify_options, command_audit_verify,
     "Check a copy of audit.db or a sealed segment, with nothing but the public keys: whether any "
     "entry was edited, deleted or moved, and with --head or --at-least whether the newest are "
     "missing. Needs no service.\v"
     "Examples:\n"
     "  playbus audit verify ~/.local/share/playbus/audit.db\n"
     "  playbus audit verify copy.db --key audit.pub --head audit.head\n\n"
     "Exit status: 0 intact, 1 not intact, 2 it could not be checked."},
    {"audit export", NULL, audit_export_options, command_audit_export,
     "Write the audit log to stdout, however long it is.\v"
     "Examples:\n"
     "  playbus audit export --from 2025-01-01 | gzip >audit.jsonl.gz"},
    {"audit rotate", NULL, reset_options, command_audit_rotate,
     "Sign the audit log with a new key from now on, and forget the old one. Prints the new public "
     "key.\v"
     "Examples:\n"
     "  playbus audit rotate"},
    {"audit seal", "TIME", reset_options, command_audit_seal,
     "Move entries older than TIME into a sealed segment file, at most 50,000 at once.\v"
     "Examples:\n"
     "  playbus audit seal 2025-01-01"},
    {"user list", NULL, query_options, command_user_list,
     "List the people who may sign in.\v"
     "Examples:\n"
     "  playbus user list\n"
     "  playbus user list --json | jq -r 'select(.role == \"admin\").name'"},
    {"user reset", "NAME", reset_options, command_user_reset,
     "Give a user a new one-time password, printed on stdout; it has to be changed at the first "
     "sign-in, and every session of the user ends. The way back in when a password is lost.\v"
     "Examples:\n"
     "  playbus user reset alice"},
};

/* What the parser of a command fills. */
struct parse {
    struct options o;
    const struct command *command;
};

static bool is_number(const char *text, long least, long most)
{
    char *end = NULL;
    errno = 0;
    long n = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && n >= least && n <= most;
}

static const char *checked_number(const char *text, long least, long most,
                                  const struct argp_state *state)
{
    if (!is_number(text, least, most)) {
        argp_error(state, "%s is not a number from %ld to %ld", text, least, most);
    }
    return text;
}

static void add_folder(struct options *o, const char *folder, const struct argp_state *state)
{
    if (o->allow_count == ALLOW_MAX) {
        argp_error(state, "more than %d times --allow", ALLOW_MAX);
    }
    o->allow[o->allow_count++] = folder;
}

static const char *checked_format(const char *text, const struct argp_state *state)
{
    if (strcmp(text, "csv") != 0 && strcmp(text, "jsonl") != 0) {
        argp_error(state, "--format is csv or jsonl");
    }
    return text;
}

/* The text options of the audit commands, and where each is kept. */
static const char **audit_filter_of(struct options *o, int key)
{
    switch (key) {
    case KEY_ACTOR:
        return &o->actor;
    case KEY_ACTION:
        return &o->action;
    case KEY_OUTCOME:
        return &o->outcome;
    case KEY_JOB:
        return &o->job;
    case KEY_KEY:
        return &o->key;
    case KEY_HEAD:
        return &o->head;
    default:
        return NULL;
    }
}

/* The text options of history and export, and where each is kept. */
static const char **filter_of(struct options *o, int key)
{
    switch (key) {
    case KEY_SERVER:
        return &o->server;
    case KEY_USER:
        return &o->user;
    case KEY_MEDIA_TYPE:
        return &o->media_type;
    case KEY_FROM:
        return &o->from;
    case KEY_TO:
        return &o->to;
    case KEY_TEXT:
        return &o->text;
    case KEY_DATA:
        return &o->data;
    case KEY_LISTEN:
        return &o->listen;
    default:
        return audit_filter_of(o, key);
    }
}

static bool *flag_of(struct options *o, int key)
{
    switch (key) {
    case KEY_DRY_RUN:
        return &o->dry_run;
    case KEY_RESUME:
        return &o->resume;
    case KEY_JSON:
        return &o->json;
    case KEY_CSV:
        return &o->csv;
    case KEY_REPAIRS:
        return &o->repairs;
    default:
        return NULL;
    }
}

static error_t parse_argument(struct parse *p, char *argument, const struct argp_state *state)
{
    if (p->command->arguments == NULL || p->o.argument != NULL) {
        argp_error(state, "%s is one argument too many", argument);
    }
    p->o.argument = argument;
    return 0;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct parse *p = state->input;
    struct options *o = &p->o;
    bool *flag = flag_of(o, key);
    const char **text = filter_of(o, key);
    if (flag != NULL) {
        *flag = true;
        return 0;
    }
    if (text != NULL) {
        *text = value;
        return 0;
    }
    switch (key) {
    case KEY_ALLOW:
        add_folder(o, value, state);
        return 0;
    case KEY_WORKERS:
        o->workers = checked_number(value, 1, 64, state);
        return 0;
    case KEY_LIMIT:
        o->limit = checked_number(value, 1, 1000000, state);
        return 0;
    case KEY_AT_LEAST:
        o->at_least = checked_number(value, 1, LONG_MAX, state);
        return 0;
    case KEY_FORMAT:
        o->format = checked_format(value, state);
        return 0;
    case ARGP_KEY_ARG:
        return parse_argument(p, value, state);
    case ARGP_KEY_END:
        if (p->command->arguments != NULL && o->argument == NULL) {
            argp_error(state, "%s is missing", p->command->arguments);
        }
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int run(const struct command *command, int argc, char **argv)
{
    struct parse p = {.command = command};
    char name[64];
    struct argp argp = {.options = command->options,
                        .parser = parse_option,
                        .args_doc = command->arguments,
                        .doc = command->doc};
    (void)snprintf(name, sizeof(name), "playbus %s", command->name);
    argv[0] = name;
    if (argp_parse(&argp, argc, argv, 0, NULL, &p) != 0) {
        return EXIT_USAGE;
    }
    return command->run(&p.o);
}

/* Stops at the command's name; what follows belongs to the command. */
static error_t parse_command(int key, char *value, struct argp_state *state)
{
    int *at = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        *at = state->next - 1;
        state->next = state->argc;
        (void)value;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a command is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char overview[] =
    "Playbus keeps your playback history in one store of your own.\v"
    "Commands (playbus COMMAND --help tells more):\n"
    "  up        start everything in the foreground\n"
    "  import    import a Tautulli database\n"
    "  status    which parts are running, where jobs stand\n"
    "  jobs      past and running jobs\n"
    "  errors    the rows a job rejected\n"
    "  history   stored plays, newest first\n"
    "  export    all plays as CSV or JSON lines\n"
    "  audit     who did what: list, export and verify the audit log\n"
    "  user      list who may sign in; reset a lost password\n\n"
    "Examples:\n"
    "  playbus import --dry-run tautulli.db\n"
    "  playbus import tautulli.db\n"
    "  playbus up --allow /srv/tautulli\n\n"
    "Exit status: 0 completed, 1 failed, 2 usage, 3 conflict, 130 stopped.";

/* How many words of the command line are this command's name; 0 if it is another. */
static int words_of(const char *name, char **argv)
{
    const char *space = strchr(name, ' ');
    if (space == NULL) {
        return strcmp(argv[0], name) == 0 ? 1 : 0;
    }
    size_t first = (size_t)(space - name);
    bool same = strncmp(argv[0], name, first) == 0 && argv[0][first] == '\0' && argv[1] != NULL &&
                strcmp(argv[1], space + 1) == 0;
    return same ? 2 : 0;
}

/* `user` is a group of commands: `user list` and more. Prints how each is called. */
static void print_group(FILE *out, const char *group)
{
    size_t size = strlen(group);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        const char *arguments = commands[i].arguments;
        if (strncmp(commands[i].name, group, size) == 0 && commands[i].name[size] == ' ') {
            (void)fprintf(out, "  playbus %s%s%s\n", commands[i].name, arguments == NULL ? "" : " ",
                          arguments == NULL ? "" : arguments);
        }
    }
}

static bool is_group(const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strncmp(commands[i].name, word, size) == 0 && commands[i].name[size] == ' ') {
            return true;
        }
    }
    return false;
}

/* No command's name: a group alone, with --help or with a word it does not know; or a slip. */
static int answer_other(const char *word, const char *next)
{
    if (!is_group(word)) {
        (void)fprintf(stderr, "playbus: there is no command %s; playbus --help lists them\n", word);
        return EXIT_USAGE;
    }
    if (next != NULL && (strcmp(next, "--help") == 0 || strcmp(next, "-?") == 0)) {
        (void)printf("The commands of playbus %s, each with its own --help:\n", word);
        print_group(stdout, word);
        return EXIT_COMPLETED;
    }
    (void)fprintf(stderr, "playbus: %s is followed by one of its commands:\n", word);
    print_group(stderr, word);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    const struct argp argp = {.parser = parse_command, .args_doc = "COMMAND …", .doc = overview};
    int at = 0;
    argp_program_version = "playbus " PLAYBUS_VERSION;
    argp_err_exit_status = EXIT_USAGE;
    (void)umask(0077);
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* how wide a character is; numbers stay as they are */
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &at) != 0) {
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        int words = words_of(commands[i].name, argv + at);
        if (words > 0) {
            (void)curl_global_init(CURL_GLOBAL_DEFAULT);
            int status = run(&commands[i], argc - at - words + 1, argv + at + words - 1);
            curl_global_cleanup();
            return status;
        }
    }
    return answer_other(argv[at], argv[at + 1]);
}
