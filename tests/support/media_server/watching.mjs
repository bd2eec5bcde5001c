// SPDX-License-Identifier: MIT
// watching.mjs - what is played on a Jellyfin or Emby server, and what its records say of it afterwards: the activity
// log, the plugin Playback Reporting, what is kept of user and item, the sessions.
//
// Measured [src, Jellyfin]: LastPlayedDate and PlayCount are set at the start, Played is taken back there before 12 and
// left since; a track is Played at its start; a stop sets Played past 90 %, else the position; a mark sets Played, with
// a date of its own if it is given one; ItemId is in the log from 10.9 on; the plugin writes its row 20 s after the
// start, in local time, all cells as texts, errors of SQL as 200, and answers 500 with version 17 on 10.11.9 and newer.
// Emby's plugin writes at the start, counts pauses in, and begins a row with each change of method [src]; the names in
// Emby's log, and that its user data changes as Jellyfin's before 12, are assumed [?].
import { digits } from './place.mjs';

const timerMs = 20_000;
const ticks = (ms) => ms * 10_000;

export class Watching {
  #place;
  #isEmby;
  #nextLog = 17_000;
  #nextRow = 1;
  log = []; // oldest first
  report = [];
  open = new Set();
  /** What was played, as it was: the truth that a sync is held against. */
  facts = [];
  /** How far the server's clock is off, ms. */
  clockOff = 0;
  now() { return Date.now() + this.clockOff; }
  /** Of the server: two hours ahead. What the plugin wrote stays as it was. */
  zoneMs = 2 * 3_600_000;
  plugin = { installed: true, version: 16, shuffled: false };

  constructor(place, isEmby) {
    this.#place = place;
    this.#isEmby = isEmby;
    const { films, episodes, tracks } = place.library;
    this.items = new Map([...films, ...episodes, ...tracks].map((item) => [this.#idOf(item), { ...item, id: this.#idOf(item) }]));
    for (const item of this.items.values()) item.seriesId = item.show ? this.#idOf(item.show) : undefined;
    this.data = new Map(place.household.users.map(({ Id }) => [Id, new Map()]));
  }

  #idOf({ ratingKey }) {
    return this.#isEmby ? String(ratingKey) : digits(this.#place.seed, `item ${ratingKey}`, 32);
  }

  #is(major, minor = 0) {
    const [a, b] = this.#place.version.split('.').map(Number);
    return a > major || (a === major && b >= minor);
  }

  of(type) {
    return [...this.items.values()].filter((item) => item.type === type);
  }

  dataOf(userId, itemId) {
    const items = this.data.get(userId);
    if (!items.has(itemId)) items.set(itemId, { PlaybackPositionTicks: 0, PlayCount: 0, IsFavorite: false, Played: false });
    return items.get(itemId);
  }

  #write(type, { user, item, device }, at) {
    const keyed = this.#is(...(this.#isEmby ? [4, 9] : [10, 9]));
    const audio = item.type === 'track';
    const stopped = type === 'stop';
    this.log.push({
      Id: this.#nextLog++, Name: `${user.Name} ${stopped ? 'has finished playing' : 'is playing'} ${item.title} on ${device}`,
      Type: this.#isEmby ? `playback.${type}` : `${audio ? 'Audio' : 'Video'}Playback${stopped ? 'Stopped' : ''}`,
      ...(keyed ? { ItemId: item.id } : {}), Date: stamp(at), UserId: user.Id, Severity: 'Information',
    });
  }

