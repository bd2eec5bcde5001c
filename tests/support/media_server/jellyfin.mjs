// SPDX-License-Identifier: MIT
// jellyfin.mjs - the paths of a Jellyfin server 10.8 .. 12, as far as a registration and a sync need them. Measured: the fields
// of /System/Info/Public [live], which headers carry a token by version, the forms of 401, Quick Connect with GET
// before 12 and POST from 10.9, what a start answers [src]. Assumed: the body of a refused bad token, the fields of
// /System/Info beside the public ones, that 10.8 answers a POST of Initiate with 405, and that /Items answers for ids
// without a user [?]. What was played, and what is told of it: watching.mjs.
import { text } from './answers.mjs';
import { digits } from './place.mjs';
import { Household } from './household.mjs';
import { Watching } from './watching.mjs';

export const json = (value, status = 200) => text(status, 'application/json; charset=utf-8', JSON.stringify(value));
const refusal = (status, body = 'Error processing request.') => text(status, 'text/plain', body);

export function makeHome(place, { kind = 'jellyfin', version = '10.11.5', people } = {}) {
  place.serverId = digits(place.seed, 'server', 32);
  place.version = version;
  place.household = new Household({ seed: place.seed, serverId: place.serverId, people });
  const { household } = place;
  place.tokens = { key: household.key, admin: household.signIn(household.find('ada'), 'a device'), guest: household.signIn(household.find('ben'), 'another'), bad: digits(place.seed, 'bad', 32) };
  place.watching = new Watching(place, kind === 'emby');
}

/** `MediaBrowser Token="…", Client="…"`: a scheme and quoted values, which may be percent-encoded [src]. */
export function parametersOf(header = '') {
  const [scheme, rest = ''] = header.split(/\s+(.*)/s);
  return { scheme, ...Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, decodeURIComponent(value)])) };
}

const isBefore = (version, major, minor) => {
  const [a, b] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
};

/** The token of a request and the header that had it; what is legacy counts before 12 alone [src]. */
export function jellyfinToken(place, { headers, query }) {
  const own = parametersOf(headers.authorization);
  const legacy = isBefore(place.version, 12, 0);
  const old = parametersOf(headers['x-emby-authorization']);
  const ways = [
    ['authorization', own.scheme === 'MediaBrowser' || (legacy && own.scheme === 'Emby') ? own.Token : undefined],
    ['x-emby-token', legacy ? headers['x-emby-token'] : undefined], ['x-mediabrowser-token', legacy ? headers['x-mediabrowser-token'] : undefined],
    ['x-emby-authorization', legacy ? old.Token : undefined],
    ['query', query.find(([name]) => name === 'ApiKey' || (legacy && name === 'api_key'))?.[1]],
  ];
  const [tokenIn, token] = ways.find(([, value]) => value) ?? [null, undefined];
  return { token, tokenIn, device: own.scheme === 'MediaBrowser' ? own : legacy ? old : {} };
}

export function answerJellyfin(place, ask) {
  const route = routes.find(([method, pattern]) => method === ask.method && pattern === ask.path);
  if (!route) return refusal(routes.some(([, pattern]) => pattern === ask.path) ? 405 : 404, '');
  const [, , who, answer] = route;
  const caller = place.household.tokens.get(ask.token);
  if (who !== 'anybody' && !caller) return refusal(401, ask.token === undefined ? '' : undefined);
  if (who === 'admin' && !place.household.mayAll(caller)) return refusal(403);
  return answer(place, ask, caller);
}

const routes = [
  ['GET', '/System/Info/Public', 'anybody', (place, ask) => json(publicInfo(place, ask))],
  ['GET', '/System/Info', 'caller', (place, ask) => json({ ...publicInfo(place, ask), HasPendingRestart: false, SupportsLibraryMonitor: true, WebSocketPortNumber: 8096 })],
  ['GET', '/System/ActivityLog/Entries', 'admin', (place, ask) => json(place.watching.logPage(questionOf(ask)))],
  ['GET', '/Sessions', 'caller', (place) => dated(place, json(place.watching.sessions()))],
  ['GET', '/Items', 'caller', items],
  ['POST', '/user_usage_stats/submit_custom_query', 'admin', customQuery],
  ['GET', '/Library/VirtualFolders', 'admin', (place) => json(place.watching.libraries())],
  ['GET', '/Users', 'caller', (place) => json(place.household.users.map(shownUser))],
  ['GET', '/Users/Me', 'caller', (_, ask, { user }) => (user ? json(shownUser(user)) : refusal(400))],
  ['POST', '/Users/AuthenticateByName', 'anybody', (place, ask) => signIn(place, ask, refusal(401))],
  ['POST', '/Users/AuthenticateWithQuickConnect', 'anybody', endQuickConnect],
  ['POST', '/QuickConnect/Initiate', 'anybody', (place, ask) => (isBefore(place.version, 10, 9) ? refusal(405, '') : initiate(place, ask))],
  ['GET', '/QuickConnect/Initiate', 'anybody', (place, ask) => (isBefore(place.version, 12, 0) ? initiate(place, ask) : refusal(405, ''))],
  ['GET', '/QuickConnect/Connect', 'anybody', quickConnectState],
  ['GET', '/QuickConnect/Enabled', 'anybody', (place) => json(place.household.quickConnectEnabled)],
  ['POST', '/Sessions/Logout', 'caller', signOut],
];

