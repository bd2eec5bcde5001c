/* SPDX-License-Identifier: MIT
 * door.c - the only tcp side of the bus: lets import workers on other machines in, by their keys,
 * and passes them on to the broker as if they were here.
 *
 * It runs only where `bus.remote` is set. Its death costs local work nothing; workers come back by
 * themselves, and what was under way is asked again. worker.invite twice makes two invitations, of
 * which one is never used; worker.revoke twice finds nothing the second time. */
#include "actors/door/door.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "proto/base/clock.h"
#include "proto/base/give_way.h"

#define INVITATION_S 3600
#define INVITATION_MARK "playbus-worker-1"
#define MEMORY_MAX ((rlim_t)512 * 1024 * 1024) /* what 64 connections have on the way, twice */
enum { SECOND_MS = 1000 };

/* ---- worker.list ---- */

static void view_sessions(struct door *d, const struct door_key *key, struct worker_view *out)
{
    uint64_t processes = 0;
    for (size_t i = 0; i < d->sessions.count; i++) {
        struct session *s = d->sessions.items[i];
        bool here = session_is_there(s);
        if (here && strcmp(s->key_id, key->id) == 0) {
            processes++;
            out->address = s->address;
            out->state = s->fits ? worker_state_connected : worker_state_differs;
            out->problem = s->fits ? NULL : s->problem;
        }
    }
    PUT(out, processes, processes);
}

static void view_delivered(struct delivered *w, struct worker_view *out)
{
    PUT(out, last_seen, w->seen_ms);
    PUT(out, rows, w->rows);
    if (w->had != ROWS_UNTOLD) {
        PUT(out, rows_by, w->had == ROWS_SENT ? rows_way_sent : rows_way_reads);
    }
    PUT(out, rows_per_s, delivered_rate(w));
    if (w->problem[0] != '\0' && out->state != worker_state_connected) {
        out->problem = w->problem;
    }
}

static void view_idle(const struct door *d, struct worker_view *out)
{
    for (size_t i = 0; i < d->idle_count; i++) {
        const struct idle *idle = &d->idle[i];
        bool over = idle->until_ms != 0 && idle->until_ms <= clock_wall_ms();
        if (!over && strcmp(idle->key_id, out->id) == 0) {
            PUT(out, idle_because, idle->because);
            out->idle_until = idle->until_ms;
            out->has_idle_until = idle->until_ms != 0;
        }
    }
}

static void view_key(struct door *d, struct door_key *key, struct worker_view *out)
{
    *out = (struct worker_view){.id = key->id,
                                .name = key->name,
                                .state = key->role == bus_role_join ? worker_state_invited
                                                                    : worker_state_away,
                                .made_at = key->made_ms,
                                .machine = key->machine[0] != '\0' ? key->machine : NULL,
                                .version = key->version[0] != '\0' ? key->version : NULL};
    if (key->reason[0] != '\0') {
        out->state = worker_state_revoked;
        out->problem = key->reason;
        return;
    }
    PUT(out, refused, key->refused);
    if (key->role == bus_role_join) {
        PUT(out, until, key->until_ms);
        return;
    }
    view_sessions(d, key, out);
    for (size_t i = 0; i < KEYS_MAX; i++) {
        if (strcmp(d->delivered[i].key_id, key->id) == 0) {
            view_delivered(&d->delivered[i], out);
        }
    }
    if (out->state == worker_state_connected) {
        view_idle(d, out);
    }
}

static int by_name(const void *left, const void *right)
{
    const struct worker_view *a = left;
    const struct worker_view *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->id, b->id);
}

static enum err on_list(struct actor *a, const struct msg *m)
{
    struct door *d = actor_self(a);
    struct worker_view views[KEYS_MAX];
    for (size_t i = 0; i < d->keys.count; i++) {
        view_key(d, &d->keys.items[i], &views[i]);
    }
    qsort(views, d->keys.count, sizeof(views[0]), by_name);
    struct counter counters[] = {{.name = "passed", .n = d->passed},
                                 {.name = "forbidden", .n = d->forbidden},
                                 {.name = "malformed", .n = d->malformed},
                                 {.name = "unknown_key", .n = d->unknown_key},
                                 {.name = "wrong_id", .n = d->wrong_id},
                                 {.name = "busy", .n = d->busy},
                                 {.name = "accepted", .n = d->listener.accepted},
                                 {.name = "not_let_in", .n = d->listener.not_let_in},
                                 {.name = "too_many", .n = d->listener.too_many},
                                 {.name = "shut", .n = d->listener.strangers.times},
                                 {.name = "silent", .n = d->listener.silent},
                                 {.name = "heavy", .n = d->listener.heavy}};
    const struct workers_listed listed = {.items = views,
                                          .items_count = d->keys.count,
                                          .endpoint =
                                              config_text(actor_config(a), SETTING_bus_remote),
                                          .counters = counters,
                                          .counters_count = COUNT_OF(counters)};
    return reply_workers_listed(a, m, &listed);
}

