/* SPDX-License-Identifier: MIT
 * source_found.c - tries the candidates of the allowed folders, newest first, for as long as others
 * may wait for it. Packed ones are passed over: they would have to be unpacked to disk first. */
#include "actors/tautulli/source_found.h"

#include <string.h>
#include <strings.h>
#include <sys/vfs.h>

#include "actors/tautulli/candidates.h"
#include "actors/tautulli/rows_sum.h"
#include "actors/tautulli/source_file.h"
#include "proto/base/clock.h"

#define FIND_MS 5000  /* for the whole search */
#define CHECK_MS 5000 /* for the rows of one lease in what is open */
#define WHY_MAX 90    /* bytes of a reason in a reason */

static bool holds(struct source *s, const struct lease_taken *l, int64_t until_ms)
{
    struct rows_sum here;
    if (!l->has_checksum || !l->has_checked_from || !l->has_checked_rows) {
        return false;
    }
    source_set_deadline(s, until_ms);
    return rows_sum(s, l->checked_from, l->last_id, &here) == OK && here.rows == l->checked_rows &&
           here.sum == l->checksum;
}

bool source_holds(struct source *s, const struct lease_taken *l)
{
    return holds(s, l, clock_monotonic_ms() + CHECK_MS);
}

bool source_is_far_system(int64_t type)
{
    static const int64_t types[] = {
        0x6969,     /* NFS */
        0x517b,     /* SMB */
        0xff534d42, /* CIFS */
        0xfe534d42, /* SMB2 */
        0x65735546, /* FUSE */
        0x01021997, /* 9p */
        0x5346414f, /* AFS */
        0x00c36400, /* Ceph */
        0x786f4256, /* a folder shared by VirtualBox */
        0x0bd00bd0, /* Lustre */
        0x01161970, /* GFS2 */
        0x7461636f, /* OCFS2 */
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if ((type & 0xffffffff) == types[i]) {
            return true;
        }
    }
    return false;
}

/* What another machine writes is not seen whole there: the -shm that its writers share is not
 * shared with us. */
static bool is_written_elsewhere(const char *path)
{
    OWNED(place_release) struct place place = PLACE_NONE;
    struct statfs system;
    struct surroundings around;
    if (place_open(path, &place) != 0 || fstatfs(place.folder, &system) != 0 ||
        !source_is_far_system(system.f_type)) {
        return false;
    }
    surroundings_read(&place, &around);
    return surroundings_has_wal(&around);
}

static bool is_packed(const char *path)
{
    size_t size = strlen(path);
    return size > 4 && strcasecmp(path + size - 4, ".zip") == 0;
}

struct found {
    size_t read;     /* databases that were looked into */
    size_t unread;   /* … and that could not be */
    const char *why; /* of the last of these; NULL: none */
    bool late;       /* there was no time for all */
};

static enum err try_one(const char *path, const struct lease_taken *l, int64_t until_ms,
                        struct arena *arena, struct found *f, struct source **out)
{
    OWNED(source_close) struct source *s = NULL;
    struct refusal why = {0};
    enum err e = OK;
    if (is_written_elsewhere(path)) {
        e = ERR_DATABASE_BUSY;
        why.text = "it is being written on a network folder";
    } else {
        e = source_open(path, NULL, arena, &s, &why);
    }
    if (e != OK) {
        f->unread++;
        f->why = why.text != NULL ? why.text : err_sentence(e);
        return ERR_ROWS_NOT_HERE;
    }
    f->read++;
    if (!holds(s, l, until_ms)) {
        return ERR_ROWS_NOT_HERE;
    }
    *out = TAKE(s);
    return OK;
}

/* At most `max` bytes, between two characters. */
static int cut(const char *text, size_t max)
{
    size_t size = strlen(text);
    if (size > max) {
        for (size = max; size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80; size--) {
        }
    }
    return (int)size;
}

static const char *not_found_text(const struct found *f, struct arena *arena)
{
    const char *unread = "";
    if (f->unread > 0) {
        unread = arena_format(arena, "; %zu could not be read, the last: %.*s", f->unread,
                              cut(f->why, WHY_MAX), f->why);
    }
    return arena_format(
        arena, "None of %zu databases in the allowed folders of this machine holds these rows%s%s",
        f->read, f->late ? ", and there was no time for others" : "", unread);
}

enum err source_find(const struct config *config, const struct lease_taken *l, struct arena *arena,
                     struct source **out, struct refusal *out_why)
{
    int64_t until_ms = clock_monotonic_ms() + FIND_MS;
    struct import_candidates found;
    struct found f = {0};
    candidates_find(config, arena, &found);
    for (size_t i = 0; i < found.items_count && !f.late; i++) {
        const struct candidate *one = &found.items[i];
        f.late = clock_monotonic_ms() >= until_ms;
        if (!f.late && one->looks_valid && !is_packed(one->path) &&
            try_one(one->path, l, until_ms, arena, &f, out) == OK) {
            return OK;
        }
    }
    out_why->text = not_found_text(&f, arena);
    return ERR_ROWS_NOT_HERE;
}