  /** Begins a play; `at` in ms. What comes of it is told by `stop`, or is lost with `crash`. */
  begin({ who = 'ada', item, at = this.now(), device = 'Sofa', method = 'DirectPlay' }) {
    const user = this.#place.household.find(who);
    const session = { user, item, at, device, method, pausedMs: 0, position: 0, id: digits(this.#place.seed, `session ${this.facts.length}`, 32) };
    const data = this.dataOf(user.Id, item.id);
    Object.assign(data, { LastPlayedDate: stamp(at), PlayCount: data.PlayCount + 1 });
    if (item.type === 'track') data.Played = true;
    else if (!this.#is(12)) data.Played = false;
    this.#write('start', session, at);
    if (this.#isEmby) this.#addRow(session, at);
    this.open.add(session);
    this.facts.push(session);
    return session;
  }

  /** What the plugin has of a play that lasts until `at`. */
  progress(session, { at = this.now(), position = at - session.at, pausedMs = session.pausedMs } = {}) {
    Object.assign(session, { position, pausedMs });
    if (!session.row && at - session.at >= timerMs) this.#addRow(session, session.at + timerMs);
    if (session.row) this.#grow(session, at);
  }

  #addRow(session, at) {
    session.row = { rowid: this.#nextRow++, at, from: at, paused: 0, PlayDuration: 0, PauseDuration: 0, method: session.method, session };
    session.row.local = session.row.at + this.zoneMs;
    this.report.push(session.row);
  }

  #grow(session, at) {
    const { row } = session;
    const wall = Math.round((at - (this.#isEmby ? row.from : session.at)) / 1000);
    const paused = Math.round(session.pausedMs / 1000);
    Object.assign(row, this.#isEmby ? { PlayDuration: wall, PauseDuration: paused } : { PlayDuration: wall - paused });
  }

  /** Emby's plugin begins another row. */
  changeMethod(session, { at, method = 'Transcode (v:h264 a:direct)' }) {
    this.progress(session, { at });
    session.method = method;
    if (this.#isEmby) this.#addRow(session, at);
  }

  stop(session, { at = this.now(), position = at - session.at - session.pausedMs } = {}) {
    this.progress(session, { at, position });
    Object.assign(session, { until: at, position });
    this.#write('stop', session, at);
    const data = this.dataOf(session.user.Id, session.item.id);
    const ended = position > 0.9 * session.item.duration;
    if (session.item.type !== 'track') {
      if (ended) data.Played = true;
      data.PlaybackPositionTicks = ended ? 0 : ticks(position);
    }
    this.open.delete(session);
    return session;
  }

  play({ from, until, pausedMs = 0, ...more }) {
    const session = this.begin({ at: from, ...more });
    session.pausedMs = pausedMs;
    return this.stop(session, { at: until });
  }

  /** The server dies: nobody is told that anything stopped. */
  crash(at) {
    for (const session of this.open) Object.assign(session, { lost: true, until: at });
    this.open.clear();
  }

  /** Marked as played, by a person, or with a date by a program that copies it from elsewhere. */
  mark({ who = 'ada', items, at = this.now(), datePlayed }) {
    for (const item of items) {
      const data = this.dataOf(this.#place.household.find(who).Id, item.id);
      const LastPlayedDate = datePlayed !== undefined ? stamp(datePlayed) : data.LastPlayedDate ?? stamp(at);
      const PlayCount = datePlayed === undefined ? Math.max(data.PlayCount, 1) : data.PlayCount + 1;
      Object.assign(data, { Played: true, PlaybackPositionTicks: 0, LastPlayedDate, PlayCount });
    }
  }

  // ---- answers ----

  logPage(question) {
    const since = Date.parse(question('minDate') ?? '1970-01-01T00:00:00Z');
    const found = this.log.filter(({ Date: at }) => Date.parse(at) >= since).reverse();
    const start = Number(question('startIndex') ?? 0);
    return { Items: found.slice(start, start + Number(question('limit') ?? 100)), TotalRecordCount: found.length, StartIndex: start };
  }

  /** Libraries, as Jellyfin's /Library/VirtualFolders has them; that Emby has the same in an object is assumed [?]. */
  libraries() {
    const list = Object.values(folders).map(({ name, path, kind, id }) => ({ Name: name, Locations: [path], CollectionType: kind, ItemId: this.#isEmby ? String(id) : String(id).padStart(32, 'f') }));
    return this.#isEmby ? { Items: list, TotalRecordCount: list.length } : list;
  }

  sessions() {
    const idle = { Id: 'idle', Client: 'Dashboard', DeviceName: 'Desk', DeviceId: 'desk', UserId: '0'.repeat(32), PlayState: {} };
    const theme = { ...idle, Id: 'theme', UserId: this.#place.household.users[0].Id, NowPlayingItem: { Id: '1f', Name: 'Theme', Type: 'Audio', ExtraType: 'ThemeSong' } };
    return [idle, theme, ...[...this.open].map((session) => ({
      Id: session.id, UserId: session.user.Id, UserName: session.user.Name, Client: 'Test Client', DeviceName: session.device, DeviceId: `device of ${session.device}`,
      ApplicationVersion: '1.2', RemoteEndPoint: '10.0.0.7', NowPlayingItem: this.#shown(session.item),
      PlayState: { PositionTicks: ticks(session.position), IsPaused: false, PlayMethod: session.method },
    }))];
  }

  /** Items of a user, as /Items gives them: without asking for it no film that is in a collection, and on Emby no dates. */
  itemPage(question, userId) {
    const ids = question('ids')?.split(',');
    const types = (question('includeItemTypes') ?? '').split(',');
    const fields = (question('fields') ?? '').split(',');
    const data = userId ? this.data.get(userId) : new Map();
    const hidden = (item) => !this.#isEmby && !ids && question('collapseBoxSetItems') !== 'false' && item.inCollection;
    const played = (item) => data.get(item.id)?.LastPlayedDate ?? '';
    let found = [...this.items.values()].filter((item) => !hidden(item) && (ids ? ids.includes(item.id) : types.includes(typeOf(item))));
    if (question('sortBy') === 'DatePlayed') found.sort((a, b) => (played(b) > played(a) ? 1 : played(b) < played(a) ? -1 : 0));
    const start = Number(question('startIndex') ?? 0);
    const total = found.length;
    found = found.slice(start, start + Number(question('limit') ?? total));
    const told = this.#isEmby && !fields.includes('UserDataLastPlayedDate')
      ? ({ PlaybackPositionTicks, IsFavorite, Played }) => ({ PlaybackPositionTicks, PlayCount: 0, IsFavorite, Played })
      : (kept) => kept;
    const Items = found.map((item) => ({ ...this.#shown(item), ...(fields.includes('Path') ? { Path: `${folders[item.type].path}/${item.title}.mkv` } : {}), ...(userId ? { UserData: told(data.get(item.id) ?? { PlaybackPositionTicks: 0, PlayCount: 0, IsFavorite: false, Played: false }) } : {}) }));
    return { Items, TotalRecordCount: this.#isEmby ? 0 : total, StartIndex: start };
  }

  #shown(item) {
    const { id, title: Name, type, duration, parent, show, index, parentIndex, year, seriesId } = item;
    const own = type === 'episode' ? { SeriesName: show.title, SeriesId: seriesId, SeasonName: parent.title, IndexNumber: index, ParentIndexNumber: parentIndex }
      : type === 'track' ? { Album: parent.title, AlbumId: this.#idOf(parent), AlbumArtist: show.title, IndexNumber: index } : {};
    return { Id: id, Name, ServerId: this.#place.serverId, Type: typeOf(item), RunTimeTicks: ticks(duration), ProductionYear: year, IsFolder: false, ProviderIds: { Imdb: `tt${item.ratingKey}` }, ...own };
  }

  /** The plugin: two SELECTs are understood, and whatever else is an error of SQL, which comes with 200. */
  query(sql) {
    const names = ['DateCreated', 'UserId', 'ItemId', 'ItemType', 'ItemName', 'PlaybackMethod', 'ClientName', 'DeviceName', 'PlayDuration', ...(this.#isEmby ? ['PauseDuration', 'RemoteAddress', 'TranscodeReasons'] : [])];
    if (/^SELECT name FROM pragma_table_info\('PlaybackActivity'\)$/.test(sql)) return this.#told(['name'], this.#shuffled(names).map((name) => [name]));
    const select = /^SELECT (.*) FROM PlaybackActivity WHERE rowid > (-?\d+) AND CAST\(strftime\('%s', DateCreated, 'utc'\) AS INTEGER\) >= (-?\d+) ORDER BY rowid LIMIT (\d+)$/.exec(sql);
    const asked = select?.[1].replace("strftime('%s', DateCreated, 'utc')", 'strftime').split(', ') ?? [];
    const columns = asked.map((one) => one.split(' AS ').at(-1));
    const unknown = asked.map((one) => one.split(' AS ')[0]).find((name) => !['rowid', 'strftime', ...names].includes(name));
    if (!select || unknown) return { colums: [], results: [], message: `Error Running Query</br>no such column: ${unknown}<pre></pre>` };
    const rows = this.report.filter(({ rowid, local }) => rowid > Number(select[2]) && Math.floor((local - this.zoneMs) / 1000) >= Number(select[3])).slice(0, Number(select[4]));
    const order = this.#shuffled(columns);
    return this.#told(order, rows.map((row) => order.map((column) => this.#cell(row, column))));
  }

  #told(colums, results) {
    const none = results.length === 0;
    return { colums: none && !this.#isEmby ? [] : colums, results, message: none ? 'Query executed, no data returned.</br>Number of rows effected : 0' : '' };
  }

  #shuffled(list) {
    return this.plugin.shuffled ? [...list.slice(3), ...list.slice(0, 3)].reverse() : list;
  }

  #cell({ rowid, local, PlayDuration, PauseDuration, method, session: { user, item, device } }, column) {
    const values = {
      RowNo: rowid, DateCreated: stamp(local).replace('T', ' ').replace('Z', ''), StartedAt: Math.floor((local - this.zoneMs) / 1000), UserId: user.Id, ItemId: item.id,
      ItemType: typeOf(item), ItemName: item.title, PlaybackMethod: method, ClientName: 'Test Client', DeviceName: device, PlayDuration, PauseDuration, RemoteAddress: '10.0.0.7',
    };
    return values[column] === undefined ? '' : String(values[column]);
  }
}

/** By type of item. */
const folders = {
  movie: { name: 'Films', path: '/media/films', kind: 'movies', id: 3 }, episode: { name: 'Shows', path: '/media/shows', kind: 'tvshows', id: 4 },
  track: { name: 'Music', path: 'D:\\Music', kind: 'music', id: 5 },
};

const typeOf = ({ type }) => ({ movie: 'Movie', episode: 'Episode', track: 'Audio' })[type];

/** Seven digits, as .NET writes them. */
const stamp = (at) => new Date(at).toISOString().replace('Z', '4321Z');
