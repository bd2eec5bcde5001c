// SPDX-License-Identifier: MIT
// library.mjs - the items of a generated server: films, shows with seasons and episodes, artists with albums and
// tracks, trailers. Some were deleted since (their rows of history lost their keys), some are lost (their rows kept
// the keys, but the item is asked for in vain [?]); guids have the forms of all agents that were ever in use [live].

export const sections = [
  { id: 1, type: 'movie', title: 'Movies', agent: 'tv.plex.agents.movie', scanner: 'Plex Movie' },
  { id: 2, type: 'show', title: 'TV Shows', agent: 'tv.plex.agents.series', scanner: 'Plex TV Series' },
  { id: 3, type: 'artist', title: 'Music', agent: 'tv.plex.agents.music', scanner: 'Plex Music' },
];

/** The numbers that a query argument `type` has for what a listing shows. */
export const typeNumbers = { movie: 1, show: 2, season: 3, episode: 4, artist: 8, album: 9, track: 10 };

/** A sequence of numbers in [0, 1) that follows from its seed (mulberry32). */
export function sequence(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Items by rating key, and what is played of them; `oddities: false` leaves nothing deleted or lost. */
export function makeLibrary({ seed = 1, films = 120, shows = 12, artists = 8, oddities = true, now }) {
  const items = new Map();
  const random = sequence(seed + 1);
  const guids = guidMaker(random);
  let nextKey = 100;
  const add = (type, section, fields, parent = null) => {
    const ratingKey = nextKey++;
    const addedAt = now - 150_000_000 + ratingKey * 1000;
    const item = { ratingKey, type, section, parent, ...guids(type, ratingKey, fields, parent), addedAt, fate: 'kept', ...fields };
    if (oddities && parent === null && random() < 0.06) item.fate = random() < 0.7 ? 'deleted' : 'lost';
    if (parent) item.fate = parent.fate;
    items.set(ratingKey, item);
    return item;
  };
  for (let i = 0; i < films; i++) addFilm(add, random, i);
  for (let i = 0; i < shows; i++) addShow(add, random, i, oddities);
  for (let i = 0; i < artists; i++) addArtist(add, random, i);
  for (let i = 0; i < 6; i++) add('clip', sections[0], { title: `Film ${i} (Trailer)`, subtype: 'trailer', extraType: 1, year: 2020, duration: 120_000 + i * 1000 });
  const played = [...items.values()];
  return { items, films: of(played, 'movie'), episodes: of(played, 'episode'), tracks: of(played, 'track'), trailers: of(played, 'clip') };
}

const of = (items, type) => items.filter((item) => item.type === type);

function addFilm(add, random, i) {
  const year = 1950 + Math.floor(random() * 75);
  add('movie', sections[0], {
    title: i % 17 === 3 ? `Ünïcode "Film" & <${i}>` : `Film ${i}`, year,
    duration: 4_800_000 + Math.floor(random() * 5_400_000),
    originallyAvailableAt: random() < 0.9 ? `${year}-0${1 + (i % 9)}-1${i % 9}` : undefined,
  });
}

/** In a show without seasons the episodes hang at the show itself: their parent's key is its key [live]. */
function addShow(add, random, i, oddities) {
  const year = 1990 + Math.floor(random() * 30);
  const show = add('show', sections[1], { title: `Show ${i}`, year });
  for (let s = 1; s <= 3; s++) {
    const flat = oddities && i % 6 === 5;
    const season = flat ? show : add('season', sections[1], { title: `Season ${s}`, index: s }, show);
    for (let e = 1; e <= 8; e++) {
      add('episode', sections[1], {
        title: `Show ${i}, ${s}x${e}`, index: e, parentIndex: s, year: year + s, show, duration: 1_200_000 + Math.floor(random() * 2_400_000),
        originallyAvailableAt: `${year + s}-01-${String(e + 1).padStart(2, '0')}`,
      }, season);
    }
  }
}

function addArtist(add, random, i) {
  const artist = add('artist', sections[2], { title: `Artist ${i}` });
  for (let a = 1; a <= 2; a++) {
    const album = add('album', sections[2], { title: `Album ${a} of ${i}`, index: 1, year: 2000 + i + a }, artist);
    for (let t = 1; t <= 10; t++) {
      add('track', sections[2], { title: `Track ${t}`, index: t, parentIndex: 1, show: artist, duration: 120_000 + Math.floor(random() * 240_000) }, album);
    }
  }
}

function guidMaker(random) {
  const hex = () => Math.floor(random() * 0x1000000).toString(16).padStart(6, '0');
  return (type, key, fields, parent) => {
    const Guid = ['movie', 'episode', 'show'].includes(type)
      ? [{ id: `imdb://tt${1_000_000 + key}` }, { id: `tmdb://${20_000 + key}` }, { id: `tvdb://${300_000 + key}` }] : undefined;
    const chance = random();
    const plexGuid = `plex://${type === 'clip' ? 'movie' : type}/${hex()}${hex()}${hex()}${hex()}`;
    if (type === 'movie' && chance < 0.1) return { guid: `com.plexapp.agents.imdb://tt${1_000_000 + key}?lang=en` };
    if (type === 'movie' && chance < 0.13) return { guid: `com.plexapp.agents.none://${hex()}${hex()}?lang=xn` };
    if (type === 'movie' && chance < 0.16) return { guid: `local://${key}` };
    if (type === 'episode' && chance < 0.1) {
      return { guid: `com.plexapp.agents.thetvdb://${121_000 + parent.ratingKey}/${fields.parentIndex}/${fields.index}?lang=en` };
    }
    return { guid: plexGuid, Guid };
  };
}

export const keyOf = (item) => `/library/metadata/${item.ratingKey}`;
export const thumbOf = (item) => `${keyOf(item)}/thumb/${item.addedAt}`;
export const artOf = (item) => `${keyOf(item)}/art/${item.addedAt}`;

/**
 * The item as /library/metadata and listings show it. Its section is a number there, which history gives as a
 * text [live]; viewCount and lastViewedAt are those of the asker alone [live].
 */
export function metadataOf(item, seen) {
  const { parent, show, section } = item;
  return {
    ratingKey: String(item.ratingKey), key: ['show', 'season', 'artist', 'album'].includes(item.type) ? `${keyOf(item)}/children` : keyOf(item),
    ...(parent ? { parentRatingKey: String(parent.ratingKey), parentKey: keyOf(parent), parentGuid: parent.guid, parentTitle: parent.title } : {}),
    ...(show ? { grandparentRatingKey: String(show.ratingKey), grandparentKey: keyOf(show), grandparentGuid: show.guid, grandparentTitle: show.title } : {}),
    guid: item.guid, type: item.type, subtype: item.subtype, extraType: item.extraType,
    title: item.title, titleSort: item.title, studio: 'Test Pictures', contentRating: 'PG-13', summary,
    index: item.index, parentIndex: item.parentIndex, year: item.year, duration: item.duration, originallyAvailableAt: item.originallyAvailableAt,
    thumb: thumbOf(item), art: artOf(show ?? item), addedAt: item.addedAt, updatedAt: item.addedAt + 60,
    librarySectionTitle: section.title, librarySectionID: section.id, librarySectionKey: `/library/sections/${section.id}`,
    ...(seen ? { viewCount: seen.count, lastViewedAt: seen.last } : {}),
    ...(item.duration ? { Media: [mediaOf(item)] } : {}),
    Guid: item.Guid, ...people,
  };
}

/** What clients do not need, so that an answer is as large as a real one. */
const summary = 'Somebody sets out to find what was lost, and finds what was not looked for. '.repeat(4).trim();
const tags = (kind, count) => Array.from({ length: count }, (_, i) => ({
  id: 100_000 + i, filter: `${kind}=${100_000 + i}`, tag: `${kind} ${i}`, thumb: `https://metadata-static.plex.tv/people/${kind}${i}.jpg`,
}));
const people = { Genre: tags('genre', 3), Country: tags('country', 1), Director: tags('director', 1), Writer: tags('writer', 2), Role: tags('actor', 15) };

function mediaOf({ ratingKey, duration, type, title }) {
  const audio = type === 'track';
  const container = audio ? 'flac' : 'mkv';
  const part = {
    id: ratingKey + 500_000, key: `/library/parts/${ratingKey + 500_000}/file.${container}`, duration,
    file: `/media/${title.replaceAll('/', '-')}.${container}`, size: duration * 1000, container,
  };
  const codecs = audio
    ? { bitrate: 1014, audioChannels: 2, audioCodec: 'flac' }
    : { bitrate: 8000, width: 1920, height: 800, aspectRatio: 2.35, audioChannels: 6, audioCodec: 'ac3', videoCodec: 'h264', videoResolution: '1080' };
  return { id: ratingKey + 400_000, duration, ...codecs, container, Part: [part] };
}
