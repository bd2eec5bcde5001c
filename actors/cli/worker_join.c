/* SPDX-License-Identifier: MIT
 * worker_join.c - `playbus worker join` and `run`, on the machine that works for another.
 *
 * The key is made here and written down before its public half is told, so an answer that is lost
 * loses nothing: whether the door knows the key is then found out by knocking with it, at once or
 * by the next join. */
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/invocation.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "actors/cli/worker_link.h"
#include "proto/base/clock.h"
#include "proto/bus/actor.h"
#include "proto/schema/roles.h"
#include "proto/wire/envelope.h"

#define MARK "playbus-worker-1"
#define NEW_KEY REMOTE_KEY ".new"   /* told, or about to be */
#define MADE_KEY REMOTE_KEY ".made" /* not whole yet */
#define LINE_SIZE 1024
enum { JOIN_MS = 8000 };

struct invitation {
    char endpoint[300], door[REMOTE_Z85_SIZE], public_z85[REMOTE_Z85_SIZE],
        secret_z85[REMOTE_Z85_SIZE];
};

static bool read_invitation(struct invitation *out)
{
    char line[LINE_SIZE] = "";
    char mark[32];
    char after[2];
    bool read = fgets(line, sizeof(line), stdin) != NULL &&
                sscanf(line, "%31s %299s %40s %40s %40s %1s", mark, out->endpoint, out->door,
                       out->public_z85, out->secret_z85, after) == 5 &&
                strcmp(mark, MARK) == 0 && strncmp(out->endpoint, "tcp://", 6) == 0;
    sodium_memzero(line, sizeof(line));
    return read;
}

static zcert_t *key_of(const struct invitation *i)
{
    unsigned char public_key[32];
    unsigned char secret_key[32];
    bool fine = strlen(i->public_z85) == REMOTE_Z85_SIZE - 1 &&
                strlen(i->secret_z85) == REMOTE_Z85_SIZE - 1 &&
                zmq_z85_decode(public_key, i->public_z85) != NULL &&
                zmq_z85_decode(secret_key, i->secret_z85) != NULL;
    zcert_t *key = fine ? zcert_new_from(public_key, secret_key) : NULL;
    sodium_memzero(secret_key, sizeof(secret_key));
    return key;
}

/* ---- the one message ---- */

static enum err send_join(struct worker_link *l, const zcert_t *own)
{
    char machine[256];
    struct flaw flaw = {0};
    struct buffer head = {0};
    struct buffer body = {0};
    remote_machine(machine, sizeof(machine));
    struct worker_join join = {.public_key = zcert_public_txt((zcert_t *)own),
                               .machine = machine,
                               .version = playbus_version(),
                               .schema_hash = schema_hash()};
    PUT(&join, mapping, MAPPING_VERSION);
    struct envelope e = {.name = schema_messages[MSG_worker_join].wire, .id = 1, .target = "door"};
    PUT(&e, ttl_ms, JOIN_MS);
    envelope_write(&e, ENVELOPE_COMMAND, &head);
    enum err packed = record_pack(desc_worker_join(), &join, &body, &flaw);
    if (packed == OK) {
        zmq_msg_t frames[2];
        frame_from_buffer(&frames[0], &head);
        frame_from_buffer(&frames[1], &body);
        packed = frames_send(zsock_resolve(l->dealer), frames, 2) == 0 ? OK : ERR_DOOR_UNREACHABLE;
    }
    buffer_release(&head);
    buffer_release(&body);
    return packed;
}

/* What the door said; false: it was something else. */
static bool read_answer(struct worker_link *l, struct arena *arena, enum err *out_code,
                        const char **out_text)
{
    zmq_msg_t frames[2];
    struct label label;
    struct flaw flaw = {0};
    if (frames_receive(zsock_resolve(l->dealer), frames, 2) != FRAMES_TAKEN) {
        return false;
    }
    bool read = envelope_read(zmq_msg_data(&frames[0]), zmq_msg_size(&frames[0]), arena, &label) ==
                ENVELOPE_FINE;
    bool answer = read && (label.kind == ENVELOPE_REPLY || label.kind == ENVELOPE_REFUSED);
    if (answer && label.kind == ENVELOPE_REPLY) {
        struct worker_joined joined = {0};
        *out_code = record_unpack(desc_worker_joined(), zmq_msg_data(&frames[1]),
                                  zmq_msg_size(&frames[1]), arena, &joined, &flaw);
        *out_text = joined.name;
    } else if (answer) {
        struct refusal why = {0};
        *out_code = record_unpack(desc_refusal(), zmq_msg_data(&frames[1]),
                                  zmq_msg_size(&frames[1]), arena, &why, &flaw);
        *out_code = *out_code == OK ? err_from_code(why.code) : *out_code;
        *out_text = why.text;
    }
    frames_close(frames, 2);
    return answer;
}

