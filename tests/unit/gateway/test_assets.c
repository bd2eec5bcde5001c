/* SPDX-License-Identifier: MIT
 * test_assets.c - what is served of the built panel, in which form, and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/rest/assets.h"

static char place[] = "/tmp/playbus-assets-XXXXXX";
static struct config *config;
static struct assets *assets;

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/web/%s", place, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", place, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static int build_panel(void **state)
{
    (void)state;
    char path[256];
    assert_non_null(mkdtemp(place));
    make_folder("data");
    make_folder("web");
    make_folder("web/assets");
    write_file("index.html", "<!doctype html>");
    write_file("assets/main-A1.js", "let plain;");
    write_file("assets/main-A1.js.gz", "gzipped");
    write_file("assets/main-A1.js.br", "brotlied");
    write_file("assets/lost-B2.js.gz", "there is no plain one");
    write_file("assets/notes.bak", "not for browsers");
    snprintf(path, sizeof path, "%s/web/assets/away.js", place);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    snprintf(path, sizeof path, "%s/web", place);
    setenv("PLAYBUS_GATEWAY_WEB_DIR", path, 1);
    snprintf(path, sizeof path, "%s/data", place);
    assert_int_equal(config_open(path, &config), OK);
    assert_int_equal(assets_open(config, &assets), OK);
    return 0;
}

static int remove_panel(void **state)
{
    (void)state;
    char command[128];
    assets_close(&assets);
    config_close(&config);
    snprintf(command, sizeof command, "rm -r %s", place);
    return system(command); /* NOLINT(cert-env33-c): our own folder */
}

static const struct asset *find(const char *path)
{
    return assets_find(assets, path, strlen(path));
}

static struct asset_choice choose(const char *path, const char *name, const char *value)
{
    struct head head = {0};
    struct head_line line = {name, value, strlen(name), strlen(value)};
    head_add(&head, &line);
    return asset_choose(find(path), &head);
}

static void the_page_is_asked_for_again_and_hashed_names_never(void **state)
{
    (void)state;
    assert_non_null(find("/"));
    assert_ptr_equal(find("/"), find("/index.html"));
    assert_false(find("/")->immutable);
    assert_true(find("/assets/main-A1.js")->immutable);
}

static void only_files_of_the_panel_are_found(void **state)
{
    (void)state;
    static const char *const paths[] = {"",
                                        "/assets",
                                        "/assets/",
                                        "/assets/main-A1.js.gz",
                                        "/assets/lost-B2.js",
                                        "/assets/notes.bak",
                                        "/assets/away.js",
                                        "/assets/../index.html",
                                        "/index.htm"};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        if (find(paths[i]) != NULL) {
            fail_msg("found %s", paths[i]);
        }
    }
}

static void the_smallest_form_that_is_accepted_is_sent(void **state)
{
    (void)state;
    const char *main = "/assets/main-A1.js";
    assert_int_equal(choose(main, "Accept-Encoding", "gzip, deflate, br").coding, CODING_BROTLI);
    assert_int_equal(choose(main, "Accept-Encoding", "gzip").coding, CODING_GZIP);
    assert_int_equal(choose(main, "Accept-Encoding", "br;q=0, identity").coding, CODING_IDENTITY);
    assert_int_equal(choose(main, "Accept", "*/*").coding, CODING_IDENTITY);
    assert_int_equal(choose("/", "Accept-Encoding", "gzip, br").coding, CODING_IDENTITY);
}

static void a_form_the_client_has_is_not_sent_again(void **state)
{
    (void)state;
    char weak[64];
    const struct asset_form *form = &find("/")->forms[CODING_IDENTITY];
    snprintf(weak, sizeof weak, "\"other\", W/%s", form->etag);
    assert_true(choose("/", "If-None-Match", form->etag).unchanged);
    assert_true(choose("/", "If-None-Match", weak).unchanged);
    assert_false(choose("/", "If-None-Match", "\"other\"").unchanged);
    assert_false(choose("/assets/main-A1.js", "If-None-Match", form->etag).unchanged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_asked_for_again_and_hashed_names_never),
        cmocka_unit_test(only_files_of_the_panel_are_found),
        cmocka_unit_test(the_smallest_form_that_is_accepted_is_sent),
        cmocka_unit_test(a_form_the_client_has_is_not_sent_again),
    };
    return cmocka_run_group_tests(tests, build_panel, remove_panel);
}
