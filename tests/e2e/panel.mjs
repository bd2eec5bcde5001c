// SPDX-License-Identifier: MIT
// panel.mjs - the panel as a person or a screen reader knows it: everything is found by role and
// name, never by class or id, so a name that gets lost is a failure of its own.
import assert from 'node:assert/strict';
import { until } from '../integration/service.mjs';

export const password = 'correct horse battery staple';

export class Panel {
  constructor(page, service) {
    this.page = page;
    this.service = service;
    this.requests = [];
    page.on('request', (request) => {
      const { pathname, search } = new URL(request.url());
      if (pathname.startsWith('/api/v1')) this.requests.push(`${request.method()} ${pathname.slice(7)}${search}`);
    });
  }

  // ---- what is on the page ----

  button(name, within = this.page) { return within.getByRole('button', { name, exact: typeof name === 'string' }); }
  link(name, within = this.page) { return within.getByRole('link', { name, exact: typeof name === 'string' }); }
  box(name, within = this.page) { return within.getByLabel(name, { exact: typeof name === 'string' }); }
  region(name) { return this.page.getByRole('region', { name }); }
  dialog(name) { return this.page.getByRole('dialog', { name }); }
  text(text) { return this.page.getByText(text); }

  get path() { return this.page.getByRole('combobox', { name: 'Database Path' }).or(this.page.getByRole('textbox', { name: 'Database Path' })); }
  get bar() { return this.page.getByRole('progressbar', { name: 'Import progress' }); }
  get start() { return this.button(/^Start (Import|Dry Run)$/); }
  get another() { return this.button('Import another database'); }
  get stop() { return this.button('Stop Import').first(); }
  get resume() { return this.page.getByRole('checkbox', { name: 'Resume from last position' }); }
  get dryRun() { return this.page.getByRole('checkbox', { name: /^Dry run/ }); }

  async goTo(section) {
    await this.page.getByRole('navigation').getByRole('link', { name: section }).click();
    await this.page.getByRole('heading', { name: section, level: 1 }).waitFor();
  }

  // ---- what a person does ----

  async setUp(name = 'admin', code = undefined) {
    if (code !== undefined) await this.box(/^Set-up code/).fill(code);
    await this.box(/^(User )?Name/).fill(name);
    for (const box of await this.page.getByLabel(/password/i).and(this.page.locator('input')).all()) await box.fill(password);
    await this.button('Create administrator').click();
  }

  async signIn(name = 'admin', secret = password) {
    const asked = this.page.getByRole('heading', { name: 'Sign in' });
    await asked.waitFor();
    await this.box(/^(User )?Name/).fill(name);
    await this.page.getByLabel('Password', { exact: true }).fill(secret);
    await this.button('Sign in').click();
    await asked.waitFor({ state: 'hidden' });
  }

  /** The form, which is folded away beneath the receipt of a run that has ended. */
  async openForm() {
    await this.path.or(this.another).first().waitFor();
    if (!await this.path.isVisible()) await this.another.click();
  }

  async choose(file, { dryRun = false, resume = false } = {}) {
    await this.openForm();
    await this.path.fill(file);
    if (await this.dryRun.isEnabled()) await this.dryRun.setChecked(dryRun);
    if (await this.resume.isVisible() && await this.resume.isEnabled()) await this.resume.setChecked(resume);
  }

  async begin(file, options) {
    await this.choose(file, options);
    await this.start.click();
  }

  async stopImport() {
    await this.stop.click();
    const asked = this.dialog(/stop/i);
    await this.button('Stop Import', asked).click();
    await asked.waitFor({ state: 'hidden' });
  }

  // ---- what it says ----

  /** The bar's figures: {now, min, max, text}. */
  async figures() {
    const [now, min, max, text] = await Promise.all(['aria-valuenow', 'aria-valuemin', 'aria-valuemax', 'aria-valuetext']
      .map((name) => this.bar.getAttribute(name)));
    return { now: Number(now), min: Number(min), max: Number(max), text };
  }

  /** Every announcement so far: {at, how: polite | assertive, text}. */
  said() { return this.page.evaluate(() => window.seen.said); }

