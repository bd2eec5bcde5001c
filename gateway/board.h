/* SPDX-License-Identifier: MIT
 * board.h - the newest text of every subject, pinned up by the bus thread for the HTTP and
 * WebSocket threads to show. Latest wins, so a slow reader holds nothing and delays nobody. */
#ifndef PLAYBUS_GATEWAY_BOARD_H
#define PLAYBUS_GATEWAY_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/own.h"

#define BOARD_STATUS 0 /* the body of GET /sync/status; the other slots are pushes */
#define BOARD_SLOTS 66
#define PAGE_HEADROOM 32 /* writable bytes before the text: a WebSocket frame's head goes there */

/* Text that never changes, shared by counting its users. */
struct page;

struct page *page_new(const char *text, size_t size) NODISCARD;
struct page *page_keep(struct page *page); /* NULL stays NULL */
void page_drop(struct page **page);
char *page_text(const struct page *page);
size_t page_size(const struct page *page);

struct board;

struct board *board_new(void) NODISCARD;
void board_destroy(struct board **board);
void board_put(struct board *board, size_t slot, struct page **page); /* takes the page */
struct page *board_get(struct board *board, size_t slot) NODISCARD;   /* NULL if never put */

/* One thread's copy of the board; zero-initialise it. A slot's number rises with every put. */
struct board_view {
    struct page *pages[BOARD_SLOTS];
    uint64_t numbers[BOARD_SLOTS];
};
void board_look(struct board *board, struct board_view *view);
void board_view_release(struct board_view *view);

#endif
