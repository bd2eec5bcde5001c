// SPDX-License-Identifier: MIT
// plays.ts - a play as the gateway gives it, for tests.
import type { PlayView } from '../lib/types/schema.js';

/** A film that Anna saw to its end, but for what a test says of it. */
export function play(part: Partial<PlayView> = {}): PlayView {
  return {
    id: '1', server_id: 's1', source: 'tautulli', native_id: '1', sources: [{ source: 'tautulli', native_id: '1', job_id: 'j1', reason: 'new', server_id: 's1' }],
    user_display: 'Anna', display_title: 'Alien', library: 'Movies', started_at: '2024-02-03T20:15:00Z', stopped_at: '2024-02-03T22:12:00Z',
    time_quality: 'exact', paused_s: 0, played_s: 7020, percent_complete: 100, watched: true, user_id: '7', user: 'anna', media_type: 'movie',
    live: false, title: 'Alien', parent_title: null, grandparent_title: null, full_title: 'Alien', original_title: null, year: 1979,
    media_index: null, parent_media_index: null, guid: null, rating_key: '9', parent_rating_key: null, grandparent_rating_key: null,
    section_id: '1', ip_address: null, location: null, secure: null, relayed: null, bandwidth_kbps: null, player: 'TV', product: null,
    product_version: null, platform: null, platform_version: null, profile: null, machine_id: null, quality_profile: null,
    transcode_decision: null, video_decision: null, audio_decision: null, view_offset_ms: null, duration_ms: null, reference_id: null,
    last_viewed_at: null, person: 's1/7', ...part,
  };
}
