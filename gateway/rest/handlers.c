/* SPDX-License-Identifier: MIT
 * handlers.c - the handler of each row of routes.def: a row without one does not link. */
#include "gateway/rest/handlers.h"

request_fn *const handlers[ROUTE_COUNT] = {
#define ROUTE(handler, ...) [ROUTE_##handler] = handler,
#include "gateway/rest/routes.def"
#undef ROUTE
};
