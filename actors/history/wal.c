/* SPDX-License-Identifier: MIT
 * wal.c - who reads is known by the locks on the -shm. The descriptor for asking stays open until
 * the database is closed: closing it would take SQLite's own locks on that file away. */
#include "actors/history/wal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/log.h"

enum {
    WAL_LARGE = 128 * 1024 * 1024, /* bytes; thrice what lies between two checkpoints */
    READ_LOCKS_AT = 124, /* SQLite's file format, "WAL-index": of those who read the -wal */
    READ_LOCKS = 4
};

static int64_t wal_bytes(const char *path)
{
    char wal[4096];
    struct stat st;
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    return stat(wal, &st) == 0 ? st.st_size : 0;
}

/* The process that reads, -1 if that is not told; 0 if no other does. */
static pid_t other_reader(struct wal_watch *w, const char *path)
{
    char shm[4096];
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = READ_LOCKS_AT, .l_len = READ_LOCKS};
    if (!w->asks) {
        (void)snprintf(shm, sizeof shm, "%s-shm", path);
        w->shm = open(shm, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        w->asks = w->shm >= 0;
    }
    if (!w->asks || fcntl(w->shm, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) {
        return 0;
    }
    return lock.l_pid > 0 ? lock.l_pid : -1;
}

static void tell(struct wal_watch *w, int64_t bytes, pid_t reader)
{
    char who[32] = "another program";
    bool news = w->notice[0] == '\0';
    if (reader > 0) {
        (void)snprintf(who, sizeof who, "process %ld", (long)reader);
    }
    (void)snprintf(w->notice, sizeof w->notice,
                   "history.db-wal has grown to %lld MiB, because %s holds a read transaction on "
                   "history.db. It goes on growing until that ends; end that program",
                   (long long)(bytes >> 20), who);
    if (news) {
        log_warn("%s, going on", w->notice);
    }
}

void wal_check(struct history *h)
{
    struct wal_watch *w = &h->wal;
    const char *path = sqlite3_db_filename(h->store->db, "main");
    int64_t bytes = wal_bytes(path);
    pid_t reader = bytes > WAL_LARGE ? other_reader(w, path) : 0;
    if (reader != 0) {
        tell(w, bytes, reader);
    } else if (bytes > WAL_LARGE && db_truncate_wal(h->store->db, NULL) != OK) {
        log_warn("history.db-wal could not be made smaller, trying again");
    } else if (w->notice[0] != '\0' && bytes <= WAL_LARGE) {
        log_info("history.db-wal is small again bytes=%lld", (long long)bytes);
        w->notice[0] = '\0';
    }
    for (struct active_job *active = h->active_jobs; active != NULL; active = active->next) {
        active->notice = reader != 0 ? w->notice : NULL;
    }
}

void wal_release(struct wal_watch *w)
{
    if (w->asks) {
        (void)close(w->shm);
        w->asks = false;
    }
}
