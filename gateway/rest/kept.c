/* SPDX-License-Identifier: MIT
 * kept.c - a few places, each for one text. libmicrohttpd writes an answer's head as soon as the
 * callback that queued it returns, before any other request is looked at; so what is set here for
 * one request is never seen in another's answer. */
#include "gateway/rest/kept.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PLACES 4

struct place {
    struct MHD_Response *response; /* holds the text, so that its address stays its own */
    const struct shared_text *text;
    bool trustworthy;
    time_t second; /* of its date */
    char correlation_id[CORRELATION_SIZE];
};

struct kept {
    struct place places[PLACES];
};

struct kept *kept_new(void)
{
    return must_alloc(sizeof(struct kept));
}

static void empty(struct place *place)
{
    if (place->response != NULL) {
        MHD_destroy_response(place->response);
    }
    *place = (struct place){0};
}

void kept_destroy(struct kept **kept)
{
    struct kept *gone = TAKE(*kept);
    for (size_t i = 0; gone != NULL && i < PLACES; i++) {
        empty(&gone->places[i]);
    }
    free(gone);
}

/* libmicrohttpd adds one to who has none, but asks the time zone of each. */
static void set_date(struct place *place)
{
    char text[32];
    struct tm now;
    time_t second = time(NULL);
    if (second != place->second && gmtime_r(&second, &now) != NULL &&
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &now) > 0) {
        MHD_add_response_header(place->response, MHD_HTTP_HEADER_DATE, text); /* one at a time */
        place->second = second;
    }
}

static void set_correlation(struct place *place, const char *id)
{
    static const char name[] = "X-Correlation-Id";
    MHD_del_response_header(place->response, name, place->correlation_id);
    MHD_add_response_header(place->response, name, id);
    memcpy(place->correlation_id, id, sizeof place->correlation_id);
}

struct MHD_Response *kept_response(struct kept *kept, struct request *r, make_response_fn *make)
{
    const struct shared_text *text = r->outcome.shared;
    struct place *place = &kept->places[((uintptr_t)text / 64 + r->trustworthy) % PLACES];
    if (place->text != text || place->trustworthy != r->trustworthy) {
        empty(place);
        place->text = text;
        place->trustworthy = r->trustworthy;
        place->response = make(r);
    }
    set_date(place);
    set_correlation(place, r->correlation_id);
    return place->response;
}