static enum err on_idle(struct actor *a, const struct msg *m)
{
    struct door *d = actor_self(a);
    const struct workers_idle *told = msg_workers_idle(m);
    d->idle_count = told->items_count < KEYS_MAX ? told->items_count : KEYS_MAX;
    for (size_t i = 0; i < d->idle_count; i++) {
        const struct idle_worker *one = &told->items[i];
        d->idle[i] =
            (struct idle){.because = one->because, .until_ms = one->has_until ? one->until : 0};
        (void)snprintf(d->idle[i].key_id, sizeof(d->idle[i].key_id), "%s", one->id);
    }
    return OK;
}

/* ---- worker.invite, worker.revoke ---- */

/* An address of numbers that is not "all of this machine's"; `*out_number`: or is it a name? */
static bool is_one_address(const char *host, bool *out_number)
{
    struct in_addr four;
    struct in6_addr six;
    *out_number = true;
    if (inet_pton(AF_INET, host, &four) == 1) {
        return four.s_addr != INADDR_ANY;
    }
    if (inet_pton(AF_INET6, host, &six) == 1) {
        return memcmp(&six, &in6addr_any, sizeof(six)) != 0;
    }
    *out_number = false;
    return false;
}

/* HOST:PORT or [HOST]:PORT by which this machine is found from another. What the door listens at
 * may be the name of an interface, which nobody else knows: `named` says whether a name will do. */
static bool is_reachable(const char *address, bool named)
{
    char host[256];
    bool number = false;
    const char *colon = strrchr(address, ':');
    size_t size = colon != NULL ? (size_t)(colon - address) : 0;
    const char *port = colon != NULL ? colon + 1 : "";
    if (size == 0 || size >= sizeof(host) || strpbrk(address, " \t\r\n\"*") != NULL ||
        port[0] == '\0' || strspn(port, "0123456789") != strlen(port) ||
        strtol(port, NULL, 10) < 1 || strtol(port, NULL, 10) > UINT16_MAX) {
        return false;
    }
    bool in_brackets = address[0] == '[' && address[size - 1] == ']';
    (void)snprintf(host, sizeof(host), "%.*s", (int)(in_brackets ? size - 2 : size),
                   in_brackets ? address + 1 : address);
    bool one = is_one_address(host, &number);
    return number ? one : named && !in_brackets && strchr(host, ':') == NULL;
}

/* Where the new worker will connect to. */
static enum err address_for(const struct door *d, const struct worker_invite *invite,
                            const char **out)
{
    const char *listens = config_text(actor_config(d->actor), SETTING_bus_remote) + 6;
    const char *address = invite->address != NULL ? invite->address : listens;
    *out = address;
    return is_reachable(address, invite->address != NULL) ? OK : ERR_WORKER_ADDRESS_NEEDED;
}

static enum err on_invite(struct actor *a, const struct msg *m)
{
    struct door *d = actor_self(a);
    const struct worker_invite *invite = msg_worker_invite(m);
    const char *address = NULL;
    enum err e = address_for(d, invite, &address);
    if (e != OK) {
        return e;
    }
    zcert_t *cert = zcert_new();
    struct door_key key = {.role = bus_role_join, .made_ms = clock_wall_ms()};
    int64_t for_s = invite->has_for_s ? (int64_t)invite->for_s : INVITATION_S;
    key.until_ms = key.made_ms + for_s * 1000;
    (void)snprintf(key.public_z85, sizeof(key.public_z85), "%s", zcert_public_txt(cert));
    (void)snprintf(key.name, sizeof(key.name), "%s",
                   invite->name != NULL && invite->name[0] != '\0' ? invite->name : "worker");
    char line[1024];
    (void)snprintf(line, sizeof(line), INVITATION_MARK " tcp://%s %s %s %s", address,
                   zcert_public_txt(d->listener.own), key.public_z85, zcert_secret_txt(cert));
    zcert_destroy(&cert);
    e = keys_add(&d->keys, &key);
    if (e == OK) {
        listener_reload(&d->listener);
        const struct door_key *made = keys_by_public(&d->keys, key.public_z85);
        const struct worker_invited invited = {
            .id = made->id, .name = made->name, .until = made->until_ms, .invitation = line};
        e = reply_worker_invited(a, m, &invited);
    }
    explicit_bzero(line, sizeof(line));
    return e;
}

/* What a person does the gateway tells the audit log. */
static void note_revoked(struct door *d, const struct door_key *key, const char *code)
{
    struct refusal_kind kind = {.action = audit_action_revoke_worker, .phase = audit_phase_outcome};
    (void)snprintf(kind.key_id, sizeof(kind.key_id), "%s", key->id);
    (void)snprintf(kind.name, sizeof(kind.name), "%s", "Playbus");
    (void)snprintf(kind.about, sizeof(kind.about), "%s", key->name);
    (void)snprintf(kind.outcome, sizeof(kind.outcome), "%s",
                   code != NULL ? code : err_code(ERR_SAMPLE_DIFFERS));
    refusals_note(&d->refusals, &kind);
}

