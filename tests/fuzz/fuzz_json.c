/* SPDX-License-Identifier: MIT
 * fuzz_json.c - JSON text for any record: refused by name, or taken, written, read and still the
 * same. */
#include "proto/wire/json.h"
#include "tests/fuzz/pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct record_desc *r = pick_record(&data, &size);
    if (r == NULL) {
        return -1;
    }
    OWNED(json_release)
    json_t *json = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    if (json == NULL) {
        return 0;
    }
    OWNED(arena_destroy) struct arena *arena = arena_new();
    struct flaw flaw = {0};
    void *got = arena_alloc(arena, r->size);
    void *again = arena_alloc(arena, r->size);
    enum err e = record_from_json(r, json, NULL, arena, got, &flaw);
    expect(e == OK || (flaw.code == e && flaw.text[0] != '\0'));
    if (e == OK) {
        OWNED(json_release) json_t *written = record_to_json(r, got);
        expect(record_from_json(r, written, NULL, arena, again, &flaw) == OK);
        expect_same(r, got, again, arena);
    }
    return 0;
}
