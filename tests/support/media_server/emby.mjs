// SPDX-License-Identifier: MIT
// emby.mjs - the paths of an Emby server 4.8 and 4.9, as far as a registration and a sync need them. Measured [live]: the fields
// of /System/Info/Public, the text of 401 and its type by version, the prefix /emby, X-Emby-Token. Assumed: that no
// other header is believed (a test may then show which one is sent), the 403 of who is no administrator, what a wrong
// password is told, and the fields of a sign-in [?].
import { text } from './answers.mjs';
import { customQuery, dated, json, parametersOf, questionOf, shownUser, signIn, signOut } from './jellyfin.mjs';

export function embyToken(place, { headers, query }) {
  const asked = query.find(([name]) => name === 'api_key')?.[1];
  const token = headers['x-emby-token'] ?? asked;
  const device = parametersOf(headers['x-emby-authorization']);
  return { token, tokenIn: headers['x-emby-token'] ? 'x-emby-token' : asked ? 'query' : null, device: device.scheme === 'Emby' ? device : {} };
}

const refusal = (place, status, body) => text(status, place.version.startsWith('4.8') ? 'text/html' : 'text/plain', body);

export function answerEmby(place, ask) {
  const asked = ask.path.replace(/^\/emby(?=\/)/, '');
  const route = routes.find(([method, pattern]) => method === ask.method && (pattern === asked || (pattern instanceof RegExp && pattern.test(asked))));
  if (!route) return text(404, 'text/plain', '');
  const [, , who, answer] = route;
  const caller = place.household.tokens.get(ask.token);
  if (who !== 'anybody' && !caller) return refusal(place, 401, 'Access token is invalid or expired.');
  if (who === 'admin' && !place.household.mayAll(caller)) return refusal(place, 403, 'User does not have admin access.');
  return answer(place, ask, caller);
}

const itemsOfUser = /^\/Users\/([^/]+)\/Items$/;

/** A user that is not known is answered all the same; an id that is none is not [live]. Without Recursive libraries come. */
function items(place, ask) {
  const [, userId] = itemsOfUser.exec(ask.path.replace(/^\/emby(?=\/)/, ''));
  const question = questionOf(ask);
  if (!/^[0-9a-f]{32}$/.test(userId)) return text(500, 'text/plain', 'Unrecognized Guid format.');
  if (!place.watching.data.has(userId) || question('recursive') !== 'true') return json({ Items: [], TotalRecordCount: 0 });
  return json(place.watching.itemPage(question, userId));
}

const routes = [
  ['GET', '/System/Info/Public', 'anybody', (place, ask) => json(publicInfo(place, ask))],
  ['GET', '/System/Info', 'caller', (place, ask) => json({ ...publicInfo(place, ask), LocalAddress: 'http://10.0.0.9:8096', WanAddress: 'http://203.0.113.9:8096', HasPendingRestart: false, SupportsHttps: false })],
  ['GET', '/System/ActivityLog/Entries', 'admin', (place, ask) => json(place.watching.logPage(questionOf(ask)))],
  ['GET', '/Sessions', 'caller', (place) => dated(place, json(place.watching.sessions()))],
  ['GET', '/Items', 'caller', (place, ask) => json(place.watching.itemPage(questionOf(ask)))],
  ['GET', itemsOfUser, 'caller', items],
  ['POST', '/user_usage_stats/submit_custom_query', 'admin', customQuery],
  ['GET', '/Library/VirtualFolders/Query', 'admin', (place) => json(place.watching.libraries())],
  ['GET', '/Users/Query', 'admin', (place) => json({ Items: place.household.users.map(shownUser), TotalRecordCount: place.household.users.length })],
  ['POST', '/Users/AuthenticateByName', 'anybody', (place, ask) => signIn(place, ask, refusal(place, 401, 'Invalid username or password entered.'))],
  ['POST', '/Sessions/Logout', 'caller', signOut],
];

function publicInfo(place, ask) {
  const wrong = ask.faults.get('wrongIdentity');
  return { LocalAddresses: [], RemoteAddresses: [], ServerName: place.name, Version: place.version, Id: wrong ? wrong.machineIdentifier ?? 'f'.repeat(32) : place.serverId };
}