/** As a server whose clock is off says it. */
export const dated = ({ watching }, answer) => ({ ...answer, headers: { ...answer.headers, date: new Date(watching.now()).toUTCString() } });

/** What an argument says, whatever the case of its name [src]. */
export const questionOf = (ask) => (name) => ask.query.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];

/** A key has no user of its own: asked for what is played without one, the server stumbles [src]. */
function items(place, ask) {
  const question = questionOf(ask);
  const userId = question('userId');
  if (userId !== undefined && !place.household.users.some(({ Id }) => Id === userId)) return refusal(404);
  if (userId === undefined && question('isPlayed') !== undefined) return refusal(500);
  return json(place.watching.itemPage(question, userId));
}

export function customQuery(place, ask) {
  const { installed, version } = place.watching.plugin;
  const [major, minor, patch] = place.version.split('.').map(Number);
  const newer = major > 10 || (major === 10 && (minor > 11 || (minor === 11 && patch >= 9)));
  if (!installed) return refusal(404, '');
  if (version === 17 && newer) return refusal(500);
  return json(place.watching.query(read(ask).CustomQueryString ?? ''));
}

function publicInfo(place, ask) {
  const wrong = ask.faults.get('wrongIdentity');
  return {
    LocalAddress: 'http://10.0.0.9:8096', ServerName: place.name, Version: place.version, ProductName: 'Jellyfin Server', OperatingSystem: '',
    Id: wrong ? wrong.machineIdentifier ?? 'f'.repeat(32) : place.serverId, StartupWizardCompleted: true,
  };
}

export function shownUser({ Name, Id, ServerId, password, admin, disabled }) {
  return {
    Name, ServerId, Id, HasPassword: password !== '', HasConfiguredPassword: password !== '', HasConfiguredEasyPassword: false, EnableAutoLogin: false,
    Configuration: {}, Policy: { IsAdministrator: admin, IsDisabled: disabled, IsHidden: false },
  };
}

/** A device must be named, or there is nothing a token could be of [src]. */
export function signIn(place, ask, refused) {
  const { Username, Pw = '' } = read(ask);
  const user = place.household.find(Username);
  if (!ask.device.DeviceId || !ask.device.Client || !ask.device.Version || !ask.device.Device) return refusal(400);
  if (!user || user.password !== Pw) return refused;
  return user.disabled ? { ...refused, status: 403 } : signedIn(place, user, place.household.signIn(user, ask.device.DeviceId));
}

function signedIn(place, user, token) {
  return json({ User: shownUser(user), SessionInfo: { UserId: user.Id, UserName: user.Name }, AccessToken: token, ServerId: place.serverId });
}

export function signOut(place, ask) {
  place.household.signOut(ask.token);
  return text(204, 'text/plain', '');
}

function read(ask) {
  try {
    return JSON.parse(ask.body) ?? {};
  } catch {
    return {};
  }
}

function initiate(place, ask) {
  if (!place.household.quickConnectEnabled) return json('Quick connect is disabled', 401);
  const { DeviceId, Device: DeviceName, Client: AppName, Version: AppVersion } = ask.device;
  if (!DeviceId || !DeviceName || !AppName || !AppVersion) return refusal(400);
  return json(shownRequest(place.household.initiate({ DeviceId, DeviceName, AppName, AppVersion })));
}

function quickConnectState(place, ask) {
  if (!place.household.quickConnectEnabled) return json('Quick connect is disabled', 401);
  const request = place.household.request(ask.query.find(([name]) => name.toLowerCase() === 'secret')?.[1]);
  return request ? json(shownRequest(request)) : json('Unknown secret', 404);
}

function shownRequest({ until, token, user, ...shown }) {
  return shown;
}

function endQuickConnect(place, ask) {
  const request = place.household.request(read(ask).Secret);
  return request?.Authenticated ? signedIn(place, request.user, request.token) : refusal(404);
}
