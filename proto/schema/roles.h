/* SPDX-License-Identifier: MIT
 * roles.h - what a key of the door may say, made from roles.def, and what both ends must have
 * alike. */
#ifndef PLAYBUS_PROTO_SCHEMA_ROLES_H
#define PLAYBUS_PROTO_SCHEMA_ROLES_H

#include "proto/schema/schema.h"

/* The actor that gets this message from a key of this role; NULL: it may not send it. */
const char *role_target(enum bus_role role, enum msg_id message);

/* Raised with every change that maps a row of a source to another play than before. */
#define MAPPING_VERSION 1
#define SCHEMA_HASH_SIZE 33

/* Of all that messages hold and how it is checked: equal at both ends, or they may read each other
 * wrongly. Computed once. */
const char *schema_hash(void);

#endif
