/* SPDX-License-Identifier: MIT
 * stream.c - the two ends of a stream: pages are written in the bus thread, sent from the HTTP
 * thread; while a page is being fetched the connection is suspended. */
#include "gateway/rest/stream.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/rest/respond.h"
#include "gateway/rest/turns.h"
#include "proto/base/clock.h"

enum {
    AGAIN_MS = 500,
    PATIENCE_MS = 60000 /* a page that nobody gives for so long is not worth waiting for */
};

void stream_begin(struct request *r, const char *type, const char *file, const char *header,
                  request_fn *ask_page)
{
    r->outcome.status = MHD_HTTP_OK;
    r->outcome.type = type;
    r->outcome.file = file;
    r->go = ask_page;
    buffer_append(&r->stream.text, header, strlen(header));
    ask_page(r);
}

void stream_cut(struct request *r)
{
    r->stream.failed = true;
    r->done(r);
}

void stream_page(struct request *r, const char *next)
{
    free(r->stream.cursor);
    r->stream.cursor = next != NULL ? must_strdup(next) : NULL;
    r->stream.ended = next == NULL;
    r->stage = STAGE_STREAMING;
    r->stream.paged_ms = clock_monotonic_ms();
    r->done(r);
}

static void ask_again(struct actor *a, void *request)
{
    (void)a;
    stream_go_on(request);
}

static bool may_wait(const struct request *r, enum err code)
{
    return err_passes(code) && clock_monotonic_ms() - r->stream.paged_ms < PATIENCE_MS;
}

void stream_refused(struct request *r, const struct answer *answer)
{
    if (r->stage != STAGE_STREAMING) {
        (void)respond_refusal(r, answer);
        return;
    }
    if (may_wait(r, answer->code)) {
        turns_leave(r);
        actor_after(r->services->bus, AGAIN_MS, ask_again, r);
        return;
    }
    log_warn("a file ended early code=%s correlation_id=%s, its client sees it as cut",
             err_code(answer->code), r->correlation_id);
    stream_cut(r);
}

/* A file may take long: whoever is signed out gets no more of it. */
void stream_go_on(struct request *r)
{
    if (request_caller_is_live(r)) {
        turns_take(r);
    } else {
        stream_cut(r);
    }
}

ssize_t stream_read(struct request *r, char *out, size_t room)
{
    struct file_stream *s = &r->stream;
    size_t left = s->text.size - s->sent;
    if (s->failed) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (left > 0) {
        size_t size = left < room ? left : room;
        memcpy(out, s->text.data + s->sent, size);
        s->sent += size;
        return (ssize_t)size;
    }
    if (s->ended) {
        s->sent_all = true;
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    buffer_reset(&s->text);
    s->sent = 0;
    return 0;
}
