/* SPDX-License-Identifier: MIT
 * stream.h - bodies of any size, made page by page: the client's reading asks for the next page, so
 * nothing piles up. A stream that fails ends without its last chunk. */
#ifndef PLAYBUS_GATEWAY_REST_STREAM_H
#define PLAYBUS_GATEWAY_REST_STREAM_H

#include "gateway/rest/request.h"
#include "proto/bus/actor.h"

#define STREAM_PAGE_ROWS 500

/* Bus thread. Begins a file named `file`: `ask_page` asks for the page at stream.cursor (NULL: the
 * first) and gives the answer to stream_page; `header` (may be "") stands before the first page. */
void stream_begin(struct request *r, const char *type, const char *file, const char *header,
                  request_fn *ask_page);
/* Bus thread: a page is in stream.text, `next` is the cursor of the following one (NULL: the last).
 */
void stream_page(struct request *r, const char *next);
/* Bus thread: the actor refused a page. Before the first page the client gets a proper error; a
 * stream that has begun asks again for a while where the reason may pass: others' load must not
 * cut it. */
void stream_refused(struct request *r, const struct answer *answer);

/* Bus thread: it ends here, without its last chunk. */
void stream_cut(struct request *r);

/* Bus thread: the client has read the page before and wants another. */
void stream_go_on(struct request *r);

/* HTTP thread: what an MHD_ContentReaderCallback returns; 0: all is read, and another page is
 * wanted. */
ssize_t stream_read(struct request *r, char *out, size_t room);

#endif