/* `out_text`: the worker's name, or why not; in the arena. */
static enum err tell_door(struct worker_link *l, const zcert_t *own, struct arena *arena,
                          const char **out_text)
{
    const int64_t until_ms = clock_monotonic_ms() + JOIN_MS;
    for (;;) {
        enum err e = OK;
        switch (link_wait(l, until_ms)) {
        case LINK_UP:
            e = send_join(l, own);
            break;
        case LINK_REFUSED:
            return ERR_INVITATION_UNUSABLE;
        case LINK_MESSAGE:
            if (read_answer(l, arena, &e, out_text)) {
                return e;
            }
            break;
        case LINK_SILENT:
            return ERR_DOOR_UNREACHABLE;
        }
        if (e != OK) {
            return e;
        }
    }
}

/* ---- join ---- */

/* That of a join by the same invitation whose end nobody knows goes on: it may be known there. By
 * another one it is not, or no more: a key that was revoked is not brought back. */
static zcert_t *new_key(const struct invitation *i)
{
    zcert_t *begun = access(NEW_KEY, R_OK) == 0 ? zcert_load(NEW_KEY) : NULL;
    const char *invited = begun != NULL ? zcert_meta(begun, "invitation") : NULL;
    zcert_t *own = invited != NULL && strcmp(invited, i->public_z85) == 0
                       ? zcert_new_from(zcert_public_key(begun), zcert_secret_key(begun))
                       : zcert_new();
    zcert_destroy(&begun);
    return own;
}

static zcert_t *make_key(const struct invitation *i, enum err *out)
{
    if (mkdir(REMOTE_FOLDER, 0700) != 0 && errno != EEXIST) {
        *out = err_from_errno(errno);
        return NULL;
    }
    zcert_t *own = new_key(i);
    zcert_set_meta(own, "endpoint", "%s", i->endpoint);
    zcert_set_meta(own, "door", "%s", i->door);
    zcert_set_meta(own, "invitation", "%s", i->public_z85);
    *out = zcert_save_secret(own, MADE_KEY) == 0 ? remote_keep_key(MADE_KEY, NEW_KEY)
                                                 : err_from_errno(errno);
    if (*out != OK) {
        zcert_destroy(&own);
    }
    return own;
}

static enum err join_with(const struct invitation *i, struct arena *arena, const char **out_text)
{
    struct worker_link l;
    enum err e = ERR_INVITATION_UNUSABLE;
    zcert_t *key = key_of(i);
    zcert_t *own = key != NULL ? make_key(i, &e) : NULL;
    if (own != NULL) {
        e = link_open(&l, key, i->door, i->endpoint);
        e = e == OK ? tell_door(&l, own, arena, out_text) : e;
        link_close(&l);
    }
    if (own != NULL && e == ERR_WORKER_DIFFERS) {
        (void)unlink(NEW_KEY);
    } else if (own != NULL && e != OK && link_try(own, i->door, i->endpoint) == OK) {
        e = OK; /* it is known: the answer was lost, or the line before it came */
    }
    if (own != NULL && e == OK) {
        e = remote_keep_key(NEW_KEY, REMOTE_KEY);
    }
    zcert_destroy(&own);
    zcert_destroy(&key);
    return e;
}

/* This key, by the door that invites; an invitation is not used up for nothing. */
static bool is_known(const char *file, const struct invitation *i)
{
    zcert_t *own = access(file, R_OK) == 0 ? zcert_load(file) : NULL;
    const char *door = own != NULL ? zcert_meta(own, "door") : NULL;
    bool joined =
        door != NULL && strcmp(door, i->door) == 0 && link_try(own, i->door, i->endpoint) == OK;
    zcert_destroy(&own);
    return joined;
}

