// SPDX-License-Identifier: MIT
// playWords.ts - a play, its sources and the reasons they were joined for, in words.
import { count, percent } from '../../lib/format.js';
import type { PlayRow, PlaySource, PlayView, RowOrigin, SummaryLine, SummaryTotals } from '../../lib/types/schema.js';

const TYPES: Record<string, [string, string]> = {
  movie: ['Movie', 'Movies'], episode: ['Episode', 'Episodes'], track: ['Track', 'Tracks'], clip: ['Clip', 'Clips'],
  photo: ['Photo', 'Photos'], live: ['Live TV', 'Live TV'],
};
const SOURCES: Record<string, string> = { tautulli: 'Tautulli', plex: 'Plex', jellyfin: 'Jellyfin', emby: 'Emby' };
const REASONS: Record<string, string> = {
  new: 'told of it first',
  duplicate: 'repeats a row of the same source',
  same_times: 'the same item from start to stop',
  watched_within: 'marked watched while it was played',
  collapsed: 'marked watched again within one sitting',
  same_start: 'begun at the same time, says another record of the server',
  started_within: 'its last start, which the server keeps with the item',
};

export function typeName({ media_type: type, live }: Pick<PlayView, 'media_type' | 'live'>): string {
  const known = live ? TYPES['live'] : TYPES[type];
  return known?.[0] ?? type;
}

export function typesName(type: string): string {
  return TYPES[type]?.[1] ?? type;
}

export function sourceName(source: string): string {
  return SOURCES[source] ?? source;
}

export function reasonName(reason: string): string {
  return REASONS[reason] ?? reason;
}

const ORIGINS: Record<RowOrigin, string> = {
  database: 'database', address: 'database, by its address', api: 'API', plex_history: 'history', activity_log: 'activity log',
  plugin: 'Playback Reporting', session: 'seen while it was played', played_item: 'last start, kept with the item',
};

/** "Jellyfin · activity log": whose row it is, and where that had it. */
export function rowName({ source, origin }: Pick<PlayRow, 'source' | 'origin'>): string {
  return origin === undefined ? sourceName(source) : `${sourceName(source)} · ${ORIGINS[origin] ?? origin}`;
}

export function titleOf(play: PlayView): string {
  return play.title ?? play.display_title ?? 'Untitled';
}

/** Show and season, artist and album, year: what the title stands in. */
export function partOf(play: PlayView): string {
  const { media_index: index, parent_media_index: season } = play;
  const place = play.media_type === 'episode' && season !== null && index !== null ? `S${season} · E${index}` : undefined;
  const parent = place === undefined ? play.parent_title : null;
  const year = play.media_type === 'movie' && play.year !== null ? String(play.year) : undefined;
  return [play.grandparent_title, parent, place, year].filter((part) => part !== null && part !== undefined && part !== '').join(' · ');
}

export function personOf(play: PlayView): string {
  return play.user_display ?? play.user ?? play.user_id ?? 'Unknown';
}

/** "42 min", "2 h 05 min"; '' where it is not known. */
export function lengthWords(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '';
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${count(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export function percentWords(play: PlayView): string {
  return play.percent_complete === null ? '' : percent(Math.min(100, play.percent_complete)).replace(/\.\d%$/, '%');
}

/** "Tautulli and Plex"; each kind once. */
export function sourcesWords(sources: readonly Pick<PlaySource, 'source'>[]): string {
  const names = [...new Set(sources.map(({ source }) => sourceName(source)))];
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

export function labelOf({ key, label }: Pick<SummaryLine, 'key' | 'label'>, none: string): string {
  return label ?? (key === null || key === '' ? none : key);
}

export function hoursWords(hours: number): string {
  return hours >= 10 || hours === 0 ? count(hours) : hours.toFixed(1);
}

/** What the hours come to, where they are many. */
export function daysWords({ watched_hours: hours }: SummaryTotals): string {
  if (hours < 48) return '';
  const days = hours / 24;
  return days < 730 ? `${count(days)} days` : `${(days / 365.25).toFixed(1)} years`;
}
