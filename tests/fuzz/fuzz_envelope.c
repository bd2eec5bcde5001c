/* SPDX-License-Identifier: MIT
 * fuzz_envelope.c - a message from the bus as a broker and an actor read it. The first byte is the
 * length of the first frame; that is an envelope, the rest is the body of the message it names.
 * What could be read is written again and must read the same. */
#include <assert.h>
#include <string.h>

#include "proto/wire/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool same_text(const char *left, const char *right)
{
    return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

static void write_and_read(const struct label *label, struct arena *arena)
{
    struct buffer written = {0};
    struct label again;
    envelope_write(&label->envelope, label->kind, &written);
    enum envelope_fault fault = envelope_read(written.data, written.size, arena, &again);
    assert(fault == ENVELOPE_FINE || fault == ENVELOPE_OVERSIZED);
    if (fault == ENVELOPE_FINE) {
        assert(again.name == label->name && again.kind == label->kind);
        assert(again.envelope.id == label->envelope.id);
        assert(same_text(again.envelope.sender, label->envelope.sender));
        assert(same_text(again.envelope.subject, label->envelope.subject));
    }
    buffer_release(&written);
}

static void read_body(const struct label *label, const uint8_t *bytes, size_t size,
                      struct arena *arena)
{
    const struct record_desc *record =
        label->kind == ENVELOPE_REFUSED ? desc_refusal() : schema_messages[label->name].record();
    void *body = arena_alloc(arena, record->size);
    struct flaw flaw = {0};
    struct buffer written = {0};
    if (record_unpack(record, bytes, size, arena, body, &flaw) == OK) {
        enum err e = record_pack(record, body, &written, &flaw);
        assert(e == OK);
        (void)e;
    }
    buffer_release(&written);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t head = size > 0 && bytes[0] < size ? bytes[0] : 0;
    struct arena *arena = arena_new();
    struct label label;
    if (size > 0 && envelope_read(bytes + 1, head, arena, &label) == ENVELOPE_FINE) {
        write_and_read(&label, arena);
        if (label.kind != ENVELOPE_BEAT) {
            read_body(&label, bytes + 1 + head, size - 1 - head, arena);
        }
    }
    arena_destroy(&arena);
    return 0;
}
