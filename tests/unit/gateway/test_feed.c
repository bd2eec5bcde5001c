/* SPDX-License-Identifier: MIT
 * test_feed.c - sockets handed over to the WebSocket thread: real TCP, real libwebsockets. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/ws/connections.h"
#include "gateway/ws/feed.h"
#include "tests/unit/gateway/access_fixture.h"

#define SLOT SNAPSHOT_CURRENT(0)
#define DEADLINE_S 20

static const char upgrade[] = "GET /api/v1/ws HTTP/1.1\r\nHost: playbus\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

static const struct caller local = {.kind = CALLER_LOCAL, .role = ROLE_ADMIN, .key = "local"};
static struct snapshot_cache *cache;
static struct feed *feed;

static int open_feed_thread(void **state)
{
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){1024, 1024});
    fixture_set_up(state);
    cache = snapshot_cache_new();
    return feed_open(cache, ((struct access_fixture *)*state)->access, &feed) == OK ? 0 : -1;
}

static int close_feed_thread(void **state)
{
    feed_close(&feed);
    snapshot_cache_destroy(&cache);
    return fixture_tear_down(state);
}

static void put(const char *text, size_t size)
{
    struct shared_text *shared = shared_text_new(text, size);
    snapshot_cache_put(cache, SLOT, &shared);
    feed_wake(feed);
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

/* A connected pair: the client's end; the other is handed over. */
static int connect_as(const struct caller *caller)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = DEADLINE_S},
               sizeof(struct timeval));
    assert_int_equal(connect(client, (struct sockaddr *)&at, size), 0);
    int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    close(listener);
    assert_int_equal(feed_adopt(feed, server, upgrade, sizeof upgrade - 1, caller), OK);
    return client;
}

static int connect_client(void)
{
    return connect_as(&local);
}

static void read_exactly(int client, void *out, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = recv(client, (char *)out + got, size - got, 0);
        assert_true(n > 0);
        got += (size_t)n;
    }
}

