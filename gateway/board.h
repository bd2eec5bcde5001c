/* SPDX-License-Identifier: MIT
 * board.h - the newest text of every subject, pinned up by the bus thread for the HTTP and
 * WebSocket threads to show. Latest wins, so a slow reader holds nothing and delays nobody. */
#ifndef PLAYBUS_GATEWAY_BOARD_H
#define PLAYBUS_GATEWAY_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/own.h"
#include "proto/schema/operations.h"

#define BOARD_STATUS 0                /* the body of GET /sync/status; the other slots are pushes */
#define BOARD_OPERATIONS SUBJECTS_MAX /* of which the history makes no more */
#define BOARD_SLOTS (1 + 2 * BOARD_OPERATIONS)
/* Each operation has two: how its last job ended, and how the one after it stands (empty while
 * there is none), so that a job's end is not overwritten by the next job's start. */
#define BOARD_ENDED(operation) (1 + 2 * (operation))
#define BOARD_CURRENT(operation) (2 + 2 * (operation))
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
/* Takes the page; NULL empties the slot. */
void board_put(struct board *board, size_t slot, struct page **page);
struct page *board_get(struct board *board, size_t slot) NODISCARD; /* NULL: empty */

/* One thread's copy of the board; zero-initialise it. A slot's number rises with every put. */
struct board_view {
    struct page *pages[BOARD_SLOTS];
    uint64_t numbers[BOARD_SLOTS];
};
void board_look(struct board *board, struct board_view *view);
void board_view_release(struct board_view *view);

#endif
