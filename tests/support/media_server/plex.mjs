// SPDX-License-Identifier: MIT
// plex.mjs - the paths of a Plex Media Server. Who asks is found from the token; everything but /identity
// needs one. The owner sees all; what others are refused is assumed, as the facts do not say [?].
import { container, html } from './answers.mjs';

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
  ['GET', /^\/status\/sessions\/?$/, true, () => container({ size: 0 })],
];

const identifier = (place, ask) => ask.faults.get('wrongIdentity')?.machineIdentifier ?? (ask.faults.has('wrongIdentity') ? 'f'.repeat(40) : place.machineIdentifier);

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
    updatedAt: place.startedAt, version,
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
