/* SPDX-License-Identifier: MIT
 * fuzz_head.c - any head is judged without a fault, and one that passes has one length and one
 * host. The bytes are cut at newlines into the request line's parts and name:value lines. */
#include <stdlib.h>
#include <string.h>

#include "gateway/guard/head.h"
#include "gateway/guard/origin.h"
#include "gateway/ws/handshake.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static char *next_line(char **at)
{
    char *line = *at;
    *at += strcspn(*at, "\n");
    if (**at != '\0') {
        *(*at)++ = '\0';
    }
    return line;
}

static void judge(const struct head *head)
{
    struct head_facts facts;
    const char *why = NULL;
    char out[HANDSHAKE_HEAD_SIZE];
    struct origins origins;
    if (head_check(head, &facts, &why) != OK) {
        if (why == NULL) {
            abort();
        }
        return;
    }
    if (head_count(head, "Content-Length") + head_count(head, "Transfer-Encoding") > 1 ||
        head_count(head, "Host") > 1) {
        abort();
    }
    if (handshake_flaw(head, &facts) == NULL && handshake_head(head, out) >= sizeof out) {
        abort();
    }
    if (origins_init(&origins, 8674, "https://playbus.example", true) == OK &&
        facts.host.value != NULL) {
        (void)origins_host_allowed(&origins, facts.host.value, facts.host.value_size);
        const struct head_line *page = facts.origin.value != NULL ? &facts.origin : &facts.host;
        (void)origins_origin_allowed(&origins, page, &facts.host);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    OWNED(free_text) char *text = must_alloc(size + 1);
    memcpy(text, bytes, size);
    char *at = text;
    struct head head = {
        .method = next_line(&at), .target = next_line(&at), .version = next_line(&at)};
    while (*at != '\0') {
        char *line = next_line(&at);
        char *colon = strchr(line, ':');
        if (colon != NULL) {
            const struct head_line taken = {line, colon + 1, (size_t)(colon - line),
                                            strlen(colon + 1)};
            head_add(&head, &taken);
        }
    }
    judge(&head);
    return 0;
}
