/* SPDX-License-Identifier: MIT
 * number.h - whole numbers as people read them. */
#ifndef PLAYBUS_PROTO_BASE_NUMBER_H
#define PLAYBUS_PROTO_BASE_NUMBER_H

#include <stdint.h>

#define NUMBER_SIZE 32

/* 1,234,567 */
const char *number_text(int64_t n, char out[static NUMBER_SIZE]);

#endif
