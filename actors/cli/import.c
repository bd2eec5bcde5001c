/* SPDX-License-Identifier: MIT
 * import.c - `playbus import FILE` or ADDRESS: which one, and how its import is asked for; a file
 * that the running service may not read is uploaded. */
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/cli/follow.h"
#include "actors/cli/import.h"
#include "actors/cli/import_address.h"
#include "actors/cli/say.h"
#include "actors/cli/table.h"
#include "actors/cli/upload.h"
#include "proto/base/log.h"

struct import {
    struct follow follow; /* first: of it a struct follow * is one of this */
    struct upload upload;
};

static enum err start_with(struct follow *f, const char *db_path, struct reply *out)
{
    free_text(&f->subject);
    f->subject = must_strdup(db_path);
    f->repeated = false;
    json_t *body = json_pack("{s:s, s:b}", "db_path", db_path, "dry_run", f->o->dry_run);
    if (f->o->resume) {
        (void)json_object_set_new(body, "resume", json_true());
    }
    enum err e = follow_ask(f, "POST", "/import/tautulli", body, out);
    json_decref(body);
    return e;
}

/* Of what is not imported nothing stays; that of a real import goes with its end. */
static void remove_upload(struct follow *f)
{
    struct reply reply = {0};
    char path[CLIENT_PATH_SIZE] = "/import/upload";
    path_add(path, "db_path", f->subject);
    if (follow_ask(f, "DELETE", path, NULL, &reply) != OK || !reply_is_good(&reply)) {
        log_warn("an upload that is not needed stays for a day path=%s", f->subject);
    }
    reply_release(&reply);
}

static enum err start_uploaded(struct follow *f, bool outside, struct reply *out)
{
    const int64_t begun = clock_monotonic_ms();
    say(stderr, "%s\nUploading ",
        outside ? "The file is in none of the folders that the running Playbus may import from."
                : "The running Playbus may not read the file where it lies.");
    cell_path(stderr, f->argument, 12);
    (void)fputs(" …\n", stderr);
    enum err e = OK;
    do {
        reply_release(out);
        e = upload_database(f->service.client, &((struct import *)f)->upload, f->argument, out);
    } while (e == OK && reply_waited_out(out, false, begun));
    if (e != OK || !reply_is_good(out)) {
        return e;
    }
    OWNED(free_text) char *staged = must_strdup(member_text(out->body, "db_path"));
    reply_release(out);
    e = start_with(f, staged, out);
    if (e == OK && !reply_is_good(out)) {
        remove_upload(f);
    }
    return e;
}

static enum err start(struct follow *f, struct reply *out)
{
    enum err e = start_with(f, f->argument, out);
    enum err refused = e == OK ? err_from_code(reply_code(out)) : OK;
    bool outside = refused == ERR_PATH_NOT_ALLOWED;
    bool ours_alone = (refused == ERR_ACCESS_DENIED || refused == ERR_FILE_NOT_FOUND) &&
                      ((const struct import *)f)->upload.file >= 0;
    return outside || ours_alone ? start_uploaded(f, outside, out) : e;
}

/* One that is not known yet is registered first. */
static enum err start_by_address(struct follow *f, struct reply *out)
{
    enum err e = start_with(f, f->argument, out);
    if (e != OK || strcmp(reply_code(out), err_code(ERR_SERVER_NOT_FOUND)) != 0) {
        return e;
    }
    reply_release(out);
    e = import_register(f, out);
    if (e == OK && reply_is_good(out)) {
        reply_release(out);
        e = start_with(f, f->argument, out);
    }
    return e;
}

static const struct follow_kind from_file = {
    .operation = operation_tautulli_import,
    .status_path = "/import/status",
    .stop = "/import",
    .start = start,
};

static const struct follow_kind from_address = {
    .operation = operation_tautulli_import,
    .status_path = "/import/status",
    .stop = "/import",
    .start = start_by_address,
};

static int import_address(const struct options *o, bool just_started)
{
    struct follow f;
    follow_init(&f, &from_address, o);
    f.just_started = just_started;
    f.argument = must_strdup(o->argument);
    for (size_t size = strlen(f.argument); size > 0 && f.argument[size - 1] == '/';) {
        f.argument[--size] = '\0';
    }
    int status = follow_run(&f, NULL);
    follow_release(&f);
    return status;
}

int command_import(const struct options *o)
{
    if (o->stop) {
        return follow_stop(o, from_file.stop, "Stopped. What was stored stays.\n");
    }
    if (o->discard) {
        return follow_discard(o, "/import/progress");
    }
    return import_file(o, false);
}

int import_file(const struct options *o, bool just_started)
{
    struct stat st;
    struct import import;
    struct follow *f = &import.follow;
    if (is_import_address(o->argument)) {
        return import_address(o, just_started);
    }
    follow_init(f, &from_file, o);
    f->just_started = just_started;
    f->argument = realpath(o->argument, NULL);
    if (f->argument == NULL) {
        return say_error(errno == EACCES ? ERR_ACCESS_DENIED : ERR_FILE_NOT_FOUND, "%s",
                         o->argument);
    }
    if (stat(f->argument, &st) == 0 &&
        !S_ISREG(st.st_mode)) { /* not to be sent: a FIFO never ends */
        follow_release(f);
        return say_error(ERR_NOT_TAUTULLI, "%s is %s", o->argument,
                         S_ISDIR(st.st_mode) ? "a folder" : "no regular file");
    }
    upload_open(f->argument, &import.upload);
    OWNED(free_text) char *copy = must_strdup(f->argument);
    int status = follow_run(f, dirname(copy));
    if (o->dry_run && f->subject != NULL && strcmp(f->subject, f->argument) != 0) {
        remove_upload(f);
    }
    upload_close(&import.upload);
    follow_release(f);
    return status;
}
