/* SPDX-License-Identifier: MIT
 * counts.c - the names of the broker's counts; they are part of the metrics, so they stay. */
#include "actors/broker/counts.h"

const char *broker_count_text(enum broker_count count)
{
    static const char *const names[BROKER_COUNT_COUNT] = {
        [COUNT_commands] = "routed.commands",
        [COUNT_replies] = "routed.replies",
        [COUNT_refusals] = "routed.refusals",
        [COUNT_events] = "events.published",
        [COUNT_sends] = "events.sent",
        [COUNT_stale] = "events.dropped_stale",
        [COUNT_bad_event] = "events.dropped_malformed",
        [COUNT_no_room] = "events.dropped_no_room",
        [COUNT_away] = "refused.actor_away",
        [COUNT_busy] = "refused.busy",
        [COUNT_bad_question] = "refused.bad_question",
        [COUNT_bad_target] = "refused.bad_target",
        [COUNT_not_for_asker] = "refused.not_for_asker",
        [COUNT_foreign_sender] = "dropped.foreign_sender",
        [COUNT_repeated_id] = "dropped.repeated_id",
        [COUNT_stray_reply] = "dropped.stray_reply",
        [COUNT_lost_reply] = "dropped.asker_away",
        [COUNT_expired] = "expired.commands",
    };
    return names[count];
}
