// SPDX-License-Identifier: MIT
// tautulli.mjs - what a Tautulli beside a generated server wrote down: make-tautulli makes the database, in its real
// shape, and its rows then tell of plays of this server. Keys, accounts, players and libraries are the server's own;
// only the owner has another number, as at real ones: 1 at the server, that of plex.tv in Tautulli [live].
import { writeFileSync } from 'node:fs';

export const ownerAtPlexTv = 4_100_000;

/** The statements that make rows 1 to plays.length tell of these plays: { started, stopped, accountID, device, item }. */
export function tautulliOf(place, plays, jsonFile) {
  writeFileSync(jsonFile, JSON.stringify(plays.map((play, i) => rowOf(place, play, i + 1))));
  const users = place.accounts.slice(1).map(({ id, name }) => `(${numberOf(id)}, ${quoted(name)}, ${id === 1 ? 1 : 0})`);
  const set = (table, names) => `UPDATE ${table} SET ${names.map((name) => `${name} = made.row ->> '${name}'`).join(', ')} FROM made WHERE ${table}.id = made.id;`;
  return `
    CREATE TEMP TABLE made AS SELECT value ->> 'id' AS id, value AS row FROM json_each(CAST(readfile(${quoted(jsonFile)}) AS TEXT));
    ${set('session_history', [...times, ...keys, 'reference_id', 'user_id', 'user', 'machine_id', 'player', 'platform', 'section_id', 'media_type'])}
    ${set('session_history_metadata', [...keys, ...titles, 'media_type', 'year', 'duration', 'guid', 'originally_available_at', 'live'])}
    DELETE FROM users;
    INSERT INTO users (user_id, username, is_admin) VALUES ${users.join(', ')};
    DROP TABLE made;`;
}

const times = ['started', 'stopped', 'paused_counter', 'view_offset'];
const keys = ['rating_key', 'parent_rating_key', 'grandparent_rating_key'];
const titles = ['title', 'parent_title', 'grandparent_title', 'full_title', 'media_index', 'parent_media_index'];

const quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;
const numberOf = (accountID) => (accountID === 1 ? ownerAtPlexTv : accountID);

/** Where there is nothing Tautulli writes '' [live]. */
function rowOf(place, { started, stopped, accountID, device, item }, id) {
  const { ratingKey, parent, show, section, title, type } = item;
  return {
    id, reference_id: id, started, stopped, paused_counter: 0, view_offset: (stopped - started) * 1000,
    rating_key: ratingKey, parent_rating_key: parent?.ratingKey ?? '', grandparent_rating_key: show?.ratingKey ?? '',
    user_id: numberOf(accountID), user: place.accounts.find((one) => one.id === accountID)?.name || 'Local',
    machine_id: device.clientIdentifier, player: device.name, platform: device.platform, section_id: section.id, media_type: type,
    title, parent_title: parent?.title ?? '', grandparent_title: show?.title ?? '', full_title: show ? `${show.title} - ${title}` : title,
    media_index: item.index ?? '', parent_media_index: item.parentIndex ?? '', year: item.year ?? '', duration: item.duration, guid: item.guid,
    originally_available_at: item.originallyAvailableAt ?? '', live: 0,
  };
}
