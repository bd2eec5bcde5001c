/* SPDX-License-Identifier: MIT
 * handlers.h - what each route does: one function a row of routes.def, named like it. A handler
 * gets a request with its input checked and answers it once, now or later (respond.h). */
#ifndef PLAYBUS_GATEWAY_REST_HANDLERS_H
#define PLAYBUS_GATEWAY_REST_HANDLERS_H

#include "gateway/rest/request.h"

#define ROUTE(handler, ...) request_fn handler;
#include "gateway/rest/routes.def"
#undef ROUTE

/* By route. Handed to the server by whoever opens it, so that nothing below depends on handlers. */
extern request_fn *const handlers[ROUTE_COUNT];

#endif