/* Who has work of it lets go of that at once; the broker notices later that it is gone. */
static void tell_gone(struct door *d, const struct door_key *key)
{
    char worker[INSTANCE_SIZE];
    (void)snprintf(worker, sizeof(worker), WORKER_INSTANCE "%s", key->id);
    const struct worker_gone gone = {.id = key->id, .worker = worker};
    const char subject[] = {key->id[0], '\0'}; /* the last of each is kept: sixteen */
    uint64_t now = (uint64_t)clock_wall_ms();
    d->gone_seq = now > d->gone_seq ? now : d->gone_seq + 1;
    publish_worker_gone(d->actor, &gone, subject, d->gone_seq);
}

static enum err on_revoke(struct actor *a, const struct msg *m)
{
    struct door *d = actor_self(a);
    const struct door_key *key = keys_by_id(&d->keys, msg_worker_revoke(m)->id);
    if (key == NULL) {
        return ERR_WORKER_NOT_FOUND;
    }
    const struct door_key gone = *key;
    const char *reason = msg_worker_revoke(m)->reason;
    enum err e = reason != NULL ? door_revoke_key(d, gone.id, reason) : door_forget_key(d, gone.id);
    listener_reload(&d->listener);
    if (gone.role == bus_role_worker) {
        tell_gone(d, &gone);
    }
    if (e != OK) {
        return e;
    }
    if (reason != NULL && gone.reason[0] == '\0') {
        note_revoked(d, &gone, msg_worker_revoke(m)->code);
    }
    log_info("a worker was revoked name=%s id=%s", gone.name, gone.id);
    const struct worker_revoked revoked = {.id = gone.id, .name = gone.name};
    return reply_worker_revoked(a, m, &revoked);
}

/* ---- life ---- */

static void on_second(struct actor *a, void *door)
{
    struct door *d = door;
    char over[REMOTE_ID_SIZE];
    bool any = false;
    while (keys_find_over(&d->keys, over)) {
        any = door_forget_key(d, over) == OK || any;
    }
    if (any) {
        listener_reload(&d->listener);
    }
    refusals_tell(&d->refusals, a);
}

static void on_tick(struct actor *a, void *door)
{
    struct door *d = door;
    (void)a;
    listener_tick(&d->listener);
}

static void on_beat(struct actor *a, void *door)
{
    (void)a;
    sessions_beat(door);
}

static void on_held(struct actor *a, void *door)
{
    (void)a;
    sessions_send_held(door);
}

/* What strangers make it hold ends the door, not the machine. A sanitizer holds more than that. */
static void limit_memory(void)
{
#ifndef PLAYBUS_SANITIZED
    const struct rlimit limit = {.rlim_cur = MEMORY_MAX, .rlim_max = MEMORY_MAX};
    if (setrlimit(RLIMIT_DATA, &limit) != 0) {
        log_warn("cannot limit the memory error=%m, going on without");
    }
#endif
}

static enum err start(struct actor *a)
{
    struct door *d = actor_self(a);
    limit_memory();
    d->actor = a;
    d->arena = arena_new();
    process_forbid_cores(); /* the door's key, and rows of workers */
    enum err e = keys_open(&d->keys);
    e = e == OK ? listener_open(&d->listener, a, config_text(actor_config(a), SETTING_bus_remote))
                : e;
    if (e == OK) {
        actor_watch(a, d->listener.router, gate_read, d);
        (void)actor_every(a, SECOND_MS, on_second, d);
        (void)actor_every(a, LISTENER_TICK_MS, on_tick, d);
        (void)actor_every(a, REMOTE_BEAT_MS, on_beat, d);
        (void)actor_every(a, SEND_HELD_MS, on_held, d);
    }
    return e;
}

static void stop(struct actor *a)
{
    struct door *d = actor_self(a);
    sessions_release(d);
    listener_close(&d->listener, a);
    arena_destroy(&d->arena);
    buffer_release(&d->head);
    buffer_release(&d->body);
}

static const struct actor_spec door = {
    .name = "door",
    .summary = "Lets import workers on other machines in",
    .self_size = sizeof(struct door),
    .start = start,
    .stop = stop,
    .on = {[MSG_worker_list] = on_list,
           [MSG_worker_invite] = on_invite,
           [MSG_worker_revoke] = on_revoke,
           [MSG_workers_idle] = on_idle},
};

/* All its threads give way as the workers of this machine do: strangers and floods of keys cost it
 * what nobody else needs, and remote rows get as much as local ones. */
int main(int argc, char **argv)
{
    give_way(GIVE_WAY_IMPORT);
    return actor_main(argc, argv, &door);
}
