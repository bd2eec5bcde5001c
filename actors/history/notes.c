/* SPDX-License-Identifier: MIT
 * notes.c - rejected and repaired rows, kept in full up to the limit and counted beyond. */
#include <stdlib.h>
#include <string.h>

#include "actors/history/commit_context.h"
#include "actors/history/forgotten_rows.h"
#include "actors/history/note_contents.h"
#include "actors/history/server_syncs.h"

static bool play_is_forgotten(const struct commit_context *c, int64_t position)
{
    const struct batch_table *t = c->h->store->batch;
    size_t low = 0;
    size_t high = t->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (t->position[middle] < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < t->count && t->position[low] == position && c->verdicts.forgotten[low];
}

bool note_is_forgotten(const struct commit_context *c, const struct row_note *note)
{
    const struct people *people = c->h->store->people;
    if (!people_forgot_any(people)) {
        return false;
    }
    return note->repair ? play_is_forgotten(c, note->position)
                        : forgotten_raw(people, c->server_id, note->raw, note->raw_count);
}

static enum err keep_content(struct commit_context *c, const struct row_note *note,
                             struct buffer *raw, int64_t *out)
{
    struct note_view view = {.record_id = row_note_id(note),
                             .code = note->code,
                             .message = note->message,
                             .raw = note->raw,
                             .raw_count = note->raw_count};
    struct flaw flaw;
    buffer_reset(raw);
    if (record_pack(desc_note_view(), &view, raw, &flaw) != OK) {
        return commit_refuse(c, "a note cannot be kept");
    }
    return note_content_keep(c->h->store, note->message, (struct bytes){raw->data, raw->size}, out);
}

/* An earlier job of the same server rejected the same row, which is asked for again and again. */
static enum err find_rejected_before(struct commit_context *c, int64_t content, bool *out)
{
    OWNED(stmt_finalize) sqlite3_stmt *find = NULL;
    enum err e = db_prepare(c->h->store->db,
                            "SELECT 1 FROM notes n JOIN jobs j ON j.no = n.job_no"
                            " WHERE n.content = ?1 AND NOT n.repair AND j.no <> ?2"
                            " AND j.operation = ?3 AND j.server_id = ?4",
                            &find);
    if (e == OK) {
        stmt_number(find, 1, content);
        stmt_number(find, 2, c->job.no);
        stmt_number(find, 3, c->job.operation);
        stmt_text(find, 4, c->job.server_id);
        e = stmt_row(find, out);
    }
    return e;
}

static enum err store_note(struct commit_context *c, const struct row_note *note, int64_t content)
{
    sqlite3_stmt *put = c->h->store->stmts[STMT_NOTE_INSERT];
    stmt_number(put, 1, c->job.no);
    stmt_number(put, 2, note->repair ? 1 : 0);
    stmt_number(put, 3, note->position);
    stmt_number(put, 4, c->at);
    stmt_text(put, 5, note->code);
    stmt_number(put, 6, content);
    c->job.notes++;
    c->h->trim_due = true;
    return stmt_run(put);
}

/* A row repaired twice in the same way counts once. */
static bool repaired_before(const struct batch_commit *b, size_t at)
{
    for (size_t i = at; i > 0 && b->notes[i - 1].position == b->notes[at].position; i--) {
        if (b->notes[i - 1].repair && strcmp(b->notes[i - 1].code, b->notes[at].code) == 0) {
            return true;
        }
    }
    return false;
}

static enum err count_note(struct commit_context *c, const struct batch_commit *b, size_t at)
{
    const struct row_note *note = &b->notes[at];
    if (note->repair) {
        return repaired_before(b, at) ? OK
                                      : counts_add(c->h->counts, c->h->store, c->job.no,
                                                   DIMENSION_REPAIR, note->code, OUTCOME_NEW, 1);
    }
    if (note->has_facet && note->facet >= b->facets_count) {
        return commit_refuse(c, "a note names a facet that is not in the batch");
    }
    if (note->has_facet) {
        c->facets[note->facet][OUTCOME_ERROR]++;
    }
    c->rejected[c->rejected_count++] = note->position;
    return counts_add(c->h->counts, c->h->store, c->job.no, DIMENSION_ERROR, note->code,
                      OUTCOME_ERROR, 1);
}

static enum err leave_out_note(struct commit_context *c, const struct row_note *note)
{
    if (!note->repair) {
        c->rejected[c->rejected_count++] = note->position;
        c->forgotten_notes++;
    }
    return OK;
}

static enum err take_note(struct commit_context *c, const struct batch_commit *b, size_t at,
                          struct buffer *raw)
{
    const struct row_note *note = &b->notes[at];
    bool kept = c->job.notes < (uint64_t)c->h->notes_max; /* else counted only */
    bool before = false;
    int64_t content = 0;
    enum err e = kept ? keep_content(c, note, raw, &content) : OK;
    if (e == OK && kept && !note->repair && job_passes_over_known(&c->job)) {
        e = find_rejected_before(c, content, &before);
    }
    if (e == OK && before) {
        c->rejected[c->rejected_count++] = note->position;
        c->known_notes++;
        return OK;
    }
    e = e == OK ? count_note(c, b, at) : e;
    return e == OK && kept ? store_note(c, note, content) : e;
}

static int compare_positions(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum err commit_notes(struct commit_context *c, const struct batch_commit *b)
{
    OWNED(buffer_release) struct buffer raw = {0};
    enum err e =
        b->notes_count <= BATCH_NOTES_MAX ? OK : commit_refuse(c, "there are too many notes");
    for (size_t i = 0; e == OK && i < b->notes_count; i++) {
        const struct row_note *note = &b->notes[i];
        bool forgotten = note_is_forgotten(c, note);
        if (note->position < b->first_id || note->position > b->last_id) {
            return commit_refuse(c, "a note is about a row out of range");
        }
        e = forgotten ? leave_out_note(c, note) : take_note(c, b, i, &raw);
    }
    qsort(c->rejected, c->rejected_count, sizeof c->rejected[0], compare_positions);
    return e;
}
