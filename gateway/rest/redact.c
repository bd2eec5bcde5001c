/* SPDX-License-Identifier: MIT
 * redact.c - walks an answer and empties what its reader may not see. None of these fields can be
 * filtered by or searched in, so nobody learns them by asking for what they hold. */
#include "gateway/rest/redact.h"

#include <string.h>

#include "proto/base/own.h"

bool redact_hides(const char *field)
{
    static const char *const hidden[] = {"ip_address", "location", "machine_id",   "raw",
                                         "db_path",    "data_dir", "allowed_dirs", "path"};
    for (size_t i = 0; i < COUNT_OF(hidden); i++) {
        if (strcmp(field, hidden[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Answers nest as deep as their records do. NOLINTNEXTLINE(misc-no-recursion) */
void redact_json(json_t *json)
{
    const char *name = NULL;
    json_t *value = NULL;
    size_t i = 0;
    json_object_foreach(json, name, value)
    {
        if (redact_hides(name)) {
            json_object_set_new(json, name, json_null());
        } else {
            redact_json(value);
        }
    }
    json_array_foreach(json, i, value)
    {
        redact_json(value);
    }
}

/* By whom a job was asked for, what it was about, and whose rows it had. */
static void redact_job(json_t *json)
{
    static const char *const told[] = {"asked_by", "title"};
    for (size_t i = 0; json_object_get(json, "operation") != NULL && i < COUNT_OF(told); i++) {
        if (json_object_get(json, told[i]) != NULL) {
            json_object_set_new(json, told[i], json_null());
        }
    }
    if (json_object_get(json, "by_user") != NULL) {
        json_object_set_new(json, "by_user", json_array());
    }
}

/* As above. NOLINTNEXTLINE(misc-no-recursion) */
void redact_others(json_t *json)
{
    const char *name = NULL;
    json_t *value = NULL;
    size_t i = 0;
    redact_job(json);
    json_object_foreach(json, name, value)
    {
        redact_others(value);
    }
    json_array_foreach(json, i, value)
    {
        redact_others(value);
    }
}
