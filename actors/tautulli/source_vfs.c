/* SPDX-License-Identifier: MIT
 * source_vfs.c - SQLite's only way to a source and to a copy of one: three names in one folder.
 *
 * SQLite knows a name of ours and asks for the database, its -wal and its -journal by it; every
 * other name, such as that of the super-journal at the end of a -journal, is refused unseen.
 *
 * A live database is read without its -shm being mapped: SQLite then makes itself an index from the
 * -wal, and looks before each transaction whether the -wal has grown or begun anew
 * (SQLITE_READONLY_CANTINIT, https://sqlite.org/wal.html#readonly). The locks are those of all
 * other readers, https://sqlite.org/walformat.html section 2.3: while the first read lock is held
 * nobody checkpoints, and while the last one is held nobody begins the -wal anew. */
#include "actors/tautulli/source_vfs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/tautulli/source_file.h"

#define DB_NAME "source.db" /* what SQLite calls it, whatever it is called */
#define SECTOR 4096
#define OUR_FILES (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)

/* Bytes of the database that are locked, https://sqlite.org/src/file/src/os.h */
#define PENDING_BYTE 0x40000000
#define RESERVED_BYTE (PENDING_BYTE + 1)
#define SHARED_FIRST (PENDING_BYTE + 2)
#define SHARED_SIZE 510

/* Bytes of the -shm that are locked, and its head. */
#define SHM_READ_FIRST 123
#define SHM_READ_LAST 127
#define SHM_IN_USE 128
#define READ_LOCK_0 3 /* what SQLite calls the first one */
#define SHM_HEAD 48   /* twice */
#define SHM_HEAD_INIT 12
#define SHM_HEAD_FRAMES 16
#define SHM_HEAD_SALTS 32
#define WAL_HEAD_SALTS 16
#define SALTS_SIZE 8

struct vfs {
    sqlite3_vfs base;
    char id[32];
    struct place place;
    enum vfs_use use;
    int64_t bytes_max;
    bool wal_is_void; /* all of the -wal is in the database, and it may begin anew any moment */
};

struct vfs_file {
    sqlite3_file base;
    struct vfs *vfs;
    int fd;
    int shm; /* open while its locks are held; -1 */
    bool is_wal;
};

/* NULL: none of our files. */
static const char *suffix_of(const char *name)
{
    static const char *const suffixes[] = {"", "-wal", "-journal"};
    for (size_t i = 0; name != NULL && i < COUNT_OF(suffixes); i++) {
        if (strncmp(name, DB_NAME, strlen(DB_NAME)) == 0 &&
            strcmp(name + strlen(DB_NAME), suffixes[i]) == 0) {
            return suffixes[i];
        }
    }
    return NULL;
}

/* ---- a file's bytes ---- */

static int file_close(sqlite3_file *base)
{
    struct vfs_file *f = (struct vfs_file *)base;
    fd_release(&f->shm);
    fd_release(&f->fd);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *out, int size, sqlite3_int64 at)
{
    struct vfs_file *f = (struct vfs_file *)base;
    int done = 0;
    while (done < size && !(f->is_wal && f->vfs->wal_is_void)) {
        ssize_t got = pread(f->fd, (char *)out + done, (size_t)(size - done), at + done);
        if (got < 0 && errno != EINTR) {
            return SQLITE_IOERR_READ;
        }
        if (got == 0) {
            break;
        }
        done += got > 0 ? (int)got : 0;
    }
    if (done < size) {
        memset((char *)out + done, 0, (size_t)(size - done));
        return SQLITE_IOERR_SHORT_READ;
    }
    return SQLITE_OK;
}

