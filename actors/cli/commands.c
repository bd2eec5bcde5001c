/* SPDX-License-Identifier: MIT
 * commands.c - the table of commands, and the options each takes. */
#include "actors/cli/commands.h"

#include <string.h>

#include "actors/cli/say.h"

#define OPTION_DATA                                                                   \
    {                                                                                 \
        "data", KEY_DATA, "DIR", 0,                                                   \
            "Data folder (default: $PLAYBUS_DATA, or else the system's where one is " \
            "installed, or $XDG_DATA_HOME/playbus)",                                  \
            0                                                                         \
    }
#define OPTION_JSON                                                                            \
    {                                                                                          \
        "json", KEY_JSON, NULL, 0, "Print JSON instead of text; lists as one object a line", 0 \
    }
#define OPTION_UTC                                                         \
    {                                                                      \
        "utc", KEY_UTC, NULL, 0, "Times are UTC, not of the local zone", 0 \
    }
#define OPTIONS_SPAN                                                                             \
    {"from",                                                                                     \
     KEY_FROM,                                                                                   \
     "TIME",                                                                                     \
     0,                                                                                          \
     "From the beginning of a year, month or day (2024, 2024-01, 2024-01-31) or from a time "    \
     "(2024-01-31T18:00) on",                                                                    \
     0},                                                                                         \
        {"to", KEY_TO, "TIME", 0, "To the end of a year, month or day, or to before a time", 0}, \
        OPTION_UTC
#define OPTIONS_FILTER                                                                        \
    {"server", KEY_SERVER, "ID", 0, "Only plays of this media server", 0},                    \
        {"user", KEY_USER, "USER", 0, "Only plays of this user (name or id)", 0},             \
        {"person", KEY_PERSON, "ID", 0, "Only plays of this person, with all accounts", 0},   \
        {"library", KEY_LIBRARY, "LIBRARY", 0, "Only plays of this library (name or id)", 0}, \
        {"media-type", KEY_MEDIA_TYPE, "TYPE", 0, "Only movie, episode, track, …", 0},        \
        OPTIONS_SPAN,                                                                         \
    {                                                                                         \
        "text", KEY_TEXT, "TEXT", 0,                                                          \
            "Only plays with this text in a title, in any case, with accents or without", 0   \
    }

static const struct argp_option up_options[] = {
    OPTION_DATA,
    {"listen", KEY_LISTEN, "ADDR:PORT", 0, "Where to serve (default 127.0.0.1:8674)", 0},
    {"allow", KEY_ALLOW, "DIR", 0, "Folder databases may be imported from; can be repeated", 0},
    {"import", KEY_IMPORT, "FILE", 0,
     "Import FILE once it is up; Ctrl-C then stops the import only", 0},
    {"workers", KEY_WORKERS, "N", 0, "Import workers, 1 to 64 (default: cores less one)", 0},
    {0}};
static const struct argp_option plex_sync_options[] = {
    OPTION_DATA,
    {"days", KEY_DAYS, "N", 0, "How many days back, 1 to 3650 (default 30)", 0},
    {"library", KEY_ONLY_LIBRARY, "ID", 0,
     "Only plays of this library, by the server's number of it; can be repeated (default: all)", 0},
    {"resume", KEY_RESUME, NULL, 0,
     "Go on with a stopped or failed sync of the server, for the days and libraries it had", 0},
    {"stop", KEY_STOP, NULL, 0, "Stop the sync that runs, wherever it was started", 0},
    {"discard", KEY_DISCARD, NULL, 0, "Give up what could be resumed; what it stored stays", 0},
    OPTION_JSON,
    {0}};
static const struct argp_option server_sync_options[] = {
    OPTION_DATA,
    {"stop", KEY_STOP, NULL, 0, "Stop the sync of SERVER that runs, wherever it was started", 0},
    OPTION_JSON,
    {0}};
static const struct argp_option undo_options[] = {
    OPTION_DATA,
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Say what it would do, change nothing", 0},
    {"yes", KEY_YES, NULL, 0, "Undo it without asking", 0},
    {"stop", KEY_STOP, NULL, 0,
     "Stop the undo of JOB, or without one the undo that runs; undoing the same job goes on with "
     "it",
     0},
    OPTION_JSON,
    {0}};
static const struct argp_option query_options[] = {OPTION_DATA, OPTION_JSON, {0}};
static const struct argp_option listing_options[] = {OPTION_DATA, OPTION_JSON, OPTION_UTC, {0}};
static const struct argp_option jobs_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    OPTION_UTC,
    {"limit", KEY_LIMIT, "N", 0, "How many of the newest (default: all)", 0},
    {0}};
