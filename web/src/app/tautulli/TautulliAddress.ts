// SPDX-License-Identifier: MIT
// TautulliAddress.ts - <tautulli-address .api .path ?disabled>: which Tautulli is imported from its address: one that is
// registered, or another by address and API key. That one is tried, and kept only if it works; its key goes to the
// gateway and never comes back. Events: `path-changed`, its address as detail ('' while none is chosen), and `added`.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { asApiError, notRepeated, type ApiError } from '../../lib/api/client.js';
import type { SyncApi } from '../../lib/api/sync.js';
import type { MediaServer } from '../../lib/types/sync.js';
import '../ProblemNote.js';
import { base, buttons, fields } from '../ui/styles.js';

@customElement('tautulli-address')
export class TautulliAddress extends LitElement {
  @property({ attribute: false }) api!: SyncApi;
  @property() path = '';
  @property({ type: Boolean }) disabled = false;
  @state() private known: readonly MediaServer[] | undefined;
  @state() private another = false;
  @state() private adding = false;
  @state() private problem: ApiError | undefined;
  @query('#address') private address!: HTMLInputElement | null;
  @query('#key') private key!: HTMLInputElement | null;
  @query('input[type=radio]:checked') private checked!: HTMLInputElement | null;
  private readonly gone = new AbortController();

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host { display: grid; gap: 0.9rem; grid-template-columns: minmax(0, 1fr); }
      fieldset { display: grid; gap: 0.5rem; border: 0; padding: 0; margin: 0; min-width: 0; }
      legend { font-weight: 560; padding: 0; margin-bottom: 0.4rem; }
      label.check span { overflow-wrap: anywhere; min-width: 0; }
      label.check .hint { display: block; }
      .new { display: grid; gap: 0.9rem; grid-template-columns: minmax(0, 1fr); }
    `,
  ];

  override connectedCallback() {
    super.connectedCallback();
    void this.fetchKnown();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.gone.abort();
  }

  override focus() {
    void this.updateComplete.then(() => (this.address ?? this.checked)?.focus());
  }

  override render() {
    if (this.known === undefined) return this.problem ? html`<problem-note .error=${this.problem}></problem-note>` : html`<p class="soft small" role="status">Looking for registered Tautullis…</p>`;
    return html`
      ${this.known.length === 0 ? nothing : this.choice(this.known)}
      ${this.isNew ? this.newOne() : nothing}
      ${this.problem ? html`<problem-note .error=${this.problem}>${this.problem.details?.certificate_sha256 === undefined ? nothing
        : html`<p>It can be compared and trusted on the page <a href="#servers">Servers</a>: add this Tautulli there.</p>`}</problem-note>` : nothing}`;
  }

  private get isNew(): boolean {
    return this.another || this.known?.length === 0;
  }

  private choice(known: readonly MediaServer[]) {
    return html`<fieldset><legend>Tautulli</legend>
      ${known.map(({ id, name, address }) => html`<label class="check">
        <input type="radio" name="tautulli" value=${id} .checked=${!this.another && address === this.path} ?disabled=${this.disabled} @change=${() => this.choose(address)}>
        <span>${name} <span class="hint mono">${address}</span></span></label>`)}
      <label class="check"><input type="radio" name="tautulli" value="" .checked=${this.another} ?disabled=${this.disabled} @change=${() => this.chooseAnother()}>
        <span>Another one</span></label>
    </fieldset>`;
  }

  private newOne() {
    const wrong = (field: string) => (this.problem?.field === field ? 'true' : 'false');
    return html`<div class="new" @keydown=${this.onKey}>
      <div class="field"><label class="name" for="address">Address of Tautulli</label>
        <input id="address" maxlength="2048" inputmode="url" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="http://192.168.1.10:8181"
          ?disabled=${this.disabled} aria-invalid=${wrong('address')} aria-describedby="address-hint">
        <small class="hint" id="address-hint">With http:// or https://, and with the path if a proxy has one for it.</small></div>
      <div class="field"><label class="name" for="key">API key</label>
        <input type="password" id="key" maxlength="1024" autocomplete="off" ?disabled=${this.disabled} aria-invalid=${wrong('token')} aria-describedby="key-hint">
        <small class="hint" id="key-hint">Shown in Tautulli: Settings, Web Interface. It is kept sealed and never shown again.</small></div>
      <div class="actions"><button type="button" aria-disabled=${String(this.adding || this.disabled)} aria-busy=${String(this.adding)} @click=${() => void this.add()}>
        ${this.adding ? 'Asking Tautulli…' : 'Add this Tautulli'}</button></div>
    </div>`;
  }

  /* Enter adds it; it does not start an import of nothing. */
  private onKey(event: KeyboardEvent) {
    if (event.key !== 'Enter' || (event.target as HTMLElement).localName !== 'input') return;
    event.preventDefault();
    void this.add();
  }

  private choose(address: string) {
    this.another = false;
    this.problem = undefined;
    this.tell(address);
  }

  private chooseAnother() {
    this.another = true;
    this.tell('');
  }

  private tell(address: string) {
    this.dispatchEvent(new CustomEvent('path-changed', { detail: address }));
  }

  private async fetchKnown(): Promise<void> {
    try {
      this.known = (await this.api.servers(this.gone.signal)).items.filter(({ kind, enabled }) => kind === 'tautulli' && enabled);
      const [only, ...others] = this.known;
      if (only && others.length === 0 && this.path === '' && !this.another) this.tell(only.address);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.kind !== 'aborted') this.problem = error;
    }
  }

  private async add() {
    if (this.adding || this.disabled || !this.address || !this.key) return;
    this.adding = true;
    this.problem = undefined;
    try {
      const { server } = await this.api.addTautulli(this.address.value.trim(), this.key.value);
      this.key.value = '';
      this.another = false;
      this.dispatchEvent(new CustomEvent('added', { detail: server.name }));
      this.tell(server.address);
      await this.fetchKnown();
      this.focus();
    } catch (thrown) {
      this.problem = notRepeated(asApiError(thrown));
      this.dispatchEvent(new CustomEvent('refused', { detail: this.problem.message }));
    } finally {
      this.adding = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'tautulli-address': TautulliAddress;
  }
}
