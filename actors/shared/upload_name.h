/* SPDX-License-Identifier: MIT
 * upload_name.h - an uploaded database as the person knows it who sent it. */
#ifndef PLAYBUS_ACTORS_SHARED_UPLOAD_NAME_H
#define PLAYBUS_ACTORS_SHARED_UPLOAD_NAME_H

/* The name that a person gave, if this is where an upload lies: …/uploads/0123456789ab-NAME; NULL
 * if not. */
const char *upload_name(const char *path);

#endif