/* The key by which this folder works for another door is kept: an unwise join must not lose it. */
static bool works_elsewhere(const struct invitation *i, struct arena *arena, const char **out)
{
    zcert_t *own = access(REMOTE_KEY, R_OK) == 0 ? zcert_load(REMOTE_KEY) : NULL;
    const char *door = own != NULL ? zcert_meta(own, "door") : NULL;
    const char *endpoint = own != NULL ? zcert_meta(own, "endpoint") : NULL;
    bool elsewhere = door != NULL && endpoint != NULL && strcmp(door, i->door) != 0;
    *out = elsewhere ? arena_format(arena, "This machine works for %s", endpoint) : NULL;
    zcert_destroy(&own);
    return elsewhere;
}

/* Before, or by a join whose answer was lost and which was not run to its end. */
static bool has_joined(const struct invitation *i)
{
    return is_known(REMOTE_KEY, i) ||
           (is_known(NEW_KEY, i) && remote_keep_key(NEW_KEY, REMOTE_KEY) == OK);
}

int command_worker_join(const struct options *o)
{
    char folder[PATH_MAX];
    char run[INVOCATION_SIZE];
    const char *text = NULL;
    struct invitation invitation = {0};
    enum err e = data_folder_enter(o->data, true, folder);
    if (e != OK) {
        return data_folder_say_error(e, o->data);
    }
    if (!read_invitation(&invitation)) {
        return say_error(ERR_INVITATION_UNUSABLE, "stdin has no invitation");
    }
    struct arena *arena = arena_new();
    bool elsewhere = works_elsewhere(&invitation, arena, &text);
    bool before = !elsewhere && has_joined(&invitation);
    e = elsewhere ? ERR_WORKER_ELSEWHERE : before ? OK : join_with(&invitation, arena, &text);
    sodium_memzero(&invitation, sizeof(invitation));
    int status = EXIT_COMPLETED;
    if (e == OK) {
        invocation_here("worker run", run);
        say(stderr, "This machine %s%s%s. It works while this runs:\n  %s\n",
            before ? "had joined already" : "has joined", text != NULL ? " as " : "",
            text != NULL ? text : "", run);
    } else {
        status = text != NULL ? say_error(e, "%s", text) : say_error(e, NULL);
    }
    arena_destroy(&arena);
    zsys_shutdown();
    return status;
}

/* ---- run ---- */

/* Folders are named from where the command was typed. */
static enum err resolve_allowed(struct options *o, char *resolved[static ALLOW_MAX])
{
    for (size_t i = 0; i < o->allow_count; i++) {
        resolved[i] = realpath(o->allow[i], NULL);
        if (resolved[i] == NULL) {
            err_about("%s", o->allow[i]);
            return ERR_FILE_NOT_FOUND;
        }
        o->allow[i] = resolved[i];
    }
    return OK;
}

static enum err take_endpoint(void)
{
    zcert_t *own = access(REMOTE_KEY, R_OK) == 0 ? zcert_load(REMOTE_KEY) : NULL;
    const char *endpoint = own != NULL ? zcert_meta(own, "endpoint") : NULL;
    enum err e = ERR_WORKER_NOT_JOINED;
    if (endpoint != NULL) {
        e = setenv("PLAYBUS_BUS_ENDPOINT", endpoint, 1) == 0 ? OK : ERR_SYSTEM;
    }
    zcert_destroy(&own);
    return e;
}

static enum err become_worker(const char *folder)
{
    char program[PATH_MAX + 32];
    ssize_t n = readlink("/proc/self/exe", program, PATH_MAX - 1);
    if (n <= 0) {
        return ERR_SYSTEM;
    }
    program[n] = '\0';
    char *slash = strrchr(program, '/');
    (void)snprintf(slash + 1, sizeof(program) - (size_t)(slash + 1 - program),
                   "playbus-import-worker");
    (void)execl(program, program, "--data", folder, (char *)NULL);
    err_about("%s", program);
    return ERR_PROGRAM_MISSING;
}

int command_worker_run(const struct options *o)
{
    char folder[PATH_MAX];
    char *resolved[ALLOW_MAX] = {NULL};
    struct options with = *o;
    struct supervised unused = {0};
    enum err e = resolve_allowed(&with, resolved);
    if (e == OK) {
        e = data_folder_enter(o->data, false, folder);
        if (e != OK) {
            return data_folder_say_error(e, o->data);
        }
    }
    e = e == OK ? take_endpoint() : e;
    e = e == OK ? service_settings(&with, folder, NULL, &unused) : e;
    e = e == OK ? become_worker(folder) : e;
    for (size_t i = 0; i < ALLOW_MAX; i++) {
        free(resolved[i]);
    }
    return say_error(e, "%s", err_about_text());
}
