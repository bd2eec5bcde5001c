/* SPDX-License-Identifier: MIT
 * client.c - the gateway's REST interface over libcurl.
 *
 * Proxies of the environment are ignored: the gateway is always on this machine. Each request
 * carries the local token as it is now: a gateway that was restarted has a new one. Answers that
 * are kept in memory are bounded; streams are not kept. */
#include "actors/cli/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/cli/calls.h"
#include "actors/cli/cli.h"
#include "actors/cli/data_folder.h"
#include "actors/cli/interrupts.h"
#include "actors/cli/invocation.h"
#include "actors/cli/say.h"
#include "actors/cli/service.h"
#include "proto/base/clock.h"

#define ANSWER_MAX ((size_t)64 * 1024 * 1024)
#define REQUEST_TIMEOUT_MS 10000L
#define CONNECT_TIMEOUT_MS 2000L
#define WAIT_IN_ALL_MS 30000
#define STALL_S 60L /* a stream without a byte for so long has died */

struct client {
    CURL *curl;
    char address[ADDRESS_SIZE];
    char token[LOCAL_TOKEN_SIZE]; /* as it was sent last; "" for none */
    long patience_ms;
};

struct answer {
    CURL *curl;
    char *bytes;
    size_t size;
    FILE *out;    /* NULL: everything is kept */
    size_t lines; /* written there */
    int failed;   /* the errno where `out` could not be written, else 0 */
};

struct client *client_new(const char *address)
{
    struct client *c = must_alloc(sizeof(*c));
    c->curl = curl_easy_init();
    if (c->curl == NULL) {
        abort();
    }
    (void)snprintf(c->address, sizeof(c->address), "%s", address);
    c->patience_ms = REQUEST_TIMEOUT_MS;
    return c;
}

void client_set_patience(struct client *c, long ms)
{
    c->patience_ms = ms > 0 ? ms : REQUEST_TIMEOUT_MS;
}

void client_destroy(struct client **client)
{
    if (*client != NULL) {
        curl_easy_cleanup((*client)->curl);
        free(*client);
        *client = NULL;
    }
}

