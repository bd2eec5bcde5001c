// SPDX-License-Identifier: MIT
// schedule.ts - how often a media server is synced by itself: in words, and in the form that changes the server.
import { html } from 'lit';
import { counted } from '../../lib/format.js';
import type { ServerChange, ServerSyncView } from '../../lib/types/schema.js';

const HOUR = 60;
const DAY = 24 * HOUR;
const OFFERED = [5, 15, 30, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 7 * DAY];

/** "every 15 minutes", "every day". */
export function everyWords(minutes: number): string {
  const [unit, name] = minutes % DAY === 0 ? [DAY, 'day'] : minutes % HOUR === 0 ? [HOUR, 'hour'] : [1, 'minute'];
  return minutes === unit ? `every ${name}` : `every ${counted(minutes / unit, name)}`;
}

/** What the list says of it. */
export function scheduleWords({ scheduled, interval_minutes: minutes }: ServerSyncView): string {
  return scheduled ? `By itself, ${everyWords(minutes)}` : 'Only when asked';
}

/** Those offered, with the one it has. */
export function intervals(current: number): number[] {
  return [...new Set([...OFFERED, current])].sort((a, b) => a - b);
}

export function scheduleFields({ scheduled, interval_minutes: current }: ServerSyncView) {
  return html`<label class="check"><input type="checkbox" name="scheduled" value="yes" ?checked=${scheduled}><span>Synced by itself</span></label>
    <label class="field"><span>How often</span><select name="interval_minutes">${intervals(current).map((minutes) =>
      html`<option value=${minutes} ?selected=${minutes === current}>${everyWords(minutes)}</option>`)}</select></label>`;
}

/** What of it a form says otherwise. */
export function scheduleChange(sync: ServerSyncView, text: (name: string) => string): Pick<ServerChange, 'scheduled' | 'interval_minutes'> {
  const [scheduled, minutes] = [text('scheduled') === 'yes', Number(text('interval_minutes'))];
  return { ...(scheduled === sync.scheduled ? {} : { scheduled }), ...(minutes === sync.interval_minutes ? {} : { interval_minutes: minutes }) };
}