  /** Values the import's bar has had since the page was loaded. */
  async course() {
    const bars = await this.page.evaluate(() => window.seen.bars);
    return bars.map((bar) => bar.now);
  }

  /** An import runs and is shown; the bar alone may be that of one that has ended. */
  async runs() {
    await this.page.getByText('Speed:').waitFor();
    await this.bar.waitFor();
  }

  /** None runs, for an administrator: there is a form, or a button to it. */
  async rests() { await this.start.or(this.another).first().waitFor(); }

  /** The primary buttons that can be seen; while a dialog is open, its own. */
  primaries() {
    return this.page.locator('button.primary').evaluateAll((all) => {
      const dialogs = (node) => (node === null ? null : node.closest?.('dialog') ?? dialogs(node.getRootNode().host ?? null));
      const seen = all.filter((one) => one.checkVisibility());
      const inDialog = seen.filter((one) => dialogs(one)?.open);
      return (inDialog.length > 0 ? inDialog : seen).map((one) => one.textContent.trim());
    });
  }

  /** Waits for what is told of an import that went to its end. */
  async ends(name = 'Receipt', deadlineMs = 120_000) { await this.region(name).waitFor({ timeout: deadlineMs }); }

  /** How many requests of that method and path this tab has sent. */
  sent(what) { return this.requests.filter((request) => request === what || request.startsWith(`${what}?`)).length; }

  /** What reaches beyond the right edge so that the page scrolls sideways; outermost first. */
  sideways() {
    return this.page.evaluate(() => {
      const { clientWidth, scrollWidth } = document.documentElement;
      const roots = [document];
      const wide = [];
      while (scrollWidth > clientWidth && roots.length > 0) {
        for (const element of roots.pop().querySelectorAll('*')) {
          if (element.shadowRoot !== null) roots.push(element.shadowRoot);
          const { right } = element.getBoundingClientRect();
          if (right > clientWidth + 1) wide.push(`${Math.round(right - clientWidth)} px: ${element.outerHTML.slice(0, 80)}`);
        }
      }
      return wide.slice(0, 5);
    });
  }

  /** What has the keyboard's focus, through shadow roots: its role or tag, and its name. */
  focused() {
    return this.page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      if (element === null || element === document.body) return null;
      const style = getComputedStyle(element);
      const labels = [...element.labels ?? []].map((label) => label.textContent);
      const named = element.getAttribute('aria-labelledby')?.split(' ').map((id) => element.getRootNode().getElementById(id)?.textContent) ?? [];
      const name = (element.getAttribute('aria-label') ?? ([...named, ...labels].join(' ') || element.textContent)).replace(/\s+/g, ' ').trim();
      return { tag: element.tagName.toLowerCase(), type: element.type ?? '', name, disabled: element.ariaDisabled === 'true',
        outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none' };
    });
  }

  /** Presses Tab until the named thing has the focus; every stop on the way must be visible and named. */
  async tabTo(name, { back = false, most = 60 } = {}) {
    const way = [];
    for (let i = 0; i < most; i++) {
      const focus = await this.focused();
      if (focus !== null) {
        way.push(focus.name);
        assert.ok(focus.name !== '', `a focused ${focus.tag} has no name, after ${way.join(' > ')}`);
        if (name instanceof RegExp ? name.test(focus.name) : focus.name === name) {
          assert.ok(focus.outlined, `${focus.name}: its focus cannot be seen`);
          return;
        }
      }
      await this.page.keyboard.press(back ? 'Shift+Tab' : 'Tab');
    }
    assert.fail(`Tab does not reach ${name}: ${way.join(' > ')}`);
  }

  /** How often the page says so where a person can see it; what is only for screen readers aside. */
  seen(text) {
    return this.page.getByText(text).evaluateAll((elements) =>
      elements.filter((element) => element.checkVisibility() && element.closest('[aria-live]') === null).length);
  }

  shows(text, deadlineMs) { return until(`${text} is shown`, async () => await this.seen(text) > 0, deadlineMs); }
  hides(text, deadlineMs) { return until(`${text} is gone`, async () => await this.seen(text) === 0, deadlineMs); }

  async eventually(what, ask, deadlineMs) { return until(what, ask, deadlineMs); }
}
