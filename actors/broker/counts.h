/* SPDX-License-Identifier: MIT
 * counts.h - what the broker counts since it began; actors.get tells all of it by name. */
#ifndef PLAYBUS_ACTORS_BROKER_COUNTS_H
#define PLAYBUS_ACTORS_BROKER_COUNTS_H

enum broker_count {
    COUNT_commands, /* sent on to their actor */
    COUNT_replies,
    COUNT_refusals,       /* by actors, sent on to the asker */
    COUNT_events,         /* taken and kept */
    COUNT_sends,          /* of events to subscribers */
    COUNT_stale,          /* events not newer than the kept one */
    COUNT_bad_event,      /* without subject or seq, or not the sender's to publish */
    COUNT_no_room,        /* events too large, or of too many subjects */
    COUNT_away,           /* commands refused: nobody of that name, or it went */
    COUNT_busy,           /* commands refused: too many under way, or a full queue */
    COUNT_bad_question,   /* commands to the broker itself that it cannot answer */
    COUNT_bad_target,     /* commands without a target or with an unknown name */
    COUNT_not_for_asker,  /* commands that only one actor may send, from another */
    COUNT_foreign_sender, /* messages in another instance's name */
    COUNT_repeated_id,    /* commands whose id is under way */
    COUNT_stray_reply,    /* replies to no command, or by another instance than had it */
    COUNT_lost_reply,     /* answers whose asker had gone or did not read */
    COUNT_expired,        /* commands whose deadline passed */
    BROKER_COUNT_COUNT
};

const char *broker_count_text(enum broker_count count);

#endif
