/* SPDX-License-Identifier: MIT
 * tcp_bytes.h - how much has come over a connection, whole messages or not. */
#ifndef PLAYBUS_ACTORS_DOOR_TCP_BYTES_H
#define PLAYBUS_ACTORS_DOOR_TCP_BYTES_H

#include <stdint.h>

/* 0: it is none of TCP, or the kernel does not say. */
uint64_t tcp_bytes_received(int fd);

#endif
