// SPDX-License-Identifier: MIT
import type { ReactiveController } from 'lit';
import { beforeEach, expect, it, vi } from 'vitest';
import { errorOf, networkError } from '../../lib/api/client.js';
import { FakeClock } from '../../test/fakes.js';
import { Retry } from './Retry.js';

let clock: FakeClock;
let retry: Retry;
let ask: ReturnType<typeof vi.fn>;

beforeEach(() => {
  clock = new FakeClock();
  const host = {
    addController: (controller: ReactiveController) => controller.hostConnected?.(),
    removeController: () => undefined, requestUpdate: () => undefined, updateComplete: Promise.resolve(true),
  };
  retry = new Retry(host, clock);
  ask = vi.fn();
});

it('what nobody answered is asked once more, and not once it was answered', async () => {
  retry.failed(networkError(), ask);
  await clock.pass(1_000);
  expect(ask).toHaveBeenCalledTimes(1);
  retry.failed(networkError(), ask);
  retry.answered();
  await clock.pass(60_000);
  expect(ask).toHaveBeenCalledTimes(1);
});

it('a part that is away is asked again; a refusal that stays one is not', async () => {
  retry.failed(errorOf(403, { code: 'ROLE_TOO_LOW' }, null), ask);
  await clock.pass(60_000);
  expect(ask).not.toHaveBeenCalled();
  retry.failed(errorOf(503, { code: 'ACTOR_AWAY' }, null), ask);
  await clock.pass(1_000);
  expect(ask).toHaveBeenCalledTimes(1);
});

it('who asked too much at once is asked again when the gateway said, and not before', async () => {
  retry.failed(errorOf(429, { code: 'RATE_LIMITED' }, '5'), ask);
  await clock.pass(4_900);
  expect(ask).not.toHaveBeenCalled();
  await clock.pass(200);
  expect(ask).toHaveBeenCalledTimes(1);
});

it('a component that is gone asks nothing, also when its answer fails only then', async () => {
  retry.failed(networkError(), ask);
  retry.hostDisconnected();
  retry.failed(networkError(), ask);
  await clock.pass(60_000);
  expect(ask).not.toHaveBeenCalled();
});
