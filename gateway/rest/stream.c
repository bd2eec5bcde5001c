/* SPDX-License-Identifier: MIT
 * stream.c - the two ends of a stream: pages are written in the bus thread, sent from the HTTP
 * thread; while a page is being fetched the connection is suspended. */
#include "gateway/rest/stream.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/rest/crossing.h"
#include "gateway/rest/respond.h"
#include "gateway/rest/server.h"
#include "proto/base/clock.h"

void stream_begin(struct request *r, const char *type, const char *file, const char *header,
                  void (*ask_page)(struct request *r))
{
    r->outcome.status = MHD_HTTP_OK;
    r->outcome.type = type;
    r->outcome.file = file;
    r->stream.ask_page = ask_page;
    buffer_append(&r->stream.text, header, strlen(header));
    ask_page(r);
}

void stream_page(struct request *r, const char *next)
{
    free(r->stream.cursor);
    r->stream.cursor = next != NULL ? must_strdup(next) : NULL;
    r->stream.ended = next == NULL;
    r->stage = STAGE_STREAMING;
    crossing_return(r);
}

void stream_refused(struct request *r, const struct answer *answer)
{
    if (r->stage != STAGE_STREAMING) {
        (void)respond_refusal(r, answer);
        return;
    }
    log_warn("a file ended early code=%s correlation_id=%s, its client sees it as cut",
             err_code(answer->code), r->correlation_id);
    r->stream.failed = true;
    crossing_return(r);
}

/* A file may take long: whoever is signed out gets no more of it. */
void stream_go_on(struct request *r)
{
    if (access_is_live(server_parts(r->server)->access, r->caller.key, r->caller.role,
                       clock_wall_ms())) {
        r->stream.ask_page(r);
        return;
    }
    r->stream.failed = true;
    crossing_return(r);
}

ssize_t stream_read(void *request, uint64_t position, char *out, size_t room)
{
    (void)position;
    struct request *r = request;
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
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    buffer_reset(&s->text);
    s->sent = 0;
    return crossing_send(r) == OK ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
}
