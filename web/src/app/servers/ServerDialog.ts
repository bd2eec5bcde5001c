// SPDX-License-Identifier: MIT
// ServerDialog.ts - <server-dialog .api .server>: adds a server, or changes the one it is given. A new one is tried first: one
// that does not answer is added only if the person says so. Events `saved` (detail: the server), `closed`.
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ApiClient } from '../../lib/api/client.js';
import type { ServerAdd, ServerChange, ServerProbe, ServerTold, ServerView } from '../../lib/types/schema.js';
import { FormElement } from '../ui/FormElement.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';
import { certificateField, certificateStyles, serverFields } from './ServerFields.js';
import { fingerprint, pathOf, shownCertificate, wrongOf } from './serverWords.js';

@customElement('server-dialog')
export class ServerDialog extends FormElement {
  @property({ attribute: false }) api!: ApiClient;
  /** The one to change; undefined: a new one is added. */
  @property({ attribute: false }) server: ServerView | undefined;
  /** The new one did not answer as it should: it may be added all the same. */
  @state() private tried = false;
  /** Fingerprint of the certificate that was shown last and can be confirmed. */
  @state() private certificate: string | undefined;

  static override styles = [base, buttons, fields, problems, dialogs, certificateStyles];

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('server')) this.certificate = shownCertificate(wrongOf(this.server?.test));
    this.certificate = shownCertificate(this.problem) ?? this.certificate;
  }

  override render() {
    const { server } = this;
    const heading = server ? `Change ${server.name}` : 'Add a server';
    return modalDialog({ heading, open: true, onClose: () => this.close() }, () => html`
      <form aria-label=${heading} autocomplete="off" @submit=${this.onSubmit} @input=${this.onInput}>
        ${serverFields({ ...(server ? { server } : {}), wrong: (field) => this.isWrong(field) })}
        ${server ? this.standing(server) : nothing}
        ${problem(this.problem)}
        ${certificateField(this.certificate)}
        <div class="actions">
          <button class="primary" aria-disabled=${String(this.busy)}>${this.busy ? 'Asking the server…' : server ? 'Save' : 'Add server'}</button>
          ${this.tried ? html`<button name="untested" value="yes" aria-disabled=${String(this.busy)}>Add all the same</button>` : nothing}
          <button type="button" @click=${() => this.close()}>Cancel</button>
        </div>
      </form>`);
  }

  private standing({ enabled, certificate_sha256: pinned }: ServerView) {
    return html`
      ${pinned === null ? nothing : html`<div class="certificate"><label class="check"><input type="checkbox" name="pinned" value="yes" checked>
        <span>Trust only the certificate that was confirmed</span></label><p class="fingerprint mono">${fingerprint(pinned)}</p></div>`}
      <label class="check"><input type="checkbox" name="enabled" value="yes" ?checked=${enabled}><span>May be synchronised with</span></label>`;
  }

  /* What is typed now was not tried; another address may show another certificate. */
  private onInput(event: Event) {
    const { name } = event.target as HTMLInputElement;
    if (name !== 'certificate') this.tried = false;
    if (name !== 'address') return;
    this.certificate = undefined;
    this.problem = undefined;
  }

  private async onSubmit(event: SubmitEvent) {
    const text = this.textsOf(event);
    const untested = (event.submitter as HTMLButtonElement | null)?.name === 'untested';
    const { server } = this;
    let saved: ServerView | undefined;
    await this.attempt(async () => {
      saved = server ? await this.change(server, text) : await this.add(text, untested);
    });
    if (saved) this.dispatchEvent(new CustomEvent('saved', { detail: saved }));
  }

  private async add(text: (name: string) => string, untested: boolean): Promise<ServerView> {
    const [token, certificate] = [text('token').trim(), text('certificate')];
    const probe: ServerProbe = {
      address: text('address').trim(), ...(token === '' ? {} : { token }), ...(certificate === '' ? {} : { certificate_sha256: certificate }),
    };
    if (!untested) await this.try(probe);
    const add: Omit<ServerAdd, 'id'> = { ...probe, name: text('name').trim() };
    return (await this.api.post<ServerTold>('/servers', add)).server;
  }

  private async try(probe: ServerProbe) {
    this.tried = false;
    try {
      await this.api.post('/servers/test', probe);
    } catch (thrown) {
      this.tried = (thrown as { status?: number }).status === 422;
      throw thrown;
    }
  }

  private async change(server: ServerView, text: (name: string) => string): Promise<ServerView> {
    const change: Omit<ServerChange, 'id'> = {};
    const [name, address, token] = [text('name').trim(), text('address').trim(), text('token').trim()];
    const [certificate, enabled] = [text('certificate'), text('enabled') === 'yes'];
    if (name !== server.name) change.name = name;
    if (address !== server.address) change.address = address;
    if (token !== '') change.token = token;
    if (enabled !== server.enabled) change.enabled = enabled;
    if (certificate !== '') change.certificate_sha256 = certificate;
    else if (server.certificate_sha256 !== null && text('pinned') !== 'yes') change.certificate_sha256 = '';
    if (Object.keys(change).length === 0) return server;
    return (await this.api.put<ServerTold>(pathOf(server), change)).server;
  }

  private close() {
    this.dispatchEvent(new CustomEvent('closed'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'server-dialog': ServerDialog;
  }
}
