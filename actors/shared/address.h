/* SPDX-License-Identifier: MIT
 * address.h - IP addresses as players report them. */
#ifndef PLAYBUS_ACTORS_SHARED_ADDRESS_H
#define PLAYBUS_ACTORS_SHARED_ADDRESS_H

#define ADDRESS_SIZE 64

enum address_kind {
    ADDRESS_AS_IS,    /* it is one already */
    ADDRESS_UNMAPPED, /* an IPv4-mapped one, in whatever spelling: the same address as IPv4 */
    ADDRESS_STRIPPED, /* a port or zone was taken off */
    ADDRESS_INVALID   /* none at all */
};

/* Writes the address to `out` unless it is ADDRESS_AS_IS or ADDRESS_INVALID. */
enum address_kind address_clean(const char *text, char out[static ADDRESS_SIZE]);

#endif
