/* SPDX-License-Identifier: MIT
 * fuzz_credentials.c - whatever a stranger shows as Authorization or Cookie, or types as a name or
 * password: nobody is let in, and nothing is read beyond its end. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/access/names.h"
#include "gateway/access/secret.h"
#include "proto/base/log.h"
#include "tests/fuzz/pick.h"

/* Nothing below reads the files again, and nothing is left behind. */
static void remove_files(const char *folder)
{
    static const char *const files[] = {"run/cli.token",   "run/setup.code",  "accounts.db",
                                        "accounts.db-wal", "accounts.db-shm", "accounts.db.made"};
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        (void)unlink(files[i]);
    }
    expect(rmdir("run") == 0 && rmdir(folder) == 0);
}

static struct access *opened(void)
{
    static struct access *access;
    static char folder[] = "/tmp/playbus-fuzz-XXXXXX";
    struct config *config = NULL;
    if (access == NULL) {
        int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        log_open("fuzz", LEVEL_ERROR);
        expect(mkdtemp(folder) != NULL && chdir(folder) == 0 && mkdir("run", 0700) == 0);
        expect(config_open(folder, &config) == OK && access_open(config, &access) == OK);
        config_close(&config);
        remove_files(folder);
        expect(fchdir(here) == 0 && close(here) == 0); /* the corpus is named from here */
    }
    return access;
}

static void look(const struct credentials *credentials)
{
    struct caller caller;
    char csrf[SECRET_TEXT_SIZE];
    if (access_identify(opened(), credentials, 1, &caller) == OK) {
        expect(caller.kind == CALLER_NOBODY && caller.role == ROLE_PUBLIC);
    }
    expect(!access_csrf_matches(opened(), credentials, "", 0));
    (void)access_csrf_token(opened(), credentials, csrf);
}

static void try_name(const char *name)
{
    char folded[FOLDED_SIZE], again[FOLDED_SIZE], told[NAME_MAX_BYTES + 1];
    name_fold(name, folded);
    expect(strlen(folded) < FOLDED_SIZE);
    if (name_is_good(name)) {
        name_fold(folded, again);
        expect(strcmp(folded, again) == 0);
    }
    access_name_for_log(opened(), name, told);
    expect(strlen(told) <= NAME_MAX_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy without a terminator: reading beyond it is found. */
    OWNED(free_bytes) void *copy = must_alloc(size > 0 ? size : 1);
    memcpy(copy, data, size);
    look(&(struct credentials){.authorization = copy, .authorization_size = size, .direct = true});
    look(&(struct credentials){.cookie = copy, .cookie_size = size});
    OWNED(free_text) char *text = must_alloc(size + 1);
    memcpy(text, data, size);
    try_name(text);
    return 0;
}
