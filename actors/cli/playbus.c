/* SPDX-License-Identifier: MIT
 * playbus.c - the command line: reads the arguments and hands them to one command.
 *
 * Every command is a client of the gateway, but for those that must work without: `up`, `audit
 * verify`, `check` and `backup`. */
#include <argp.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/commands.h"
#include "actors/cli/invocation.h"
#include "actors/cli/say.h"
#include "actors/cli/slips.h"
#include "actors/cli/times.h"
#include "proto/base/config.h"
#include "proto/base/log.h"

/* What the parser of a command fills. */
struct parse {
    struct options o;
    char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE]; /* what o.from and o.to become */
    const struct command *command;
};

/* As argp_error, which would name --usage too: --help tells all of that and more. */
__attribute__((format(printf, 2, 3), noreturn)) static void
refuse_use(const struct argp_state *state, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    say(stderr, "%s: %s\n  %s --help tells more.\n", state->name, text, state->name);
    exit(EXIT_USAGE);
}

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
        refuse_use(state, "%s is not a number from %ld to %ld", text, least, most);
    }
    return text;
}

static void add_folder(struct options *o, const char *folder, const struct argp_state *state)
{
    if (o->allow_count == ALLOW_MAX) {
        refuse_use(state, "more than %d times --allow", ALLOW_MAX);
    }
    o->allow[o->allow_count++] = folder;
}

static void add_library(struct options *o, const char *library, const struct argp_state *state)
{
    if (o->library_count == LIBRARIES_MAX) {
        refuse_use(state, "more than %d times --library", LIBRARIES_MAX);
    }
    o->libraries[o->library_count++] = library;
}

static const char *checked_format(const char *text, const struct argp_state *state)
{
    if (strcmp(text, "csv") != 0 && strcmp(text, "jsonl") != 0) {
        refuse_use(state, "--format is csv or jsonl");
    }
    return text;
}

static const char *checked_role(const char *text, const struct argp_state *state)
{
    if (strcmp(text, "admin") != 0 && strcmp(text, "viewer") != 0) {
        refuse_use(state, "--role is admin or viewer");
    }
    return text;
}

/* Seconds of 90s, 30m, 2h or 1d. */
static long checked_span(const char *text, const struct argp_state *state)
{
    static const char units[] = "smhd";
    static const long seconds[] = {1, 60, 3600, 86400};
    char *unit = NULL;
    long n = strtol(text, &unit, 10);
    const char *known = *unit != '\0' ? strchr(units, *unit) : NULL;
    if (unit == text || known == NULL || unit[1] != '\0' || n < 1 || n > 604800 ||
        n * seconds[known - units] > 604800) {
        refuse_use(state, "%s is no time from 1s to 7d, as 90s, 30m, 2h or 1d", text);
    }
    return n * seconds[known - units];
}

/* Where the text of an option is kept; NULL: it is none of those. */
static const char **text_of(struct options *o, int key)
{
    const struct {
        int key;
        const char **text;
    } texts[] = {
        {KEY_ACTION, &o->action},
        {KEY_ACTOR, &o->actor},
        {KEY_BY, &o->by},
        {KEY_DATA, &o->data},
        {KEY_FROM, &o->from},
        {KEY_HEAD, &o->head},
        {KEY_IMPORT, &o->import},
        {KEY_JOB, &o->job},
        {KEY_KEY, &o->key},
        {KEY_LIBRARY, &o->library},
        {KEY_LISTEN, &o->listen},
        {KEY_MEDIA_TYPE, &o->media_type},
        {KEY_OUTCOME, &o->outcome},
        {KEY_PERSON, &o->person},
        {KEY_PLAY, &o->play},
        {KEY_SERVER, &o->server},
        {KEY_TEXT, &o->text},
        {KEY_TO, &o->to},
        {KEY_USER, &o->user},
        {KEY_NAME, &o->name},
        {KEY_ADDRESS, &o->address},
        {KEY_KIND, &o->kind},
        {KEY_TOKEN_FILE, &o->token_file},
        {KEY_CERTIFICATE, &o->certificate},
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        if (texts[i].key == key) {
            return texts[i].text;
        }
    }
    return NULL;
}

static bool *flag_of(struct options *o, int key)
{
    switch (key) {
    case KEY_DRY_RUN:
        return &o->dry_run;
    case KEY_RESUME:
        return &o->resume;
    case KEY_STOP:
        return &o->stop;
    case KEY_REPLACE:
        return &o->replace;
    case KEY_DISCARD:
        return &o->discard;
    case KEY_JSON:
        return &o->json;
    case KEY_CSV:
        return &o->csv;
    case KEY_REPAIRS:
        return &o->repairs;
    case KEY_PASSWORD_STDIN:
        return &o->password_stdin;
    case KEY_YES:
        return &o->yes;
    case KEY_QUICK_CONNECT:
        return &o->quick_connect;
    case KEY_INSECURE_PASSWORD:
        return &o->insecure_password;
    case KEY_TOKEN:
        return &o->token;
    case KEY_ENABLE:
        return &o->enable;
    case KEY_DISABLE:
        return &o->disable;
    case KEY_SCHEDULE:
        return &o->schedule;
    case KEY_NO_SCHEDULE:
        return &o->no_schedule;
    default:
        return NULL;
    }
}

