/* SPDX-License-Identifier: MIT
 * tautulli_api.h - how Tautulli's API is asked, and what it says of a call.
 *
 * A call is a POST whose body has the key, so that no address and no log of a proxy ever holds it.
 * Asked without the key a Tautulli says that it wants one: so it is known before it is given any.
 */
#ifndef PLAYBUS_ACTORS_SHARED_TAUTULLI_API_H
#define PLAYBUS_ACTORS_SHARED_TAUTULLI_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "proto/base/error.h"

#define TAUTULLI_API_PATH "/api/v2"
#define TAUTULLI_FORM "application/x-www-form-urlencoded"

/* The body of a call, as "cmd=get_history&length=1", with the key behind it unless that is NULL.
 * `out` has room for tautulli_form_size() bytes, which is its size with the NUL. */
size_t tautulli_form_size(const char *call, const char *key);
void tautulli_form(const char *call, const char *key, char *out);

/* What an answer with this status says; `said` is its body as JSON, or NULL. OK: what was asked for
 * is in *out_data, which may be NULL for a call without a key. NOT_A_TAUTULLI, TAUTULLI_API_OFF,
 * TAUTULLI_KEY_REFUSED, TAUTULLI_SIGN_IN_PAGE, SERVER_REDIRECTS, SERVER_FAILED. */
enum err tautulli_judge(int status, const char *location, const json_t *said, bool with_key,
                        const json_t **out_data) NODISCARD;

#endif
