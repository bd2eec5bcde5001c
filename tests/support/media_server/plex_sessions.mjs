// SPDX-License-Identifier: MIT
// plex_sessions.mjs - what is being played on a Plex server, as /status/sessions tells it. Measured: a row is there
// until the play stops, User.id and sessionKey are texts, the owner is "1", an empty list has no Metadata [live];
// Session and TranscodeSession may be absent [live]. Assumed: each play has a key of its own, also when an item is
// played again in one queue, trailers and what is broadcast have the forms of the history's rows [?].
import { container } from './answers.mjs';
import { metadataOf } from './library.mjs';

let nextKey = 1;

export class PlexSessions {
  #place;
  open = new Set();
  /** What was played, as it was: the truth that a sync is held against. */
  facts = [];

  constructor(place) {
    this.#place = place;
  }

  /** Begins a play; `position` is told as it is, and grows with the clock unless it is given. */
  begin({ item, accountID = 1, deviceID = 1, at = Date.now(), state = 'playing', transcodes = false, position, ...fields }) {
    const session = { key: nextKey++, item, accountID, device: this.#place.devices.find(({ id }) => id === deviceID), at, state, transcodes, position, fields };
    this.open.add(session);
    this.facts.push(session);
    return session;
  }

  /** It ends; a play that went far enough leaves a row in the history, viewed at that moment. */
  stop(session, { at = Date.now(), viewedAt } = {}) {
    session.until = at;
    this.open.delete(session);
    if (viewedAt) this.view(session, viewedAt);
  }

  /** It has crossed what counts as watched, and goes on. */
  view({ item, accountID, device }, at = Date.now()) {
    return this.#place.history.add({ item, accountID, deviceID: device.id, viewedAt: Math.floor(at / 1000) });
  }

  answer() {
    const Metadata = [...this.open].map((session) => this.#shown(session));
    return container({ size: Metadata.length, ...(Metadata.length > 0 ? { Metadata } : {}) });
  }

  #shown({ key, item, accountID, device, at, state, transcodes, position, fields }) {
    const { librarySectionID, ...shown } = metadataOf(item, undefined);
    return {
      ...shown, librarySectionID: String(librarySectionID), sessionKey: String(key), viewOffset: position ?? Date.now() - at,
      User: { id: String(accountID), title: this.#place.accounts.find(({ id }) => id === accountID)?.name, thumb: '' },
      Player: {
        address: '10.0.0.7', machineIdentifier: device.clientIdentifier, platform: device.platform, product: 'Plex for Tests', title: device.name,
        version: '9.8', state, local: true, relayed: false, secure: true, userID: accountID,
      },
      ...(transcodes ? { TranscodeSession: { key: '/transcode/sessions/x', progress: 3, speed: 2, videoDecision: 'transcode', audioDecision: 'copy' } } : {}),
      ...fields,
    };
  }
}
