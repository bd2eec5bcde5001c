// SPDX-License-Identifier: MIT
// <playbus-app>: what the whole page shows, by the state of the session: set-up, sign-in, or the
// settings with the dialogs that may come over them. Nothing here knows what a section does.
import { LitElement, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError, type ApiError } from '../lib/api/client.js';
import type { Session, SessionState } from './Session.js';
import type { SettingsManager, SettingsSection } from './SettingsManager.js';
import type { Theme, ThemeChoice } from './Theme.js';
import { brand } from './icons.js';
import './SettingsManager.js';
import './signin/ConfirmDialog.js';
import './signin/PasswordForm.js';
import './signin/SetupForm.js';
import type { SetupForm } from './signin/SetupForm.js';
import './signin/SignInForm.js';
import type { SignInForm } from './signin/SignInForm.js';
import { StoreWatch } from './ui/StoreWatch.js';
import './ui/banner.js';
import { dialogs, modalDialog } from './ui/dialog.js';
import { appStyles } from './appStyles.js';
import { base, buttons, fields } from './ui/styles.js';

type Page = 'set-up' | 'sign-in' | 'password' | 'settings';

function pageOf(auth: SessionState['auth']): Page | undefined {
  if (!auth) return undefined;
  if (!auth.authenticated) return auth.setup_required ? 'set-up' : 'sign-in';
  return auth.must_change_password ? 'password' : 'settings';
}

