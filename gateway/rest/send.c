/* SPDX-License-Identifier: MIT
 * send.c - outcomes as responses. Whatever is answered says that it must not be guessed at, framed
 * or read by another site; a page that can run scripts runs none but ours. */
#include "gateway/rest/send.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/rest/handoff.h"
#include "gateway/rest/respond.h"
#include "gateway/rest/stream.h"
#include "proto/base/ids.h"

#define RETRY_AFTER_S 2
#define KEPT_TEXT_MAX (64 << 10)
#define PANEL_POLICY                                                                    \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "         \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " \
    "require-trusted-types-for 'script'; trusted-types lit-html"
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'"

static void release_shared(void *text)
{
    struct shared_text *held = text;
    shared_text_drop(&held);
}

static ssize_t read_stream(void *request, uint64_t position, char *out, size_t room)
{
    (void)position;
    struct request *r = request;
    handoff_acquire(r);
    ssize_t size = stream_read(r, out, room);
    bool lost = size == 0 && handoff_send(r->handoff, r) != OK;
    return lost ? MHD_CONTENT_READER_END_WITH_ERROR : size;
}

static struct MHD_Response *response_of(struct request *r)
{
    struct outcome *o = &r->outcome;
    if (r->stage == STAGE_STREAMING) {
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, read_stream, r, NULL);
    }
    if (o->shared != NULL) {
        struct shared_text *shared = TAKE(o->shared);
        return MHD_create_response_from_buffer_with_free_callback_cls(
            shared_text_size(shared), shared_text_bytes(shared), release_shared, shared);
    }
    if (r->choice.asset != NULL) { /* of a 304 libmicrohttpd sends the length alone */
        const struct asset_form *form = &r->choice.asset->forms[r->choice.coding];
        return MHD_create_response_from_buffer(form->size, form->bytes, MHD_RESPMEM_PERSISTENT);
    }
    return MHD_create_response_from_buffer(o->size, TAKE(o->text), MHD_RESPMEM_MUST_FREE);
}

static void add_asset_headers(const struct asset_choice *choice, struct MHD_Response *response)
{
    const struct asset *asset = choice->asset;
    MHD_add_response_header(response, "Cache-Control",
                            asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    MHD_add_response_header(response, "ETag", asset->forms[choice->coding].etag);
    MHD_add_response_header(response, "Vary", "Accept-Encoding");
    MHD_add_response_header(response, "Content-Security-Policy", PANEL_POLICY);
    if (choice->coding != CODING_IDENTITY) {
        MHD_add_response_header(response, "Content-Encoding", asset_coding_text(choice->coding));
    }
}

static void add_data_headers(struct request *r, struct MHD_Response *response)
{
    const struct outcome *o = &r->outcome;
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "Content-Security-Policy", DATA_POLICY);
    if (o->cookie != NULL) {
        MHD_add_response_header(response, "Set-Cookie", o->cookie);
    }
    if (o->file != NULL) {
        char disposition[128];
        snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", o->file);
        MHD_add_response_header(response, "Content-Disposition", disposition);
    }
    if (o->status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, "Allow", r->allow);
    }
    if (o->status == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"playbus\"");
    }
    if (err_passes(o->code)) {
        char seconds[12];
        snprintf(seconds, sizeof seconds, "%d",
                 o->retry_after_s > 0 ? o->retry_after_s : RETRY_AFTER_S);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
    if (r->refused == ERR_BAD_HANDSHAKE) {
        MHD_add_response_header(response, "Sec-WebSocket-Version", "13");
    }
}

static struct MHD_Response *make_response(struct request *r)
{
    struct MHD_Response *response = response_of(r);
    MHD_add_response_header(response, "Content-Type", r->outcome.type);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    /* Elsewhere browsers ignore it, with an error in their console. */
    if (r->trustworthy && !r->services->plain_lan) {
        MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    }
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    if (r->choice.asset != NULL) {
        add_asset_headers(&r->choice, response);
    } else {
        add_data_headers(r, response);
    }
    if (r->outcome.close) {
        MHD_add_response_header(response, "Connection", "close");
    }
    return response;
}

/* An answer that many get, with nothing particular to this one; a long text is not held for it. */
static bool is_kept(const struct request *r)
{
    const struct outcome *o = &r->outcome;
    return o->shared != NULL && shared_text_size(o->shared) <= KEPT_TEXT_MAX &&
           o->status == MHD_HTTP_OK && o->cookie == NULL && o->file == NULL && !o->close;
}

enum MHD_Result send_outcome(struct kept *kept, struct request *r)
{
    unsigned status = (unsigned)r->outcome.status;
    if (is_kept(r)) {
        return MHD_queue_response(r->connection, status, kept_response(kept, r, make_response));
    }
    struct MHD_Response *response = make_response(r);
    MHD_add_response_header(response, "X-Correlation-Id", r->correlation_id);
    enum MHD_Result queued = MHD_queue_response(r->connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

/* libmicrohttpd sees none of it, so the head is written here. */
void send_flaw(int fd, enum err code, const char *why)
{
    OWNED(request_destroy) struct request *r = request_new(NULL, NULL, "/");
    OWNED(buffer_release) struct buffer out = {0};
    char head[512];
    id_new(r->correlation_id);
    request_refuse(r, code, why);
    respond_error(r, code, &r->flaw, NULL);
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 %d %s\r\n"
                        "Content-Type: application/json\r\n"
                        "Content-Length: %zu\r\n"
                        "Content-Security-Policy: " DATA_POLICY "\r\n"
                        "Cache-Control: no-store\r\n"
                        "Referrer-Policy: no-referrer\r\n"
                        "X-Content-Type-Options: nosniff\r\n"
                        "X-Correlation-Id: %s\r\n"
                        "Connection: close\r\n\r\n",
                        r->outcome.status, MHD_get_reason_phrase_for((unsigned)r->outcome.status),
                        r->outcome.size, r->correlation_id);
    buffer_append(&out, head, (size_t)size);
    buffer_append(&out, r->outcome.text, r->outcome.size);
    /* A client that does not read its answer does without. */
    (void)send(fd, out.data, out.size, MSG_NOSIGNAL | MSG_DONTWAIT);
}
