/* SPDX-License-Identifier: MIT
 * asking.c - one call, a list page by page, a file: for every command that only asks. */
#include "actors/cli/asking.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/interrupts.h"
#include "actors/cli/invocation.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/times.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

static int find_service(struct service *s)
{
    enum err e = service_find_or_start(s, NULL);
    if (e != OK && interrupts_stop_asked()) {
        return EXIT_STOPPED;
    }
    return e == OK ? EXIT_COMPLETED : service_say_error(s, e, SERVICE_LOG);
}

int asking_open(const struct options *o, struct service *s)
{
    log_open("playbus", LEVEL_WARN);
    interrupts_watch();
    enum err e = data_folder_enter(o->data, false, s->folder);
    if (e == OK && access("audit.db", F_OK) != 0) {
        e = ERR_FILE_NOT_FOUND; /* no Playbus was ever here, and asking must not make one */
    }
    if (e != OK) {
        return data_folder_say_error(e, o->data);
    }
    return find_service(s);
}

int asking_no_history(enum err e, const char *given, const char *entered)
{
    const char *folder = e == OK ? entered : given;
    char import[INVOCATION_SIZE];
    struct stat st;
    bool file = e != OK && given != NULL && stat(given, &st) == 0 && !S_ISDIR(st.st_mode);
    bool system = e != OK && data_folder_means_system(given); /* its service makes it */
    if (e == ERR_ACCESS_DENIED || e == ERR_DATA_FOLDER_UNSAFE || file || system) {
        return data_folder_say_error(e, given);
    }
    (void)fputs("playbus: there is no history in ", stderr);
    cell_path(stderr, folder != NULL ? folder : "the default data folder", 35);
    invocation_text("import", folder, import);
    say(stderr, " yet\n  Import one with: %s FILE\n", import);
    return EXIT_FAILED;
}

int asking_open_history(const struct options *o, struct service *s)
{
    log_open("playbus", LEVEL_WARN);
    interrupts_watch();
    enum err e = data_folder_enter(o->data, false, s->folder);
    if (e != OK || access("history.db", F_OK) != 0) {
        return asking_no_history(e, o->data, s->folder);
    }
    return find_service(s);
}

/* One answer that is worth having, or OK is not what it returns and all is said. The body of a
 * refusal goes to `out_refused`, which may be NULL. */
static int ask_refused(struct service *s, const char *method, const char *path, const json_t *body,
                       struct reply *out, json_t **out_refused)
{
    const int64_t begun = clock_monotonic_ms();
    const bool asks_only = strcmp(method, "GET") == 0;
    enum err e = OK;
    do {
        e = client_call(s->client, method, path, body, out);
    } while (e == OK && !interrupts_stop_asked() && reply_waited_out(out, asks_only, begun));
    if (interrupts_stop_asked() && (e != OK || !reply_is_good(out))) {
        reply_release(out);
        return EXIT_STOPPED;
    }
    if (e != OK) {
        return say_error(e, NULL);
    }
    if (!reply_is_good(out)) {
        int status = reply_say_error(out);
        if (out_refused != NULL) {
            *out_refused = json_incref(out->body);
        }
        reply_release(out);
        return status;
    }
    return EXIT_COMPLETED;
}

static int ask(struct service *s, const char *method, const char *path, const json_t *body,
               struct reply *out)
{
    return ask_refused(s, method, path, body, out, NULL);
}

json_t *asking_call_refused(struct service *s, const char *method, const char *path,
                            const json_t *body, int *out_status, json_t **out_refused)
{
    struct reply reply = {0};
    *out_status = ask_refused(s, method, path, body, &reply, out_refused);
    return *out_status == EXIT_COMPLETED ? reply.body : NULL;
}

json_t *asking_call(struct service *s, const char *method, const char *path, const json_t *body,
                    int *out_status)
{
    return asking_call_refused(s, method, path, body, out_status, NULL);
}

void asking_row(const struct list_form *form, const json_t *row, bool first)
{
    if (form->json) { /* one object a line: lists of any length, cut with head, read with jq */
        say_json(stdout, row, JSON_COMPACT | JSON_REAL_PRECISION(12));
        return;
    }
    if (first && form->titles != NULL) {
        form->titles();
    }
    form->row(row);
}

/* To a person at a terminal; what is read by a program ends with what was asked for. */
static void say_there_is_more(const struct list_form *form, long shown)
{
    if (!form->json && form->titles != NULL && terminal_width(stdout) != 0) {
        (void)fprintf(stderr, "There is more; --limit %ld shows twice as much.\n", 2 * shown);
    }
}

int asking_rows(struct service *s, const char *base, const struct list_form *form, long most,
                long *out_printed)
{
    char cursor[512] = "";
    *out_printed = 0;
    for (;;) {
        char path[CLIENT_PATH_SIZE];
        char limit[24];
        struct reply reply = {0};
        long left = most == 0 ? 1000 : most - *out_printed;
        (void)snprintf(path, sizeof(path), "%s", base);
        (void)snprintf(limit, sizeof(limit), "%ld", left > 1000 ? 1000L : left);
        path_add(path, "limit", limit);
        path_add(path, "cursor", cursor[0] == '\0' ? NULL : cursor);
        int status = ask(s, "GET", path, NULL, &reply);
        if (status != EXIT_COMPLETED) {
            return status;
        }
        size_t i = 0;
        const json_t *row = NULL;
        json_array_foreach(json_object_get(reply.body, "items"), i, row)
        {
            asking_row(form, row, (*out_printed)++ == 0);
        }
        (void)snprintf(cursor, sizeof(cursor), "%s", member_text(reply.body, "next"));
        reply_release(&reply);
        if (cursor[0] == '\0') {
            return EXIT_COMPLETED;
        }
        if (most != 0 && *out_printed >= most) {
            say_there_is_more(form, most);
            return EXIT_COMPLETED;
        }
        if (interrupts_stop_asked()) {
            return EXIT_STOPPED;
        }
    }
}

static int say_if_nothing(int status, bool nothing)
{
    if (status == EXIT_COMPLETED && nothing) {
        (void)fputs("Nothing was found.\n", stderr);
    }
    return status;
}

int asking_list(struct service *s, const char *base, const struct list_form *form, long most)
{
    long printed = 0;
    int status = asking_rows(s, base, form, most, &printed);
    return say_if_nothing(status, printed == 0);
}

int asking_file(struct service *s, const char *path, const char *accept, bool *out_empty)
{
    const int64_t begun = clock_monotonic_ms();
    size_t lines = 0;
    struct reply refusal = {0};
    enum err e = OK;
    do {
        e = client_stream(s->client, path, accept, stdout, &lines, &refusal);
    } while (e == OK && !interrupts_stop_asked() && reply_waited_out(&refusal, true, begun));
    if (interrupts_stop_asked() && (e != OK || refusal.status != 200)) {
        reply_release(&refusal);
        (void)fputs("Stopped; the output is not complete.\n", stderr);
        return EXIT_STOPPED;
    }
    if (e != OK) {
        return say_error(e, "the output is not complete");
    }
    int status = refusal.status == 200 ? EXIT_COMPLETED : reply_say_error(&refusal);
    reply_release(&refusal);
    *out_empty = lines <= (strcmp(accept, "text/csv") == 0 ? 1 : 0);
    return status;
}

int asking_stream(struct service *s, const char *path, const char *accept)
{
    bool empty = false;
    int status = asking_file(s, path, accept, &empty);
    return say_if_nothing(status, empty);
}
