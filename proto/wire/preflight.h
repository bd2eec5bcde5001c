/* SPDX-License-Identifier: MIT
 * preflight.h - refuses msgpack that promises more than it holds, before anything is allocated. */
#ifndef PLAYBUS_PROTO_WIRE_PREFLIGHT_H
#define PLAYBUS_PROTO_WIRE_PREFLIGHT_H

#include <stddef.h>

#include "proto/base/error.h"
#include "proto/base/own.h"

/* OK if `bytes` is exactly one well-formed msgpack value, nested at most 16 deep, every declared
 * length backed by bytes. BAD_MESSAGE else. Linear in size, allocates nothing. */
enum err preflight(const void *bytes, size_t size) NODISCARD;

#endif
