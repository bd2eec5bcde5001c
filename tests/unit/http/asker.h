/* SPDX-License-Identifier: MIT
 * asker.h - an actor that asks servers as it is told, and says what came:
 *
 *   ask NAME TIMEOUT_MS BODY_MAX PIN URL   PIN: a fingerprint, or - for none. A server may be
 *                                          silent for a second; for a minute if TIMEOUT_MS is one
 *   post BODY URL                          named posted
 *   cancel                                 the newest one
 *   close                                  the client
 *   forbid PORT                            of our own
 *   many COUNT URL                         one after the other, every third cancelled: many ended
 *
 * `NAME ANSWERED STATUS TYPE retry=MS BODY`, or `NAME END DETAIL FINGERPRINT`. */
#ifndef PLAYBUS_TESTS_UNIT_HTTP_ASKER_H
#define PLAYBUS_TESTS_UNIT_HTTP_ASKER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/shared/http_client.h"
#include "proto/base/clock.h"
#include "tests/support/children.h"

struct asker {
    struct http_client *client;
    uint64_t newest;
    bool asking;
    char many_url[256];
    unsigned long many_left;
};

static inline void asker_done(struct actor *a, const struct http_answer *answer, void *context)
{
    OWNED(free_bytes) void *name = context;
    const struct asker *self = actor_self(a);
    if (self->asking) {
        say("told from within http_ask");
    }
    if (answer->end == HTTP_ANSWERED) {
        say("%s ANSWERED %d %s retry=%lld %.*s%s", (const char *)name, answer->status,
            answer->content_type, (long long)answer->retry_after_ms,
            (int)(answer->body.size < 200 ? answer->body.size : 200),
            (const char *)answer->body.data, answer->location);
    } else {
        say("%s %s %s%s%s", (const char *)name, http_end_name(answer->end), answer->detail,
            *answer->certificate_sha256 != '\0' ? " " : "", answer->certificate_sha256);
    }
}

static inline void asker_ask(struct asker *self, char *words)
{
    char *rest = NULL;
    const char *name = strtok_r(words, " ", &rest);
    int64_t timeout_ms = strtoll(strtok_r(NULL, " ", &rest), NULL, 10);
    size_t body_max = strtoull(strtok_r(NULL, " ", &rest), NULL, 10);
    const char *pin = strtok_r(NULL, " ", &rest);
    const struct http_header headers[] = {{"X-Plex-Token", "secret"}, {"X-Empty", ""}};
    const struct http_ask ask = {.url = rest,
                                 .headers = headers,
                                 .headers_count = COUNT_OF(headers),
                                 .body_max = body_max,
                                 .deadline_ms = clock_monotonic_ms() + timeout_ms,
                                 .silence_max_ms = timeout_ms < 60000 ? 1000 : 0,
                                 .pinned_sha256 = strcmp(pin, "-") == 0 ? NULL : pin};
    self->asking = true;
    self->newest = http_ask(self->client, &ask, asker_done, must_strdup(name));
    self->asking = false;
}

static inline void asker_post(struct asker *self, char *words)
{
    char *url = NULL;
    const char *body = strtok_r(words, " ", &url);
    const struct http_ask ask = {.url = url,
                                 .post = {body, strlen(body)},
                                 .body_max = 1000,
                                 .deadline_ms = clock_monotonic_ms() + 20000};
    self->newest = http_ask(self->client, &ask, asker_done, must_strdup("posted"));
}

static inline void asker_next(struct actor *a, const struct http_answer *answer, void *context)
{
    (void)answer;
    (void)context;
    struct asker *self = actor_self(a);
    if (self->many_left == 0) {
        say("many ended");
        return;
    }
    const struct http_ask ask = {
        .url = self->many_url, .body_max = 1000, .deadline_ms = clock_monotonic_ms() + 20000};
    self->newest = http_ask(self->client, &ask, asker_next, NULL);
    if (self->many_left-- % 3 == 0) {
        http_cancel(self->client, self->newest);
    }
}

static inline void asker_told(struct actor *a, const char *line)
{
    struct asker *self = actor_self(a);
    OWNED(free_text) char *words = must_strdup(line);
    if (strncmp(line, "ask ", 4) == 0) {
        asker_ask(self, words + 4);
    } else if (strcmp(line, "cancel") == 0) {
        http_cancel(self->client, self->newest);
    } else if (strncmp(line, "post ", 5) == 0) {
        asker_post(self, words + 5);
    } else if (strncmp(line, "many ", 5) == 0) {
        char *rest = NULL;
        self->many_left = strtoul(words + 5, &rest, 10);
        snprintf(self->many_url, sizeof(self->many_url), "%s", rest + 1);
        asker_next(a, NULL, NULL);
    } else if (strncmp(line, "forbid ", 7) == 0) {
        http_client_forbid_port(self->client, (uint16_t)strtoul(words + 7, NULL, 10));
    } else if (strcmp(line, "close") == 0) {
        http_client_close(&self->client);
    }
}

static inline enum err asker_start(struct actor *a)
{
    struct asker *self = actor_self(a);
    self->client = http_client_open(a);
    hear(a, asker_told);
    say("ready");
    return OK;
}

static inline void asker_stop(struct actor *a)
{
    struct asker *self = actor_self(a);
    http_client_close(&self->client);
}

static const struct actor_spec asker = {.name = "plex",
                                        .summary = "Asks HTTP servers.",
                                        .self_size = sizeof(struct asker),
                                        .start = asker_start,
                                        .stop = asker_stop};
static const struct role asker_roles[] = {{.name = "asker", .spec = &asker}, {0}};

#endif
