// SPDX-License-Identifier: MIT
// tautulli_api.mjs - a Tautulli that answers over HTTP from a real database: its API, what of it Playbus asks, and
// what goes wrong with it. All is as read in v2.17.2 [src]; assumed [?] is only the order of equal starts.
//
//   const tautulli = await TautulliApi.start({ file });   // with its -wal beside it, if it has one
//   tautulli.url, tautulli.key
//   tautulli.fault = 'stale';    'errorText' 'cut' 'cutOnce' 'timeout504' 'refused' 'slow' 'signInPage' 'off' 'hangs' 'blocked'
//   tautulli.onPage = (page, { start, length }) => page;   a page of get_history before it is sent; or { status, text }
//   tautulli.asked               [{ url, cmd, body }]: where did the key go?
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class TautulliApi {
  key = '0123456789abcdef0123456789abcdef';
  fault = null;
  onPage = (page) => page;
  /** Handed out in place of a new copy, where the fault is 'stale'; `staleTimes` such answers, then a new one. */
  staleFile = null;
  staleTimes = Infinity;
  serverId = 'c0ffee00d15ea5edfeedfacecafebeef01234567'; // as make-tautulli has it
  asked = [];
  downloads = { atOnce: 0, most: 0, count: 0 };

  static async start({ file, basePath = '', port = 0 }) {
    const self = new TautulliApi();
    Object.assign(self, { file, basePath, server: http.createServer((request, response) => self.#handle(request, response)) });
    await new Promise((resolve) => self.server.listen(port, '127.0.0.1', resolve));
    self.url = `http://127.0.0.1:${self.server.address().port}${basePath}`;
    return self;
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  async #handle(request, response) {
    let body = '';
    for await (const piece of request) body += piece;
    const [where, query = ''] = request.url.split('?');
    const asked = new URLSearchParams(request.method === 'POST' ? body : query);
    this.asked.push({ method: request.method, url: request.url, cmd: asked.get('cmd'), body });
    if (where !== `${this.basePath}/api/v2`) return send(response, 404, 'text/html', '<html>The path was not found</html>');
    if (this.fault === 'hangs') return undefined;
    if (this.fault === 'signInPage' && asked.has('apikey')) return redirect(response, `${this.basePath}/auth/login?redirect_uri=`);
    if (this.fault === 'blocked') return json(response, 403, 'error', 'blocked', {});
    if (this.fault === 'off') return refuse(response, 'API not enabled');
    if (!asked.has('apikey')) return refuse(response, 'Parameter apikey is required');
    if (asked.get('apikey') !== this.key) return refuse(response, 'Invalid apikey');
    return this.#answer(asked, response);
  }

  async #answer(asked, response) {
    switch (asked.get('cmd')) {
      case 'get_tautulli_info': return succeed(response, { tautulli_version: 'v2.17.2', tautulli_platform: 'Linux' });
      case 'get_server_info': return succeed(response, { pms_identifier: this.serverId, pms_name: 'Attic', pms_version: '1.41.0', pms_url: 'http://127.0.0.1:32400' });
      case 'get_users': return succeed(response, await this.#rows('SELECT user_id, username, friendly_name, is_admin FROM users'));
      case 'get_history': return this.#history(asked, response);
      case 'download_database': return this.#download(response);
      default: return refuse(response, 'Unknown command');
    }
  }

  async #rows(statement) {
    const { stdout } = await run('sqlite3', ['-readonly', '-json', '-cmd', '.timeout 10000', this.file, statement], { maxBuffer: 1 << 28 });
    return stdout.trim() === '' ? [] : JSON.parse(stdout);
  }

  async #history(asked, response) {
    const number = (name, otherwise) => Number(asked.get(name) ?? otherwise);
    const dir = asked.get('order_dir') === 'asc' ? 'ASC' : 'DESC';
    const where = asked.has('media_type') ? `WHERE CASE WHEN m.live = 1 THEN 'live' ELSE h.media_type END = '${asked.get('media_type').replaceAll("'", '')}'` : '';
    const [rows, [total], [filtered]] = await Promise.all([
      this.#rows(`SELECT ${told} ${joined} ${where} ORDER BY h.started ${dir}, h.id ${dir} LIMIT ${number('length', 25)} OFFSET ${number('start', 0)}`),
      this.#rows('SELECT count(*) AS n FROM session_history'), this.#rows(`SELECT count(*) AS n ${joined} ${where}`),
    ]);
    const playing = asked.get('include_activity') === '0' ? [] : [{ row_id: null, state: 'playing' }];
    const page = { recordsTotal: total.n, recordsFiltered: filtered.n, draw: 1, data: [...playing, ...rows.map(changed)] };
    const said = this.onPage(page, { start: number('start', 0), length: number('length', 25) });
    if (said.text !== undefined) return send(response, said.status, 'text/html', said.text);
    return succeed(response, said);
  }

  /** A copy of the main file alone: what is in the -wal only is missing. */
  async #download(response) {
    this.downloads.most = Math.max(this.downloads.most, ++this.downloads.atOnce);
    const count = ++this.downloads.count;
    response.on('close', () => { this.downloads.atOnce--; });
    switch (this.fault) {
      case 'errorText': return send(response, 200, 'text/html', 'Error downloading database. Check the logs.');
      case 'timeout504': return send(response, 504, 'text/html', '<html><h1>504 Gateway Time-out</h1></html>');
      case 'refused': return send(response, 400, 'text/html', '');
      default:
    }
    const stale = this.fault === 'stale' && count <= this.staleTimes;
    const bytes = readFileSync(stale ? this.staleFile : this.file);
    response.writeHead(200, { 'content-type': 'application/x-download', 'content-disposition': 'attachment; filename="tautulli.db"', 'content-length': bytes.length });
    if (this.fault === 'cut' || (this.fault === 'cutOnce' && count === 1)) return void response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    if (this.fault === 'slow') return void response.write(bytes.subarray(0, bytes.length / 2)); // and never the rest
    return void response.end(bytes);
  }
}