static void read_handshake(int client)
{
    char head[512] = "";
    for (size_t used = 0; strstr(head, "\r\n\r\n") == NULL; used++) {
        assert_true(used < sizeof head - 1);
        read_exactly(client, head + used, 1);
    }
    assert_non_null(strstr(head, " 101 "));
    assert_non_null(strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
}

/* Reads one frame; returns its opcode. `out` gets at most `room` - 1 bytes of it and a NUL. */
static int read_frame(int client, char *out, size_t room, uint64_t *out_size)
{
    unsigned char head[10];
    read_exactly(client, head, 2);
    uint64_t size = head[1];
    size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
    read_exactly(client, head + 2, more);
    for (size_t i = 0; more > 0 && i < more; i++) {
        size = (i == 0 ? 0 : size << 8) | head[2 + i];
    }
    char *text = malloc(size + 1);
    read_exactly(client, text, size);
    text[size] = '\0';
    snprintf(out, room, "%s", text);
    free(text);
    *out_size = size;
    return head[0] & 0x0f;
}

static void expect_text(int client, const char *text)
{
    char got[256];
    uint64_t size = 0;
    assert_int_equal(read_frame(client, got, sizeof got, &size), 1);
    assert_string_equal(got, text);
}

static void send_text(int client, const char *text, size_t size)
{
    unsigned char frame[8 + 8192] = {0x81, 0x80 | 126, (unsigned char)(size >> 8),
                                     (unsigned char)size};
    memcpy(frame + 8, text, size); /* the mask is zero */
    assert_int_equal(send(client, frame, size + 8, MSG_NOSIGNAL), (ssize_t)size + 8);
}

#define HELLO "{\"type\":\"hello\",\"version\":\"" PLAYBUS_VERSION "\"}"

static void a_client_is_greeted_and_shown_the_snapshots(void **state)
{
    (void)state;
    put_text("{\"n\":1}");
    int client = connect_client();
    read_handshake(client);
    expect_text(client, HELLO);
    expect_text(client, "{\"n\":1}");
    put_text("{\"n\":2}");
    expect_text(client, "{\"n\":2}");
    close(client);
}

static void a_client_gone_before_its_handshake_is_not_counted(void **state)
{
    (void)state;
    int client = connect_client();
    read_handshake(client);
    expect_text(client, HELLO);
    for (int i = 0; i < 8; i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
        close(pair[0]);
        assert_int_equal(feed_adopt(feed, pair[1], upgrade, sizeof upgrade - 1, &local), OK);
        put_text("{}"); /* heard by the client after the thread has dealt with the other */
        expect_text(client, "{}");
    }
    assert_int_equal(feed_figures(feed).clients, 1);
    close(client);
}

static void the_end_of_a_job_comes_before_the_next_and_to_those_who_saw_it_run(void **state)
{
    (void)state;
    put_text("running");
    int before = connect_client();
    read_handshake(before);
    expect_text(before, HELLO);
    expect_text(before, "running");
    struct shared_text *ended = shared_text_new("ended", 5);
    struct shared_text *next = shared_text_new("next", 4);
    snapshot_cache_put(cache, SNAPSHOT_ENDED(0), &ended);
    snapshot_cache_put(cache, SNAPSHOT_CURRENT(0), &next);
    feed_wake(feed);
    expect_text(before, "ended");
    expect_text(before, "next");
    int after = connect_client();
    read_handshake(after);
    expect_text(after, HELLO);
    expect_text(after, "next");
    close(before);
    close(after);
}

static void who_is_no_administrator_gets_the_text_of_the_others(void **state)
{
    (void)state;
    struct caller viewer = local;
    viewer.role = ROLE_VIEWER;
    int admins = connect_client();
    int others = connect_as(&viewer);
    const int clients[] = {admins, others};
    for (size_t i = 0; i < COUNT_OF(clients); i++) {
        read_handshake(clients[i]);
        expect_text(clients[i], HELLO);
    }
    struct shared_text *shared = shared_text_new("all of it", 9);
    struct shared_text *less = shared_text_new("less", 4);
    shared_text_set_others(shared, &less);
    snapshot_cache_put(cache, SLOT, &shared);
    feed_wake(feed);
    expect_text(admins, "all of it");
    expect_text(others, "less");
    close(admins);
    close(others);
}

static void a_ping_is_answered_and_other_messages_are_ignored(void **state)
{
    (void)state;
    int client = connect_client();
    read_handshake(client);
    expect_text(client, HELLO);
    send_text(client, "{\"type\":\"wonder\"}", 17);
    send_text(client, "no json", 7);
    send_text(client, "{\"type\":\"ping\"}", 15);
    expect_text(client, "{\"type\":\"pong\"}");
    close(client);
}

static void a_message_above_4_kib_closes_with_1009(void **state)
{
    (void)state;
    static char large[4097];
    memset(large, 'x', sizeof large);
    int client = connect_client();
    read_handshake(client);
    expect_text(client, HELLO);
    send_text(client, large, sizeof large);
    char got[16];
    uint64_t size = 0;
    assert_int_equal(read_frame(client, got, sizeof got, &size), 8);
    assert_int_equal((unsigned char)got[0] << 8 | (unsigned char)got[1], 1009);
    close(client);
}

/* Far more than the sockets' buffers hold, in 64 texts; what was not yet written is skipped. */
static void a_reader_that_stops_finds_the_newest_and_delays_nobody(void **state)
{
    (void)state;
    static char text[512 * 1024];
    char got[8];
    uint64_t size = 0;
    memset(text, 'x', sizeof text);
    int slow = connect_client();
    int quick = connect_client();
    read_handshake(slow);
    read_handshake(quick);
    expect_text(slow, HELLO);
    expect_text(quick, HELLO);
    for (int n = 1; n <= 64; n++) {
        memcpy(text, (char[]){(char)('0' + n / 10), (char)('0' + n % 10)}, 2);
        put(text, sizeof text);
        assert_int_equal(read_frame(quick, got, 3, &size), 1);
        assert_int_equal(atoi(got), n);
    }
    int read = 0;
    do {
        assert_int_equal(read_frame(slow, got, 3, &size), 1);
        read++;
    } while (atoi(got) < 64);
    assert_true(read < 64);
    close(slow);
    close(quick);
}

static void a_socket_whose_session_has_ended_closes_with_4401_and_the_others_stay(void **state)
{
    (void)state;
    struct caller ended = {.kind = CALLER_SESSION, .role = ROLE_VIEWER, .key = "no session"};
    char got[256];
    uint64_t size = 0;
    int stays = connect_client();
    int closes = connect_as(&ended);
    read_handshake(stays);
    read_handshake(closes);
    int opcode = read_frame(closes, got, sizeof got, &size);
    while (opcode == 1) { /* greeted before the connections were looked at */
        opcode = read_frame(closes, got, sizeof got, &size);
    }
    assert_int_equal(opcode, 8);
    assert_int_equal((unsigned char)got[0] << 8 | (unsigned char)got[1], 4401);
    put_text("{\"n\":3}");
    expect_text(stays, HELLO);
    expect_text(stays, "{\"n\":3}");
    close(stays);
    close(closes);
}

static void a_session_has_twenty_connections_and_another_one_its_own(void **state)
{
    (void)state;
    struct caller other = {.kind = CALLER_TOKEN, .role = ROLE_ADMIN, .key = "other"};
    int clients[CONNECTIONS_EACH_MAX];
    for (size_t i = 0; i < CONNECTIONS_EACH_MAX; i++) {
        assert_true(feed_has_room_for(feed, &local));
        clients[i] = connect_as(&local);
        read_handshake(clients[i]);
        expect_text(clients[i], HELLO);
    }
    assert_false(feed_has_room_for(feed, &local));
    assert_true(feed_has_room_for(feed, &other));
    close(clients[0]);
    for (int i = 0; i < 100 && !feed_has_room_for(feed, &local); i++) {
        put_text("{}"); /* heard by the second after the thread has dealt with the first */
        expect_text(clients[1], "{}");
    }
    assert_true(feed_has_room_for(feed, &local));
    for (size_t i = 1; i < CONNECTIONS_EACH_MAX; i++) {
        close(clients[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_client_is_greeted_and_shown_the_snapshots,
                                        open_feed_thread, close_feed_thread),
        cmocka_unit_test_setup_teardown(a_client_gone_before_its_handshake_is_not_counted,
                                        open_feed_thread, close_feed_thread),
        cmocka_unit_test_setup_teardown(
            the_end_of_a_job_comes_before_the_next_and_to_those_who_saw_it_run, open_feed_thread,
            close_feed_thread),
        cmocka_unit_test_setup_teardown(who_is_no_administrator_gets_the_text_of_the_others,
                                        open_feed_thread, close_feed_thread),
        cmocka_unit_test_setup_teardown(a_ping_is_answered_and_other_messages_are_ignored,
                                        open_feed_thread, close_feed_thread),
        cmocka_unit_test_setup_teardown(
            a_socket_whose_session_has_ended_closes_with_4401_and_the_others_stay, open_feed_thread,
            close_feed_thread),
        cmocka_unit_test_setup_teardown(a_session_has_twenty_connections_and_another_one_its_own,
                                        open_feed_thread, close_feed_thread),
        cmocka_unit_test_setup_teardown(a_message_above_4_kib_closes_with_1009, open_feed_thread,
                                        close_feed_thread),
        cmocka_unit_test_setup_teardown(a_reader_that_stops_finds_the_newest_and_delays_nobody,
                                        open_feed_thread, close_feed_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
