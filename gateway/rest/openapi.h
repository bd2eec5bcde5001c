/* SPDX-License-Identifier: MIT
 * openapi.h - the OpenAPI 3.1 document, made by walking routes.def and the schema's tables: what is
 * served and what is described cannot differ. */
#ifndef PLAYBUS_GATEWAY_REST_OPENAPI_H
#define PLAYBUS_GATEWAY_REST_OPENAPI_H

#include <jansson.h>

#include "gateway/snapshot_cache.h"
#include "proto/base/own.h"

json_t *openapi_document(void) NODISCARD; /* the caller's */
struct shared_text *openapi_text(void) NODISCARD;

#endif
