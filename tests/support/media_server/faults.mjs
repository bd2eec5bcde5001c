// SPDX-License-Identifier: MIT
// faults.mjs - what can be made to go wrong while a server runs. A row of the table makes an answer, changes the one
// that was made, delays it or sends it in its own way (faults_sent.mjs); those in `reads` change what the routes do.
// Every fault takes also
//   path   only requests whose path begins so      after  so many such requests are answered well first
//   host   'plex' (default), 'plexTv' or 'both'    times  only so many answers, then all is well again
import { errorsOf, html, plain, text } from './answers.mjs';
import { sends } from './faults_sent.mjs';

const json = (body) => text(200, 'application/json', typeof body === 'string' ? body : JSON.stringify(body));

const answers = {
  /** A server that starts or migrates, on every path, /identity too [live]: { status }. */
  maintenance: ({ status = 'Plex Media Server is currently running database migrations.' }) =>
    plain(503, 'Response', { code: 503, title: 'Maintenance', status }),
  /** A token refused: HTML although JSON was asked, at plex.tv JSON [live]. */
  unauthorized: (_, ask) => ({
    plexTv: () => errorsOf(401, 1001, 'User could not be authenticated'), jellyfin: () => text(401, 'text/plain', ''),
    emby: () => text(401, 'text/plain', 'Access token is invalid or expired.'),
  })[ask.kind]?.() ?? html(401, 'Unauthorized'),
  /** A Jellyfin or Emby server that starts: { form: 'retry' (Jellyfin from 10.11), 'empty' (its host is not made yet), 'old' (before) } [src];
   * the text of an old one is assumed [?]. */
  starting: ({ form = 'retry' }) => startForms[form](),
  /** A token without the right; the form is assumed to be that of 401 [?]. */
  forbidden: () => html(403, 'Forbidden'),
  /** A path that this server has not [client: those of Plex Pass]. */
  missing: () => html(404, 'Not Found'),
  /** Too many requests: { retryAfter: '30', '005', 'date' (in 30 s), 'past' or null }; the body is assumed [?]. */
  tooMany: ({ retryAfter = '30' }) => text(429, 'text/plain', 'Rate limit exceeded!', retryAfter === null ? {} : { 'retry-after': retryAfterOf(retryAfter) }),
  /** Any status with any body, such as a proxy's 503 or the 500 of sqlite trouble: { code, type, body, headers }. */
  status: ({ code = 500, type = 'text/html', body = `<html><body>${code}</body></html>`, headers = {} }) => text(code, type, body, headers),
  /** To another place, which must get no token: { to (the path is added), code }; a real server never does [client]. */
  redirect: ({ to, code = 302 }, ask) => text(code, 'text/html', '', { location: to + ask.url }),
  /** Something else lives at this address: a page for every path. */
  notMedia: () => text(200, 'text/html', '<!DOCTYPE html><html><head><title>Router</title></head><body>Please sign in</body></html>'),
  /** A Jellyfin server: no path of Plex is there. */
  jellyfin: (_, ask) => (ask.path === '/System/Info/Public'
    ? json({
      LocalAddress: 'http://10.0.0.9:8096', ServerName: 'jelly', Version: '10.11.5', ProductName: 'Jellyfin Server',
      OperatingSystem: '', Id: 'a'.repeat(32), StartupWizardCompleted: true,
    })
    : text(404, 'text/plain', '')),
  /** How servers before 1.3 wrote JSON [live, old]. */
  oldJson: () => json({ _elementType: 'MediaContainer', machineIdentifier: 'a'.repeat(40), _children: [] }),
  /** Bytes that are no answer: { kind: 'broken', 'empty', 'utf8', 'nul', 'deep', 'number' }. */
  nonsense: ({ kind = 'broken' }) => json(nonsense[kind]),
  /** A page with no end: full for ever, of new ids or, with { same: true }, always the first one. */
  endless: (options, ask) => endlessPage(options, ask),
};

const changes = {
  /** { kind }: 'quoted' numbers (which is right), 'rows' with values of other types, a 'list' or 'container' that is none. */
  wrongTypes: (answer, { kind = 'rows' }) => (answer.value ? { ...answer, value: wrong[kind](answer.value) } : answer),
  /** A number of rows that is not so, as in a recorded answer that says 10855 and holds one: { size }. */
  wrongSize: (answer, { size = 10_855 }) => (answer.value ? { ...answer, value: { ...answer.value, size } } : answer),
};

const delays = {
  /** { msPerRow, msPerAnswer }; a real server takes about 11 ms a row, whatever the page [client]. */
  slow: ({ msPerRow = 0, msPerAnswer = 0 }, answer) => msPerAnswer + msPerRow * (answer.rows ?? 0),
};

/** Names that the routes look at: filters, sort or paging ignored; rows removed behind each page ({ rows }); no page
 * longer than { rows }; another { machineIdentifier }. */
