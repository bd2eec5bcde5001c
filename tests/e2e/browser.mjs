// SPDX-License-Identifier: MIT
// browser.mjs - Debian's chromium for a test file: one browser, a fresh context for each test, and
// the promise that no test passes while the page reports an error or a CSP violation of any kind.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { Panel } from './panel.mjs';
import { recorder } from './recorder.mjs';

const asRoot = process.getuid?.() === 0;
const folder = process.env.PLAYBUS_SCREENSHOTS ?? '';
let running;

after(async () => { await (await running)?.close(); });

/** The file's browser, started at the first use; the arguments of the first use count. */
export function browser(...args) {
  running ??= chromium.launch({
    executablePath: process.env.PLAYBUS_CHROMIUM ?? '/usr/bin/chromium', timeout: 120_000,
    args: [...(asRoot ? ['--no-sandbox'] : []), ...args],
  });
  return running;
}

/** What may be said on the console: nothing, but what a test says it provokes. */
class Console {
  constructor() {
    this.errors = [];
    this.expected = [];
  }

  watch(page) {
    page.on('console', (message) => {
      const { url } = message.location();
      if (message.type() === 'error') this.errors.push(`${message.text()} (${url})`);
    });
    page.on('pageerror', (error) => this.errors.push(`uncaught: ${error.stack || String(error)}`));
    page.on('crash', () => this.errors.push('the page crashed'));
  }

  check() {
    const surprises = this.errors.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(surprises, [], 'what the console said');
  }
}

/**
 * A browser of one person: `tabs` share cookies, as two windows do. Closed at the end of the test,
 * which fails if a console had an error that was not announced with expect(). `as` are the headers of
 * Service.signIn; without `record` the page runs as it does for a person.
 */
export async function person(t, service, { as, record = true, ...options } = {}) {
  const context = await (await browser()).newContext({
    baseURL: service.origin ?? `http://${service.address}`, viewport: { width: 1280, height: 800 },
    locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', ...options,
  });
  context.setDefaultTimeout(60_000); // for what would never come: a busy machine is no defect
  if (record) await context.addInitScript(recorder);
  if (as !== undefined) await context.addCookies([cookieOf(as, service)]);
  const said = new Console();
  t.after(async () => {
    if (t.passed === false) await tell(t, context); // older Nodes do not say
    await context.close();
    said.check();
  });
  return {
    context,
    expect: (...patterns) => { said.expected.push(...patterns); },
    /** Opens another tab at an address of the panel. */
    async tab(where = '/') {
      const page = await context.newPage();
      said.watch(page);
      const panel = new Panel(page, service);
      await page.goto(where);
      return panel;
    },
  };
}

/** What every tab of a test that failed showed at the end. */
async function tell(t, context) {
  for (const page of context.pages()) {
    const shown = await page.locator('main').ariaSnapshot({ timeout: 5_000 }).catch((error) => String(error));
    t.diagnostic(`${page.url()} showed\n${shown}`);
  }
}

/** Service.signIn's headers as the cookie of a browser. */
function cookieOf({ cookie }, service) {
  const at = cookie.indexOf('=');
  return { name: cookie.slice(0, at), value: cookie.slice(at + 1), url: service.origin ?? `http://${service.address}`,
    httpOnly: true, sameSite: 'Strict' };
}

/** Console lines that belong to a refused or impossible request, as a pattern for expect(). */
export const answered = (...statuses) => new RegExp(`Failed to load resource: the server responded with a status of (${statuses.join('|')})`);
export const unreachable = /net::ERR_|WebSocket connection to .* failed/;

export const shapes = [
  { shape: 'desktop-light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { shape: 'desktop-dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { shape: 'phone-light', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
  { shape: 'phone-dark', viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
];

/** Keeps a picture of the whole page, if PLAYBUS_SCREENSHOTS names a folder for them. */
export async function picture(page, name) {
  if (folder === '') return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true, animations: 'disabled' });
}
