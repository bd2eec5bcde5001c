/* SPDX-License-Identifier: MIT
 * validate_address.c - one question to a Tautulli after another, each adding to what is told. It
 * changes nothing, so asked twice it is answered twice. */
#include "actors/tautulli/validate_address.h"

#include <stdlib.h>
#include <string.h>

#include "actors/tautulli/fetch_call.h"
#include "actors/tautulli/registered.h"
#include "proto/base/clock.h"
#include "proto/wire/json.h"

#define SERVER_SYNC "server-sync"

enum { LIST_MS = 3000, ANSWER_MS = 500, PAGE_MAX = 2 * 1024 * 1024, TYPES_MAX = 4 };

struct address_query {
    struct actor *actor;
    struct msg *msg; /* kept; answered once */
    struct http_client *client;
    unsigned *under_way;
    struct arena *arena; /* owned */
    struct fetch_server server;
    struct media_type_count types[TYPES_MAX];
    struct import_validated result;
    size_t step;
};

static void release(struct address_query *q)
{
    (*q->under_way)--;
    fetch_server_release(&q->server);
    arena_destroy(&q->arena);
    free(q);
}

static void refuse(struct address_query *q, enum err code, const struct refusal *why)
{
    /* Sent or not, it is answered: the asker's own deadline covers the rest. */
    (void)actor_refuse(q->actor, q->msg, code, why);
    release(q);
}

/* ---- what is asked, and told of the answer ---- */

static void read_nothing(struct address_query *q, const json_t *data)
{
    (void)q;
    (void)data;
}

static void read_info(struct address_query *q, const json_t *data)
{
    const char *version = json_string_value(json_object_get(data, "tautulli_version"));
    q->result.tautulli_version =
        version != NULL && strlen(version) <= 256 ? arena_keep(q->arena, version) : NULL;
}

static void read_server(struct address_query *q, const json_t *data)
{
    const char *identity = json_string_value(json_object_get(data, "pms_identifier"));
    q->result.server_id =
        identity != NULL && strlen(identity) <= 1024 ? arena_keep(q->arena, identity) : NULL;
}

static void read_users(struct address_query *q, const json_t *data)
{
    q->result.unique_users = json_array_size(data);
}

static bool read_start(const json_t *data, int64_t *out_ms)
{
    const json_t *row = json_array_get(json_object_get(data, "data"), 0);
    const json_t *started = json_object_get(row, "started");
    int64_t at = json_integer_value(started);
    *out_ms = at * 1000;
    return json_is_integer(started) && at > 0 && at <= clock_wall_ms() / 1000 + 86400;
}

static uint64_t count_of(const json_t *data, const char *name)
{
    json_int_t n = json_integer_value(json_object_get(data, name));
    return n > 0 ? (uint64_t)n : 0;
}

static void read_newest(struct address_query *q, const json_t *data)
{
    int64_t at = 0;
    q->result.total_records = count_of(data, "recordsTotal");
    if (read_start(data, &at)) {
        q->result.date_range.latest = at;
        PUT(&q->result, newest_record_age_s, (double)(clock_wall_ms() - at) / 1000.0);
    }
}

static void read_oldest(struct address_query *q, const json_t *data)
{
    q->result.has_date_range =
        q->result.has_newest_record_age_s && read_start(data, &q->result.date_range.earliest);
}

static void add_type(struct address_query *q, const char *type, const json_t *data)
{
    uint64_t n = count_of(data, "recordsFiltered");
    if (n > 0) {
        q->types[q->result.media_types_count++] =
            (struct media_type_count){.media_type = type, .n = n};
    }
}

static void read_movies(struct address_query *q, const json_t *data)
{
    add_type(q, "movie", data);
}

static void read_episodes(struct address_query *q, const json_t *data)
{
    add_type(q, "episode", data);
}

static void read_tracks(struct address_query *q, const json_t *data)
{
    add_type(q, "track", data);
}

static void read_live(struct address_query *q, const json_t *data)
{
    add_type(q, "live", data);
}

#define HISTORY_OF "cmd=get_history&grouping=0&include_activity=0&length=1&order_column=started"

