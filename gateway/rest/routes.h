/* SPDX-License-Identifier: MIT
 * routes.h - the table made from routes.def, and how a request finds its row. */
#ifndef PLAYBUS_GATEWAY_REST_ROUTES_H
#define PLAYBUS_GATEWAY_REST_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/access/role.h"
#include "proto/schema/schema.h"

#define API_BASE "/api/v1"
#define PATH_VALUE_SIZE 257 /* what {…} in a path may hold, with its NUL */
#define PATH_OWN_ID_SIZE 65 /* the same of an id that we made */

/* The columns are described in routes.def.
 *
 * Whose password must have been given lately: nobody's, a session's, or a session's and no token
 * will do: who has found a token must not make more of it. */
enum asking { ASK_ANYTIME, ASK_FRESH, ASK_PERSON };
enum auditing { AUDIT_NEVER, AUDIT_FIRST, AUDIT_LATER, AUDIT_BESIDE, AUDIT_WITHIN };
enum rate_class { RATE_PLAIN, RATE_TRIGGER, RATE_BULK };
enum side { SIDE_HERE, SIDE_BUS };
/* Where a question waits for its turn; see turns.h. */
enum lane { LANE_NONE, LANE_SHORT, LANE_LONG, LANE_AUDIT, LANE_COUNT };
enum input_place { INPUT_NONE, INPUT_RECORD, INPUT_FILE };

struct route_input {
    enum input_place place;
    const struct record_desc *(*record)(void); /* NULL: takes nothing */
    const char *const *hidden; /* fields a caller may not set, NULL at the end; NULL: none */
    const char *alias_public, *alias_field; /* what a request calls that field; NULL: the same */
};

struct route_output {
    int status;
    const struct record_desc *(*record)(void); /* NULL: `media_type` instead */
    const char *media_type;
};

/* The fields of the input that the audit log has: no others. */
struct audited_fields {
    const char *target;        /* the field it is about; NULL: none */
    bool target_is_user;       /* people type passwords there: only names of users are recorded */
    const char *const *params; /* NULL at the end; NULL: not said */
};

enum route_id {
#define ROUTE(handler, ...) ROUTE_##handler,
#include "gateway/rest/routes.def"
#undef ROUTE
    ROUTE_COUNT
};

struct route {
    enum route_id id;
    enum audit_action action; /* what the audit log calls it, for ever */
    const char *name;         /* of the handler; the operationId and the label in the metrics */
    const char *method, *path, *summary;
    enum role role;
    enum asking asks;
    enum auditing audit;
    enum rate_class rate;
    enum side side;
    enum lane lane;
    struct route_input input;
    struct route_output output;
    struct audited_fields audited_fields;
    bool passive; /* does not extend a session */
};

static inline bool route_is(const struct route *route, enum route_id id)
{
    return route != NULL && route->id == id;
}

extern const struct route routes[ROUTE_COUNT];
const char *route_role_text(enum role role);
const char *route_rate_text(enum rate_class rate);
const char *route_audit_text(enum auditing audit);
/* Is its input in a JSON body? Otherwise it is in the query. */
bool route_reads_body(const struct route *route);

#define ALLOW_SIZE 64

/* The row of a method and a path (without its query); HEAD finds GET's. NULL: `out_allow` then
 * lists the methods the path does take, "" if there is no such path. `out_value` gets what stood
 * for {…}. */
const struct route *route_find(const char *method, const char *path, size_t path_size,
                               char out_value[static PATH_VALUE_SIZE],
                               char out_allow[static ALLOW_SIZE]);

#endif
