/* SPDX-License-Identifier: MIT
 * audit_verify_parts.c - what both halves of a check need: whose key it is, and how it fails. */
#include "actors/shared/audit_verify_parts.h"

#include <stdarg.h>
#include <stdio.h>

bool verify_fail(struct audit_verifier *v, uint64_t bad, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vsnprintf(v->report.message, sizeof v->report.message, format, values);
    va_end(values);
    v->report.intact = false;
    v->report.bad_entry = bad;
    if (bad > 0) {
        v->report.intact_to = bad > v->report.first ? bad - 1 : 0;
    }
    v->ended = true;
    return false;
}

bool verify_is_trusted(const struct audit_verifier *v, const char *key_id)
{
    return audit_keyring_find(v->claims.trusted, key_id) != NULL;
}

const struct audit_public *verify_find_key(const struct audit_verifier *v, const char *key_id)
{
    const struct audit_public *key = audit_keyring_find(v->claims.trusted, key_id);
    return key != NULL ? key : audit_keyring_find(&v->known, key_id);
}
