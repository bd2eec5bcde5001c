/* SPDX-License-Identifier: MIT
 * disk.h - how much room files take. */
#ifndef PLAYBUS_GATEWAY_REST_DISK_H
#define PLAYBUS_GATEWAY_REST_DISK_H

#include <stdint.h>

/* Bytes of the regular files in a folder whose names begin with `prefix`; 0 if it cannot be read.
 */
uint64_t disk_bytes(const char *folder, const char *prefix);

#endif
