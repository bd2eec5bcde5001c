// SPDX-License-Identifier: MIT
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError, networkError } from '../../lib/api/client.js';
import { Loaded } from './Loaded.js';

let controllers: ReactiveController[];
let looked: boolean;
let answers: ((signal: AbortSignal) => Promise<string>)[];
let loaded: Loaded<string>;

beforeEach(() => {
  vi.useFakeTimers();
  [controllers, looked, answers] = [[], true, []];
  const host = { addController: (one: ReactiveController) => void controllers.push(one), requestUpdate: () => undefined };
  loaded = new Loaded<string>(host as unknown as ReactiveControllerHost, { ask: (signal) => answers.shift()!(signal), active: () => looked });
  for (const one of controllers) one.hostConnected?.();
});
afterEach(() => vi.useRealTimers());

const tells = (value: string) => async () => value;
const fails = (error: ApiError) => async () => { throw error; };
const refused = new ApiError({ kind: 'refused', status: 403, code: 'FORBIDDEN', message: 'No', remedy: '' });

it('of two questions the last one counts, whichever is answered first', async () => {
  let late: (value: string) => void = () => undefined;
  answers = [() => new Promise((resolve) => { late = resolve; }), tells('new')];
  const first = loaded.load();
  await loaded.load();
  late('old');
  await first;
  expect(loaded).toMatchObject({ value: 'new', loading: false, problem: undefined });
});

it('what was told stays beside a failure, and one that passes is asked again', async () => {
  answers = [tells('told'), fails(networkError()), tells('newer')];
  await loaded.load();
  await loaded.load();
  expect(loaded).toMatchObject({ value: 'told', problem: { kind: 'network' } });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(loaded).toMatchObject({ value: 'newer', problem: undefined });
});

it('nothing is asked again that is refused for good, that nobody looks at, or whose component is gone', async () => {
  answers = [fails(refused), fails(networkError()), fails(networkError()), tells('never asked')];
  await loaded.load();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(answers).toHaveLength(3);
  await loaded.load();
  looked = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(answers).toHaveLength(2);
  looked = true;
  await loaded.load();
  for (const one of controllers) one.hostDisconnected?.();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(answers).toHaveLength(1);
});
