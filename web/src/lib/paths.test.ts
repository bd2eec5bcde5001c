// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { shortPath, uploadName } from './paths.js';

it('an upload is known by the name it was given, and nothing else is taken for one', () => {
  expect(uploadName('/var/lib/playbus/uploads/0123456789ab-Plex – München (2).db')).toBe('Plex – München (2).db');
  expect(uploadName('/srv/uploads/tautulli.db')).toBeUndefined();
  expect(uploadName('/srv/uploads/0123456789ab-x/tautulli.db')).toBeUndefined();
});

it.each([
  ['/config/tautulli.db', 44, '/config/tautulli.db'],
  ['/mnt/user/appdata/binhex-tautulli/tautulli/backups/tautulli.db', 48, '/mnt/user/appdata/binhex-tautulli/…/tautulli.db'],
  ['/mnt/a-folder-of-a-very-long-name-without-an-end/tautulli.db', 24, '/mnt/…/tautulli.db'],
  ['/srv/a-name-as-long-as-they-come-and-then-some-more.db', 24, '…/a-name-as-l…me-more.db'],
])('a path is cut in its middle: %s', (path, most, short) => {
  expect(shortPath(path, most)).toBe(short);
});

it('no path is longer than it may be, and the end of its name is always there', () => {
  for (let length = 1; length < 90; length += 1) {
    const path = `/${'folder/'.repeat(length % 7)}${'n'.repeat(length)}.db`;
    expect(shortPath(path, 30).length).toBeLessThanOrEqual(30);
    expect(shortPath(path, 30).endsWith('.db')).toBe(true);
  }
});
