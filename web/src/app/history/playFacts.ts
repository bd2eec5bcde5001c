// SPDX-License-Identifier: MIT
// playFacts.ts - what is known of a play as names and values: first what most people ask for, grouped;
// of stream, item and raw rows everything that is not empty, under its own name.
import { count, dateTimeSecond } from '../../lib/format.js';
import type { PlayView, Stream } from '../../lib/types/schema.js';
import { lengthWords, partOf, percentWords, personOf, sourcesWords, typeName } from './playWords.js';

export type Fact = [name: string, value: unknown];

const QUALITY: Record<string, string> = {
  exact: '', watched_at: 'only when it was marked watched is known', start_only: 'only the start is known',
};

export function factGroups(play: PlayView): { title: string; facts: Fact[] }[] {
  const groups: [string, Fact[]][] = [
    ['What', [
      ['Type', typeName(play)], ['Part of', play.media_type === 'movie' ? '' : partOf(play)], ['Library', play.library], ['Original title', play.original_title],
      ['Year', play.year === null ? null : String(play.year)],
    ]],
    ['Who and when', [
      ['Person', personOf(play)], ['Started', dateTimeSecond(play.started_at)],
      ['Stopped', play.stopped_at === null ? 'unknown' : dateTimeSecond(play.stopped_at)], ['Times', QUALITY[play.time_quality]],
      ['Played', lengthWords(play.played_s)], ['Paused', play.paused_s === 0 ? '' : lengthWords(play.paused_s)],
      ['Seen', percentWords(play)], ['Watched', play.watched], ['Known from', sourcesWords(play.sources)],
    ]],
    ['Player', [
      ['Player', play.player], ['Program', [play.product, play.product_version].filter(Boolean).join(' ')],
      ['System', [play.platform, play.platform_version].filter(Boolean).join(' ')], ['Address', play.ip_address], ['Network', play.location],
      ['Bandwidth', kbps(play.bandwidth_kbps)], ['Encrypted', play.secure], ['Relayed', play.relayed],
    ]],
    ['Stream', [
      ['Quality', play.quality_profile], ['Decision', play.transcode_decision],
      ['Video', flow(play.video_decision, video(play.stream, ''), video(play.stream, 'stream_'))],
      ['Audio', flow(play.audio_decision, audio(play.stream, ''), audio(play.stream, 'stream_'))],
      ['Container', flow(play.stream?.stream_container_decision, play.stream?.container, play.stream?.stream_container)],
      ['Bitrate', flow(undefined, kbps(play.stream?.bitrate), kbps(play.stream?.stream_bitrate))],
    ]],
  ];
  return groups.map(([title, facts]) => ({ title, facts: facts.filter(([, value]) => isKnown(value)) })).filter(({ facts }) => facts.length > 0);
}

export function factsOf(record: object): Fact[] {
  return Object.entries(record).filter(([, value]) => isKnown(value)).map(([name, value]) => [name.replaceAll('_', ' '), value]);
}

export function valueWords(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isKnown(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);
}

function kbps(n: number | null | undefined): string {
  return n ? `${count(n)} kbit/s` : '';
}

function video(stream: Stream | undefined, of: '' | 'stream_'): string {
  if (!stream) return '';
  return [stream[`${of}video_full_resolution`] ?? stream[`${of}video_resolution`], stream[`${of}video_codec`], stream[`${of}video_dynamic_range`]].filter(Boolean).join(' ');
}

function audio(stream: Stream | undefined, of: '' | 'stream_'): string {
  if (!stream) return '';
  const channels = stream[`${of}audio_channels`];
  return [stream[`${of}audio_codec`], channels ? `${channels} ch` : '', stream[`${of}audio_language`]].filter(Boolean).join(' ');
}

/* What it was, what was sent if that is another, and what was decided. */
function flow(decision: string | null | undefined, was: string | null | undefined, sent: string | null | undefined): string {
  const way = was && sent && was !== sent ? `${was} → ${sent}` : (was || sent || '');
  return decision ? `${way}${way === '' ? '' : ', '}${decision}` : way;
}