static const struct argp_option restore_options[] = {
    OPTION_DATA,
    {"replace", KEY_REPLACE, NULL, 0,
     "Also where the data folder holds data: that goes into a folder of its own there", 0},
    {0}};
static const struct argp_option reset_options[] = {OPTION_DATA, {0}};
static const struct argp_option add_options[] = {
    OPTION_DATA,
    {"role", KEY_ROLE, "ROLE", 0, "admin: may do everything; viewer (default): may look", 0},
    {"password-stdin", KEY_PASSWORD_STDIN, NULL, 0,
     "Read the password from the first line of stdin", 0},
    {0}};
static const struct argp_option join_options[] = {
    OPTION_DATA,
    {"name", KEY_NAME, "NAME", 0, "What the person is called from now on", 0},
    {"stop", KEY_STOP, NULL, 0, "Stop grouping plays anew; the same join or split goes on with it",
     0},
    {0}};
static const struct argp_option forget_options[] = {
    OPTION_DATA,
    {"yes", KEY_YES, NULL, 0, "Erase it without asking", 0},
    {"stop", KEY_STOP, NULL, 0,
     "Stop the erasure that runs; forgetting the same person goes on with it", 0},
    {0}};
static const struct argp_option remove_options[] = {
    OPTION_DATA, {"yes", KEY_YES, NULL, 0, "Remove it without asking", 0}, {0}};
#define OPTION_TOKEN_FILE                                              \
    {                                                                  \
        "token-file", KEY_TOKEN_FILE, "FILE", 0,                       \
            "Read the token or API key from the first line of FILE", 0 \
    }
#define OPTION_CERTIFICATE                                                                         \
    {                                                                                              \
        "certificate", KEY_CERTIFICATE, "SHA256", 0,                                               \
            "Trust this one certificate, whose fingerprint you have compared with the server's", 0 \
    }
static const struct argp_option import_options[] = {
    OPTION_DATA,
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Say what an import would do, store nothing", 0},
    {"resume", KEY_RESUME, NULL, 0, "Go on with a stopped or failed import of FILE", 0},
    {"stop", KEY_STOP, NULL, 0, "Stop the import that runs, wherever it was started", 0},
    {"discard", KEY_DISCARD, NULL, 0, "Give up what could be resumed; what it stored stays", 0},
    OPTION_TOKEN_FILE,
    OPTION_CERTIFICATE,
    OPTION_JSON,
    {0}};
#define OPTION_INSECURE_PASSWORD                                                           \
    {                                                                                      \
        "insecure-password", KEY_INSECURE_PASSWORD, NULL, 0,                               \
            "Send the password without asking although the address begins with http://", 0 \
    }
static const struct argp_option server_login_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    {"server", KEY_SERVER, "NAME", 0, "Add this server of the account, without asking", 0},
    {"name", KEY_NAME, "NAME", 0, "What it is called here", 0},
    {0}};
static const struct argp_option server_add_options[] = {
    OPTION_DATA,
    {"kind", KEY_KIND, "KIND", 0, "What it is: plex (default), jellyfin, emby or tautulli", 0},
    {"user", KEY_USER, "USER", 0,
     "Sign in to Jellyfin or Emby as this administrator; the password is asked for, and not kept",
     0},
    OPTION_INSECURE_PASSWORD,
    {"quick-connect", KEY_QUICK_CONNECT, NULL, 0,
     "Print a code that an administrator types in Jellyfin, in place of a key or password", 0},
    OPTION_TOKEN_FILE,
    OPTION_CERTIFICATE,
    {0}};
static const struct argp_option server_change_options[] = {
    OPTION_DATA,
    {"name", KEY_NAME, "NAME", 0, "What it is called from now on", 0},
    {"address", KEY_ADDRESS, "ADDRESS", 0,
     "Where it is from now on; another host or port needs the token too", 0},
    {"token", KEY_TOKEN, NULL, 0, "Ask for another token, or take it from stdin", 0},
    {"user", KEY_USER, "USER", 0,
     "Sign in to Jellyfin or Emby anew, as this administrator; the password is asked for", 0},
    OPTION_INSECURE_PASSWORD,
    OPTION_TOKEN_FILE,
    OPTION_CERTIFICATE,
    {"enable", KEY_ENABLE, NULL, 0, "It may be synchronised with", 0},
    {"disable", KEY_DISABLE, NULL, 0, "It may not", 0},
    {"interval", KEY_INTERVAL, "MINUTES", 0, "How often it is synced by itself, 1 to 10080", 0},
    {"schedule", KEY_SCHEDULE, NULL, 0, "It is synced by itself", 0},
    {"no-schedule", KEY_NO_SCHEDULE, NULL, 0, "It is synced by hand only", 0},
    {0}};
