/* SPDX-License-Identifier: MIT
 * audit_verify.h - checks audit.db, a copy of it or a sealed segment, entry by entry, with public
 * keys alone: finds the first entry that was edited, deleted, reordered or cut. Trusts nothing in
 * the file: the actor uses it on its own log, the command line on anybody's copy.
 *
 * Whole is: numbers without gaps, each hash as audit_chain.h says, each signature by the key that
 * signs at that place. That key changes by a `key_rotated` entry of the key before it, or by a
 * `restored` entry, but never back to one that was changed. The last key must be given (trusted),
 * or follow from a given one by rotations: its signature covers all before it. What lies before the
 * first entry of a log must have been sealed by an entry of the log; a segment is signed as a
 * range. A cut end is found against a head, or a number. */
#ifndef PLAYBUS_ACTORS_SHARED_AUDIT_VERIFY_H
#define PLAYBUS_ACTORS_SHARED_AUDIT_VERIFY_H

#include "actors/shared/audit_keys.h"

struct audit_claims {
    const struct audit_keyring *trusted;
    const struct audit_head *head; /* NULL: none to hold it against */
    uint64_t at_least;             /* 0: any number of entries will do */
};

struct audit_report {
    bool intact;
    bool segment;       /* a sealed one: its end is signed too */
    bool cut;           /* all that is there is whole, but the newest are missing */
    uint64_t first;     /* number of the first entry; 0: there is none */
    uint64_t checked;   /* entries */
    uint64_t intact_to; /* the last entry up to which all is whole; 0: none */
    uint64_t bad_entry; /* the first that is not; 0: none */
    char message[512];  /* a sentence for a person */
};

struct audit_verifier;

/* What `claims` points to is borrowed until the end. FILE_NOT_FOUND; NOT_FOUND if it is no audit
 * log at all. */
enum err audit_verifier_open(const char *path, const struct audit_claims *claims,
                             struct audit_verifier **out) NODISCARD;
void audit_verifier_close(struct audit_verifier **verifier);
/* Checks at most `rows` further entries; false when the report is final. */
bool audit_verifier_step(struct audit_verifier *v, unsigned rows);
const struct audit_report *audit_verifier_report(const struct audit_verifier *v);

#endif
