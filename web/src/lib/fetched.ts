// SPDX-License-Identifier: MIT
// fetched.ts - code that is not in the first bundle comes in the end: what is asked for while the
// connection is away is asked for again, as everything else of the panel is.
import { systemClock, type Clock } from './clock.js';
import { Backoff } from './feed/Backoff.js';

/** What `load` gives, as in `fetched(() => import('./Part.js'))`; never rejects. */
export async function fetched<T>(load: () => Promise<T>, clock: Clock = systemClock): Promise<T> {
  const backoff = new Backoff(() => clock.random());
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise<void>((resolve) => {
        clock.after(backoff.next(), resolve);
      });
    }
  }
}