static const struct argp_option invite_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    {"name", KEY_NAME, "NAME", 0, "What the worker is called (default: worker)", 0},
    {"for", KEY_FOR, "TIME", 0, "How long it is good for, as 30m, 2h or 1d (default: 1h)", 0},
    {"address", KEY_ADDRESS, "HOST:PORT", 0,
     "By which the worker reaches this machine (default: as in bus.remote)", 0},
    {0}};
static const struct argp_option run_options[] = {
    OPTION_DATA,
    {"allow", KEY_ALLOW, "DIR", 0,
     "Read databases below DIR too; can be repeated (default: import.allowed_dirs)", 0},
    {0}};
static const struct argp_option no_options[] = {{0}};
static const struct argp_option errors_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    {"csv", KEY_CSV, NULL, 0, "Print CSV, raw columns included", 0},
    {"repairs", KEY_REPAIRS, NULL, 0, "Stored rows with a repaired field instead", 0},
    {"limit", KEY_LIMIT, "N", 0, "How many rows (default: all; CSV has all)", 0},
    {0}};
static const struct argp_option history_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    OPTIONS_FILTER,
    {"play", KEY_PLAY, "ID", 0, "This one play, with what each source said of it", 0},
    {"limit", KEY_LIMIT, "N", 0, "How many (default 20)", 0},
    {0}};
static const struct argp_option summary_options[] = {
    OPTION_DATA,
    OPTION_JSON,
    OPTIONS_FILTER,
    {"by", KEY_BY, "WHAT", 0,
     "month (default), user, person, library, server, source, media_type, hour or weekday", 0},
    {"limit", KEY_LIMIT, "N", 0, "How many lines (default: all)", 0},
    {0}};
static const struct argp_option tie_options[] = {
    OPTION_DATA,
    {"person", KEY_PERSON, "ID", 0,
     "The person whose plays the viewer may see, and nobody else's (default: everybody's again)",
     0},
    {0}};
static const struct argp_option export_options[] = {
    OPTION_DATA,
    OPTIONS_FILTER,
    {"format", KEY_FORMAT, "FORMAT", 0,
     "csv (default), or jsonl: all of every play, stream and item details too", 0},
    {0}};