static int file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 at)
{
    struct vfs_file *f = (struct vfs_file *)base;
    if (f->vfs->use != VFS_PRIVATE) {
        return SQLITE_READONLY;
    }
    if (at + size > f->vfs->bytes_max) {
        return SQLITE_FULL;
    }
    for (int done = 0; done < size;) {
        ssize_t put = pwrite(f->fd, (const char *)bytes + done, (size_t)(size - done), at + done);
        if (put < 0 && errno != EINTR) {
            return errno == EIO ? SQLITE_IOERR_WRITE : SQLITE_FULL;
        }
        done += put > 0 ? (int)put : 0;
    }
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct vfs_file *f = (struct vfs_file *)base;
    if (f->vfs->use != VFS_PRIVATE) {
        return SQLITE_READONLY;
    }
    if (size > f->vfs->bytes_max) {
        return SQLITE_FULL;
    }
    return ftruncate(f->fd, size) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

/* A copy that a power cut takes is made again. */
static int file_sync(sqlite3_file *base, int flags)
{
    (void)base;
    (void)flags;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out)
{
    struct vfs_file *f = (struct vfs_file *)base;
    struct stat found;
    if (fstat(f->fd, &found) != 0) {
        return SQLITE_IOERR_FSTAT;
    }
    *out = f->is_wal && f->vfs->wal_is_void ? 0 : found.st_size;
    return SQLITE_OK;
}

/* ---- locks ---- */

/* Locks of this open file, not of this process: they outlive other descriptors of the same file. */
static int lock_bytes(int fd, short type, off_t from, off_t count)
{
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = from, .l_len = count};
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0) {
        return SQLITE_OK;
    }
    return errno == EAGAIN || errno == EACCES ? SQLITE_BUSY : SQLITE_CANTOPEN;
}

static bool is_locked_by_others(int fd, off_t byte)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static int file_lock(sqlite3_file *base, int level)
{
    struct vfs_file *f = (struct vfs_file *)base;
    if (f->vfs->use != VFS_LIVE) {
        return SQLITE_OK;
    }
    if (level > SQLITE_LOCK_SHARED) {
        return SQLITE_READONLY;
    }
    int result = lock_bytes(f->fd, F_RDLCK, PENDING_BYTE, 1);
    if (result == SQLITE_OK) {
        result = lock_bytes(f->fd, F_RDLCK, SHARED_FIRST, SHARED_SIZE);
        (void)lock_bytes(f->fd, F_UNLCK, PENDING_BYTE, 1);
    }
    return result;
}

static int file_unlock(sqlite3_file *base, int level)
{
    struct vfs_file *f = (struct vfs_file *)base;
    if (f->vfs->use == VFS_LIVE && level == SQLITE_LOCK_NONE) {
        (void)lock_bytes(f->fd, F_UNLCK, SHARED_FIRST, SHARED_SIZE);
    }
    return SQLITE_OK;
}

static int file_check_reserved_lock(sqlite3_file *base, int *out)
{
    struct vfs_file *f = (struct vfs_file *)base;
    *out = f->vfs->use == VFS_LIVE && is_locked_by_others(f->fd, RESERVED_BYTE);
    return SQLITE_OK;
}

/* ---- the -shm, which is locked and never mapped ---- */

/* Who begins the -wal anew says so in the -shm first, gives its locks back, and then puts new
 * frames over the old ones. Until the -wal itself says so, all of it is in the database already. */
static bool begins_anew(const struct vfs_file *f)
{
    unsigned char heads[2 * SHM_HEAD];
    unsigned char salts[SALTS_SIZE];
    static const unsigned char none[4];
    OWNED(fd_release) int wal = place_file(&f->vfs->place, "-wal");
    return wal >= 0 && is_locked_by_others(f->shm, SHM_IN_USE) &&
           pread(f->shm, heads, sizeof(heads), 0) == sizeof(heads) &&
           memcmp(heads, heads + SHM_HEAD, SHM_HEAD) == 0 && heads[SHM_HEAD_INIT] == 1 &&
           memcmp(heads + SHM_HEAD_FRAMES, none, sizeof(none)) == 0 &&
           pread(wal, salts, sizeof(salts), WAL_HEAD_SALTS) == sizeof(salts) &&
           memcmp(heads + SHM_HEAD_SALTS, salts, sizeof(salts)) != 0;
}

