// SPDX-License-Identifier: MIT
// QuickConnectDialog.ts - <quick-connect-dialog .api .begun>: shows the code that an administrator types in Jellyfin, and
// adds the server when that is done. Its secret and token stay with the service. Events `added` (detail: the
// server), `closed`.
import { css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { ApiError, asApiError, type ApiClient } from '../../lib/api/client.js';
import { systemClock, type Clock } from '../../lib/clock.js';
import type { QuickConnectTold, ServerProbe, ServerTold } from '../../lib/types/schema.js';
import { FormElement } from '../ui/FormElement.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';

export const QUICK_CONNECT = '/servers/jellyfin/quick-connect';
const ASK_EVERY_MS = 2000;

/** What was begun, and for which name. */
export interface QuickConnectBegun {
  told: QuickConnectTold;
  where: Pick<ServerProbe, 'address' | 'certificate_sha256'>;
  name: string;
}

@customElement('quick-connect-dialog')
export class QuickConnectDialog extends FormElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) begun!: QuickConnectBegun;
  @property({ attribute: false }) clock: Clock = systemClock;
  /** Undefined: it is not there any more. */
  @state() private told: QuickConnectTold | undefined;
  /** What is in the way of asking how it stands. */
  @state() private delay: ApiError | undefined;
  private undo: (() => void) | undefined;
  private gone = false;

  static override styles = [base, buttons, fields, problems, dialogs, css`
    .code { font-size: 2rem; font-weight: 600; letter-spacing: 0.2em; font-variant-numeric: tabular-nums; text-align: center; padding-block: 0.5rem; }
  `];

  override firstUpdated() {
    this.take(this.begun.told);
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.gone = true;
    this.undo?.();
    this.giveUp();
  }

  override render() {
    return modalDialog({ heading: 'Quick Connect', open: true, onClose: () => this.close() }, () => html`
      <div role="status">${this.standing()}</div>
      ${problem(this.problem ?? this.why)}
      ${this.told?.status === 'agreed' && this.problem ? this.otherName() : nothing}
      <div class="actions">
        ${this.isOver ? html`<button type="button" class="primary" aria-disabled=${String(this.busy)} @click=${() => this.begin()}>Begin again</button>` : nothing}
        <button type="button" @click=${() => this.close()}>Cancel</button>
      </div>`);
  }

  private get isOver(): boolean {
    return !this.busy && (this.told === undefined || this.told.status === 'expired');
  }

  /* Why it waits, or why it ended. */
  private get why(): ApiError | undefined {
    const why = this.told?.problem;
    return why ? new ApiError({ kind: 'refused', code: why.code, message: why.error, remedy: why.remedy }) : this.delay;
  }

  private standing() {
    const { told } = this;
    if (told?.status === 'agreed') return html`<p>${told.username ?? 'Somebody'} has typed the code. Adding the server…</p>`;
    if (this.isOver || !told?.code) return this.problem || this.why ? nothing : html`<p>Nobody has typed the code in time, and no server was added.</p>`;
    return html`<p>Open Jellyfin as an administrator, choose <em>Quick Connect</em> below your picture, and type this code:</p>
      <p class="code">${told.code}</p>
      <p class="small soft">For ${told.server_name ?? told.address}. Waiting for you to type it there…</p>`;
  }

  /* The name that was asked for is another server's. */
  private otherName() {
    return html`<form aria-label="Name" @submit=${this.onSubmit}><label class="field"><span>Name</span>
      <input name="name" required maxlength="128" autocomplete="off" .value=${this.begun.name} aria-invalid="true"></label>
      <div class="actions"><button class="primary" aria-disabled=${String(this.busy)}>Add server</button></div></form>`;
  }

  private onSubmit(event: SubmitEvent) {
    void this.add(this.textsOf(event)('name').trim());
  }

  private get path(): string {
    return `${QUICK_CONNECT}/${encodeURIComponent(this.told?.id ?? '')}`;
  }

  private async begin() {
    await this.attempt(async () => {
      this.take(await this.api.post<QuickConnectTold>(QUICK_CONNECT, this.begun.where));
    });
  }

  private take(told: QuickConnectTold) {
    this.told = told;
    this.delay = undefined;
    if (this.gone) this.giveUp(); // it was closed before this was told
    else if (told.status === 'waiting') this.undo = this.clock.after(ASK_EVERY_MS, () => void this.ask());
    else if (told.status === 'agreed') void this.add(this.begun.name);
  }

  /* What fails for a reason that passes is asked again; it goes on by itself meanwhile. */
  private async ask() {
    try {
      this.take(await this.api.get<QuickConnectTold>(this.path));
    } catch (thrown) {
      const error = asApiError(thrown);
      if (this.gone) return;
      this.delay = error;
      if (error.status === 404) this.told = undefined;
      else this.undo = this.clock.after(Math.max(ASK_EVERY_MS, (error.retryAfter ?? 0) * 1000), () => void this.ask());
    }
  }

  private async add(name: string) {
    await this.attempt(async () => {
      const { server } = await this.api.post<ServerTold>(`${this.path}/add`, { name });
      this.told = undefined; // it is over
      this.dispatchEvent(new CustomEvent('added', { detail: server }));
    });
    if (this.problem?.code === 'QUICK_CONNECT_OVER' || this.problem?.code === 'QUICK_CONNECT_NOT_FOUND') this.told = undefined;
  }

  private giveUp() {
    if (this.told && this.told.status !== 'expired') this.api.delete(this.path).catch(() => undefined); // it ends by itself, later
  }

  private close() {
    this.dispatchEvent(new CustomEvent('closed'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'quick-connect-dialog': QuickConnectDialog;
  }
}
