// SPDX-License-Identifier: MIT
// PlexSignInDialog.ts - <plex-sign-in-dialog .api .window>: a sign-in with Plex from the first question to the servers that are added. `window`
// was opened by the click that opened this; where there is none a link does the same. The token stays with
// the service. Events `added` (detail: the server), `closed`; it closes by itself when nothing is left to be added.
import { css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { ApiError, asApiError, type ApiClient } from '../../lib/api/client.js';
import { systemClock, type Clock } from '../../lib/clock.js';
import type { PlexPinTold, ServerTold } from '../../lib/types/schema.js';
import { FormElement } from '../ui/FormElement.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';
import { canBeAdded, type PlexChoice } from './PlexServers.js';
import { openPlexWindow, type PlexWindow } from './plexWindow.js';

const ASK_EVERY_MS = 2000;
const PIN = '/servers/plex/pin';

@customElement('plex-sign-in-dialog')
export class PlexSignInDialog extends FormElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) window: PlexWindow | undefined;
  @property({ attribute: false }) clock: Clock = systemClock;
  @state() private pin: PlexPinTold | undefined;
  /** What is in the way of asking how it stands. */
  @state() private delay: ApiError | undefined;
  /** The window was opened. */
  @state() private opened = false;
  /** What the server is called that was added last. */
  @state() private added: string | undefined;
  private undo: (() => void) | undefined;
  private gone = false;

  static override styles = [base, buttons, fields, problems, dialogs, css`.actions a.primary { background: var(--pb-accent); border-color: var(--pb-accent); color: var(--pb-on-accent); }`];

  override firstUpdated() {
    void this.begin(this.window);
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.gone = true;
    this.undo?.();
    if (this.pin && this.pin.status !== 'expired') this.api.delete(this.path).catch(() => undefined); // it ends by itself, later
  }

  override render() {
    return modalDialog({ heading: 'Sign in with Plex', open: true, wide: this.pin?.status === 'done', onClose: () => this.close() }, () => html`
      <div role="status">${this.standing()}</div>
      ${problem(this.problem ?? this.told)}
      ${this.pin?.status === 'done'
        ? html`<plex-servers .servers=${this.pin.servers} ?busy=${this.busy} ?taken=${this.problem?.code === 'NAME_TAKEN'} @chosen=${(event: CustomEvent<PlexChoice>) => this.add(event.detail)}></plex-servers>`
        : nothing}
      <div class="actions">
        ${this.action()}
        <button type="button" @click=${() => this.close()}>${this.added === undefined ? 'Cancel' : 'Close'}</button>
      </div>`);
  }

  /* Why it waits, or why it ended. */
  private get told(): ApiError | undefined {
    const why = this.pin?.problem;
    if (why) return new ApiError({ kind: 'refused', code: why.code, message: why.error, remedy: why.remedy });
    return this.delay;
  }

  private get isOver(): boolean {
    return this.problem !== undefined && this.problem.code !== 'NAME_TAKEN' && this.pin?.status !== 'done';
  }

  private standing() {
    const { pin } = this;
    if (this.isOver) return nothing;
    if (!pin) return html`<p>Asking plex.tv…</p>`;
    if (pin.status === 'expired') return html`<p>This sign-in is over, and no server was added.</p>`;
    if (this.added !== undefined) return html`<p>${this.added} was added. You can add another one.</p>`;
    if (pin.status === 'done') return pin.servers.length > 0 ? html`<p>You are signed in. Choose the server to add, and the address it is asked at.</p>` : html`<p>You are signed in, but this account has no servers.</p>`;
    if (pin.signed_in) return html`<p>You are signed in. Looking where your servers answer…</p>`;
    return this.opened
      ? html`<p>Sign in to Plex in the window that has opened, and come back. Your password is given to Plex alone.</p>`
      : html`<p>Your browser did not let a window open. Follow the link, sign in to Plex there, and come back.</p>`;
  }

  private action() {
    const { pin } = this;
    if (pin?.status === 'expired' || this.isOver) {
      return html`<button type="button" class="primary" aria-disabled=${String(this.busy)} @click=${() => this.begin(openPlexWindow())}>Begin again</button>`;
    }
    if (pin?.status !== 'waiting' || pin.signed_in || pin.address === undefined) return nothing;
    return html`<a class="button ${this.opened ? '' : 'primary'}" href=${pin.address} target="_blank" rel="noopener noreferrer">${this.opened ? 'No window? Open Plex here' : 'Open Plex'}</a>`;
  }

  private get path(): string {
    return `${PIN}/${encodeURIComponent(this.pin?.id ?? '')}`;
  }

  private async begin(window: PlexWindow | undefined) {
    this.undo?.();
    this.pin = undefined;
    this.delay = undefined;
    this.opened = window !== undefined;
    this.added = undefined;
    const begun = await this.attempt(async () => {
      this.take(await this.api.post<PlexPinTold>(PIN, {}));
    });
    const address = this.pin === undefined ? undefined : (this.pin as PlexPinTold).address;
    if (begun && address !== undefined && !this.gone) window?.goTo(address);
    else window?.close();
  }

  private take(pin: PlexPinTold) {
    this.pin = pin;
    this.delay = undefined;
    if (this.gone) this.api.delete(this.path).catch(() => undefined); // it was closed before this was told
    else if (pin.status === 'waiting') this.undo = this.clock.after(ASK_EVERY_MS, () => void this.ask());
  }

  /* What fails for a reason that passes is asked again; the sign-in itself goes on meanwhile. */
  private async ask() {
    try {
      this.take(await this.api.get<PlexPinTold>(this.path));
    } catch (thrown) {
      const error = asApiError(thrown);
      if (this.gone) return;
      if (error.status === 404) {
        this.pin = undefined;
        this.problem = error;
        return;
      }
      this.delay = error;
      this.undo = this.clock.after(Math.max(ASK_EVERY_MS, (error.retryAfter ?? 0) * 1000), () => void this.ask());
    }
  }

  private async add(choice: PlexChoice) {
    const added = await this.attempt(async () => {
      const { server } = await this.api.post<ServerTold>(`${this.path}/add`, choice, { timeoutMs: 15_000 });
      this.added = server.name;
      this.dispatchEvent(new CustomEvent('added', { detail: server }));
    });
    if (added) await this.addMore();
    else if (this.problem?.code === 'PLEX_PIN_OVER' || this.problem?.code === 'PLEX_PIN_NOT_FOUND') this.pin = undefined;
  }

  private async addMore() {
    await this.ask();
    if (this.pin?.status !== 'done' || !this.pin.servers.some(canBeAdded)) this.close();
  }

  private close() {
    this.dispatchEvent(new CustomEvent('closed'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'plex-sign-in-dialog': PlexSignInDialog;
  }
}
