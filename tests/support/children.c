/* SPDX-License-Identifier: MIT
 * children.c - starts, hears and ends the processes of a test of the bus. */
#include "tests/support/children.h"

#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/clock.h"

enum { PATIENCE_MS = 60000 };

/* Not cmocka's: programs that are no tests link this folder too. Children end with their parent. */
static void must(bool holds, const char *what, const char *detail)
{
    if (!holds) {
        fprintf(stderr, "%s %s\n", what, detail);
        exit(EXIT_FAILURE);
    }
}

bool child_plays(int argc, char **argv, const struct role *roles, int *out_status)
{
    for (const struct role *role = roles; role->name != NULL; role++) {
        if (strcmp(argv[0], role->name) == 0) {
            *out_status =
                role->spec != NULL ? actor_main(argc, argv, role->spec) : role->run(argv[argc - 1]);
            return true;
        }
    }
    return false;
}

char *children_folder(void)
{
    char path[] = "/tmp/playbus-bus-XXXXXX";
    must(mkdtemp(path) != NULL, "mkdtemp", path);
    return must_strdup(path);
}

void children_remove_folder(char **folder)
{
    char command[256];
    snprintf(command, sizeof(command), "rm -rf '%s'", *folder);
    int status = system(command); /* NOLINT(cert-env33-c): our own fresh folder */
    must(status == 0, "cannot remove", *folder);
    free_text(folder);
}

static void start(struct child *c, const char *program, const char *role, const char *data_dir)
{
    int ends[2];
    int words[2];
    must(pipe2(ends, O_CLOEXEC) == 0 && pipe2(words, O_CLOEXEC) == 0, "pipe", role);
    *c = (struct child){.in = words[1], .out = ends[0]};
    c->pid = fork();
    must(c->pid >= 0, "fork", role);
    if (c->pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(words[0], STDIN_FILENO);
        execl(program, role, "--data", data_dir, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    close(words[0]);
    fcntl(c->out, F_SETFL, O_NONBLOCK);
}

void child_start(struct child *c, const char *role, const char *data_dir)
{
    start(c, "/proc/self/exe", role, data_dir);
}

void broker_start(struct child *c, const char *data_dir)
{
    char self[4096] = {0};
    char program[4200];
    must(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0, "readlink", "/proc/self/exe");
    snprintf(program, sizeof(program), "%s/../bin/playbus-broker", dirname(self));
    start(c, program, "playbus-broker", data_dir);
}

/* Moves the next whole line into `line`; false if there is none yet. */
static bool next_line(struct child *c, char *line, size_t room)
{
    char *end = memchr(c->text, '\n', c->size);
    if (end == NULL) {
        return false;
    }
    size_t length = (size_t)(end - c->text);
    snprintf(line, room, "%.*s", (int)length, c->text);
    snprintf(c->newest, sizeof(c->newest), "%s", line);
    c->size -= length + 1;
    memmove(c->text, end + 1, c->size);
    return true;
}

static void read_line(struct child *c, char *line, size_t room, const char *wanted)
{
    int64_t end_ms = clock_monotonic_ms() + PATIENCE_MS;
    while (!next_line(c, line, room)) {
        int64_t left_ms = end_ms - clock_monotonic_ms();
        struct pollfd item = {.fd = c->out, .events = POLLIN};
        bool readable = left_ms > 0 && poll(&item, 1, (int)left_ms) > 0;
        if (!readable) {
            fprintf(stderr, "its newest line is: %s\n", c->newest);
        }
        must(readable, "the child never said", wanted);
        ssize_t got = read(c->out, c->text + c->size, sizeof(c->text) - c->size);
        must(got > 0, "the child ended before it said", wanted);
        c->size += (size_t)got;
    }
}

void child_line(struct child *c, char *line, size_t room)
{
    read_line(c, line, room, "a line");
}

void child_expect(struct child *c, const char *wanted)
{
    char line[512];
    do {
        read_line(c, line, sizeof(line), wanted);
    } while (strncmp(line, wanted, strlen(wanted)) != 0);
}

void child_expect_next(struct child *c, const char *wanted)
{
    char line[512];
    read_line(c, line, sizeof(line), wanted);
    must(strcmp(line, wanted) == 0, line, wanted);
}

void child_expect_all(struct child *c, const char *const *wanted)
{
    char line[512];
    bool seen[32] = {false};
    size_t count = 0;
    size_t left = 0;
    while (wanted[count] != NULL) {
        count++;
    }
    must(count <= COUNT_OF(seen), "too many lines", wanted[0]);
    left = count;
    while (left > 0) {
        const char *missing = "a line";
        for (size_t i = 0; i < count; i++) {
            missing = seen[i] ? missing : wanted[i];
        }
        read_line(c, line, sizeof(line), missing);
        for (size_t i = 0; i < count; i++) {
            if (!seen[i] && strncmp(line, wanted[i], strlen(wanted[i])) == 0) {
                seen[i] = true;
                left--;
            }
        }
    }
}

long child_expect_number(struct child *c, const char *text)
{
    char line[512];
    do {
        read_line(c, line, sizeof(line), text);
    } while (strncmp(line, text, strlen(text)) != 0);
    return strtol(line + strlen(text), NULL, 10);
}

int child_wait(struct child *c)
{
    int status = 0;
    must(waitpid(c->pid, &status, 0) == c->pid, "waitpid", "");
    close(c->out);
    if (c->in > 0) {
        close(c->in);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void child_tell(struct child *c, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof(line) - 1, format, arguments);
    va_end(arguments);
    line[size++] = '\n';
    must(write(c->in, line, (size_t)size) == size, "cannot tell", line);
}

void child_kill(struct child *c)
{
    kill(c->pid, SIGKILL);
    child_wait(c);
}

int child_end(struct child *c)
{
    kill(c->pid, SIGTERM);
    return child_wait(c);
}

long child_resident_kib(const struct child *c)
{
    char path[64];
    char line[256];
    long kib = -1;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)c->pid);
    FILE *status = fopen(path, "re");
    must(status != NULL, "cannot open", path);
    while (fgets(line, sizeof(line), status) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtol(line + 6, NULL, 10);
        }
    }
    fclose(status);
    return kib;
}

void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static struct child self; /* what was told and is not yet a whole line */

static void read_words(struct actor *a, int fd, short ready, void *context)
{
    (void)ready;
    told_fn *const *fn = context;
    char line[512];
    ssize_t got = read(fd, self.text + self.size, sizeof(self.text) - self.size);
    if (got <= 0) {
        actor_unwatch_fd(a, fd);
        return;
    }
    self.size += (size_t)got;
    while (next_line(&self, line, sizeof(line))) {
        (*fn)(a, line);
    }
}

void hear(struct actor *a, told_fn *fn)
{
    static told_fn *told;
    told = fn;
    actor_watch_fd(a, STDIN_FILENO, POLLIN, read_words, &told);
}