static int file_shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    struct vfs_file *f = (struct vfs_file *)base;
    (void)region;
    (void)size;
    (void)extend;
    *out = NULL;
    if (f->shm >= 0) {
        f->vfs->wal_is_void = begins_anew(f);
    }
    return SQLITE_READONLY_CANTINIT;
}

static int lock_shm(struct vfs_file *f)
{
    f->shm = place_file(&f->vfs->place, "-shm");
    if (f->shm < 0) {
        return errno == ENOENT ? SQLITE_BUSY : SQLITE_CANTOPEN;
    }
    int result = lock_bytes(f->shm, F_RDLCK, SHM_READ_FIRST, 1);
    if (result == SQLITE_OK) {
        result = lock_bytes(f->shm, F_RDLCK, SHM_READ_LAST, 1);
    }
    if (result != SQLITE_OK) {
        fd_release(&f->shm);
    }
    return result;
}

static int file_shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    struct vfs_file *f = (struct vfs_file *)base;
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        fd_release(&f->shm);
        return SQLITE_OK;
    }
    bool known = (flags & SQLITE_SHM_SHARED) != 0 && offset == READ_LOCK_0 && count == 1;
    return known && f->shm < 0 ? lock_shm(f) : SQLITE_BUSY;
}

static void file_shm_barrier(sqlite3_file *base)
{
    (void)base;
}

static int file_shm_unmap(sqlite3_file *base, int remove)
{
    struct vfs_file *f = (struct vfs_file *)base;
    (void)remove;
    fd_release(&f->shm);
    return SQLITE_OK;
}

/* ---- a file's kind ---- */

