// SPDX-License-Identifier: MIT
import { describe, expect, it, vi } from 'vitest';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { ApiError } from './client.js';

async function failure(call: Promise<unknown>): Promise<ApiError> {
  return call.then(
    () => {
      throw new Error('it did not fail');
    },
    (thrown: unknown) => thrown as ApiError,
  );
}

describe('a call to the gateway', () => {
  it('carries the session token on what changes something, and only there', async () => {
    const gateway = new FakeGateway().on('POST /import/tautulli', { status: 202, body: {} }).on('DELETE /import', { body: {} });
    const client = gateway.client();
    await client.get('/import/status');
    await client.post('/import/tautulli', { dry_run: true });
    await client.delete('/import');
    expect(gateway.calls.map((one) => one.headers['X-CSRF-Token'])).toEqual([undefined, 'csrf', 'csrf']);
    expect(gateway.asked('POST /import/tautulli').at(-1)).toMatchObject({ body: { dry_run: true }, headers: { 'Content-Type': 'application/json' } });
  });

  it('fails with everything the one error shape says', async () => {
    const stats = { operation: 'tautulli_import', status: 'running', seq: 3 };
    const gateway = new FakeGateway().on('POST /import/tautulli', refusal(409, 'IMPORT_RUNNING', {
      error: 'Another import is already running', remedy: 'Wait', job_id: 'j', operation: 'tautulli_import', stats, field: 'db_path',
    }));
    const error = await failure(gateway.client().post('/import/tautulli'));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      kind: 'refused', status: 409, code: 'IMPORT_RUNNING', message: 'Another import is already running', remedy: 'Wait', jobId: 'j', stats, field: 'db_path',
    });
  });

  it('says in how many seconds a limit ends', async () => {
    const gateway = new FakeGateway().on('GET /sync/status', { status: 429, body: { code: 'RATE_LIMITED' }, headers: { 'Retry-After': '7' } });
    expect((await failure(gateway.client().get('/sync/status'))).retryAfter).toBe(7);
  });

  it('calls an unreachable gateway a lost connection, in the words of the design document', async () => {
    const gateway = new FakeGateway().on('GET /sync/status', { fails: 'down' });
    expect(await failure(gateway.client().get('/sync/status'))).toMatchObject({ kind: 'network', code: 'NETWORK', message: 'Connection lost. Retrying...' });
  });

  it('gives up after its deadline with: operation timed out', async () => {
    const gateway = new FakeGateway().on('GET /sync/status', { fails: 'never' });
    const error = await failure(gateway.client().get('/sync/status', undefined, { timeoutMs: 5 }));
    expect(error).toMatchObject({ kind: 'timeout', code: 'TIMEOUT', message: 'Operation timed out' });
  });

  it('is no error of the network when the page itself gives up', async () => {
    const gateway = new FakeGateway().on('GET /sync/status', { fails: 'never' });
    const given = new AbortController();
    const failed = failure(gateway.client().get('/sync/status', undefined, { signal: given.signal }));
    given.abort();
    expect((await failed).kind).toBe('aborted');
  });

  it("takes a proxy's page for no answer of the gateway", async () => {
    const gateway = new FakeGateway().on('GET /sync/status', { status: 502, body: '<html>Bad Gateway</html>' });
    expect(await failure(gateway.client().get('/sync/status'))).toMatchObject({ status: 502, code: 'UNREADABLE' });
  });

  it('tells once that the session is gone', async () => {
    const onSignedOut = vi.fn();
    const gateway = new FakeGateway().on('GET /sync/status', refusal(401, 'NOT_SIGNED_IN'));
    await failure(gateway.client({ onSignedOut }).get('/sync/status'));
    expect(onSignedOut).toHaveBeenCalledTimes(1);
  });

  it('is sent once again, and no more, after the password was given', async () => {
    const gateway = new FakeGateway().on('POST /users', refusal(403, 'PASSWORD_NEEDED'));
    const recover = vi.fn(async () => true);
    expect((await failure(gateway.client({ recover }).post('/users', {}))).code).toBe('PASSWORD_NEEDED');
    expect(recover).toHaveBeenCalledTimes(1);
    expect(gateway.asked('POST /users')).toHaveLength(2);
  });

  it('is not sent again when the person does not give the password', async () => {
    const gateway = new FakeGateway().on('POST /users', refusal(403, 'PASSWORD_NEEDED'));
    await failure(gateway.client({ recover: async () => false }).post('/users', {}));
    expect(gateway.asked('POST /users')).toHaveLength(1);
  });
});