static size_t on_bytes(char *bytes, size_t one, size_t size, void *context)
{
    struct answer *answer = context;
    long status = 0;
    (void)one;
    (void)curl_easy_getinfo(answer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (answer->out != NULL && status == 200) {
        errno = 0;
        answer->failed = fwrite(bytes, 1, size, answer->out) == size ? 0 : errno != 0 ? errno : EIO;
        for (size_t i = 0; i < size; i++) {
            answer->lines += bytes[i] == '\n';
        }
        return answer->failed != 0 ? 0 : size;
    }
    if (answer->size + size > ANSWER_MAX) {
        return 0;
    }
    answer->bytes = must_realloc(answer->bytes, answer->size + size);
    (void)memcpy(answer->bytes + answer->size, bytes, size);
    answer->size += size;
    return size;
}

static struct curl_slist *authorization(struct client *c)
{
    char header[LOCAL_TOKEN_SIZE + 32];
    if (!data_folder_local_token(c->token)) {
        c->token[0] = '\0';
        return NULL;
    }
    (void)snprintf(header, sizeof(header), "Authorization: Bearer %s", c->token);
    return curl_slist_append(NULL, header);
}

/* Returns the headers every request has, for perform(). */
static struct curl_slist *prepare(struct client *c, const char *path, struct answer *answer)
{
    char url[CLIENT_PATH_SIZE + ADDRESS_SIZE + 32];
    (void)snprintf(url, sizeof(url), "http://%s/api/v1%s", c->address, path);
    answer->curl = c->curl;
    curl_easy_reset(c->curl);
    (void)curl_easy_setopt(c->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(c->curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_bytes);
    (void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, answer);
    (void)curl_easy_setopt(c->curl, CURLOPT_USERAGENT, "playbus/" PLAYBUS_VERSION);
    return authorization(c);
}

/* Ctrl-C ends what may take long. */
static int on_progress(void *context, curl_off_t down, curl_off_t down_now, curl_off_t up,
                       curl_off_t up_now)
{
    (void)context;
    (void)down;
    (void)down_now;
    (void)up;
    (void)up_now;
    return interrupts_stop_asked() ? 1 : 0;
}

static void be_patient(struct client *c)
{
    (void)curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(c->curl, CURLOPT_LOW_SPEED_TIME, STALL_S);
}

static enum err perform(struct client *c, struct answer *answer, struct curl_slist *headers,
                        struct reply *out)
{
    (void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(c->curl);
    struct reply reply = {0};
    curl_off_t wait_s = 0;
    (void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &reply.status);
    (void)curl_easy_getinfo(c->curl, CURLINFO_RETRY_AFTER, &wait_s);
    reply.wait_s = (long)wait_s;
    if (answer->size > 0) {
        reply.body = json_loadb(answer->bytes, answer->size, 0, NULL);
    }
    free(answer->bytes);
    curl_slist_free_all(headers);
    if (code == CURLE_OK) {
        *out = reply;
        return OK;
    }
    json_decref(reply.body);
    if (answer->failed != 0) {
        return err_from_errno(answer->failed);
    }
    return code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_ACTOR_AWAY;
}

static enum err call_once(struct client *c, const char *method, const char *path,
                          const json_t *body, struct reply *out)
{
    struct answer answer = {0};
    OWNED(free_text) char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    struct curl_slist *headers = prepare(c, path, &answer);
    (void)curl_easy_setopt(c->curl, CURLOPT_TIMEOUT_MS, c->patience_ms);
    (void)curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
    if (text != NULL) {
        headers = curl_slist_append(headers, "Content-Type: application/json");
        (void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text);
    }
    return perform(c, &answer, headers, out);
}

/* Did the gateway start again between the reading of its token and the question? */
static bool token_is_outdated(const struct client *c)
{
    char now[LOCAL_TOKEN_SIZE];
    return data_folder_local_token(now) && strcmp(now, c->token) != 0;
}

enum err client_call(struct client *c, const char *method, const char *path, const json_t *body,
                     struct reply *out)
{
    enum err e = call_once(c, method, path, body, out);
    if (e == OK && out->status == 401 && token_is_outdated(c)) {
        reply_release(out);
        e = call_once(c, method, path, body, out);
    }
    return e;
}

enum err client_stream(struct client *c, const char *path, const char *accept, FILE *out,
                       size_t *out_lines, struct reply *out_refusal)
{
    char header[128];
    struct answer answer = {.out = out};
    struct curl_slist *headers = prepare(c, path, &answer);
    be_patient(c);
    (void)snprintf(header, sizeof(header), "Accept: %s", accept);
    enum err e = perform(c, &answer, curl_slist_append(headers, header), out_refusal);
    *out_lines = answer.lines;
    return e == OK && fflush(out) != 0 ? ERR_SYSTEM : e;
}

static size_t read_bytes(char *out, size_t one, size_t size, void *context)
{
    ssize_t n = read(*(const int *)context, out, one * size);
    return n < 0 ? CURL_READFUNC_ABORT : (size_t)n;
}

enum err client_upload(struct client *c, const char *path, int file, struct reply *out)
{
    struct stat st;
    struct answer answer = {0};
    if (fstat(file, &st) != 0 || lseek(file, 0, SEEK_SET) != 0) {
        return ERR_ACCESS_DENIED;
    }
    struct curl_slist *headers = prepare(c, path, &answer);
    be_patient(c);
    (void)curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(c->curl, CURLOPT_READFUNCTION, read_bytes);
    (void)curl_easy_setopt(c->curl, CURLOPT_READDATA, &file);
    (void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)st.st_size);
    headers = curl_slist_append(headers, "Content-Type: application/octet-stream");
    /* libcurl would wait a second for a 100-continue that nobody sends. */
    return perform(c, &answer, curl_slist_append(headers, "Expect:"), out);
}

static bool passes(const struct reply *reply)
{
    return err_passes(err_from_code(reply_code(reply)));
}

bool reply_waited_out(struct reply *reply, bool away, int64_t begun_ms)
{
    bool busy = reply->status == 429 || (away && reply->status == 503 && passes(reply));
    int64_t left_ms = begun_ms + WAIT_IN_ALL_MS - clock_monotonic_ms();
    long wait_s = reply->wait_s;
    if (!busy || wait_s <= 0 || wait_s * 1000 > left_ms) {
        return false;
    }
    say(stderr, "%s; trying again in %ld s …\n",
        reply->status == 429 ? "Too many requests" : "A part of Playbus is not running", wait_s);
    (void)pause_ms(wait_s * 1000); /* a signal ends it early: what was begun goes on to its end */
    reply_release(reply);
    return true;
}

void reply_release(struct reply *reply)
{
    json_decref(reply->body);
    reply->body = NULL;
}

bool reply_is_good(const struct reply *reply)
{
    return reply->status >= 200 && reply->status < 300;
}

const char *reply_code(const struct reply *reply)
{
    const char *code = json_string_value(json_object_get(reply->body, "code"));
    return reply_is_good(reply) || code == NULL ? "" : code;
}

/* Whose file it is, where that is what is wrong. */
static void tell_owner(FILE *out, const json_t *details)
{
    const char *owner = json_string_value(json_object_get(details, "owner"));
    const char *mode = json_string_value(json_object_get(details, "mode"));
    const char *user = json_string_value(json_object_get(details, "service_user"));
    if (owner != NULL && mode != NULL && user != NULL) {
        say(out, "\n  It belongs to %s with mode %s; Playbus runs as %s.", owner, mode, user);
    }
}

int reply_say_error(const struct reply *reply)
{
    if (reply->status == 401) { /* its remedy is for people at a browser */
        (void)fputs("playbus: the gateway did not let the command line in\n"
                    "  Run it as the user the service runs as, or name a group that may in "
                    "access.cli_group.\n",
                    stderr);
        return EXIT_FAILED;
    }
    const char *error = json_string_value(json_object_get(reply->body, "error"));
    const char *remedy = json_string_value(json_object_get(reply->body, "remedy"));
    const char *field = json_string_value(json_object_get(reply->body, "field"));
    struct paragraph p;
    paragraph_begin(&p);
    say(p.out, "playbus: %s", error != NULL ? error : err_sentence(ERR_SYSTEM));
    if (field != NULL && (error == NULL || strstr(error, field) == NULL)) {
        say(p.out, " (%s)", field);
    }
    if (strcmp(reply_code(reply), "BAD_FIELD") == 0) { /* it came from an option */
        (void)fputs("\n  Correct it and try again; --help shows examples.\n", p.out);
        paragraph_end(&p);
        return EXIT_USAGE;
    }
    tell_owner(p.out, json_object_get(reply->body, "details"));
    if (reply->wait_s > 0 && passes(reply)) {
        say(p.out, "\n  Try again in %ld s.\n", reply->wait_s);
    } else if (strcmp(reply_code(reply), "JOB_NOT_FOUND") == 0) {
        char jobs[INVOCATION_SIZE];
        invocation_here("jobs", jobs);
        say(p.out, "\n  This lists them: %s\n", jobs);
    } else {
        (void)fputc('\n', p.out);
        say_remedy(p.out, 2, remedy != NULL ? remedy : err_remedy(ERR_SYSTEM));
    }
    paragraph_end(&p);
    return reply->status == 409 ? EXIT_CONFLICT : EXIT_FAILED;
}

void path_add(char path[static CLIENT_PATH_SIZE], const char *name, const char *value)
{
    size_t used = strlen(path);
    if (value == NULL) {
        return;
    }
    char *escaped = curl_easy_escape(NULL, value, 0);
    (void)snprintf(path + used, CLIENT_PATH_SIZE - used, "%c%s=%s",
                   strchr(path, '?') == NULL ? '?' : '&', name, escaped == NULL ? "" : escaped);
    curl_free(escaped);
}