const reads = ['ignoredFilters', 'ignoredSort', 'ignoredPaging', 'vanishing', 'shortPages', 'wrongIdentity'];

/** Names that the server itself acts on, as they are of its port: no connection, another certificate. */
const ofPort = ['refused', 'newCertificate'];

export const faultNames = [...[answers, changes, delays, sends].flatMap(Object.keys), ...reads, ...ofPort];

export class Faults {
  #active = new Map();

  set(name, options = {}) {
    if (!faultNames.includes(name)) throw new Error(`no fault is called ${name}; there are ${faultNames.join(', ')}`);
    this.#active.set(name, { ...options, passed: 0, left: options.times ?? Infinity });
  }

  clear(name) {
    if (name === undefined) this.#active.clear();
    else this.#active.delete(name);
  }

  names() {
    return [...this.#active.keys()];
  }

  /** The faults of one request, by name; those that are counted count it. */
  of(ask) {
    const mine = new Map();
    for (const [name, fault] of this.#active) {
      if (!concerns(fault, ask)) continue;
      fault.passed += 1;
      if (fault.passed <= (fault.after ?? 0) || fault.left <= 0) continue;
      fault.left -= 1;
      mine.set(name, fault);
    }
    return mine;
  }
}

function concerns({ host = 'plex', path = '' }, ask) {
  return (host === 'both' || host === ask.host) && ask.path.startsWith(path);
}

/** The answer of the request: what a fault puts in its place, or the server's own; then as faults change it. */
export async function faultyAnswer(faults, ask, own) {
  const instead = [...faults].find(([name]) => answers[name]);
  let answer = instead ? answers[instead[0]](instead[1], ask) : await own();
  for (const [name, options] of faults) answer = changes[name] ? changes[name](answer, options) : answer;
  return answer;
}

export function delayOf(faults, answer) {
  return [...faults].reduce((sum, [name, options]) => sum + (delays[name]?.(options, answer) ?? 0), 0);
}

/** The way a fault sends what was rendered, or undefined. */
export function senderOf(faults) {
  const found = [...faults].find(([name]) => sends[name]);
  return found && ((response, rendered) => sends[found[0]](response, rendered, found[1]));
}

function retryAfterOf(form) {
  if (form === 'date') return new Date(Date.now() + 30_000).toUTCString();
  if (form === 'past') return new Date(Date.now() - 3_600_000).toUTCString();
  return form;
}

const startForms = {
  retry: () => text(503, 'text/html', '<!DOCTYPE html><html><body>Starting</body></html>', { 'retry-after': '005' }),
  empty: () => text(503, 'text/html', ''),
  old: () => text(503, 'text/html', 'Jellyfin Server is loading. Please try again shortly.'),
};

const nonsense = {
  broken: '{"MediaContainer":{"size":1,"Metadata":[{"historyKey":',
  empty: '',
  utf8: Buffer.from('{"MediaContainer":{"size":0,"friendlyName":"\xff\xfe"}}', 'latin1'),
  nul: '{"MediaContainer":{"size":0,"friendlyName":"a\\u0000b"}}',
  deep: `{"MediaContainer":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  number: '{"MediaContainer":{"size":123456789012345678901234567890}}',
};

const wrong = {
  quoted: (value) => JSON.parse(JSON.stringify(value), (_, field) => (typeof field === 'number' ? String(field) : field)),
  rows: (value) => ({ ...value, Metadata: (value.Metadata ?? []).map((row, i) => ({ ...row, ...badFields[i % badFields.length] })) }),
  list: (value) => ({ ...value, Metadata: { not: 'a list' }, Account: 'nobody', Directory: 7 }),
  container: () => ['not', 'a', 'container'],
};

const badFields = [
  { viewedAt: 'yesterday' }, { viewedAt: -1 }, { viewedAt: 1e300 }, { viewedAt: { at: 5 } }, { accountID: [1] }, { historyKey: null },
  { historyKey: '/status/sessions/history/x' }, { title: 17 }, { type: true }, { ratingKey: 1.5 }, { index: 'one' }, { deviceID: 1.8e19 },
];

function endlessPage({ same = false }, ask) {
  const start = same ? 0 : Number(ask.argument('X-Plex-Container-Start') ?? 0);
  const size = Math.min(Number(ask.argument('X-Plex-Container-Size') ?? 100), 1000);
  const Metadata = Array.from({ length: size }, (_, i) => ({
    historyKey: `/status/sessions/history/${start + i + 1}`, key: '/library/metadata/100', ratingKey: '100', librarySectionID: '1', title: 'Film 0', type: 'movie',
    viewedAt: 1_500_000_000 + start + i, accountID: 1, deviceID: 1,
  }));
  return { ...plain(200, 'MediaContainer', { size, totalSize: start + 10 * size, offset: start, Metadata }), wrapped: true, rows: size };
}
