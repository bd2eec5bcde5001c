/* SPDX-License-Identifier: MIT
 * test_http_hostile.c - what servers that mean harm get from an HTTP client of ours: a clear end,
 * in bounded memory, and nothing is left behind. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/children.h"
#include "tests/unit/http/asker.h"
#include "tests/unit/http/server.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__ /* it keeps freed memory aside for a while */
enum { RESIDENT_MAX_KIB = 1024 * 1024, GROWTH_MAX_KIB = 1024 * 1024 };
#else
enum { RESIDENT_MAX_KIB = 64 * 1024, GROWTH_MAX_KIB = 4 * 1024 };
#endif
enum { PACKED_MAX = 1 << 20 };

static struct server server;
static char *folder;
static struct packed {
    char bytes[PACKED_MAX];
    size_t size;
} bomb, small, twice;

/* What `command` prints. */
static void pack(struct packed *out, const char *command)
{
    FILE *pipe = popen(command, "re"); /* NOLINT(cert-env33-c): our own words */
    out->size = pipe != NULL ? fread(out->bytes, 1, sizeof(out->bytes), pipe) : 0;
    if (out->size == 0 || pclose(pipe) != 0) {
        abort();
    }
}

static bool endless_heads(struct visit *v)
{
    return visit_say(v, "HTTP/1.1 200 OK\r\n") && visit_repeat(v, "X-More: of the same\r\n", 0);
}

static bool one_long_line(struct visit *v)
{
    return visit_say(v, "HTTP/1.1 200 OK\r\nX-Long: ") &&
           visit_repeat(v, "0123456789abcdef0123456789abcdef", 0);
}

static bool endless_provisional(struct visit *v)
{
    return visit_repeat(v, "HTTP/1.1 103 Early Hints\r\nX-A: b\r\n\r\n", 0);
}

static bool gzip_bomb(struct visit *v)
{
    return visit_answer(v, "200 OK\r\nContent-Encoding: gzip", bomb.bytes, bomb.size);
}

static bool packed_as_asked(struct visit *v)
{
    return visit_answer(v, "200 OK\r\nContent-Encoding: gzip", small.bytes, small.size);
}

static bool packed_twice(struct visit *v)
{
    return visit_answer(v, "200 OK\r\nContent-Encoding: gzip, gzip", twice.bytes, twice.size);
}

static bool packed_twice_in_two_lines(struct visit *v)
{
    return visit_answer(v, "200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip",
                        twice.bytes, twice.size);
}

static bool packed_for_the_way(struct visit *v)
{
    return visit_answer(v, "200 OK\r\nTransfer-Encoding: gzip", small.bytes, small.size);
}

static bool packed_otherwise(struct visit *v)
{
    return visit_answer(v, "200 OK\r\nContent-Encoding: br", "hello", 5);
}

static bool badly_packed(struct visit *v)
{
    return visit_answer(v, "200 OK\r\nContent-Encoding: gzip", "hello", 5);
}

static bool another_protocol(struct visit *v)
{
    (void)visit_say(v, "SSH-2.0-OpenSSH_9.2\r\n");
    return false;
}

static bool nothing(struct visit *v)
{
    (void)v;
    return false;
}

