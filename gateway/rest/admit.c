/* SPDX-License-Identifier: MIT
 * admit.c - the guards, in the order of what they may tell: whether this is our name at all, what
 * is asked for, who asks, whether that page may send it, whether they may do it, how often, and
 * what its body may be. A row of routes.def says all that is particular to a route. */
#include "gateway/rest/admit.h"

#include <stdio.h>
#include <string.h>

#include "gateway/access/names.h"
#include "gateway/rest/body.h"
#include "gateway/rest/upload.h"
#include "gateway/ws/feed.h"
#include "gateway/ws/handshake.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"

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

static void check_names(const struct gate *gate, struct request *r, const struct head *head)
{
    const struct origins *origins = &gate->origins;
    const struct head_line *host = &r->facts.host;
    const struct head_line *origin = &r->facts.origin;
    if (host->value == NULL || !origins_host_allowed(origins, host->value, host->value_size)) {
        request_refuse(r, ERR_FOREIGN_HOST, "");
    } else if (origin->value != NULL ? !origins_origin_allowed(origins, origin, host)
                                     : is_cross_site(r, head)) {
        request_refuse(r, ERR_FOREIGN_ORIGIN, "");
    } else {
        r->trustworthy = origins_host_trustworthy(origins, host->value, host->value_size);
    }
}

/* ---- what is asked for ---- */

