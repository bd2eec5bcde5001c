/* SPDX-License-Identifier: MIT
 * upload.c - a file grows under a name ending in .part and gets its own name when it is whole; what
 * is left of a killed gateway is swept at the next start. Names are ours in front (a random id) and
 * the sender's behind, checked: no sender can choose a path or replace a file, but for the -wal
 * beside an upload, which a second one replaces. One that is refused as no database is removed. */
#include "gateway/rest/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "gateway/rest/disk.h"
#include "gateway/rest/handlers.h"
#include "gateway/rest/respond.h"
#include "gateway/snapshot.h"
#include "proto/base/clock.h"
#include "proto/base/ids.h"
#include "proto/base/text.h"

#define NAME_SIZE 256
#define GIVEN_NAME_MAX 128 /* of the sender; ours in front comes on top */
#define DAY_MS (24LL * 3600 * 1000)
#define PART ".part"

/* Uploads at once share the quota: each looks again after so many bytes what the others took. */
#define MEASURE_BYTES (256ULL << 10)
#define DATABASES_BYTES (4ULL << 20) /* of the disk that no upload may have */

struct upload {
    int fd;
    uint64_t bytes;
    uint64_t quota;
    uint64_t room;       /* bytes this file may have, as the folders were when last measured */
    uint64_t measure_at; /* its size when they are measured again */
    char name[NAME_SIZE];
    char part[sizeof UPLOADS_DIR + NAME_SIZE + sizeof PART];
};

static bool is_half(const char *name)
{
    size_t size = strlen(name);
    return size >= strlen(PART) && strcmp(name + size - strlen(PART), PART) == 0;
}

/* A name in any alphabet, of nothing that leaves the folder, hides or turns text. */
static bool is_plain_name(const char *name)
{
    char harmless[NAME_SIZE];
    size_t size = strlen(name);
    if (size == 0 || size >= NAME_SIZE - sizeof "-wal" || name[0] == '.' || is_half(name) ||
        strchr(name, '/') != NULL) {
        return false;
    }
    memcpy(harmless, name, size + 1);
    text_neutralise(harmless, size, "");
    return strcmp(harmless, name) == 0;
}

static bool is_full(int error)
{
    return error == ENOSPC || error == EDQUOT;
}

static enum err refuse(struct request *r, const char *field, const char *why)
{
    r->flaw = (struct flaw){.code = ERR_BAD_FIELD};
    snprintf(r->flaw.field, sizeof r->flaw.field, "%s", field);
    snprintf(r->flaw.text, sizeof r->flaw.text, "%s", why);
    return ERR_BAD_FIELD;
}

/* `beside` must be the db_path an upload was answered with; its -wal then gets the same name. */
static enum err name_beside(struct request *r, const char *beside, char *out)
{
    char dir[PATH_MAX];
    const char *data_dir = config_data_dir(r->services->config);
    int size = snprintf(dir, sizeof dir, "%s/" UPLOADS_DIR "/", data_dir);
    bool inside = (size_t)size < sizeof dir && strncmp(beside, dir, (size_t)size) == 0;
    if (!inside || !is_plain_name(beside + size) || access(beside, F_OK) != 0) {
        return refuse(r, "for", "This is not the db_path of an upload");
    }
    snprintf(out, NAME_SIZE, "%.250s-wal", beside + size);
    return OK;
}

static enum err name_upload(struct request *r, char *out)
{
    const struct upload_place *place = r->input;
    if (place->beside != NULL) {
        return name_beside(r, place->beside, out);
    }
    const char *name = place->name != NULL ? place->name : "tautulli.db";
    if (!is_plain_name(name) || strlen(name) > GIVEN_NAME_MAX) {
        return refuse(r, "name",
                      "A name has up to 128 bytes, no slash, no control character, no dot in front "
                      "and no .part at its end");
    }
    char id[ID_SIZE];
    id_new(id);
    snprintf(out, NAME_SIZE, "%.12s-%s", id, name);
    return OK;
}

/* Bytes of the disk that are free for files: the databases keep what they need to record it. */
static uint64_t free_bytes_of_disk(void)
{
    struct statvfs disk;
    if (statvfs(".", &disk) != 0) {
        return UINT64_MAX / 2;
    }
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return free_bytes > DATABASES_BYTES ? free_bytes - DATABASES_BYTES : 0;
}

/* What is in the folders and not of this file leaves the rest of the quota to it, if the disk has
 * so much. */
static void measure_room(struct upload *upload)
{
    uint64_t used = disk_bytes(UPLOADS_DIR, "") + disk_bytes("staging", "");
    uint64_t others = used > upload->bytes ? used - upload->bytes : 0;
    uint64_t on_disk = upload->bytes + free_bytes_of_disk();
    upload->room = upload->quota > others ? upload->quota - others : 0;
    upload->room = upload->room < on_disk ? upload->room : on_disk;
    upload->measure_at = upload->bytes + MEASURE_BYTES;
}