@customElement('playbus-app')
export class PlaybusApp extends LitElement {
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) theme!: Theme;
  /** The sections a person may see. */
  @property({ attribute: false }) sectionsFor!: (admin: boolean) => readonly SettingsSection[];
  /** The set-up code of the address; taken out of it before the page is shown. */
  @property() setupCode = '';
  /** The dialog over a lost session was closed: a banner stays. */
  @state() private dismissed = false;
  @state() private signingOut = false;
  @state() private signOutProblem: ApiError | undefined;
  private page: Page | undefined;
  private readonly watched = new StoreWatch(this, () => this.session, (state) => state);

  static override styles = [base, buttons, fields, dialogs, appStyles];

  private get now(): SessionState {
    return this.watched.value;
  }

  override willUpdate() {
    this.dismissed &&= this.now.lost;
  }

  override updated() {
    void this.placeFocus();
    const page = this.now.auth?.authenticated ? undefined : this.pageTitle();
    if (page !== undefined) {
      document.title = `Playbus – ${page}`;
    }
  }

  override render() {
    const { auth } = this.now;
    if (!auth) {
      return this.waiting();
    }
    return html`
      ${this.banners()}
      ${auth.authenticated ? this.settings() : this.welcome()}
    `;
  }

  /* Where a person goes on who came to another page than the one before; the browser's own place is kept. */
  private async placeFocus() {
    const { auth } = this.now;
    const [before, page] = [this.page, pageOf(auth)];
    this.page = page;
    if (page === before) return;
    if ((page === 'sign-in' || page === 'set-up') && document.activeElement === document.body) {
      await this.renderRoot.querySelector<SignInForm | SetupForm>('sign-in-form, setup-form')?.focus();
    }
    if (page === 'settings' && before !== undefined) {
      const settings = this.renderRoot.querySelector<SettingsManager>('settings-manager');
      await settings?.updateComplete;
      settings?.focusContent();
    }
  }

  private pageTitle(): string {
    return this.now.auth?.setup_required ? 'Set-up' : 'Sign in';
  }

  private waiting() {
    return html`<main class="waiting" aria-busy="true">
      ${this.now.unreachable ? html`<p role="alert">Connection lost. Retrying...</p>` : html`<p class="late soft">Opening Playbus…</p>`}
    </main>`;
  }

  private banners() {
    const { auth, updated, lost } = this.now;
    return html`
      ${auth?.plain_lan
        ? html`<pb-banner kind="warn" role="region" aria-label="Warning">
            <span><strong>This connection is not encrypted.</strong> Playbus is served beyond its machine without TLS: whoever is on
              this network can read passwords and history.</span>
          </pb-banner>`
        : nothing}
      <div role="status">
        ${updated
          ? html`<pb-banner><span>Playbus was updated.</span>
              <button class="small" @click=${() => window.location.reload()}>Reload</button></pb-banner>`
          : nothing}
        ${this.signOutProblem
          ? html`<pb-banner kind="bad"><span>You are still signed in: ${this.signOutProblem.message}</span></pb-banner>`
          : nothing}
        ${lost && this.dismissed
          ? html`<pb-banner kind="warn"><span>You are signed out. What you see may be old; a running import goes on.</span>
              <button class="small" @click=${() => (this.dismissed = false)}>Sign in</button></pb-banner>`
          : nothing}
      </div>
    `;
  }

  private welcome() {
    const setup = this.now.auth?.setup_required === true;
    return html`
      <main class="welcome">
        <p class="brand">${brand} Playbus</p>
        <div class="sheet">
          ${setup
            ? html`<setup-form .session=${this.session} .code=${this.setupCode}></setup-form>`
            : html`<h1>Sign in</h1><sign-in-form .session=${this.session}></sign-in-form>`}
        </div>
        ${this.themeChoice()}
      </main>
    `;
  }

  private settings() {
    const admin = this.session.isAdmin;
    return html`
      <button class="skip" @click=${this.skip}>Skip to content</button>
      <header><div class="bar">
        <a class="brand" href="#data-sync">${brand} Playbus</a>
        <div class="who">
          ${this.themeChoice()}
          <span class="name"><span class="only-heard">Signed in as </span>${this.now.auth?.user}</span>
          <button class="small" aria-disabled=${this.signingOut} @click=${this.signOut}>Sign out</button>
        </div>
      </div></header>
      ${this.now.auth?.must_change_password
        ? html`<main></main>` // nothing else is answered before the password is changed
        : html`<settings-manager .sections=${this.sectionsFor(admin)} ?paused=${this.now.lost}></settings-manager>`}
      ${this.dialogs()}
    `;
  }

  private dialogs() {
    const { auth, lost, confirming } = this.now;
    const again = lost && !this.dismissed;
    const mustChange = !lost && auth?.must_change_password === true;
    return html`
      ${modalDialog({ heading: 'Sign in', open: again, onClose: () => (this.dismissed = true) }, () => html`
        <p class="soft">Your session has ended. Sign in again to go on where you are; a running import was not interrupted.</p>
        <sign-in-form autofocus .session=${this.session} name=${auth?.user ?? ''}></sign-in-form>`)}
      ${modalDialog({ heading: 'Choose a new password', open: mustChange, onClose: () => void this.signOut() }, () => html`
        <p class="soft">Your password was set by someone else. Choose one that only you know; closing this signs you out.</p>
        <password-form autofocus .session=${this.session}></password-form>`)}
      <confirm-dialog .session=${this.session} ?open=${confirming && !lost}></confirm-dialog>
    `;
  }

  private themeChoice() {
    const choices: [ThemeChoice, string][] = [['system', 'System'], ['light', 'Light'], ['dark', 'Dark']];
    return html`<label class="themes"><span>Theme</span>
      <select class="theme" aria-label="Theme" @change=${this.onTheme}>
        ${choices.map(([value, label]) => html`<option value=${value} ?selected=${value === this.theme.choice}>${label}</option>`)}
      </select></label>`;
  }

  private onTheme(event: Event) {
    this.theme.choose((event.target as HTMLSelectElement).value as ThemeChoice);
  }

  private skip() {
    this.renderRoot.querySelector<SettingsManager>('settings-manager')?.focusContent();
  }

  private async signOut() {
    if (this.signingOut) {
      return;
    }
    this.signingOut = true;
    this.signOutProblem = undefined;
    try {
      await this.session.signOut();
    } catch (thrown) {
      this.signOutProblem = asApiError(thrown);
    } finally {
      this.signingOut = false;
    }
  }
}
