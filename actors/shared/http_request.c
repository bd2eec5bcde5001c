/* SPDX-License-Identifier: MIT
 * http_request.c - one request: what libcurl is told, and what it met.
 *
 * What a server sends is counted where libcurl hands it over: the head as it comes, the body as it
 * is after unpacking. It may be packed once, by gzip or deflate: of several layers the inner ones
 * could be made to take hours of unpacking and never come to be counted. */
#include "actors/shared/http_request.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "actors/shared/http_address.h"
#include "actors/shared/http_retry_after.h"
#include "proto/base/clock.h"
#include "proto/base/text.h"

enum {
    URL_MAX = 8192,
    CONNECT_MAX_MS = 10000,
    SILENCE_MAX_MS = 60000, /* a Plex server thinks 11 ms about each row of a page */
};

void http_request_give_up(struct http_request *r, enum http_end end, const char *why)
{
    r->over = true;
    r->end = end;
    r->why = why;
}

/* ---- while it runs: called by libcurl ---- */

static bool is_own_port(const struct http_ports *ports, const struct curl_sockaddr *address)
{
    uint16_t port = ntohs(((const struct sockaddr_in *)&address->addr)->sin_port);
    size_t i = 0;
    while (i < ports->count && ports->port[i] != port) {
        i++;
    }
    return i < ports->count && http_address_is_own(&address->addr, address->addrlen);
}

/* libcurl goes on with the name's next address when there is no socket for this one. */
static curl_socket_t on_open(void *request, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_request *r = request;
    bool allowed = purpose == CURLSOCKTYPE_IPCXN && http_address_is_allowed(&address->addr) &&
                   !is_own_port(r->own_ports, address);
    if (!allowed) {
        r->passed = true;
        return CURL_SOCKET_BAD;
    }
    r->opened = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t refuse(struct http_request *r, enum http_end end, const char *why)
{
    r->end = end;
    r->why = why;
    return CURL_WRITEFUNC_ERROR;
}

static bool is_answer(const struct http_request *r)
{
    long status = 0;
    (void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    return status == 200;
}

static size_t give(struct http_request *r, struct bytes piece)
{
    curl_off_t whole = -1;
    (void)curl_easy_getinfo(r->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &whole);
    return r->take(r->take_context, piece, whole)
               ? piece.size
               : refuse(r, HTTP_TOO_LARGE, "the body is not wanted any more");
}

static size_t on_body(char *bytes, size_t one, size_t size, void *request)
{
    (void)one;
    struct http_request *r = request;
    if (r->take != NULL && is_answer(r)) {
        return give(r, (struct bytes){bytes, size});
    }
    if (size > r->body_max - r->body.size) {
        return refuse(r, HTTP_TOO_LARGE, "the body is larger than what is read of one");
    }
    buffer_append(&r->body, bytes, size);
    return size;
}

/* The value of the header line if it is of this name, else NULL. */
static const char *value_of(const char *line, const char *name)
{
    size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0 || line[length] != ':') {
        return NULL;
    }
    return line + length + 1 + strspn(line + length + 1, " \t");
}

static bool is_one_of(const char *value, const char *const *words)
{
    size_t length = strcspn(value, " \t\r\n");
    bool alone = value[length + strspn(value + length, " \t\r\n")] == '\0';
    while (*words != NULL &&
           (strlen(*words) != length || strncasecmp(*words, value, length) != 0)) {
        words++;
    }
    return alone && *words != NULL;
}

/* Is the body packed at most as we asked for? */
static bool can_be_unpacked(struct http_request *r, const char *line)
{
    static const char *const packings[] = {"gzip", "x-gzip", "deflate", "identity", "", NULL};
    static const char *const transfers[] = {"chunked", "identity", NULL};
    const char *packing = value_of(line, "Content-Encoding");
    const char *transfer = value_of(line, "Transfer-Encoding");
    r->packings += packing != NULL;
    return (packing == NULL || (is_one_of(packing, packings) && r->packings == 1)) &&
           (transfer == NULL || is_one_of(transfer, transfers));
}

static size_t on_head(char *bytes, size_t one, size_t size, void *request)
{
    (void)one;
    struct http_request *r = request;
    char line[64];
    snprintf(line, sizeof(line), "%.*s", (int)size, bytes);
    r->head_size += size;
    if (r->head_size > HTTP_HEAD_MAX) {
        return refuse(r, HTTP_TOO_LARGE, "the answer's head is too large");
    }
    if (strncmp(line, "HTTP/", 5) == 0) {
        r->packings = 0; /* of the next answer, after a provisional one */
    }
    if (!can_be_unpacked(r, line)) {
        return refuse(r, HTTP_CUT, "the body is packed in a way that was not asked for");
    }
    return size;
}

/* ---- before: what libcurl is told ---- */

static void free_part(char **part)
{
    curl_free(*part);
}

static CURLcode set_rules(CURL *easy)
{
    unsigned bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    bad |= curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "playbus/" PLAYBUS_VERSION);
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Without it, giving up a request waits for the thread that resolves its name. */
    bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    return bad == 0 ? CURLE_OK : CURLE_FAILED_INIT;
}

