/* SPDX-License-Identifier: MIT
 * role.h - what a caller may do at most, in rising order. SELF stands between nobody and a viewer:
 * any caller that is known, even one whose password must be changed. */
#ifndef PLAYBUS_GATEWAY_ACCESS_ROLE_H
#define PLAYBUS_GATEWAY_ACCESS_ROLE_H

enum role { ROLE_PUBLIC, ROLE_SELF, ROLE_VIEWER, ROLE_ADMIN };

#endif