static int file_control(sqlite3_file *base, int what, void *argument)
{
    (void)base;
    (void)what;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int file_characteristics(sqlite3_file *base)
{
    struct vfs_file *f = (struct vfs_file *)base;
    return f->vfs->use == VFS_IMMUTABLE ? SQLITE_IOCAP_IMMUTABLE : 0;
}

/* Version 2 has no xFetch, so nothing is ever mapped; version 1 has no -shm either. */
#define FILE_METHODS                                                                            \
    .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate, \
    .xSync = file_sync, .xFileSize = file_size, .xLock = file_lock, .xUnlock = file_unlock,     \
    .xCheckReservedLock = file_check_reserved_lock, .xFileControl = file_control,               \
    .xSectorSize = file_sector_size, .xDeviceCharacteristics = file_characteristics

static const sqlite3_io_methods plain_methods = {.iVersion = 1, FILE_METHODS};
static const sqlite3_io_methods live_methods = {
    .iVersion = 2,
    FILE_METHODS,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- names ---- */

static int vfs_open(sqlite3_vfs *base, const char *name, sqlite3_file *out, int flags,
                    int *out_flags)
{
    struct vfs *v = (struct vfs *)base;
    struct vfs_file *f = (struct vfs_file *)out;
    const char *suffix = (flags & OUR_FILES) != 0 ? suffix_of(name) : NULL;
    *f = (struct vfs_file){.vfs = v, .fd = -1, .shm = -1};
    if (suffix == NULL) {
        return SQLITE_CANTOPEN;
    }
    bool writes = v->use == VFS_PRIVATE;
    f->fd = writes ? place_make(&v->place, suffix, false) : place_file(&v->place, suffix);
    if (f->fd < 0) {
        return SQLITE_CANTOPEN;
    }
    f->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
    f->base.pMethods = v->use == VFS_LIVE ? &live_methods : &plain_methods;
    if (out_flags != NULL) {
        int read_only = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
        *out_flags = writes ? flags : read_only | SQLITE_OPEN_READONLY;
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *base, const char *name, int sync)
{
    const struct vfs *v = (struct vfs *)base;
    const char *suffix = suffix_of(name);
    char found[PLACE_NAME];
    (void)sync;
    if (suffix == NULL || suffix[0] == '\0' || v->use != VFS_PRIVATE) {
        return SQLITE_IOERR_DELETE;
    }
    if (unlinkat(v->place.folder, place_name(&v->place, suffix, found), 0) != 0) {
        return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
    }
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *base, const char *name, int flags, int *out)
{
    const struct vfs *v = (struct vfs *)base;
    const char *suffix = suffix_of(name);
    if (suffix == NULL) {
        return SQLITE_IOERR_ACCESS;
    }
    struct file_stat found = file_stat_of(&v->place, suffix);
    *out = found.there && (flags != SQLITE_ACCESS_EXISTS || found.bytes > 0);
    return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *base, const char *name, int size, char *out)
{
    (void)base;
    return snprintf(out, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

/* ---- what is no file ---- */

static int vfs_randomness(sqlite3_vfs *base, int size, char *out)
{
    sqlite3_vfs *os = base->pAppData;
    return os->xRandomness(os, size, out);
}

static int vfs_sleep(sqlite3_vfs *base, int microseconds)
{
    sqlite3_vfs *os = base->pAppData;
    return os->xSleep(os, microseconds);
}

static int vfs_current_time(sqlite3_vfs *base, double *out)
{
    sqlite3_vfs *os = base->pAppData;
    return os->xCurrentTime(os, out);
}

static void vfs_destroy(struct vfs **v)
{
    if (*v != NULL) {
        (void)sqlite3_vfs_unregister(&(*v)->base);
        place_release(&(*v)->place);
        free(*v);
        *v = NULL;
    }
}

static struct vfs *vfs_new(const struct place *place, enum vfs_use use, uint64_t bytes_max)
{
    struct vfs *v = must_alloc(sizeof(*v));
    (void)snprintf(v->id, sizeof(v->id), "source-%p", (void *)v);
    v->place = *place;
    v->place.folder = fcntl(place->folder, F_DUPFD_CLOEXEC, 0);
    v->use = use;
    v->bytes_max = bytes_max > INT64_MAX ? INT64_MAX : (int64_t)bytes_max;
    v->base = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct vfs_file),
        .mxPathname = 64,
        .zName = v->id,
        .pAppData = sqlite3_vfs_find(NULL),
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_pathname,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
    };
    return v;
}

int source_vfs_open(const struct place *place, enum vfs_use use, uint64_t bytes_max, sqlite3 **out)
{
    OWNED(vfs_destroy) struct vfs *v = vfs_new(place, use, bytes_max);
    int mode =
        use == VFS_PRIVATE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    int result = sqlite3_vfs_register(&v->base, 0);
    if (result != SQLITE_OK) {
        return result;
    }
    sqlite3 *db = NULL;
    result = sqlite3_open_v2(
        DB_NAME, &db, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE,
        v->id);
    if (result == SQLITE_OK) {
        /* Nothing but our three files can be opened, so nothing is put aside in temporary ones. */
        result = sqlite3_exec(db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
    }
    if (result != SQLITE_OK) {
        (void)sqlite3_close(db);
        return result;
    }
    *out = db;
    v = NULL; /* source_vfs_close finds it again */
    return SQLITE_OK;
}

void source_vfs_close(sqlite3 **db)
{
    if (*db == NULL) {
        return;
    }
    sqlite3_vfs *found = NULL;
    (void)sqlite3_file_control(*db, NULL, SQLITE_FCNTL_VFS_POINTER, &found);
    OWNED(vfs_destroy) struct vfs *v = (struct vfs *)found;
    int result = sqlite3_close(*db);
    assert(result == SQLITE_OK); /* else a statement is still open, and would read on */
    (void)result;
    *db = NULL;
}