static CURLcode set_limits(CURL *easy, const struct http_ask *ask, int64_t left_ms)
{
    int64_t silence_ms = ask->silence_max_ms > 0 ? ask->silence_max_ms : SILENCE_MAX_MS;
    unsigned bad = 0;
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MAX_MS);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)((silence_ms + 999) / 1000));
    return bad == 0 ? CURLE_OK : CURLE_FAILED_INIT;
}

static CURLcode set_callbacks(struct http_request *r)
{
    unsigned bad = 0;
    bad |= curl_easy_setopt(r->easy, CURLOPT_PRIVATE, r);
    bad |= curl_easy_setopt(r->easy, CURLOPT_ERRORBUFFER, r->said);
    bad |= curl_easy_setopt(r->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    bad |= curl_easy_setopt(r->easy, CURLOPT_OPENSOCKETDATA, r);
    bad |= curl_easy_setopt(r->easy, CURLOPT_HEADERFUNCTION, on_head);
    bad |= curl_easy_setopt(r->easy, CURLOPT_HEADERDATA, r);
    bad |= curl_easy_setopt(r->easy, CURLOPT_WRITEFUNCTION, on_body);
    bad |= curl_easy_setopt(r->easy, CURLOPT_WRITEDATA, r);
    return bad == 0 ? CURLE_OK : CURLE_FAILED_INIT;
}

static bool is_sendable(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at >= ' ' && *at != 0x7f) {
        at++;
    }
    return *at == '\0';
}

/* libcurl sends a header without a value only if it is written with a semicolon. */
static bool add_headers(struct http_request *r, const struct http_ask *ask)
{
    OWNED(buffer_release) struct buffer line = {0};
    for (size_t i = 0; i < ask->headers_count; i++) {
        const struct http_header *h = &ask->headers[i];
        if (*h->name == '\0' || strpbrk(h->name, ":; ") != NULL || !is_sendable(h->name) ||
            !is_sendable(h->value)) {
            return false;
        }
        const char *between = *h->value != '\0' ? ": " : ";";
        buffer_reset(&line);
        buffer_append(&line, h->name, strlen(h->name));
        buffer_append(&line, between, strlen(between));
        buffer_append(&line, h->value, strlen(h->value) + 1);
        r->headers = curl_slist_append(r->headers, line.data);
    }
    if (line.data != NULL) {
        OPENSSL_cleanse(line.data, line.capacity);
    }
    /* Or libcurl waits a second for leave to send a larger body. */
    r->headers = curl_slist_append(r->headers, "Expect:");
    return curl_easy_setopt(r->easy, CURLOPT_HTTPHEADER, r->headers) == CURLE_OK;
}

