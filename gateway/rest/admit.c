/* SPDX-License-Identifier: MIT
 * admit.c - the guards, in the order of what they may tell: whether this is our name at all, then
 * what was asked for, then what its body may be. */
#include "gateway/rest/admit.h"

#include <stdio.h>
#include <string.h>

#include "gateway/rest/server.h"
#include "gateway/rest/upload.h"
#include "gateway/ws/handshake.h"

static bool is_safe(const struct request *r)
{
    return strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
}

/* An unsafe call of a browser that hides its Origin still says whether another site made it. */
static bool is_cross_site(const struct request *r, const struct head *head)
{
    const struct head_line *site = head_find(head, "Sec-Fetch-Site");
    return !is_safe(r) && site != NULL && !head_line_is(site, "same-origin") &&
           !head_line_is(site, "none");
}

static void check_names(struct request *r, const struct head *head)
{
    const struct origins *origins = &server_parts(r->server)->origins;
    const struct head_line *host = &r->facts.host;
    const struct head_line *origin = &r->facts.origin;
    if (host->value == NULL || !origins_host_allowed(origins, host->value, host->value_size)) {
        request_refuse(r, ERR_FOREIGN_HOST, "");
    } else if (origin->value != NULL
                   ? !origins_origin_allowed(origins, origin->value, origin->value_size)
                   : is_cross_site(r, head)) {
        request_refuse(r, ERR_FOREIGN_ORIGIN, "");
    }
}

static void check_media(struct request *r)
{
    const struct head_line *type = &r->facts.content_type;
    bool file = r->route->input.place == INPUT_FILE;
    const char *wanted = file ? "application/octet-stream" : "application/json";
    if (type->value != NULL ? !head_media_is(type, wanted) : file) {
        request_refuse(r, ERR_UNSUPPORTED_MEDIA_TYPE,
                       file ? "The body must be application/octet-stream" : "");
    } else if (!file && r->facts.content_length > BODY_MAX) {
        request_refuse(r, ERR_TOO_LARGE, "");
    }
}

static void find_asset(struct request *r, const struct head *head, size_t path_size)
{
    const struct assets *assets = server_parts(r->server)->assets;
    const struct asset *asset = assets_find(assets, r->target, path_size);
    if (asset == NULL) {
        bool page = path_size == 1 && r->target[0] == '/';
        request_refuse(r, ERR_NOT_FOUND,
                       page ? "The panel is not built here; the API is at " API_BASE : "");
    } else if (is_safe(r)) {
        r->choice = asset_choose(asset, head);
    } else {
        snprintf(r->allow, sizeof r->allow, "GET, HEAD");
        request_refuse(r, ERR_METHOD_NOT_ALLOWED, "");
    }
}

static void find_route(struct request *r, const struct head *head)
{
    size_t path_size = strcspn(r->target, "?");
    r->route = route_find(r->method, r->target, path_size, r->path_value, r->allow);
    if (r->route == NULL && r->allow[0] != '\0') {
        request_refuse(r, ERR_METHOD_NOT_ALLOWED, "");
    } else if (r->route == NULL) {
        find_asset(r, head, path_size);
    }
}

/* The upgrade must be settled while the head's lines are at hand. */
static void prepare_feed(struct request *r, const struct head *head)
{
    const char *flaw = handshake_flaw(head, &r->facts);
    if (flaw != NULL) {
        request_refuse(r, ERR_BAD_HANDSHAKE, flaw);
        return;
    }
    char text[HANDSHAKE_HEAD_SIZE];
    buffer_append(&r->body, text, handshake_head(head, text));
}

static void prepare(struct request *r, const struct head *head)
{
    const struct head_line *accept = head_find(head, "Accept");
    r->wants_csv = accept != NULL && head_has_token(head, "Accept", "text/csv");
    if (r->route == &routes[ROUTE_open_feed]) {
        prepare_feed(r, head);
    } else if (r->route->input.place == INPUT_FILE && request_read_input(r) == OK) {
        r->refused = upload_open(r, &r->upload);
    }
}

void admit(struct request *r, const struct head *head)
{
    check_names(r, head);
    if (r->refused == OK) {
        find_route(r, head);
    }
    if (r->refused == OK && r->route != NULL) {
        check_media(r);
    }
    if (r->refused == OK && r->route != NULL) {
        prepare(r, head);
    }
}
