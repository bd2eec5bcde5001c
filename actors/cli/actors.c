/* SPDX-License-Identifier: MIT
 * actors.c - lists the actors by what the kernel knows of them, so that it works with any of them
 * dead, the gateway and the broker included.
 *
 * Under `playbus up` the service folders say which there should be, and the processes that hold
 * run/tree.lock which there are. Actors that run as units of their own hold run/<name>.lock. */
#include "actors/cli/actors.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "actors/cli/calls.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/refusals.h"
#include "actors/cli/supervisor.h"
#include "proto/base/own.h"

#define NAME_SIZE 64

struct process {
    char name[NAME_SIZE]; /* "history", "import-worker-2" */
    pid_t pid;
};

/* The words of a command line: program, and the value after --name. */
static bool actor_name(pid_t pid, char out[static NAME_SIZE])
{
    char path[64];
    char line[4096];
    const char *suffix = NULL;
    (void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
    OWNED(close_file) FILE *file = fopen(path, "re");
    size_t n = file == NULL ? 0 : fread(line, 1, sizeof(line) - 1, file);
    line[n] = '\0';
    const char *program = strrchr(line, '/');
    program = program == NULL ? line : program + 1;
    if (strncmp(program, "playbus-", strlen("playbus-")) != 0) {
        return false;
    }
    for (const char *word = line; word < line + n; word += strlen(word) + 1) {
        if (strcmp(word, "--name") == 0) {
            suffix = word + strlen(word) + 1;
        }
    }
    bool has_suffix = suffix != NULL && suffix < line + n;
    (void)snprintf(out, NAME_SIZE, "%.40s%s%.20s", program + strlen("playbus-"),
                   has_suffix ? "-" : "", has_suffix ? suffix : "");
    return true;
}

static size_t supervised_processes(struct process out[static SUPERVISOR_PROCESSES_MAX])
{
    pid_t pids[SUPERVISOR_PROCESSES_MAX];
    size_t count = data_folder_lock_sharers(SUPERVISOR_LOCK, pids, SUPERVISOR_PROCESSES_MAX);
    size_t found = 0;
    for (size_t i = 0; i < count && i < SUPERVISOR_PROCESSES_MAX; i++) {
        if (actor_name(pids[i], out[found].name)) {
            out[found++].pid = pids[i];
        }
    }
    return found;
}

static pid_t pid_of(const char *name, const struct process *processes, size_t count)
{
    char lock[NAME_SIZE + 16];
    for (size_t i = 0; i < count; i++) {
        if (strcmp(processes[i].name, name) == 0) {
            return processes[i].pid;
        }
    }
    (void)snprintf(lock, sizeof(lock), "run/%.40s.lock", name);
    return data_folder_lock_holder(lock);
}

static json_t *actor_row(const char *name, pid_t pid)
{
    json_t *row = json_pack("{s:s}", "name", name);
    (void)json_object_set_new(row, "pid", pid == 0 ? json_null() : json_integer(pid));
    (void)json_object_set_new(row, "state", json_string(pid == 0 ? "away" : "up"));
    struct start_refusal refusal;
    if (refusal_read(name, &refusal)) {
        (void)json_object_set_new(row, "code", json_string(err_code(refusal.code)));
        (void)json_object_set_new(
            row, "problem", json_sprintf("%s: %s", err_sentence(refusal.code), refusal.about));
        (void)json_object_set_new(row, "remedy", json_string(err_remedy(refusal.code)));
    }
    return row;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_service(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

json_t *actors_list(void)
{
    struct process processes[SUPERVISOR_PROCESSES_MAX];
    json_t *list = json_array();
    size_t count = supervised_processes(processes);
    struct dirent **services = NULL;
    int n = data_folder_lock_holder(SUPERVISOR_OWNER_LOCK) == 0
                ? 0
                : scandir(SUPERVISOR_SERVICES, &services, is_service, by_name);
    for (int i = 0; i < n; i++) {
        const char *name = services[i]->d_name;
        (void)json_array_append_new(list, actor_row(name, pid_of(name, processes, count)));
        free(services[i]);
    }
    free((void *)services);
    for (size_t i = 0; n <= 0 && i < ACTOR_SINGLES; i++) {
        pid_t pid = pid_of(actor_table[i].name, processes, count);
        (void)json_array_append_new(list, actor_row(actor_table[i].name, pid));
    }
    return list;
}