const joined = `FROM session_history h JOIN session_history_metadata m ON m.id = h.id JOIN session_history_media_info i ON i.id = h.id
  LEFT JOIN users u ON u.user_id = h.user_id`;
const told = `h.id AS row_id, h.id AS id, h.reference_id, h.started AS date, h.started, h.stopped, h.paused_counter,
  CASE WHEN h.stopped > 0 THEN h.stopped - h.started ELSE 0 END - ifnull(h.paused_counter, 0) AS play_duration,
  h.user_id, h.user, u.friendly_name, h.platform, h.product, h.player, h.ip_address, m.live, h.machine_id, h.location, h.secure, h.relayed,
  h.media_type, m.rating_key, m.parent_rating_key, m.grandparent_rating_key, m.full_title, m.title, m.parent_title, m.grandparent_title,
  m.original_title, m.year, m.media_index, m.parent_media_index, m.thumb, m.originally_available_at, m.guid, i.transcode_decision,
  CASE WHEN m.live = 1 THEN 100 ELSE round(100.0 * h.view_offset / m.duration) END AS percent_complete`;

const platforms = { Konvergo: 'Plex Media Player', 'Mystery 3': 'Playstation 3', WebMAF: 'Playstation 4', windows: 'Windows', osx: 'macOS', macos: 'macOS' };

/** What the API says otherwise than the database has it. */
function changed(row) {
  const escaped = Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('<', '&lt;').replaceAll('>', '&gt;') : value]);
  return { ...Object.fromEntries(escaped), platform: platforms[row.platform] ?? row.platform, duration: row.play_duration, group_count: 1, group_ids: String(row.row_id), state: null, session_key: null };
}

function send(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

const json = (response, status, result, message, data) => send(response, status, 'application/json;charset=UTF-8', JSON.stringify({ response: { result, message, data } }));
const succeed = (response, data) => json(response, 200, 'success', null, data);
const refuse = (response, message) => json(response, 400, 'error', message, {});

function redirect(response, location) {
  response.writeHead(303, { location });
  response.end();
}
