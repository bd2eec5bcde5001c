// SPDX-License-Identifier: MIT
// life.mjs - days of people who watch one thing after another on a Jellyfin or Emby server: some briefly, some to the
// end, some again; now and then the server dies.
import { sequence } from './library.mjs';

const minute = 60_000;

/** What they may watch. */
export const watchable = (watching) => [...watching.of('movie').slice(0, 40), ...watching.of('episode').slice(0, 80), ...watching.of('track').slice(0, 40)];

/** `plays` of two people, from and until (ms), one after another. */
export function live(watching, { plays, from, until, seed = 7 }) {
  const random = sequence(seed);
  const items = watchable(watching);
  const step = (until - from) / plays;
  const free = { ada: from, ben: from };
  for (let n = 0; n < plays; n++) {
    const who = n % 2 === 0 ? 'ada' : 'ben';
    const at = Math.max(Math.round(from + n * step), free[who] + 3 * minute);
    const item = items[Math.floor(random() * items.length)];
    const chance = random();
    const whole = chance < 0.4 ? 0.95 : chance < 0.5 ? 0.002 : 0.1 + 0.7 * random();
    const length = Math.round(Math.min(Math.max(item.duration * whole, 4000), 2 * step - 4 * minute));
    const session = watching.begin({ who, item, at, device: random() < 0.5 ? 'Sofa' : 'Phone' });
    if (random() < 0.03) {
      watching.progress(session, { at: at + length });
      session.lost = true;
      session.until = at + length;
      watching.open.delete(session);
    } else {
      watching.stop(session, { at: at + length, position: Math.round(item.duration * whole) });
    }
    free[who] = at + length;
  }
}
