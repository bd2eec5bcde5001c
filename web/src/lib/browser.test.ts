// SPDX-License-Identifier: MIT
// What the page asks of the browser must not break it where the browser says no.
import { expect, it } from 'vitest';
import { plainName } from './api/upload.js';
import { SafeSessionStorage } from './SafeSessionStorage.js';
import { TabChannel } from './TabChannel.js';
import { sortFiles } from '../app/tautulli/DatabaseUpload.js';

it('where storage is forbidden or broken, nothing is kept and nothing fails', () => {
  const forbidden = new SafeSessionStorage(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  forbidden.set('a', 1);
  forbidden.remove('a');
  expect(forbidden.get('a')).toBeUndefined();
  window.sessionStorage.setItem('broken', '{"half');
  expect(new SafeSessionStorage().get('broken')).toBeUndefined();
});

it('what was kept comes back, in this tab', () => {
  const store = new SafeSessionStorage();
  store.set('a', { b: [1] });
  expect(store.get('a')).toEqual({ b: [1] });
  store.remove('a');
  expect(store.get('a')).toBeUndefined();
});

it('where there is no BroadcastChannel, a tab is alone and nothing fails', () => {
  const tab = new TabChannel(() => {
    throw new ReferenceError('BroadcastChannel is not defined');
  });
  tab.send('refetch');
  tab.listen(() => undefined)();
});

it('tabs hear only the three words', () => {
  const heard: string[] = [];
  const target = new EventTarget();
  const channel = Object.assign(target, { postMessage: (data: unknown) => target.dispatchEvent(new MessageEvent('message', { data })) });
  const tab = new TabChannel(() => channel as unknown as BroadcastChannel);
  const undo = tab.listen((word) => heard.push(word));
  tab.send('refetch');
  channel.postMessage({ seq: 5 });
  undo();
  tab.send('signed-out');
  expect(heard).toEqual(['refetch']);
});

it('an upload is called by a name that the gateway takes', () => {
  expect(plainName('Bücher & <script>.db')).toBe('Bücher & <script>.db');
  expect(plainName('../a/b.db')).toBe('__a_b.db');
  expect(plainName('..')).toBe('database.db');
  expect(plainName('gpj.\u202ebd\n.part')).toBe('gpj._bd_.part_');
  expect(plainName('x'.repeat(300)).length).toBe(100);
  expect(new TextEncoder().encode(plainName(`${'タ'.repeat(90)}.db`)).length).toBeLessThanOrEqual(100);
});

it('of what is dropped the -wal belongs to the database, and the -shm to nobody', () => {
  const [db, wal, shm] = ['t.db', 't.db-wal', 't.db-shm'].map((name) => new File([], name));
  expect(sortFiles([shm, wal, db] as File[])).toEqual({ main: db, wal });
  expect(sortFiles([wal] as File[])).toEqual({ main: undefined, wal });
});
