// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeRequest } from '../../test/request.js';
import { ApiClient, type ApiError } from './client.js';
import { SyncApi } from './sync.js';

const session = { csrfToken: 'old' };
let recoveries: number;

function upload(): Promise<string | ApiError> {
  const recover = async (): Promise<boolean> => {
    recoveries += 1;
    session.csrfToken = 'fresh';
    return true;
  };
  return new SyncApi(new ApiClient({ session, recover }))
    .upload(new Blob(['12345678']), 'tautulli.db', {})
    .then((stored) => stored.db_path, (thrown: ApiError) => thrown);
}

async function sent(n: number): Promise<FakeRequest> {
  await vi.waitFor(() => expect(FakeRequest.sent).toHaveLength(n));
  return FakeRequest.sent[n - 1] as FakeRequest;
}

beforeEach(() => {
  session.csrfToken = 'old';
  recoveries = 0;
  FakeRequest.sent.length = 0;
  vi.stubGlobal('XMLHttpRequest', FakeRequest);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('an upload', () => {
  it('may take long as long as it moves, and is given up when nothing was heard of it for a minute', async () => {
    vi.useFakeTimers();
    const done = upload();
    const request = FakeRequest.sent[0];
    let over = false;
    void done.then(() => (over = true));
    for (let i = 1; i <= 3; i += 1) {
      await vi.advanceTimersByTimeAsync(59_000);
      request?.upload.onprogress?.({ loaded: i });
    }
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await done).toMatchObject({ kind: 'timeout', message: 'The upload came to a halt' });
  });

  it('is sent once again, and no more, with the token of a session that was renewed meanwhile', async () => {
    const refused = { success: false, error: 'no', code: 'CSRF_FAILED', remedy: 'Reload' };
    const done = upload();
    (await sent(1)).answers(403, refused);
    const second = await sent(2);
    expect(FakeRequest.sent.map((one) => one.headers['X-CSRF-Token'])).toEqual(['old', 'fresh']);
    second.answers(403, refused);
    expect(await done).toMatchObject({ code: 'CSRF_FAILED' });
    expect(recoveries).toBe(1);

    const again = upload();
    (await sent(3)).answers(201, { success: true, db_path: '/data/uploads/tautulli.db' });
    expect(await again).toBe('/data/uploads/tautulli.db');
  });
});