enum err upload_open(struct request *r, struct upload **out)
{
    OWNED(upload_discard) struct upload *upload = must_alloc(sizeof *upload);
    upload->fd = -1;
    enum err e = name_upload(r, upload->name);
    if (e != OK) {
        return e;
    }
    const struct config *config = r->services->config;
    upload->quota = (uint64_t)config_number(config, SETTING_staging_quota_mib) << 20;
    measure_room(upload);
    if (r->facts.content_length > 0 && (uint64_t)r->facts.content_length > upload->room) {
        return ERR_STAGING_FULL;
    }
    mkdir(UPLOADS_DIR, 0700);
    snprintf(upload->part, sizeof upload->part, UPLOADS_DIR "/%s" PART, upload->name);
    upload->fd = open(upload->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (upload->fd < 0) {
        upload->part[0] = '\0'; /* not ours to remove */
        return errno == EEXIST ? ERR_BUSY : is_full(errno) ? ERR_STAGING_FULL : ERR_SYSTEM;
    }
    *out = TAKE(upload);
    return OK;
}

enum err upload_write(struct upload *upload, const char *bytes, size_t size)
{
    if (upload->bytes >= upload->measure_at) {
        measure_room(upload);
    }
    if (upload->bytes + size > upload->room) {
        return ERR_STAGING_FULL;
    }
    while (size > 0) {
        ssize_t written = write(upload->fd, bytes, size);
        if (written < 0 && errno != EINTR) {
            return is_full(errno) ? ERR_STAGING_FULL : ERR_SYSTEM;
        }
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
            upload->bytes += (uint64_t)written;
        }
    }
    return OK;
}

void upload_discard(struct upload **upload)
{
    struct upload *gone = TAKE(*upload);
    if (gone == NULL) {
        return;
    }
    if (gone->fd >= 0) {
        close(gone->fd);
    }
    if (gone->part[0] != '\0') {
        unlink(gone->part);
    }
    free(gone);
}

/* The body is whole. */
void upload_database(struct request *r)
{
    struct upload *upload = r->upload;
    char path[PATH_MAX], full[PATH_MAX];
    snprintf(path, sizeof path, UPLOADS_DIR "/%.255s", upload->name);
    if (rename(upload->part, path) != 0) {
        respond_error(r, ERR_SYSTEM, NULL, NULL);
        return;
    }
    upload->part[0] = '\0'; /* kept from here on */
    snprintf(full, sizeof full, "%.3000s/%.500s", config_data_dir(r->services->config), path);
    struct upload_stored stored = {.db_path = full, .bytes = upload->bytes};
    respond_record(r, desc_upload_stored(), &stored);
}

void uploads_sweep(int64_t now_ms)
{
    DIR *dir = opendir(UPLOADS_DIR);
    if (dir == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct stat status;
        if (fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode) && now_ms - (int64_t)status.st_mtime * 1000 > DAY_MS) {
            unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    closedir(dir);
}

void uploads_remove_halves(void)
{
    DIR *dir = opendir(UPLOADS_DIR);
    if (dir == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (is_half(entry->d_name)) {
            unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    closedir(dir);
}

bool uploads_remove(const char *data_dir, const char *db_path)
{
    char dir[PATH_MAX], wal[PATH_MAX];
    int size = snprintf(dir, sizeof dir, "%s/" UPLOADS_DIR "/", data_dir);
    if ((size_t)size >= sizeof dir || strncmp(db_path, dir, (size_t)size) != 0 ||
        !is_plain_name(db_path + size)) {
        return false;
    }
    snprintf(wal, sizeof wal, "%.4000s-wal", db_path);
    bool was_there = unlink(db_path) == 0;
    unlink(wal);
    return was_there;
}

bool uploads_remove_refused(const char *data_dir, const char *db_path, enum err why)
{
    bool unfit =
        why == ERR_NOT_TAUTULLI || why == ERR_DATABASE_DAMAGED || why == ERR_ARCHIVE_REFUSED;
    return unfit && db_path != NULL && uploads_remove(data_dir, db_path);
}

/* Not under an import: its workers open the file again and again. */
void remove_upload(struct request *r)
{
    const struct services *with = r->services;
    const struct upload_remove *asked = r->input;
    if (snapshot_running(with->snapshot)) {
        respond_error(r, ERR_IMPORT_RUNNING, NULL, NULL);
    } else if (!uploads_remove(config_data_dir(with->config), asked->db_path)) {
        respond_error(r, ERR_FILE_NOT_FOUND, NULL, NULL);
    } else {
        struct upload_removed removed = {.db_path = asked->db_path};
        respond_record(r, desc_upload_removed(), &removed);
    }
}
