/* SPDX-License-Identifier: MIT
 * test_config.c - defaults, file and environment in this order, and what is wrong is named. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* clang-format off: cmocka wants some of the above first */
#include <cmocka.h>
/* clang-format on */

#include "proto/base/config.h"

struct fixture {
    char folder[64], file[96], log[96];
    int saved_stderr; /* what config_open says goes to `log` instead */
};

static int set_up(void **state)
{
    struct fixture *f = must_alloc(sizeof(*f));
    snprintf(f->folder, sizeof(f->folder), "/tmp/playbus-config-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->file, sizeof(f->file), "%s/playbus.conf", f->folder);
    snprintf(f->log, sizeof(f->log), "%s/log", f->folder);
    f->saved_stderr = dup(STDERR_FILENO);
    int log = open(f->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, STDERR_FILENO);
    close(log);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    dup2(f->saved_stderr, STDERR_FILENO);
    close(f->saved_stderr);
    unlink(f->file);
    unlink(f->log);
    rmdir(f->folder);
    free_bytes(state);
    return 0;
}

static void write_file(const struct fixture *f, const char *text)
{
    FILE *file = fopen(f->file, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_logged(const struct fixture *f, const char *wanted)
{
    char text[4096] = "";
    FILE *file = fopen(f->log, "re");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    if (strstr(text, wanted) == NULL) {
        fail_msg("'%s' is not in: %s", wanted, text);
    }
}

static void without_a_file_the_defaults_stand(void **state)
{
    struct fixture *f = *state;
    OWNED(config_close) struct config *c = NULL;
    assert_int_equal(config_open(f->folder, &c), OK);
    assert_string_equal(config_data_dir(c), f->folder);
    assert_string_equal(config_text(c, SETTING_bus_endpoint), "ipc://run/bus.ipc");
    assert_int_equal(config_number(c, SETTING_import_watched), 85);
    assert_int_equal(config_list_count(c, SETTING_import_dirs), 0);
}

static void the_file_overrides_defaults_and_the_environment_the_file(void **state)
{
    struct fixture *f = *state;
    write_file(f, "# ours\n\nlog\n    level = warn\nimport\n    allowed_dirs = \"/a b:/c\"\n"
                  "    workers = 4\n    watched_percent = 90\n");
    setenv("PLAYBUS_IMPORT_WATCHED_PERCENT", "70", 1);
    OWNED(config_close) struct config *c = NULL;
    enum err e = config_open(f->folder, &c);
    unsetenv("PLAYBUS_IMPORT_WATCHED_PERCENT");
    assert_int_equal(e, OK);
    assert_string_equal(config_text(c, SETTING_log_level), "warn");
    assert_int_equal(config_number(c, SETTING_import_workers), 4);
    assert_int_equal(config_number(c, SETTING_import_watched), 70);
    assert_int_equal(config_list_count(c, SETTING_import_dirs), 2);
    assert_string_equal(config_list_item(c, SETTING_import_dirs, 0), "/a b");
    assert_string_equal(config_list_item(c, SETTING_import_dirs, 1), "/c");
}

static void what_is_wrong_in_the_file_is_refused_with_its_name_and_line(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *name, *line;
    } wrong[] = {
        {"log\n    level = warn\n\n# workers\nimport\n    worker = 4\n", "import.worker",
         "playbus.conf line 6"},
        {"import\n    workers = 65\n", "import.workers", "line 2"},
        {"import\n    workers = many\n", "import.workers", "line 2"},
        {"import\n    workers =\n", "import.workers", "line 2"},
        {"log\n    level = loud\n", "log.level", "line 2"},
        {"imports\n    workers = 4\n", "imports.workers", "line 2"},
        {"import.workers = 4\nworkers = 4\n", "workers", "line 2"},
        {"bus\n    endpoint = x\n        deeper = 1\n", "bus.endpoint", "line 2"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        OWNED(config_close) struct config *c = NULL;
        assert_int_equal(truncate(f->log, 0), 0);
        write_file(f, wrong[i].text);
        assert_int_equal(config_open(f->folder, &c), ERR_BAD_SETTING);
        assert_null(c);
        assert_logged(f, wrong[i].name);
        assert_logged(f, wrong[i].line);
    }
}

static void a_wrong_number_in_the_environment_is_refused_by_its_variable(void **state)
{
    struct fixture *f = *state;
    OWNED(config_close) struct config *c = NULL;
    setenv("PLAYBUS_IMPORT_BATCH_ROWS", "2001", 1);
    enum err e = config_open(f->folder, &c);
    unsetenv("PLAYBUS_IMPORT_BATCH_ROWS");
    assert_int_equal(e, ERR_BAD_SETTING);
    assert_logged(f, "PLAYBUS_IMPORT_BATCH_ROWS");
    assert_logged(f, "1 to 2000");
}

static void a_misspelt_name_is_refused_with_the_nearest_right_one(void **state)
{
    struct fixture *f = *state;
    static const char *const wrong[][2] = {{"PLAYBUS_IMPORT_WORKER", "PLAYBUS_IMPORT_WORKERS"},
                                           {"PLAYBUS_GATEWAY_LISTN", "PLAYBUS_GATEWAY_LISTEN"},
                                           {"PLAYBUS_LISTEN", "PLAYBUS_GATEWAY_LISTEN"},
                                           {"PLAYBUS_PUBLIC_URL", "PLAYBUS_GATEWAY_PUBLIC_URL"},
                                           {"PLAYBUS_gateway_listen", "PLAYBUS_GATEWAY_LISTEN"},
                                           {"PLAYBUS_NOTHING_OF_THE_KIND", "no such setting\n"}};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        OWNED(config_close) struct config *c = NULL;
        assert_int_equal(truncate(f->log, 0), 0);
        setenv(wrong[i][0], "", 1);
        enum err e = config_open(f->folder, &c);
        unsetenv(wrong[i][0]);
        assert_int_equal(e, ERR_BAD_SETTING);
        assert_logged(f, wrong[i][0]);
        assert_logged(f, wrong[i][1]);
    }
    OWNED(config_close) struct config *c = NULL;
    write_file(f, "gateway\n    lisen = x\n");
    assert_int_equal(config_open(f->folder, &c), ERR_BAD_SETTING);
    assert_logged(f, "is it gateway.listen");
}

static void a_public_address_with_a_path_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const addresses[] = {"https://playbus.example/playbus",
                                            "https://playbus.example/playbus/",
                                            "https://playbus.example?a", "http://a:1/#b"};
    for (size_t i = 0; i < COUNT_OF(addresses) + 1; i++) {
        OWNED(config_close) struct config *c = NULL;
        bool fine = i == COUNT_OF(addresses);
        setenv("PLAYBUS_GATEWAY_PUBLIC_URL", fine ? "https://playbus.example/" : addresses[i], 1);
        enum err e = config_open(f->folder, &c);
        unsetenv("PLAYBUS_GATEWAY_PUBLIC_URL");
        assert_int_equal(e, fine ? OK : ERR_BAD_SETTING);
    }
    assert_logged(f, "not served below a path");
}

static void a_data_folder_that_is_not_there_is_refused(void **state)
{
    struct fixture *f = *state;
    OWNED(config_close) struct config *c = NULL;
    assert_int_equal(config_open("/tmp/playbus-config-nowhere", &c), ERR_BAD_SETTING);
    assert_logged(f, "/tmp/playbus-config-nowhere");
}

static bool may_listen(const char *const (*settings)[2], size_t count)
{
    OWNED(config_close) struct config *config = NULL;
    for (size_t i = 0; i < count; i++) {
        setenv(settings[i][0], settings[i][1], 1);
    }
    assert_int_equal(config_open("/tmp", &config), OK);
    for (size_t i = 0; i < count; i++) {
        unsetenv(settings[i][0]);
    }
    return config_may_listen_beyond_loopback(config);
}

static void a_settings_file_that_cannot_be_reached_is_refused(void **state)
{
    struct fixture *f = *state;
    OWNED(config_close) struct config *c = NULL;
    assert_int_equal(symlink(f->file, f->file), 0); /* even root cannot follow it */
    assert_int_equal(config_open(f->folder, &c), ERR_BAD_SETTING);
    assert_logged(f, "Too many levels of symbolic links");
    assert_int_equal(unlink(f->file), 0);
    assert_int_equal(symlink("nowhere", f->file), 0); /* what the administrator took away */
    assert_int_equal(config_open(f->folder, &c), OK);
}

static void beyond_loopback_takes_a_named_proxy_or_a_permission(void **state)
{
    static const char *const proxied[][2] = {
        {"PLAYBUS_GATEWAY_PUBLIC_URL", "https://playbus.example"},
        {"PLAYBUS_GATEWAY_TRUSTED_PROXIES", "10.0.0.1"}};
    static const char *const allowed[][2] = {{"PLAYBUS_GATEWAY_ALLOW_PLAIN_LAN", "yes"}};
    static const char *const meant[][2] = {{"PLAYBUS_GATEWAY_ALLOW_PLAIN_LAN", "maybe"}};
    (void)state;
    assert_false(may_listen(NULL, 0));
    assert_false(may_listen(proxied, 1));
    assert_true(may_listen(proxied, 2));
    assert_true(may_listen(allowed, 1));
    assert_false(may_listen(meant, 1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(without_a_file_the_defaults_stand),
        TEST(the_file_overrides_defaults_and_the_environment_the_file),
        TEST(what_is_wrong_in_the_file_is_refused_with_its_name_and_line),
        TEST(a_wrong_number_in_the_environment_is_refused_by_its_variable),
        TEST(a_misspelt_name_is_refused_with_the_nearest_right_one),
        TEST(a_public_address_with_a_path_is_refused),
        TEST(a_data_folder_that_is_not_there_is_refused),
        TEST(a_settings_file_that_cannot_be_reached_is_refused),
        TEST(beyond_loopback_takes_a_named_proxy_or_a_permission),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
