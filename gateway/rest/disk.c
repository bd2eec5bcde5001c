/* SPDX-License-Identifier: MIT
 * disk.c - sizes as the files' names say them: what is written meanwhile may be counted or not. */
#include "gateway/rest/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

uint64_t disk_bytes(const char *folder, const char *prefix)
{
    uint64_t total = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct stat status;
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
            fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode)) {
            total += (uint64_t)status.st_size;
        }
    }
    closedir(dir);
    return total;
}