static const struct {
    const char *call;
    bool without_key; /* it has not said yet that it is one */
    void (*read)(struct address_query *q, const json_t *data);
} steps[] = {
    {"cmd=get_tautulli_info", true, read_nothing},
    {"cmd=get_tautulli_info", false, read_info},
    {"cmd=get_server_info", false, read_server},
    {"cmd=get_users", false, read_users},
    {HISTORY_OF "&order_dir=desc", false, read_newest},
    {HISTORY_OF "&order_dir=asc", false, read_oldest},
    {HISTORY_OF "&media_type=movie", false, read_movies},
    {HISTORY_OF "&media_type=episode", false, read_episodes},
    {HISTORY_OF "&media_type=track", false, read_tracks},
    {HISTORY_OF "&media_type=live", false, read_live},
};

/* ---- one after another ---- */

static int by_count(const void *a, const void *b)
{
    const struct media_type_count *one = a;
    const struct media_type_count *other = b;
    return one->n < other->n ? 1 : one->n > other->n ? -1 : 0;
}

static void reply(struct address_query *q)
{
    static const char *const warnings[] = {
        "Asked through Tautulli's API: users are all whom Tautulli knows, and how many plays are "
        "imported already a dry run says"};
    struct import_validated *r = &q->result;
    qsort(q->types, r->media_types_count, sizeof(q->types[0]), by_count);
    r->media_types = q->types;
    r->warnings = (const char **)(uintptr_t)warnings;
    r->warnings_count = COUNT_OF(warnings);
    (void)reply_import_validated(q->actor, q->msg, r);
    release(q);
}

static void ask_step(struct address_query *q);

static void on_answer(void *context, const struct http_answer *answer)
{
    struct address_query *q = context;
    OWNED(json_release) json_t *said = NULL;
    const json_t *data = NULL;
    char text[SERVER_ANSWER_TEXT_SIZE];
    enum err e = fetch_read(answer, !steps[q->step].without_key, q->server.certificate != NULL,
                            &said, &data, text);
    if (e != OK) {
        const struct refusal why = {.code = err_code(e), .text = text[0] != '\0' ? text : NULL};
        refuse(q, e, &why);
        return;
    }
    steps[q->step].read(q, data);
    if (++q->step < COUNT_OF(steps)) {
        ask_step(q);
    } else {
        reply(q);
    }
}

static void ask_step(struct address_query *q)
{
    int64_t left_ms = msg_deadline_ms(q->msg) - ANSWER_MS - clock_monotonic_ms();
    const struct fetch_question question = {.call = steps[q->step].call,
                                            .without_key = steps[q->step].without_key,
                                            .body_max = PAGE_MAX,
                                            .answer_ms = left_ms,
                                            .silence_ms = left_ms,
                                            .done = on_answer,
                                            .context = q};
    (void)fetch_call_new(q->client, &q->server, &question);
}

static void on_credentials(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct address_query *q = context;
    if (answer->code != OK) {
        refuse(q, answer->code, answer->why);
        return;
    }
    fetch_server_take(&q->server, msg_server_credentials(answer->reply));
    ask_step(q);
}

static void ask_credentials(struct address_query *q, const struct server_view *tautulli)
{
    const struct tautulli_credentials_get get = {.id = tautulli->id};
    ask_tautulli_credentials_get(q->actor, SERVER_SYNC, &get, msg_correlation_id(q->msg), LIST_MS,
                                 on_credentials, q);
}

static void on_servers(struct actor *a, const struct answer *answer, void *context)
{
    (void)a;
    struct address_query *q = context;
    const struct import_validate *asked = msg_import_validate(q->msg);
    const struct server_view *tautulli = NULL;
    struct refusal why = {0};
    if (answer->code != OK) {
        refuse(q, answer->code, answer->why);
        return;
    }
    enum err e = registered_choose(msg_servers_listed(answer->reply), asked->db_path,
                                   asked->server_id, &tautulli, &why);
    e = e == OK && tautulli == NULL ? ERR_SERVER_NOT_FOUND : e;
    if (e == OK) {
        ask_credentials(q, tautulli);
    } else {
        refuse(q, e, &why);
    }
}

void validate_address(struct actor *a, const struct msg *m, struct http_client *client,
                      unsigned *under_way)
{
    const struct server_list list = {};
    struct address_query *q = must_alloc(sizeof(*q));
    *q = (struct address_query){.actor = a,
                                .msg = msg_keep(m),
                                .client = client,
                                .under_way = under_way,
                                .arena = arena_new()};
    (*under_way)++;
    ask_server_list(a, SERVER_SYNC, &list, msg_correlation_id(m), LIST_MS, on_servers, q);
}