static void find_asset(const struct gate *gate, struct request *r, const struct head *head)
{
    size_t path_size = strcspn(r->target, "?");
    const struct asset *asset = assets_find(gate->assets, r->target, path_size);
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

static void check_route(const struct gate *gate, struct request *r, const struct head *head)
{
    if (r->route == NULL && r->allow[0] != '\0') {
        request_refuse(r, ERR_METHOD_NOT_ALLOWED, "");
    } else if (r->route == NULL) {
        find_asset(gate, r, head);
    }
}

/* ---- who asks ---- */

static void take_address(const struct gate *gate, struct request *r, const struct head *head)
{
    const struct address peer = address_of_socket(
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
    struct address client = address_of_client(&gate->proxies, &peer, head);
    address_texts(&client, r->address, r->address_group);
}

/* Nobody but this machine itself can be behind such a connection. On a plain LAN the port may be
 * forwarded, and its forwarder's connections come from this machine too: then a call is this
 * machine's own only under the very address that it came to. */
static bool is_direct(const struct gate *gate, const struct request *r, const struct head *head)
{
    const struct sockaddr *other =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    int fd = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const struct head_line *host = &r->facts.host;
    struct sockaddr_storage mine = {0};
    socklen_t size = sizeof mine;
    getsockname(fd, (struct sockaddr *)&mine, &size);
    struct address here = address_of_socket((struct sockaddr *)&mine);
    struct address peer = address_of_socket(other);
    if (address_is_forwarded(head) ||
        (r->services->plain_lan &&
         !origins_host_is(&gate->origins, host->value, host->value_size, &here))) {
        return false;
    }
    return address_is_loopback(&peer) || memcmp(&here, &peer, sizeof here) == 0;
}

static void take_user_agent(struct request *r, const struct head *head)
{
    const struct head_line *line = head_find(head, "User-Agent");
    if (line == NULL || !text_is_utf8(line->value, line->value_size)) {
        return;
    }
    size_t size = line->value_size;
    if (size >= sizeof r->user_agent) {
        size = sizeof r->user_agent - 1;
        while (((unsigned char)line->value[size] & 0xc0) == 0x80) {
            size--; /* a character is not cut in its middle */
        }
    }
    memcpy(r->user_agent, line->value, size);
    r->user_agent[size] = '\0';
}

static void identify(const struct gate *gate, struct request *r, const struct head *head)
{
    const struct head_line *authorization = head_find(head, "Authorization");
    const struct head_line *cookie = head_find(head, "Cookie");
    r->credentials = (struct credentials){.passive = r->route->passive};
    if (authorization != NULL) {
        r->credentials.authorization = authorization->value;
        r->credentials.authorization_size = authorization->value_size;
        r->credentials.direct = is_direct(gate, r, head);
    }
    if (cookie != NULL) {
        r->credentials.cookie = cookie->value;
        r->credentials.cookie_size = cookie->value_size;
    }
    if (!is_safe(r)) {
        take_user_agent(r, head);
    }
    enum err e = access_identify(r->services->access, &r->credentials, clock_wall_ms(), &r->caller);
    /* Who shows something that is no good is nobody, which is good enough for what is public. */
    if (r->route->role != ROLE_PUBLIC && (e != OK || r->caller.kind == CALLER_NOBODY)) {
        bool bearer = authorization != NULL;
        request_refuse(r, ERR_NOT_SIGNED_IN,
                       bearer ? "This token is unknown, expired or withdrawn" : "");
    }
}

/* A browser sends the cookie along whoever wrote the page: what changes something must come from a
 * page of ours and show the session's token, which no other page can read. Signing in has no
 * session yet, so there the page and its JSON must do. Bearers are never sent by themselves. */
static void check_forgery(const struct gate *gate, struct request *r, const struct head *head)
{
    (void)gate;
    bool bearer = r->caller.kind == CALLER_TOKEN || r->caller.kind == CALLER_LOCAL;
    bool upgrade = route_is(r->route, ROUTE_open_feed);
    if (bearer || (is_safe(r) && !upgrade)) {
        return;
    }
    if (r->facts.origin.value == NULL) {
        request_refuse(r, ERR_FOREIGN_ORIGIN, "The Origin header is missing");
    } else if (r->route->role == ROLE_PUBLIC && r->facts.content_type.value == NULL) {
        request_refuse(r, ERR_UNSUPPORTED_MEDIA_TYPE, "");
    } else if (r->route->role != ROLE_PUBLIC && !upgrade) {
        const struct head_line *given = head_find(head, "X-CSRF-Token");
        if (given == NULL || head_count(head, "X-CSRF-Token") > 1 ||
            !access_csrf_matches(r->services->access, &r->credentials, given->value,
                                 given->value_size)) {
            request_refuse(r, ERR_CSRF_FAILED, "");
        }
    }
}

static void check_role(const struct gate *gate, struct request *r, const struct head *head)
{
    (void)gate;
    (void)head;
    const struct caller *caller = &r->caller;
    const struct route *route = r->route;
    if (route->role > ROLE_SELF && caller->must_change) {
        request_refuse(r, ERR_PASSWORD_CHANGE_NEEDED, "");
    } else if (route->role > ROLE_SELF && caller->role < route->role) {
        request_refuse(r, ERR_ROLE_TOO_LOW, "");
    } else if (route->asks != ASK_ANYTIME && !caller->fresh) {
        request_refuse(r, ERR_PASSWORD_NEEDED, "");
    } else if (route->asks == ASK_PERSON && caller->kind == CALLER_TOKEN) {
        request_refuse(r, ERR_PASSWORD_NEEDED, "A token may not do this: sign in for it");
    }
}

/* ---- how often ---- */

/* A budget of `kind`: 0, or how long until there is a call in it. */
static int64_t take(const struct gate *gate, const struct request *r, const char *kind,
                    const char *who, enum setting setting, uint32_t per_ms)
{
    struct limit limit = {(uint32_t)config_number(r->services->config, setting), per_ms};
    return limits_take(gate->limits, kind, who, &limit, r->began_ms);
}

static void check_budget(struct request *r, int64_t wait_ms)
{
    if (wait_ms > 0) {
        r->outcome.retry_after_s = (int)((wait_ms + 999) / 1000);
        request_refuse(r, ERR_RATE_LIMITED, "");
    }
}

/* The service's own watchdog asks these with the local token: whatever else shows that token and
 * asks too much must not look like a service that hangs. */
static bool is_watchdogs(const struct request *r)
{
    return r->caller.kind == CALLER_LOCAL &&
           (route_is(r->route, ROUTE_show_system) || route_is(r->route, ROUTE_show_ready));
}

/* Takes a call from the route's own budget. What is recorded has one too, so that nobody can fill
 * the audit log; a sign-in's is taken when its account is known. */
static int64_t take_call(const struct gate *gate, const struct request *r)
{
    const struct route *route = r->route;
    const char *who = request_counted_as(r);
    if (r->caller.kind == CALLER_NOBODY && r->services->plain_lan) {
        return 0; /* a forwarder's address is that of all who come through it */
    }
    if (route->rate != RATE_PLAIN) {
        return take(gate, r, route_rate_text(route->rate), who, SETTING_limit_triggers, 60000);
    }
    if (route->passive && !is_watchdogs(r)) {
        return take(gate, r, "passive", who, SETTING_limit_passive, 1000);
    }
    bool counted = route->audit != AUDIT_NEVER && !route_is(route, ROUTE_sign_in);
    return counted ? take(gate, r, "change", who, SETTING_limit_changes, 60000) : 0;
}

static void check_rate(const struct gate *gate, struct request *r, const struct head *head)
{
    (void)head;
    check_budget(r, take_call(gate, r));
    if (r->refused == OK && route_is(r->route, ROUTE_open_feed) && r->caller.kind != CALLER_LOCAL &&
        !feed_has_room_for(r->services->feed, &r->caller)) {
        request_refuse(r, ERR_RATE_LIMITED, "Too many sockets are open already");
    }
}

/* ---- what its body may be ---- */

static void check_media(const struct gate *gate, struct request *r, const struct head *head)
{
    (void)gate;
    (void)head;
    const struct head_line *type = &r->facts.content_type;
    bool file = r->route->input.place == INPUT_FILE;
    const char *wanted = file ? "application/octet-stream" : "application/json";
    if (type->value != NULL ? !head_media_is(type, wanted) : file) {
        request_refuse(r, ERR_UNSUPPORTED_MEDIA_TYPE,
                       file ? "The body must be application/octet-stream" : "");
    } else if (!file && r->facts.content_length > (int64_t)body_limit(r)) {
        request_refuse(r, ERR_TOO_LARGE, "");
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
    r->refused = body_append(r, text, handshake_head(head, text));
}

static void prepare(const struct gate *gate, struct request *r, const struct head *head)
{
    (void)gate;
    const struct head_line *accept = head_find(head, "Accept");
    r->wants_csv = accept != NULL && head_has_token(head, "Accept", "text/csv");
    if (route_is(r->route, ROUTE_open_feed)) {
        prepare_feed(r, head);
    } else if (r->route->input.place == INPUT_FILE && request_read_input(r) == OK) {
        r->refused = upload_open(r, &r->upload);
    }
}

typedef void guard_fn(const struct gate *gate, struct request *r, const struct head *head);

void admit(const struct gate *gate, struct request *r, const struct head *head)
{
    static guard_fn *const guards[] = {check_names, check_route, identify,    check_forgery,
                                       check_role,  check_rate,  check_media, prepare};
    take_address(gate, r, head);
    /* First, for the log: whoever is refused, it says what they asked for. */
    r->route = route_find(r->method, r->target, strcspn(r->target, "?"), r->path_value, r->allow);
    for (size_t i = 0; i < COUNT_OF(guards) && r->refused == OK && r->choice.asset == NULL; i++) {
        guards[i](gate, r, head);
    }
}

/* ---- when the body is there ---- */

static bool is_file(const struct request *r)
{
    const struct notes_list *notes = r->input;
    if (route_is(r->route, ROUTE_list_notes)) {
        return r->wants_csv || notes->csv;
    }
    return route_is(r->route, ROUTE_export_history) || route_is(r->route, ROUTE_export_audit);
}

static void check_files(const struct gate *gate, struct request *r)
{
    size_t most = (size_t)config_number(r->services->config, SETTING_limit_files);
    r->is_file = is_file(r) && counts_take(gate->files, request_counted_as(r), most);
    if (is_file(r) && !r->is_file) {
        request_refuse(r, ERR_RATE_LIMITED, "As many files as you may fetch at once are under way");
    }
}

/* Behind one address many people may sit: whoever floods one account there, or many, takes nothing
 * from the others. Failed ones have further limits (attempts.h). */
static void check_sign_in(const struct gate *gate, struct request *r)
{
    const struct auth_login *asked = r->input;
    char folded[FOLDED_SIZE];
    char who[ADDRESS_TEXT_SIZE + FOLDED_SIZE];
    name_fold(asked->name, folded);
    snprintf(who, sizeof who, "%s %s", request_counted_as(r), folded);
    check_budget(r, take(gate, r, "sign-in", who, SETTING_limit_changes, 60000));
}

void admit_whole(const struct gate *gate, struct request *r)
{
    if (r->refused != OK || r->route == NULL) {
        return;
    }
    if (r->route->role != ROLE_PUBLIC && !request_caller_is_live(r)) {
        request_refuse(r, ERR_NOT_SIGNED_IN, "");
    } else if (route_is(r->route, ROUTE_set_up)) {
        /* Anybody may send a set-up: without its code it is one more refusal, counted as such, and
         * never the two entries that a call has which was let in. */
        const struct auth_setup *asked = r->input;
        r->refused = access_check_setup(r->services->access, asked->code);
    } else if (route_is(r->route, ROUTE_sign_in)) {
        check_sign_in(gate, r);
    } else {
        check_files(gate, r);
    }
}