static error_t parse_argument(struct parse *p, char *argument, const struct argp_state *state)
{
    const char *names = p->command->arguments;
    const char **place = p->o.argument == NULL ? &p->o.argument : &p->o.second;
    if (names == NULL || *place != NULL || (place == &p->o.second && strchr(names, ' ') == NULL)) {
        refuse_use(state, "%s is one argument too many", argument);
    }
    *place = argument;
    return 0;
}

/* Once the zone is known: --utc may stand anywhere. */
static void settle_bound(const char **bound, bool end, char out[static CLOCK_TEXT_SIZE],
                         const struct argp_state *state)
{
    if (*bound != NULL && !time_bound(*bound, end, out)) {
        refuse_use(state, "%s is no time: " TIME_FORMS, *bound);
    }
    *bound = *bound != NULL ? out : NULL;
}

static void end_of_options(struct parse *p, const struct argp_state *state)
{
    const char *from = p->o.from;
    const char *to = p->o.to;
    settle_bound(&p->o.from, false, p->from, state);
    settle_bound(&p->o.to, true, p->to, state);
    if (from != NULL && to != NULL && strcmp(p->from, p->to) >= 0) {
        refuse_use(state, "--from %s lies after --to %s: exchange them", from, to);
    }
    const char *needed = p->command->arguments;
    if (needed != NULL && needed[0] != '[' && p->o.argument == NULL && !p->o.stop &&
        !p->o.discard) {
        refuse_use(state, "%s is missing", needed);
    }
    const char *second = needed != NULL ? strchr(needed, ' ') : NULL;
    if (second != NULL && p->o.second == NULL) {
        refuse_use(state, "%s is missing", second + 1);
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct parse *p = state->input;
    struct options *o = &p->o;
    bool *flag = flag_of(o, key);
    const char **text = text_of(o, key);
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
    case KEY_ONLY_LIBRARY:
        add_library(o, value, state);
        return 0;
    case KEY_DAYS:
        o->days = strtol(checked_number(value, 1, 3650, state), NULL, 10);
        return 0;
    case KEY_INTERVAL:
        o->interval = strtol(checked_number(value, 1, 10080, state), NULL, 10);
        return 0;
    case KEY_FOR:
        o->for_s = checked_span(value, state);
        return 0;
    case KEY_WORKERS:
        o->workers = checked_number(value, 1, 64, state);
        return 0;
    case KEY_LIMIT:
        o->limit = strtol(checked_number(value, 1, 1000000, state), NULL, 10);
        return 0;
    case KEY_AT_LEAST:
        o->at_least = checked_number(value, 1, LONG_MAX, state);
        return 0;
    case KEY_UTC:
        times_use_utc();
        return 0;
    case KEY_FORMAT:
        o->format = checked_format(value, state);
        return 0;
    case KEY_ROLE:
        o->role = checked_role(value, state);
        return 0;
    case ARGP_KEY_ARG:
        return parse_argument(p, value, state);
    case ARGP_KEY_END:
        end_of_options(p, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* argp's own options of this kind, with -h, which people try first. */
static error_t parse_help(int key, char *value, struct argp_state *state)
{
    (void)value;
    switch (key) {
    case 'h':
    case '?':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case KEY_USAGE:
        argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
        return 0;
    case 'V':
        (void)printf("%s\n", argp_program_version);
        exit(EXIT_COMPLETED);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option help_options[] = {
    {"help", 'h', NULL, 0, "Print this", -1},
    {NULL, '?', NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, -1},
    {"usage", KEY_USAGE, NULL, OPTION_HIDDEN, NULL, -1},
    {"version", 'V', NULL, 0, "Print the version", -1},
    {0}};
static const struct argp help_argp = {.options = help_options, .parser = parse_help};
static const struct argp_child with_help[] = {{&help_argp, 0, NULL, -1}, {0}};

/* Before the command enters the data folder, where root becomes another user. */
static bool open_token(struct options *o)
{
    o->token_fd = o->token_file == NULL ? STDIN_FILENO : open(o->token_file, O_RDONLY | O_CLOEXEC);
    if (o->token_fd < 0) {
        say(stderr, "playbus: %s cannot be read: %s\n", o->token_file, strerror(errno));
    }
    return o->token_fd >= 0;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct parse p = {.command = command};
    char name[64];
    struct argp argp = {.options = command->options,
                        .parser = parse_option,
                        .args_doc = command->arguments,
                        .doc = command->doc,
                        .children = with_help};
    (void)snprintf(name, sizeof(name), "playbus %s", command->name);
    argv[0] = name;
    if (!slip_options_are_known(command, help_options, argv)) {
        return EXIT_USAGE;
    }
    if (argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &p) != 0) {
        return EXIT_USAGE;
    }
    return open_token(&p.o) ? command->run(&p.o) : EXIT_FAILED;
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
        refuse_use(state, "a command is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const char overview[] =
    "Playbus keeps your playback history in one store of your own.\v"
    "Commands (playbus COMMAND --help tells more):\n"
    "  up          start everything in the foreground\n"
    "  stop        stop what runs on the data folder\n"
    "  import      import a Tautulli database\n"
    "  plex        sync what a Plex server itself remembers of plays\n"
    "  undo        take back what one job brought\n"
    "  status      which parts are running, where jobs stand\n"
    "  check       are all databases and the audit log whole?\n"
    "  backup      copy the whole data folder while it is in use\n"
    "  restore     put a backup into a data folder\n"
    "  jobs        past and running jobs\n"
    "  errors      the rows a job rejected\n"
    "  history     stored plays, newest first\n"
    "  summary     plays and watched hours by month, user, …\n"
    "  people      which accounts are one person: list, join, split, forget\n"
    "  server      media servers: list, login, add, test, libraries, change,\n"
    "              remove\n"
    "  worker      import workers on other machines: list, invite, revoke; there\n"
    "              join and run\n"
    "  export      all plays as CSV or JSON lines\n"
    "  audit       who did what: list, export and verify the audit log\n"
    "  user        who may sign in: list, add, tie; reset a lost password\n"
    "  completion  what makes bash complete all this\n"
    "  help        the same as --help, of a command too\n\n"
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
        slip_say_command(word, NULL);
        return EXIT_USAGE;
    }
    if (next != NULL &&
        (strcmp(next, "--help") == 0 || strcmp(next, "-h") == 0 || strcmp(next, "-?") == 0)) {
        (void)printf("The commands of playbus %s, each with its own --help:\n", word);
        print_group(stdout, word);
        return EXIT_COMPLETED;
    }
    if (next != NULL && next[0] != '-') {
        slip_say_command(word, next);
    } else {
        (void)fprintf(stderr, "playbus: %s is followed by one of its commands:\n", word);
    }
    print_group(stderr, word);
    return EXIT_USAGE;
}

static const struct argp main_argp = {
    .parser = parse_command, .args_doc = "COMMAND …", .doc = overview, .children = with_help};

static const struct command *find_command(char **argv, int *out_words)
{
    for (size_t i = 0; argv[0] != NULL && i < COUNT_OF(commands); i++) {
        *out_words = words_of(commands[i].name, argv);
        if (*out_words > 0) {
            return &commands[i];
        }
    }
    return NULL;
}

/* `help`, `help COMMAND`, `help user`: what --help prints there. */
static int help(char **argv)
{
    int words = 0;
    char call[] = "playbus";
    char option[] = "--help";
    char *asked[] = {call, option, NULL};
    const struct command *command = find_command(argv, &words);
    if (command != NULL) {
        return run(command, 2, asked);
    }
    if (argv[0] != NULL && argv[0][0] != '-' && strcmp(argv[0], "help") != 0) {
        return answer_other(argv[0], option);
    }
    argp_help(&main_argp, stdout, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, call);
    return EXIT_COMPLETED;
}

int main(int argc, char **argv)
{
    int at = 0;
    argp_program_version = "playbus " PLAYBUS_VERSION;
    argp_err_exit_status = EXIT_USAGE;
    invocation_remember(argv[0]);
    (void)umask(0077);
    (void)setlocale(LC_CTYPE, "C.UTF-8"); /* how wide a character is; numbers stay as they are */
    static const struct argp_option none[] = {{0}};
    const struct command alone = {.name = "", .options = none};
    char *first[] = {argv[0], argc > 1 ? argv[1] : NULL, NULL};
    if (!slip_options_are_known(&alone, help_options, first)) {
        return EXIT_USAGE;
    }
    if (argp_parse(&main_argp, argc, argv, ARGP_IN_ORDER | ARGP_NO_HELP, NULL, &at) != 0) {
        return EXIT_USAGE;
    }
    if (strcmp(argv[at], "help") == 0) {
        return help(argv + at + 1);
    }
    int words = 0;
    const struct command *command = find_command(argv + at, &words);
    if (command == NULL) {
        return answer_other(argv[at], argv[at + 1]);
    }
    log_open("playbus", LEVEL_WARN);
    log_for_people();
    if (config_check_environment() != OK) { /* no command takes another folder than was meant */
        return say_error(ERR_BAD_SETTING, NULL);
    }
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    int status = run(command, argc - at - words + 1, argv + at + words - 1);
    curl_global_cleanup();
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        const char *why = errno != 0 ? strerror(errno) : "writing failed";
        say(stderr, "playbus: the output is not complete: %s\n", why);
        return status == EXIT_COMPLETED ? EXIT_FAILED : status;
    }
    return status;
}
