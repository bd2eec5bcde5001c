/* SPDX-License-Identifier: MIT
 * delivered.c - what goes out to a worker, and what has come in from it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "actors/door/door.h"
#include "proto/base/clock.h"

int door_send(struct door *d, const char *route, zmq_msg_t *head, zmq_msg_t *body)
{
    zmq_msg_t frames[3];
    size_t length = strlen(route);
    zmq_msg_init_size(&frames[0], length);
    memcpy(zmq_msg_data(&frames[0]), route, length);
    zmq_msg_init(&frames[1]);
    zmq_msg_move(&frames[1], head);
    zmq_msg_init(&frames[2]);
    zmq_msg_move(&frames[2], body);
    return frames_send(zsock_resolve(d->listener.router), frames, 3);
}

bool door_refuse(struct door *d, const char *route, const char *name, uint64_t id, enum err code,
                 const char *text)
{
    const struct refusal why = {.code = err_code(code), .actor = "door", .text = text};
    const struct envelope e = {.name = name, .id = id, .sender = "door", .target = route};
    struct flaw flaw = {0};
    zmq_msg_t head;
    zmq_msg_t body;
    buffer_reset(&d->head);
    buffer_reset(&d->body);
    envelope_write(&e, ENVELOPE_REFUSED, &d->head);
    if (record_pack(desc_refusal(), &why, &d->body, &flaw) != OK) {
        return true;
    }
    frame_from_buffer(&head, &d->head);
    frame_from_buffer(&body, &d->body);
    return door_send(d, route, &head, &body) != EAGAIN;
}

struct delivered *door_delivered(struct door *d, const char *key_id)
{
    struct delivered *place = NULL;
    for (size_t i = 0; i < KEYS_MAX; i++) {
        if (strcmp(d->delivered[i].key_id, key_id) == 0) {
            place = &d->delivered[i];
            break;
        }
        place = place == NULL && d->delivered[i].key_id[0] == '\0' ? &d->delivered[i] : place;
    }
    if (place != NULL) {
        (void)snprintf(place->key_id, sizeof(place->key_id), "%s", key_id);
        place->seen_ms = clock_wall_ms();
    }
    return place;
}

/* Forgets the seconds that have passed since. */
static void go_to_second(struct delivered *w, int64_t second)
{
    for (int64_t s = w->second + 1; s <= second && s <= w->second + RATE_SECONDS; s++) {
        w->by_second[s % RATE_SECONDS] = 0;
    }
    w->second = second;
}

void door_note_rows(struct door *d, const char *key_id, uint64_t rows)
{
    struct delivered *w = rows > 0 ? door_delivered(d, key_id) : NULL;
    if (w != NULL) {
        go_to_second(w, clock_monotonic_ms() / 1000);
        w->rows += rows;
        w->by_second[w->second % RATE_SECONDS] += rows;
    }
}

void door_note_had(struct door *d, const char *key_id, enum rows_had had)
{
    struct delivered *w = had != ROWS_UNTOLD ? door_delivered(d, key_id) : NULL;
    if (w != NULL) {
        w->had = had;
    }
}

double delivered_rate(struct delivered *w)
{
    uint64_t lately = 0;
    go_to_second(w, clock_monotonic_ms() / 1000);
    for (size_t i = 0; i < RATE_SECONDS; i++) {
        lately += w->by_second[i];
    }
    return (double)lately / RATE_SECONDS;
}
