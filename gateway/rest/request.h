/* SPDX-License-Identifier: MIT
 * request.h - one HTTP request from its first byte to its answer.
 *
 * A request belongs to one thread at a time: to the HTTP thread, or, while it is suspended, to the
 * bus thread (handoff.h). It carries what its handler may use (services) and where it goes once it
 * is answered (done), so that who answers need not know how it came. */
#ifndef PLAYBUS_GATEWAY_REST_REQUEST_H
#define PLAYBUS_GATEWAY_REST_REQUEST_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "gateway/access/access.h"
#include "gateway/guard/address.h"
#include "gateway/guard/fair_queue.h"
#include "gateway/guard/head.h"
#include "gateway/rest/assets.h"
#include "gateway/rest/routes.h"
#include "gateway/rest/services.h"
#include "gateway/snapshot_cache.h"
#include "proto/base/ids.h"
#include "proto/wire/codec.h"

#define CORRELATION_SIZE 65
#define USER_AGENT_SIZE 257

struct server;
struct handoff;
struct upload;
struct request;
typedef void request_fn(struct request *r);

enum request_stage {
    STAGE_HEAD,        /* nothing but the request line is known */
    STAGE_ANNOUNCED,   /* suspended before its body, until the audit log has it */
    STAGE_BODY,        /* the head is checked, the body arrives */
    STAGE_ASKED,       /* suspended: with the bus thread */
    STAGE_ANSWERED,    /* outcome is set */
    STAGE_STREAMING,   /* outcome began; its text is refilled page by page */
    STAGE_CUT,         /* its client went away after it was announced; of the bus thread alone */
    STAGE_HANDED_OVER, /* the socket is libwebsockets' now */
};

/* What is sent back. One of text and shared holds the body. */
struct outcome {
    int status;
    enum err code;    /* of an error; else OK */
    const char *type; /* media type */
    const char *file; /* name to save it under; NULL: shown */
    char *text;       /* owned, from malloc */
    size_t size;
    struct shared_text *shared; /* owned */
    char *cookie;               /* owned; value of Set-Cookie, or NULL */
    int retry_after_s;          /* of one that passes (err_passes); 0: a usual one */
    bool close;                 /* the connection's framing is in doubt, or its body was not read */
};

/* A body made page by page; see stream.h. */
struct file_stream {
    struct buffer text; /* of the current page */
    size_t sent;        /* of it */
    bool ended, failed;
    bool sent_all;    /* to its end, as far as libmicrohttpd could tell */
    char *cursor;     /* owned; of the following page */
    int64_t paged_ms; /* when the newest page came; monotonic */
};

/* What the audit log is told of it; see audit_recorder.h. */
struct audit_progress {
    int64_t asked_at;         /* wall clock; 0: its handler was not reached */
    bool requested;           /* both its entries are in the outbox, held */
    bool ended;               /* its outcome was told, or is being told */
    bool outcome_recorded;    /* its outcome is in the outbox already, with what it changed */
    char entry_id[ID_SIZE];   /* of `requested` */
    char outcome_id[ID_SIZE]; /* of its outcome, in the outbox from the beginning; or "" */
    request_fn *next;         /* what follows when the log has it */
};

struct request {
    const struct services *services; /* borrowed */
    struct server *server;           /* borrowed; server.c's alone */
    struct handoff *handoff;         /* borrowed; NULL until it was handed off */
    struct MHD_Connection *connection;
    int64_t began_ms;

    /* What is asked for. */
    char *target;          /* owned; as it was sent */
    const char *target_at; /* where libmicrohttpd keeps it */
    struct head_facts facts;
    const struct route *route;  /* NULL: none */
    struct asset_choice choice; /* a file of the panel, where there is no route */
    struct buffer body;         /* see body.h */
    size_t swallowed;           /* bytes of a refused one, which are not kept */
    struct upload *upload;      /* owned; of upload_database */
    struct arena *arena;        /* owned; of input */
    void *input;                /* the route's input record; NULL if it takes nothing */

    /* Who asks. */
    struct caller caller;
    struct credentials credentials; /* what was shown for it; borrowed, like facts */

    /* What comes of it. */
    request_fn *done; /* where it goes once it is answered; NULL: whoever called goes on */
    struct audit_progress audit;
    struct outcome outcome;
    struct file_stream stream;
    struct flaw flaw;
    enum err refused; /* known before the body was read; told after it */
    enum request_stage stage;
    bool wants_csv;
    bool upload_removed; /* the upload it names was refused for what it is */
    bool is_file;        /* it is counted among the files of its caller */
    bool trustworthy;    /* browsers trust where the page came from: TLS, or this machine */
    atomic_bool
        with_bus; /* nobody reads it: it orders memory between the two threads (handoff.c) */

    char method[16];
    char correlation_id[CORRELATION_SIZE];
    char path_value[PATH_VALUE_SIZE]; /* what stood for {…} */
    char allow[ALLOW_SIZE];
    char job_id[PATH_VALUE_SIZE];          /* of the job that it starts or stops */
    char address[ADDRESS_TEXT_SIZE];       /* the client's, behind trusted proxies too */
    char address_group[ADDRESS_TEXT_SIZE]; /* what limits count: the address, or an IPv6's /64 */
    char user_agent[USER_AGENT_SIZE];      /* cut; "" if there is none */

    /* Its turn to ask (turns.h), of the bus thread. */
    struct turn turn;
    enum lane lane;
    request_fn *go;    /* what it does then: its route's handler, or asks for the next page */
    int64_t waited_ms; /* until then */

    /* Who asks the same, and waited for it when this one's turn came: gets the same answer. */
    LIST_HEAD(, request) alike;
    struct request *leader; /* borrowed; whose answer it waits for, in whose `alike` it then is */
    LIST_ENTRY(request) in_alike;

    TAILQ_ENTRY(request) in_handoff; /* in the bus thread's list */
};

struct request *request_new(const struct services *services, struct MHD_Connection *connection,
                            const char *target);
void request_destroy(struct request **request);

/* It will be answered with this code; "" as `why` is the code's own sentence. Returns the code. */
enum err request_refuse(struct request *r, enum err code, const char *why);
/* Fills input from the query or the body; `flaw` and `refused` say what is wrong with it. */
enum err request_read_input(struct request *r) NODISCARD;

/* Any thread: is its caller's session or token still there, with the same role? Nobody always is.
 */
bool request_caller_is_live(const struct request *r);

/* Whom its calls are counted under: a user with all sessions and tokens, else an address. */
const char *request_counted_as(const struct request *r);

#endif
