/* SPDX-License-Identifier: MIT
 * test_upload.c - the quota of the staging folders holds however many uploads share it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/rest/request.h"
#include "gateway/rest/upload.h"

#define MIB (1024UL * 1024)

static void uploads_at_once_share_the_quota_and_a_refused_one_leaves_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/playbus-upload-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    FILE *settings = fopen("playbus.conf", "w");
    assert_non_null(settings);
    fputs("staging.quota_mib = 40\n", settings);
    fclose(settings);
    OWNED(config_close) struct config *config = NULL;
    assert_int_equal(config_open(folder, &config), OK);
    const struct services services = {.config = config};
    OWNED(request_destroy) struct request *r = request_new(&services, NULL, "/");
    r->input = &(struct upload_place){.name = "tautulli.db"};
    OWNED(upload_discard) struct upload *one = NULL;
    OWNED(upload_discard) struct upload *two = NULL;
    assert_int_equal(upload_open(r, &one), OK);
    assert_int_equal(upload_open(r, &two), OK);
    char *piece = calloc(1, MIB);
    size_t written = 0;
    enum err e = OK;
    for (; e == OK && written < 80; written++) {
        e = upload_write(written % 2 == 0 ? one : two, piece, MIB);
    }
    free(piece);
    assert_int_equal(e, ERR_STAGING_FULL);
    assert_true(written > 32 && written < 60);
    upload_discard(&one);
    upload_discard(&two);
    assert_int_equal(rmdir(UPLOADS_DIR), 0);
    assert_int_equal(unlink("playbus.conf"), 0);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uploads_at_once_share_the_quota_and_a_refused_one_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