#define OPTIONS_AUDIT                                                                    \
    {"actor", KEY_ACTOR, "NAME", 0, "Only of this user; local is this machine", 0},      \
        {"action",                                                                       \
         KEY_ACTION,                                                                     \
         "ACTION",                                                                       \
         0,                                                                              \
         "Only this action, as start_import; a wrong one tells which there are",         \
         0},                                                                             \
        {"outcome",                                                                      \
         KEY_OUTCOME,                                                                    \
         "OUTCOME",                                                                      \
         0,                                                                              \
         "Only done, stopped, refused, failed or unknown, or a code, as SIGN_IN_FAILED", \
         0},                                                                             \
        {"job", KEY_JOB, "JOB", 0, "Only of this job", 0}, OPTIONS_SPAN,                 \
    {                                                                                    \
        "text", KEY_TEXT, "TEXT", 0, "Only with this text in it", 0                      \
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

static int complete(const struct options *o)
{
    if (strcmp(o->argument, "bash") != 0) {
        say(stderr, "playbus: there is no completion for %s, only for bash\n", o->argument);
        return EXIT_USAGE;
    }
    completion_print(commands);
    return EXIT_COMPLETED;
}

const struct command commands[COMMANDS_COUNT] = {
    {"up", NULL, up_options, command_up,
     "Start everything in the foreground. Prints `ready http://ADDR:PORT` once every part answers, "
     "and "
     "on stderr where to make the first administrator while there is none; SIGTERM or Ctrl-C stops "
     "it within 5 seconds.\v"
     "Examples:\n"
     "  playbus up\n"
     "  playbus up --data /srv/playbus --allow /srv/tautulli --workers 2\n"
     "  playbus up --import tautulli.db\n"
     "  playbus up --listen 127.0.0.1:0      a port that is free\n\n"
     "Listen, allow and workers are settings too, in DATA/playbus.conf or as PLAYBUS_…; "
     "the option counts for this run.\n\n"
     "Exit status: 0 stopped, 1 failed, 2 usage, 78 somebody has to mend something first, as a "
     "setting or a database of a newer version; 130 Ctrl-C."},
    {"stop", NULL, reset_options, command_stop,
     "Stop the service of the data folder and wait until all of it has ended. An import that runs "
     "in it goes on at the next start. What systemd or a container has started is stopped with "
     "those, or it comes back.\v"
     "Examples:\n"
     "  playbus stop\n"
     "  playbus stop --data /srv/playbus"},
    {"import", "FILE|ADDRESS", import_options, command_import,
     "Import a Tautulli database or one of its .zip backups, or a Tautulli from its address: at "
     "the "
     "first time its API key is asked for, or read from --token-file or stdin. Uses the running "
     "service of the data folder, or starts it for the time of the import. Ctrl-C stops cleanly.\v"
     "Examples:\n"
     "  playbus import --dry-run tautulli.db\n"
     "  playbus import tautulli.db\n"
     "  playbus import --resume tautulli.db\n"
     "  playbus import http://nas:8181\n"
     "  playbus import --stop\n"
     "  playbus import --discard\n\n"
     "Exit status: 0 completed (also with rejected rows), 1 failed, 2 usage, 3 another import is "
     "running, 130 stopped."},
    {"plex sync", "[SERVER]", plex_sync_options, command_plex_sync,
     "Bring what a Plex server itself remembers of plays, which is when each was watched. SERVER "
     "is "
     "the name or id of a registered one, and can be left out where one Plex server alone is "
     "enabled. Ctrl-C stops cleanly.\v"
     "Examples:\n"
     "  playbus plex sync\n"
     "  playbus plex sync home --days 365 --library 1 --library 2\n"
     "  playbus plex sync home --resume\n"
     "  playbus plex sync --stop\n"
     "  playbus plex sync --discard\n\n"
     "Exit status: 0 completed (also with rejected rows), 1 failed, 2 usage, 3 a sync or an import "
     "is running, 130 stopped."},
    {"undo", "JOB", undo_options, command_undo,
     "Undo one job: afterwards the plays are those that the other jobs alone give. Says first what "
     "goes, what stays because other jobs saw it too, and what is shown again as they saw it; then "
     "asks. An undone job cannot be resumed; its source can be imported again.\v"
     "Examples:\n"
     "  playbus undo 6f1c0e12 --dry-run\n"
     "  playbus undo 6f1c0e12\n"
     "  playbus undo 6f1c0e12 --yes\n"
     "  playbus undo --stop\n\n"
     "Exit status: 0 completed, 1 failed, 2 usage, 3 it cannot be undone or something else runs, "
     "130 stopped."},
    {"status", NULL, listing_options, command_status,
     "Say which parts are running and where the newest jobs stand. Works with any part dead.\v"
     "Examples:\n"
     "  playbus status\n"
     "  playbus status --json | jq '.actors[] | select(.state != \"up\")'"},
    {"check", NULL, query_options, command_check,
     "Check every database of the data folder page by page, and the chain of the audit log; the "
     "service may run meanwhile. `playbus status` tells the newest result.\v"
     "Examples:\n"
     "  playbus check\n"
     "  playbus check --json | jq '.stores[] | select(.whole | not)'\n\n"
     "Exit status: 0 whole, 1 something is not, 2 it could not be checked."},
    {"backup", "DIR", reset_options, command_backup,
     "Copy databases, keys, settings and sealed audit segments into the new folder DIR, whole and "
     "for its owner alone; the service may run and write meanwhile.\v"
     "Examples:\n"
     "  playbus backup /backups/playbus-$(date +%F)"},
    {"restore", "DIR", restore_options, command_restore,
     "Put a backup that was made with `playbus backup DIR` into the data folder, after checking it "
     "with the chain of the audit log. The service must not run; a job that ran goes on at its "
     "next start.\v"
     "Examples:\n"
     "  playbus restore /backups/playbus-2026-01-31\n"
     "  playbus restore /backups/playbus-2026-01-31 --replace\n\n"
     "Exit status: 0 restored, 1 failed or the backup is not whole, 2 usage, 3 the service runs or "
     "the folder holds data."},
    {"jobs", "[JOB]", jobs_options, command_jobs,
     "List past and running jobs, newest first; of one JOB its receipt.\v"
     "Examples:\n"
     "  playbus jobs --limit 5\n"
     "  playbus jobs 6f1c0e12\n"
     "  playbus jobs --json"},
    {"errors", "JOB", errors_options, command_errors,
     "List the rows a job rejected. JOB is an id as `playbus jobs` prints it, or as much of its "
     "beginning as no other job has.\v"
     "Examples:\n"
     "  playbus errors 6f1c0e12\n"
     "  playbus errors 6f1c0e12 --csv >rejected.csv\n"
     "  playbus errors 6f1c0e12 --repairs"},
    {"history", NULL, history_options, command_history,
     "List stored plays, newest first.\v"
     "Examples:\n"
     "  playbus history --user alice --limit 50\n"
     "  playbus history --from 2024-01 --to 2024-03 --library Movies\n"
     "  playbus history --text münchen --json\n"
     "  playbus history --play 42"},
    {"summary", NULL, summary_options, command_summary,
     "Count plays and watched hours.\v"
     "Examples:\n"
     "  playbus summary\n"
     "  playbus summary --by user --from 2024\n"
     "  playbus summary --by hour --library Movies"},
    {"export", NULL, export_options, command_export,
     "Write stored plays to stdout, however many there are.\v"
     "Examples:\n"
     "  playbus export >plays.csv\n"
     "  playbus export --format jsonl --user alice | gzip >alice.jsonl.gz"},
    {"audit list", NULL, audit_options, command_audit_list,
     "List the audit log, newest first: who asked for what, and what came of it. With --json "
     "each line holds the entries of the log too.\v"
     "Examples:\n"
     "  playbus audit list --actor alice --limit 50\n"
     "  playbus audit list --action sign_in --outcome refused\n"
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
    {"people list", NULL, query_options, command_people_list,
     "List persons with their accounts on all media servers, most plays first, who seems to be "
     "one person, and who is forgotten.\v"
     "Examples:\n"
     "  playbus people list\n"
     "  playbus people list --json | jq -r .id"},
    {"people join", "PERSON,PERSON", join_options, command_people_join,
     "Make one person of several, each named by its id or by an account of it, SERVER/USER; their "
     "plays are grouped anew.\v"
     "Examples:\n"
     "  playbus people join plex.tv/4711,0a1b2c/1\n"
     "  playbus people join plex.tv/4711,0a1b2c/1 --name Ann\n"
     "  playbus people join --stop"},
    {"people split", "SERVER/USER", reset_options, command_people_split,
     "Take an account out of the person that it is of; the plays are grouped anew.\v"
     "Examples:\n"
     "  playbus people split 0a1b2c/1"},
    {"people forget", "PERSON", forget_options, command_people_forget,
     "Erase a person's plays and accounts, after telling how much that is, and leave its rows out "
     "of "
     "later imports. Backups keep what is in them.\v"
     "Examples:\n"
     "  playbus people forget plex.tv/4711\n"
     "  playbus people forget --stop"},
    {"people lift", "PERSON", reset_options, command_people_lift,
     "Let the rows of a forgotten person come back with the next import. What was erased stays "
     "erased until then.\v"
     "Examples:\n"
     "  playbus people lift plex.tv/4711"},
    {"server list", NULL, listing_options, command_server_list,
     "List the media servers, and how their newest tests ended.\v"
     "Examples:\n"
     "  playbus server list\n"
     "  playbus server list --json | jq -r .identity"},
    {"server login", NULL, server_login_options, command_server_login,
     "Sign in with Plex: type the code that is printed at plex.tv/link, then choose which of your "
     "servers is added. Its token is kept sealed, and shown to nobody.\v"
     "Examples:\n"
     "  playbus server login\n"
     "  playbus server login --server Attic --name attic"},
    {"server add", "NAME ADDRESS", server_add_options, command_server_add,
     "Add a media server and test it. Its token, of Jellyfin and Emby an API key or the password "
     "of "
     "--user, is asked for on the terminal, or is the first line of stdin or of a file; a token is "
     "kept sealed, and shown to nobody again.\v"
     "Examples:\n"
     "  playbus server add home http://192.168.1.10:32400\n"
     "  pass show plex | playbus server add home https://media.example/plex\n"
     "  playbus server add home http://192.168.1.10:32400 --token-file plex.token\n"
     "  playbus server add attic http://192.168.1.12:8096 --kind jellyfin --user ada\n"
     "  playbus server add attic http://192.168.1.12:8096 --kind jellyfin --quick-connect"},
    {"server test", "SERVER", query_options, command_server_test,
     "Connect to a media server, named by its name or id, and say whether it can be used.\v"
     "Examples:\n"
     "  playbus server test home"},
    {"server libraries", "SERVER", query_options, command_server_libraries,
     "List the libraries that a media server has now.\v"
     "Examples:\n"
     "  playbus server libraries home\n"
     "  playbus server libraries home --json | jq -r .id"},
    {"server sync", "SERVER", server_sync_options, command_server_sync,
     "Sync a media server now, as its schedule does by itself: what it has played since it was "
     "asked last, the first time all that it remembers. Ctrl-C stops cleanly.\v"
     "Examples:\n"
     "  playbus server sync home\n"
     "  playbus server sync home --stop\n\n"
     "Exit status: 0 completed (also with rejected rows), 1 failed, 2 usage, 3 a sync of the "
     "server "
     "is running, 130 stopped."},
    {"server change", "SERVER", server_change_options, command_server_change,
     "Change a media server; what is not named stays.\v"
     "Examples:\n"
     "  playbus server change home --name attic\n"
     "  playbus server change home --address http://192.168.1.11:32400 --token\n"
     "  playbus server change attic --user ada\n"
     "  playbus server change home --interval 60\n"
     "  playbus server change home --certificate 3f:…:a0"},
    {"server remove", "SERVER", remove_options, command_server_remove,
     "Remove a media server and its token, after asking. The plays that it told of stay.\v"
     "Examples:\n"
     "  playbus server remove home"},
    {"server rotate-key", NULL, reset_options, command_server_rotate_key,
     "Seal the tokens of all media servers with a new key, servers/servers.key, and forget the old "
     "one.\v"
     "Examples:\n"
     "  playbus server rotate-key"},
    {"worker list", NULL, listing_options, command_worker_list,
     "List the import workers on other machines, and invitations for them.\v"
     "Examples:\n"
     "  playbus worker list"},
    {"worker invite", NULL, invite_options, command_worker_invite,
     "Print one line that lets one worker on another machine in: give it to playbus worker join "
     "there, by a way that you trust. That machine will see names and addresses of viewers.\v"
     "Examples:\n"
     "  playbus worker invite --name attic | ssh attic playbus worker join\n"
     "  playbus worker invite --for 10m --address 192.168.1.5:8675"},
    {"worker revoke", "WORKER", remove_options, command_worker_revoke,
     "Let a worker in no more, or take an invitation back, after asking. WORKER is its name, or "
     "the beginning of its id. What it has open is cut at once.\v"
     "Examples:\n"
     "  playbus worker revoke attic"},
    {"worker join", NULL, reset_options, command_worker_join,
     "Let this machine work for another: reads an invitation from stdin, and makes a key of its "
     "own, which never leaves it.\v"
     "Examples:\n"
     "  playbus worker join <invitation"},
    {"worker run", NULL, run_options, command_worker_run,
     "Work for the machine that was joined, until Ctrl-C. Reads databases only where they lie "
     "below an allowed folder of this machine.\v"
     "Examples:\n"
     "  playbus worker run --allow /srv/tautulli"},
    {"user list", NULL, listing_options, command_user_list,
     "List the people who may sign in.\v"
     "Examples:\n"
     "  playbus user list\n"
     "  playbus user list --json | jq -r 'select(.role == \"admin\").name'"},
    {"user add", "NAME", add_options, command_user_add,
     "Add a person who may sign in. Asks for a first password on the terminal, twice; it has to be "
     "changed at the first sign-in.\v"
     "Examples:\n"
     "  playbus user add alice\n"
     "  playbus user add bob --role admin\n"
     "  pass show playbus/bob | playbus user add bob --password-stdin"},
    {"user tie", "NAME", tie_options, command_user_tie,
     "Let a viewer see the plays of one person alone, by whatever route; without --person those of "
     "everybody again.\v"
     "Examples:\n"
     "  playbus user tie alice --person p3\n"
     "  playbus user tie alice"},
    {"user reset", "NAME", reset_options, command_user_reset,
     "Give a user a new one-time password, printed on stdout; it has to be changed at the first "
     "sign-in, and every session of the user ends. The way back in when a password is lost.\v"
     "Examples:\n"
     "  playbus user reset alice"},
    {"completion", "SHELL", no_options, complete,
     "Print what makes a shell complete the commands and options of playbus. SHELL is bash.\v"
     "Examples:\n"
     "  source <(playbus completion bash)\n"
     "  playbus completion bash | sudo tee /etc/bash_completion.d/playbus"},
};
