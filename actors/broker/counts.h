/* SPDX-License-Identifier: MIT
 * counts.h - what the broker counts since it began; actors.get tells all of it. */
#ifndef PLAYBUS_ACTORS_BROKER_COUNTS_H
#define PLAYBUS_ACTORS_BROKER_COUNTS_H

#include <stdint.h>

/* COUNT(id, name): the name as in the metrics. The first rows are envelope_fault's, in its order. */
#define BROKER_COUNTS(COUNT)                                                                       \
    COUNT(commands, "routed.commands")                                                             \
    COUNT(replies, "routed.replies")                                                               \
    COUNT(refusals, "routed.refusals")                                                             \
    COUNT(events, "events.published")                                                              \
    COUNT(sends, "events.sent")                                                                    \
    COUNT(stale, "events.dropped_stale")                                                           \
    COUNT(bad_event, "events.dropped_malformed")                                                   \
    COUNT(no_room, "events.dropped_no_room")                                                       \
    COUNT(away, "refused.actor_away")                                                              \
    COUNT(busy, "refused.busy")                                                                    \
    COUNT(bad_body, "refused.bad_field")                                                           \
    COUNT(bad_target, "refused.bad_message")                                                       \
    COUNT(foreign_sender, "dropped.foreign_sender")                                                \
    COUNT(repeated_id, "dropped.repeated_id")                                                      \
    COUNT(stray_reply, "dropped.stray_reply")                                                      \
    COUNT(lost_reply, "dropped.asker_away")                                                        \
    COUNT(expired, "expired.commands")

enum broker_count {
#define COUNT(id, name) COUNT_##id,
    BROKER_COUNTS(COUNT)
#undef COUNT
        BROKER_COUNT_COUNT
};

#endif
