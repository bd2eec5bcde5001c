/* SPDX-License-Identifier: MIT
 * board.c - slots of counted pages under one mutex, held for a few instructions only. Together with
 * the hand-over queue (ws/feed.c) and the sockets' deadlines (guard/reaper.c) it is all the memory
 * that the gateway's threads share. */
#include "gateway/board.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct page {
    atomic_uint users;
    size_t size;
    char bytes[]; /* PAGE_HEADROOM, then the text */
};

struct board {
    pthread_mutex_t lock;
    struct board_view now;
};

struct page *page_new(const char *text, size_t size)
{
    struct page *page = must_alloc(sizeof *page + PAGE_HEADROOM + size);
    atomic_init(&page->users, 1);
    page->size = size;
    memcpy(page->bytes + PAGE_HEADROOM, text, size);
    return page;
}

struct page *page_keep(struct page *page)
{
    if (page != NULL) {
        atomic_fetch_add(&page->users, 1);
    }
    return page;
}

void page_drop(struct page **page)
{
    struct page *dropped = TAKE(*page);
    if (dropped != NULL && atomic_fetch_sub(&dropped->users, 1) == 1) {
        free(dropped);
    }
}

char *page_text(const struct page *page)
{
    return (char *)page->bytes + PAGE_HEADROOM;
}

size_t page_size(const struct page *page)
{
    return page->size;
}

struct board *board_new(void)
{
    struct board *board = must_alloc(sizeof *board);
    pthread_mutex_init(&board->lock, NULL);
    return board;
}

void board_destroy(struct board **board)
{
    struct board *gone = TAKE(*board);
    if (gone != NULL) {
        board_view_release(&gone->now);
        pthread_mutex_destroy(&gone->lock);
        free(gone);
    }
}

void board_put(struct board *board, size_t slot, struct page **page)
{
    struct page *fresh = TAKE(*page);
    pthread_mutex_lock(&board->lock);
    struct page *old = board->now.pages[slot];
    board->now.pages[slot] = fresh;
    board->now.numbers[slot]++;
    pthread_mutex_unlock(&board->lock);
    page_drop(&old);
}

struct page *board_get(struct board *board, size_t slot)
{
    pthread_mutex_lock(&board->lock);
    struct page *page = page_keep(board->now.pages[slot]);
    pthread_mutex_unlock(&board->lock);
    return page;
}

void board_look(struct board *board, struct board_view *view)
{
    pthread_mutex_lock(&board->lock);
    for (size_t slot = 0; slot < BOARD_SLOTS; slot++) {
        if (view->numbers[slot] != board->now.numbers[slot]) {
            page_drop(&view->pages[slot]);
            view->pages[slot] = page_keep(board->now.pages[slot]);
            view->numbers[slot] = board->now.numbers[slot];
        }
    }
    pthread_mutex_unlock(&board->lock);
}

void board_view_release(struct board_view *view)
{
    for (size_t slot = 0; slot < BOARD_SLOTS; slot++) {
        page_drop(&view->pages[slot]);
    }
}
