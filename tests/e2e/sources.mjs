// SPDX-License-Identifier: MIT
// sources.mjs - services and databases of the browser tests: imports that are held where a test needs
// them, so that no page has to be faster than an import, and people who are signed in.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { Service, makeSource, until } from '../integration/service.mjs';
import { password } from './panel.mjs';

/** A service whose batches are so small that twenty thousand rows take some five seconds. */
export function slowService(more = {}) {
  const { env = {}, options = [], ...rest } = more;
  return Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '20', ...env }, options: ['--workers', '1', ...options], ...rest });
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const held = new Set();
const letAllGo = () => { for (const release of [...held]) release(); };
after(letAllGo);

/**
 * Holds the import that runs or is started next where it is: its only worker stops until the answer
 * is called. release.to(percent) lets it go on to there and holds it again.
 */
export function hold(service) {
  const pid = service.pid('import-worker-1');
  process.kill(pid, 'SIGSTOP');
  const release = () => {
    if (!held.delete(release)) return;
    try {
      process.kill(pid, 'SIGCONT');
    } catch {
      // Its service has ended, and it with it.
    }
  };
  release.to = (percent) => until(`${percent} % are done`, async () => {
    if ((await service.fetched('/import/status')).stats.progress_percent >= percent) return true;
    process.kill(pid, 'SIGCONT');
    await pause(100);
    process.kill(pid, 'SIGSTOP');
    return pause(20); // what it had sent arrives
  });
  held.add(release);
  return release;
}

/** Starts an import and holds it when so much of it is done; the answer lets it go on, as hold()'s does. */
export async function beginHeld(service, file, { percent = 10, ...more } = {}) {
  const release = hold(service);
  await service.begin(file, more);
  await release.to(percent);
  return release;
}

/** Waits until a gateway that was killed answers again, from what it asks the history and from what it is told of all jobs. */
export function back(service) {
  const answers = (what) => service.ask(what).then(({ status }) => status === 200, () => false);
  return until('the gateway is back', async () => await answers('GET /import/status') && answers('GET /sync/status'));
}

/** Nothing runs and nothing is held: how every test begins, however the one before ended. */
export async function quiet(service) {
  letAllGo();
  await back(service);
  await service.ask('DELETE /import');
  await service.end();
}

/** A viewer who has already changed the password an administrator gave; the headers of their calls. */
export async function viewer(service, admin, name = 'vera') {
  const first = 'a first password for the viewer';
  const made = await service.ask('POST /users', { name, role: 'viewer', password: first }, admin);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const session = await service.signIn({ name, password: first });
  const changed = await service.ask('POST /auth/password', { current_password: first, new_password: password }, session);
  assert.ok(changed.status < 300, JSON.stringify(changed.body));
  return service.signIn({ name });
}

export const small = (name = 'small.db', seed = 11) => makeSource(name, '--rows', 1200, '--dirty', '--seed', seed);
export const large = (name = 'large.db', seed = 12) => makeSource(name, '--rows', 20_000, '--dirty', '--seed', seed);
