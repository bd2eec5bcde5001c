// SPDX-License-Identifier: MIT
// Made from proto/schema/repairs.def and changes.def by `schema-gen rows`; edit the rows there.

/** What was repaired in a stored row, by its code. */
export const REPAIR_SENTENCES: Readonly<Record<string, string>> = {
    text_utf8: "Text that was not valid UTF-8 was decoded with replacement characters",
    text_control: "Control characters were dropped from text",
    text_cut: "Text longer than 64 KiB was cut",
    number: "A number was expected here and not found, so the value is unknown",
    stopped: "The stop lies before the start or in the future, so it is unknown",
    paused: "The pause is negative or longer than the play, so it is unknown and counts as none",
    view_offset: "The position at the end is negative, so it is unknown",
    duration: "The length of the item is negative, so it is unknown",
    ip_address: "This is not an IP address, so the address is unknown",
    ip_stripped: "The port or zone was stripped from the address",
    user_id: "The user id was missing or no number; the user was looked for by name",
    user: "The user name was missing and was taken from the table users",
    long_play: "This play is longer than 24 hours; it is stored as it is and left out of sums of hours",
    stuck_session: "A session that got stuck was written again: same user, item and start as a row shortly before, another stop",
    second_tautulli: "A second Tautulli seems to have written this play too: same user and item, begun seconds apart",
    early_start: "The start lies before 2008, as from a clock that was not set; it is stored as it is",
    metadata_missing: "The row of session_history_metadata is missing",
    media_info_missing: "The row of session_history_media_info is missing",
};

/** What rows completed of stored plays, by kind: "12 rows ...". */
export const ROWS_COMPLETED: Readonly<Record<string, string>> = {
    time: "completed the stop, the pause or the position",
    user: "completed the user",
    item: "completed the item",
    title: "completed the titles",
    type: "completed the type",
    library: "completed the library",
    player: "completed the player or the address",
    stream: "completed details of the stream",
    detail: "completed details of the item",
};

/** What rows say otherwise than stored plays, by kind: "12 rows ...". */
export const ROWS_OTHERWISE: Readonly<Record<string, string>> = {
    time: "end at another time or position now",
    user: "name another user now",
    item: "name another item now",
    title: "have other titles now",
    type: "are of another type now",
    library: "lie in another library now",
    player: "name another player or address now",
    stream: "have other details of the stream now",
    detail: "have other details of the item now",
};
