/* SPDX-License-Identifier: MIT
 * fuzz_query.c - any query is read or refused; what is read passes to the strict reader of records.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/guard/query.h"
#include "proto/wire/json.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    OWNED(free_text) char *query = must_alloc(size + 1);
    memcpy(query, bytes, size);
    OWNED(json_release) json_t *values = NULL;
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct flaw flaw = {0};
    struct notes_list list = {0};
    enum err e = query_parse(query, desc_notes_list(), "job", "job_id", &values, &flaw);
    if (e == OK) {
        e = record_from_json(desc_notes_list(), values, NULL, arena, &list, &flaw);
    }
    if (e != OK && flaw.text[0] == '\0') {
        abort(); /* every refusal says why */
    }
    return 0;
}