static bool add_url(struct http_request *r, const struct http_ask *ask)
{
    OWNED(free_part) char *scheme = NULL;
    bool parsed = strlen(ask->url) <= URL_MAX && is_sendable(ask->url) &&
                  curl_url_set(r->url, CURLUPART_URL, ask->url, CURLU_DISALLOW_USER) == CURLUE_OK &&
                  curl_url_get(r->url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK;
    /* Whatever else libcurl knows is refused by CURLOPT_PROTOCOLS_STR too. */
    r->secure = parsed && strcmp(scheme, "https") == 0;
    return parsed && (r->secure || strcmp(scheme, "http") == 0) &&
           curl_easy_setopt(r->easy, CURLOPT_CURLU, r->url) == CURLE_OK;
}

static bool add_address(struct http_request *r)
{
    OWNED(free_part) char *host = NULL;
    OWNED(free_part) char *port = NULL;
    char address[INET6_ADDRSTRLEN];
    char entry[512];
    (void)curl_url_get(r->url, CURLUPART_HOST, &host, 0);
    (void)curl_url_get(r->url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
    if (host == NULL || port == NULL || !http_address_of_plex_direct(host, address)) {
        return true;
    }
    int size = snprintf(entry, sizeof(entry), "+%s:%s:%s", host, port, address);
    r->resolve = curl_slist_append(NULL, entry);
    return size < (int)sizeof(entry) &&
           curl_easy_setopt(r->easy, CURLOPT_RESOLVE, r->resolve) == CURLE_OK;
}

static bool add_pin(struct http_request *r, const struct http_ask *ask)
{
    const char *pin = ask->pinned_sha256;
    if (pin == NULL) {
        return true;
    }
    snprintf(r->certificate.pinned, sizeof(r->certificate.pinned), "%s", pin);
    return strlen(pin) == HTTP_FINGERPRINT_SIZE - 1 &&
           strspn(pin, "0123456789abcdefABCDEF") == HTTP_FINGERPRINT_SIZE - 1;
}

static bool add_post(struct http_request *r, const struct http_ask *ask)
{
    curl_off_t size = (curl_off_t)ask->post.size;
    return ask->post.data == NULL ||
           (curl_easy_setopt(r->easy, CURLOPT_POSTFIELDSIZE_LARGE, size) == CURLE_OK &&
            curl_easy_setopt(r->easy, CURLOPT_COPYPOSTFIELDS, ask->post.data) == CURLE_OK);
}

static void prepare(struct http_request *r, const struct http_ask *ask)
{
    int64_t left_ms = ask->deadline_ms - clock_monotonic_ms();
    if (!add_url(r, ask) || !add_address(r)) {
        http_request_give_up(r, HTTP_BAD_URL, "this is no address of http or https");
    } else if (!add_headers(r, ask) || !add_post(r, ask)) {
        http_request_give_up(r, HTTP_BAD_URL, "a header or the body cannot be sent");
    } else if (!add_pin(r, ask)) {
        http_request_give_up(r, HTTP_BAD_URL, "this is no SHA-256 of a certificate");
    } else if (ask->pinned_sha256 != NULL && !r->secure) {
        http_request_give_up(r, HTTP_BAD_URL, "a pinned certificate needs https");
    } else if (left_ms <= 0) {
        http_request_give_up(r, HTTP_TIMED_OUT, "there was no time left to ask");
    } else if (set_rules(r->easy) != CURLE_OK || set_limits(r->easy, ask, left_ms) != CURLE_OK ||
               set_callbacks(r) != CURLE_OK ||
               http_tls_prepare(r->easy, &r->certificate) != CURLE_OK) {
        http_request_give_up(r, HTTP_UNREACHABLE, "libcurl cannot do what is needed of it");
    }
}

struct http_request *http_request_new(const struct http_ask *ask,
                                      const struct http_ports *own_ports)
{
    struct http_request *r = must_alloc(sizeof(*r));
    r->own_ports = own_ports;
    r->body_max = ask->body_max;
    r->take = ask->take;
    r->take_context = ask->take_context;
    r->easy = curl_easy_init();
    r->url = curl_url();
    prepare(r, ask);
    return r;
}

/* Some are secret, and the heap keeps what is freed. libcurl's copies of them are wiped by the
 * memory that it is given, see http_client.c; what TLS and the kernel copy is out of reach. */
static void wipe_headers(struct curl_slist *headers)
{
    for (struct curl_slist *h = headers; h != NULL; h = h->next) {
        OPENSSL_cleanse(h->data, strlen(h->data));
    }
}

void http_request_destroy(struct http_request **r)
{
    if (*r == NULL) {
        return;
    }
    curl_easy_cleanup((*r)->easy);
    curl_url_cleanup((*r)->url);
    wipe_headers((*r)->headers);
    curl_slist_free_all((*r)->headers);
    curl_slist_free_all((*r)->resolve);
    if ((*r)->body.data != NULL) {
        OPENSSL_cleanse((*r)->body.data, (*r)->body.size); /* plex.tv answers with tokens */
    }
    buffer_release(&(*r)->body);
    free((*r)->location);
    free(*r);
    *r = NULL;
}

/* ---- after it: what is told ---- */

static enum http_end end_of(const struct http_request *r, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
    case CURLE_WRITE_ERROR:
        return r->end;
    case CURLE_COULDNT_RESOLVE_HOST:
        return HTTP_NO_SUCH_HOST;
    case CURLE_COULDNT_CONNECT:
        return r->passed && !r->opened ? HTTP_FORBIDDEN_ADDRESS : HTTP_UNREACHABLE;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_TIMED_OUT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return HTTP_CERTIFICATE;
    case CURLE_OUT_OF_MEMORY: /* one line of the head is longer than libcurl reads */
        return HTTP_TOO_LARGE;
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* what came begins otherwise than HTTP does */
    case CURLE_BAD_CONTENT_ENCODING:
        return HTTP_CUT;
    default:
        return HTTP_UNREACHABLE;
    }
}

/* An address is ASCII; another byte, as it may be cut off amid a character, becomes a question
 * mark. */
static char *plain_address(const char *said)
{
    char *address = must_strdup(said);
    for (char *at = address; *at != '\0'; at++) {
        *at = *at > ' ' && *at < 0x7f ? *at : '?';
    }
    return address;
}

static void add_what_was_said(struct http_request *r, struct http_answer *out)
{
    long status = 0;
    char *type = NULL;
    char *location = NULL;
    struct curl_header *header = NULL;
    (void)curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(r->easy, CURLINFO_CONTENT_TYPE, &type);
    (void)curl_easy_getinfo(r->easy, CURLINFO_REDIRECT_URL, &location);
    if (curl_easy_header(r->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
        out->retry_after_ms = http_retry_after_ms(header->value, clock_wall_ms());
    }
    if (curl_easy_header(r->easy, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
        time_t date = curl_getdate(header->value, NULL);
        out->date_ms = date > 0 ? (int64_t)date * 1000 : 0;
    }
    out->status = (int)status;
    out->content_type = type != NULL ? type : "";
    r->location = location != NULL ? plain_address(location) : NULL;
    out->location = r->location != NULL ? r->location : "";
    out->body = (struct bytes){r->body.data != NULL ? r->body.data : "", r->body.size};
}

static const char *detail_of(struct http_request *r, enum http_end end, CURLcode code)
{
    if (r->why != NULL) {
        return r->why;
    }
    if (end == HTTP_FORBIDDEN_ADDRESS) {
        return "the host has no address that may be asked";
    }
    if (end == HTTP_CERTIFICATE && *r->certificate.pinned != '\0' && *r->certificate.seen != '\0') {
        return "the certificate is another than the one that was confirmed";
    }
    text_neutralise(r->said, strlen(r->said), "");
    return *r->said != '\0' ? r->said : curl_easy_strerror(code);
}

void http_request_tell(struct http_request *r, struct actor *a, CURLcode code)
{
    struct http_answer answer = {.end = r->over ? r->end : end_of(r, code),
                                 .content_type = "",
                                 .location = "",
                                 .retry_after_ms = -1,
                                 .detail = "",
                                 .certificate_sha256 = ""};
    if (answer.end == HTTP_ANSWERED) {
        add_what_was_said(r, &answer);
    } else {
        answer.detail = detail_of(r, answer.end, code);
    }
    if (answer.end == HTTP_CERTIFICATE) {
        answer.certificate_sha256 = r->certificate.seen;
    }
    r->done(a, &answer, r->context);
}
