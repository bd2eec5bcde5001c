/* SPDX-License-Identifier: MIT
 * asking.c - one call, a list page by page, a file: for every command that only asks. */
#include "actors/cli/asking.h"

#include <stdio.h>
#include <string.h>

#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "proto/base/log.h"

int asking_open(const struct options *o, struct service *s)
{
    log_open("playbus", LEVEL_WARN);
    service_watch_signals();
    enum err e = folder_enter(o->data, false, s->folder);
    if (e != OK) {
        return folder_complain(e, o->data);
    }
    e = service_find_or_start(s, NULL);
    if (e != OK && service_stop_asked()) {
        return EXIT_STOPPED;
    }
    return e == OK ? EXIT_COMPLETED : service_complain(s, e, SERVICE_LOG);
}

json_t *asking_call(struct service *s, const char *method, const char *path, const json_t *body,
                    int *out_status)
{
    struct reply reply = {0};
    enum err e = client_call(s->client, method, path, body, &reply);
    if (e == OK && reply_is_good(&reply)) {
        *out_status = EXIT_COMPLETED;
        return reply.body;
    }
    *out_status = e == OK ? reply_complain(&reply) : complain(e, NULL);
    reply_release(&reply);
    return NULL;
}

static int ask(struct service *s, const char *path, struct reply *out)
{
    enum err e = client_call(s->client, "GET", path, NULL, out);
    if (e != OK) {
        return complain(e, NULL);
    }
    if (!reply_is_good(out)) {
        int status = reply_complain(out);
        reply_release(out);
        return status;
    }
    return EXIT_COMPLETED;
}

/* Prints a list page by page, at most `most` rows (0: all). */
int asking_pages(struct service *s, const char *base, bool json, long most, row_fn *print)
{
    char cursor[512] = "";
    long printed = 0;
    for (;;) {
        char path[CLIENT_PATH_SIZE];
        char limit[24];
        struct reply reply = {0};
        long left = most == 0 ? 1000 : most - printed;
        (void)snprintf(path, sizeof(path), "%s", base);
        (void)snprintf(limit, sizeof(limit), "%ld", left > 1000 ? 1000L : left);
        path_add(path, "limit", limit);
        path_add(path, "cursor", cursor[0] == '\0' ? NULL : cursor);
        int status = ask(s, path, &reply);
        if (status != EXIT_COMPLETED) {
            return status;
        }
        size_t i = 0;
        const json_t *row = NULL;
        json_array_foreach(json_object_get(reply.body, "items"), i, row)
        {
            if (json) { /* one object a line: lists of any length, cut with head, read with jq */
                say_json(stdout, row, JSON_COMPACT | JSON_REAL_PRECISION(12));
            } else {
                print(row);
            }
            printed++;
        }
        (void)snprintf(cursor, sizeof(cursor), "%s", member_text(reply.body, "next"));
        reply_release(&reply);
        if (cursor[0] == '\0' || (most != 0 && printed >= most)) {
            return EXIT_COMPLETED;
        }
        if (service_stop_asked()) {
            return EXIT_STOPPED;
        }
    }
}

int asking_stream(struct service *s, const char *path, const char *accept)
{
    struct reply refusal = {0};
    enum err e = client_stream(s->client, path, accept, stdout, &refusal);
    if (e != OK && service_stop_asked()) {
        (void)fputs("Stopped; the output is not complete.\n", stderr);
        return EXIT_STOPPED;
    }
    if (e != OK) {
        return complain(e, "the output is not complete");
    }
    int status = refusal.status == 200 ? EXIT_COMPLETED : reply_complain(&refusal);
    reply_release(&refusal);
    return status;
}

void print_time(const char *text)
{
    char shown[20];
    (void)snprintf(shown, sizeof(shown), "%.19s", text);
    char *letter = strchr(shown, 'T');
    if (letter != NULL) {
        *letter = ' ';
    }
    cell_text(stdout, shown, 20);
}
