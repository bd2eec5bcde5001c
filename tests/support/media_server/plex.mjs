// SPDX-License-Identifier: MIT
// plex.mjs - the paths of a Plex Media Server. Who asks is found from the token; everything but /identity
// needs one. The owner sees all; what others are refused is assumed, as the facts do not say [?].
import { container, html } from './answers.mjs';
import { historyPage, historyRow, paged, removedRow } from './plex_history.mjs';
import { digits } from './place.mjs';
import { metadataOf, sections, typeNumbers } from './library.mjs';

const version = '1.43.3.10861-07dfddaeb';

/** The answer to one request; `place` is the server's data, tokens and name. */
export function answerPlex(place, ask) {
  if (ask.method === 'GET' && ask.path === '/identity') return identity(place, ask);
  const account = place.accountOf(ask.token);
  if (account === undefined) return html(401, 'Unauthorized');
  for (const [method, pattern, onlyOwner, answer] of routes) {
    const match = method === ask.method ? pattern.exec(ask.path) : null;
    if (match) return onlyOwner && account !== 1 ? html(403, 'Forbidden') : answer(place, ask, account, match);
  }
  return html(404, 'Not Found');
}

const routes = [
  // method, path, only the owner
  ['GET', /^\/$/, false, capabilities],
  ['GET', /^\/accounts\/?$/, true, accounts],
  ['GET', /^\/devices\/?$/, true, devices],
  ['GET', /^\/library\/sections\/?$/, false, librarySections],
  ['GET', /^\/library\/sections\/(\d+)\/all$/, false, sectionItems],
  ['GET', /^\/library\/metadata\/([^/]+)$/, false, metadata],
  ['GET', /^\/status\/sessions\/?$/, true, (place) => place.sessions.answer()],
  ['GET', /^\/status\/sessions\/history\/all$/, false, historyPage],
  ['GET', /^\/status\/sessions\/history\/(\d+)$/, true, historyRow],
  ['DELETE', /^\/status\/sessions\/history\/(\d+)$/, true, removedRow],
];

function identifier(place, ask) {
  const wrong = ask.faults.get('wrongIdentity');
  return wrong ? wrong.machineIdentifier ?? 'f'.repeat(40) : place.machineIdentifier;
}

/** Needs no token and takes any [live]. */
function identity(place, ask) {
  return container({ size: 0, claimed: true, machineIdentifier: identifier(place, ask), version });
}

/** Who is not the owner is not told whose the server is [?]. */
function capabilities(place, ask, account) {
  const directories = ['accounts', 'devices', 'identity', 'library', 'status'];
  return container({
    size: directories.length,
    allowCameraUpload: true, allowMediaDeletion: account === 1, allowSharing: true,
    friendlyName: place.name, machineIdentifier: identifier(place, ask),
    multiuser: true, myPlex: true, myPlexMappingState: 'mapped', myPlexSigninState: 'ok',
    ...(account === 1 ? { myPlexSubscription: true, myPlexUsername: 'owner@example.com', ownerFeatures: 'session_bandwidth_restrictions,webhooks' } : {}),
    platform: 'Linux', platformVersion: '12 (Debian)', transcoderActiveVideoSessions: 0,
    updatedAt: place.now, version,
    Directory: directories.map((key) => ({ count: 1, key, title: key })),
  });
}

function accounts(place) {
  const list = place.accounts.map(({ id, name }) => ({
    id, key: `/accounts/${id}`, name, defaultAudioLanguage: 'en', autoSelectAudio: true,
    defaultSubtitleLanguage: 'en', subtitleMode: 1, thumb: '',
  }));
  return container({ size: list.length, identifier: 'com.plexapp.system.accounts', Account: list });
}

function devices(place) {
  return container({ size: place.devices.length, identifier: 'com.plexapp.system.devices', Device: place.devices });
}

function librarySections(place) {
  const Directory = sections.map(({ id, type, title, agent, scanner }) => ({
    allowSync: true, art: `/:/resources/${type}-fanart.jpg`, composite: `/library/sections/${id}/composite/${place.now}`, filters: true, refreshing: false,
    thumb: `/:/resources/${type}.png`, key: String(id), type, title, agent, scanner, language: 'en-US', uuid: uuidOf(digits(place.seed, `section ${id}`, 32)),
    updatedAt: place.now - 1000, createdAt: place.now - 150_000_000, scannedAt: place.now - 500, content: true, directory: true, contentChangedAt: 9_173_960,
    hidden: 0, Location: [{ id, path: `/media/${title}` }],
  }));
  return container({ size: Directory.length, allowSync: false, title1: 'Plex Library', Directory });
}

const uuidOf = (hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** Every cutoff is ignored here, as 1.43.3 does [live]; with size 0 it tells how many there are. */
function sectionItems(place, ask, account, [, id]) {
  const section = sections.find((one) => one.id === Number(id));
  if (!section) return html(404, 'Not Found');
  const wanted = Number(ask.argument('type') ?? typeNumbers[section.type]);
  const items = [...place.library.items.values()].filter((item) => item.section === section && item.fate === 'kept' && typeNumbers[item.type] === wanted);
  return paged(ask, items, { allowSync: true, librarySectionID: section.id, librarySectionTitle: section.title }, (item) => {
    const shown = metadataOf(item, place.history.seenBy(account, item.ratingKey));
    return ask.argument('includeGuids') === '1' ? shown : { ...shown, Guid: undefined };
  });
}

/** The found part of a list of keys; 404 only if none is there [live]. Their order is the server's own [?]. */
function metadata(place, ask, account, [, keys]) {
  const found = [...new Set(decodeURIComponent(keys).split(',').map(Number))].sort((a, b) => a - b)
    .map((key) => place.library.items.get(key)).filter((item) => item && item.fate === 'kept');
  if (found.length === 0) return html(404, 'Not Found');
  const Metadata = found.map((item) => metadataOf(item, place.history.seenBy(account, item.ratingKey)));
  return container({ size: Metadata.length, allowSync: true, identifier: 'com.plexapp.plugins.library', Metadata });
}
