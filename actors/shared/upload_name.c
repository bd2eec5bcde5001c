/* SPDX-License-Identifier: MIT
 * upload_name.c - the gateway puts a made part before the name that a person gave. */
#include "actors/shared/upload_name.h"

#include <stdbool.h>
#include <string.h>

#define MADE_DIGITS 12

const char *upload_name(const char *path)
{
    static const char folder[] = "/uploads/";
    const char *slash = strrchr(path, '/');
    size_t before = slash == NULL ? 0 : (size_t)(slash + 1 - path);
    bool inside = before >= strlen(folder) &&
                  strncmp(path + before - strlen(folder), folder, strlen(folder)) == 0;
    bool made = inside && strspn(slash + 1, "0123456789abcdef") == MADE_DIGITS &&
                slash[1 + MADE_DIGITS] == '-';
    return made ? slash + 1 + MADE_DIGITS + 1 : NULL;
}
