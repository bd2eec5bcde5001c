/* SPDX-License-Identifier: MIT
 * recent.c - the rows just before a row, and whether it tells again of what one of them told.
 *
 * A session that got stuck is written again and again with a growing stop; two Tautullis that watch
 * one server write each play seconds apart. Nothing is dropped for it: it is counted and told. */
#include "actors/tautulli/recent.h"

#include <string.h>
#include <xxhash.h>

#define APART_MAX_S 30

void recent_clear(struct recent *r)
{
    memset(r, 0, sizeof(*r));
}

void recent_skip(struct recent *r)
{
    r->who_what[r->next] = 0;
    r->next = (r->next + 1) % RECENT_ROWS;
}

void recent_put(struct recent *r, uint64_t who_what, const struct recent_row *row)
{
    r->who_what[r->next] = who_what;
    r->rows[r->next] = *row;
    r->next = (r->next + 1) % RECENT_ROWS;
}

static uint64_t hash_of(const char *text, uint64_t seed)
{
    return XXH3_64bits_withSeed(text, strlen(text), seed) | 1U; /* never 0 */
}

static uint64_t who_what_of(const struct play *play)
{
    const char *user = play->user_id != NULL ? play->user_id : play->user;
    return user == NULL || play->rating_key == NULL ? 0
                                                    : hash_of(user, hash_of(play->rating_key, 0));
}

static enum repeat compare(const struct recent_row *now, const struct recent_row *before)
{
    int64_t apart = now->start_s - before->start_s;
    if (apart == 0) {
        return now->stop_s != before->stop_s ? REPEAT_STUCK : REPEAT_NONE;
    }
    bool near = apart >= -APART_MAX_S && apart <= APART_MAX_S;
    bool same_machine =
        now->machine == 0 || before->machine == 0 || now->machine == before->machine;
    /* An unknown stop lies before every start. */
    bool at_once = now->start_s < before->stop_s && before->start_s < now->stop_s;
    return near && same_machine && at_once ? REPEAT_TWICE : REPEAT_NONE;
}

unsigned recent_take(struct recent *r, const struct play *play)
{
    unsigned found = REPEAT_NONE;
    uint64_t who_what = who_what_of(play);
    const struct recent_row now = {
        .machine = play->machine_id == NULL ? 0 : hash_of(play->machine_id, 0),
        .start_s = play->started_at / 1000,
        .stop_s = play->has_stopped_at ? play->stopped_at / 1000 : 0,
    };
    for (unsigned i = 0; who_what != 0 && i < RECENT_ROWS; i++) {
        if (r->who_what[i] == who_what) {
            found |= compare(&now, &r->rows[i]);
        }
    }
    recent_put(r, who_what, &now);
    return found;
}
