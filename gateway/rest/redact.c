/* SPDX-License-Identifier: MIT
 * redact.c - walks an answer and empties what its reader may not see. None of these fields can be
 * filtered by or searched in, so nobody learns them by asking for what they hold. */
#include "gateway/rest/redact.h"

#include <string.h>

#include "proto/base/error.h"
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

void redact_record(json_t *record)
{
    const char *code = json_string_value(json_object_get(record, "error_code"));
    if (json_is_array(json_object_get(record, "errors"))) {
        json_object_del(record, "errors");
    }
    if (code != NULL && json_is_string(json_object_get(record, "error"))) {
        json_object_set_new(record, "error", json_string(err_sentence(err_from_code(code))));
    }
}

/* Answers nest as deep as their records do. NOLINTNEXTLINE(misc-no-recursion) */
void redact_json(json_t *json)
{
    const char *name = NULL;
    json_t *value = NULL;
    size_t i = 0;
    redact_record(json);
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

/* Lists stay, without what was in them. */
static void empty_receipt(json_t *receipt)
{
    const char *name = NULL;
    json_t *value = NULL;
    void *next = NULL;
    json_object_foreach_safe(receipt, next, name, value)
    {
        if (json_is_array(value)) {
            json_array_clear(value);
        } else {
            json_object_del(receipt, name);
        }
    }
}

/* By whom a job was asked for, what it was about, and what rows it had, whosever they are. */
static void redact_job(json_t *json)
{
    static const char *const told[] = {"asked_by", "title"};
    for (size_t i = 0; json_object_get(json, "operation") != NULL && i < COUNT_OF(told); i++) {
        if (json_object_get(json, told[i]) != NULL) {
            json_object_set_new(json, told[i], json_null());
        }
    }
    if (json_object_get(json, "receipt") != NULL) {
        empty_receipt(json_object_get(json, "receipt"));
        json_array_clear(json_object_get(json, "samples"));
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
