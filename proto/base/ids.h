/* SPDX-License-Identifier: MIT
 * ids.h - random ids from the system's generator. */
#ifndef PLAYBUS_PROTO_BASE_IDS_H
#define PLAYBUS_PROTO_BASE_IDS_H

#define ID_SIZE 33 /* 32 hexadecimal digits and the NUL: 128 random bits */

void id_new(char out[static ID_SIZE]);

#endif
