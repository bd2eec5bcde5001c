/* SPDX-License-Identifier: MIT
 * fuzz_record.c - bytes for any record in map form: refused by name, or taken, sent again, shown as
 * JSON and still the same. */
#include "proto/wire/json.h"
#include "tests/fuzz/pick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct record_desc *r = pick_record(&data, &size);
    if (r == NULL) {
        return -1;
    }
    OWNED(arena_destroy) struct arena *arena = arena_new();
    OWNED(buffer_release) struct buffer packed = {0};
    struct flaw flaw = {0};
    void *got = arena_alloc(arena, r->size);
    void *again = arena_alloc(arena, r->size);
    enum err e = record_unpack(r, data, size, arena, got, &flaw);
    expect(e == OK || (flaw.code == e && flaw.text[0] != '\0'));
    if (e == OK) {
        expect(record_pack(r, got, &packed, &flaw) == OK);
        expect(record_unpack(r, packed.data, packed.size, arena, again, &flaw) == OK);
        expect_same(r, got, again, arena);
        OWNED(json_release) json_t *json = record_to_json(r, got);
        expect(json != NULL);
    }
    return 0;
}