static bool bad_chunks(struct visit *v)
{
    (void)visit_say(v, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n");
    return false;
}

static bool cut_chunks(struct visit *v)
{
    (void)visit_say(v, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    return false;
}

static bool silence(struct visit *v)
{
    return visit_say(v, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1") && visit_wait(v);
}

static const struct {
    const char *path;
    bool (*answer)(struct visit *v);
    const char *end;
} behaviours[] = {
    {"/heads", endless_heads, "it TOO_LARGE the answer's head is too large"},
    {"/line", one_long_line, "it TOO_LARGE"},
    {"/early", endless_provisional, "it TOO_LARGE the answer's head is too large"},
    {"/bomb", gzip_bomb, "it TOO_LARGE the body is larger than what is read of one"},
    {"/packed", packed_as_asked, "it ANSWERED 200  retry=-1 hello"},
    {"/twice", packed_twice, "it CUT the body is packed in a way that was not asked for"},
    {"/lines", packed_twice_in_two_lines, "it CUT the body is packed in a way"},
    {"/way", packed_for_the_way, "it CUT the body is packed in a way that was not asked for"},
    {"/br", packed_otherwise, "it CUT the body is packed in a way that was not asked for"},
    {"/badly", badly_packed, "it CUT"},
    {"/ssh", another_protocol, "it CUT"},
    {"/nothing", nothing, "it CUT"},
    {"/chunks", bad_chunks, "it CUT"},
    {"/cut", cut_chunks, "it CUT"},
    {"/silence", silence, "it TIMED_OUT Operation too slow."},
};

static bool visit_serve(struct visit *v)
{
    const char *path = strchr(v->head, ' ') + 1;
    size_t i = 0;
    while (i < COUNT_OF(behaviours) && strncmp(path, behaviours[i].path, strcspn(path, " ")) != 0) {
        i++;
    }
    return i < COUNT_OF(behaviours) ? behaviours[i].answer(v) : visit_answer(v, "200 OK", "ok", 2);
}

static int open_files(const struct child *c)
{
    char path[64];
    int count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)c->pid);
    DIR *files = opendir(path);
    assert_non_null(files);
    while (readdir(files) != NULL) {
        count++;
    }
    closedir(files);
    return count;
}

static void start(struct child *c)
{
    child_start(c, "asker", folder);
    child_expect(c, "ready");
}

/* ---- tests ---- */

static void each_harm_has_its_end_in_bounded_memory(void **state)
{
    (void)state;
    char line[512];
    struct child c;
    start(&c);
    for (size_t i = 0; i < COUNT_OF(behaviours); i++) {
        child_tell(&c, "ask it 20000 8000000 - http://127.0.0.1:%d%s", server.port,
                   behaviours[i].path);
        child_line(&c, line, sizeof(line));
        if (strncmp(line, behaviours[i].end, strlen(behaviours[i].end)) != 0) {
            fail_msg("%s: %s", behaviours[i].path, line);
        }
    }
    assert_true(child_resident_kib(&c) < RESIDENT_MAX_KIB);
    assert_int_equal(child_end(&c), 0);
}

static void a_thousand_requests_leave_nothing_behind(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    child_tell(&c, "many 200 http://127.0.0.1:%d/packed", server.port);
    child_expect_next(&c, "many ended");
    int files = open_files(&c);
    long resident_kib = child_resident_kib(&c);
    child_tell(&c, "many 1000 http://127.0.0.1:%d/packed", server.port);
    child_expect_next(&c, "many ended");
    child_tell(&c, "many 100 http://127.0.0.1:%d/cut", server.port);
    child_expect_next(&c, "many ended");
    assert_true(open_files(&c) <= files);
    assert_true(child_resident_kib(&c) - resident_kib < GROWTH_MAX_KIB);
    assert_int_equal(child_end(&c), 0);
}

static void more_than_fit_are_told_so(void **state)
{
    (void)state;
    struct child c;
    start(&c);
    for (int i = 0; i < HTTP_UNDER_WAY_MAX; i++) {
        child_tell(&c, "ask wait 60000 1000 - http://127.0.0.1:%d/silence", server.port);
    }
    child_tell(&c, "ask more 60000 1000 - http://127.0.0.1:%d/", server.port);
    child_expect(&c, "more CANCELLED too many requests are under way");
    child_tell(&c, "close");
    child_expect(&c, "wait CANCELLED this process ends");
    assert_int_equal(child_end(&c), 0);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (child_plays(argc, argv, asker_roles, &status)) {
        return status;
    }
    folder = children_folder();
    pack(&bomb, "head -c 128M /dev/zero | gzip -9");
    pack(&small, "printf hello | gzip");
    pack(&twice, "head -c 8M /dev/zero | gzip | gzip");
    server_start(&server, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_harm_has_its_end_in_bounded_memory),
        cmocka_unit_test(a_thousand_requests_leave_nothing_behind),
        cmocka_unit_test(more_than_fit_are_told_so),
    };
    status = cmocka_run_group_tests(tests, NULL, NULL);
    children_remove_folder(&folder);
    return status;
}
