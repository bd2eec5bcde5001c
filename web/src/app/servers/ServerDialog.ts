// SPDX-License-Identifier: MIT
// ServerDialog.ts - <server-dialog .api .server>: adds a server, or changes the one it is given. A new one is tried first: one
// that does not answer is added only if the person says so; by a password it is signed in to, or not added. Events
// `saved` (detail: the server), `quick-connect` (detail: what was begun), `closed`.
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ApiClient } from '../../lib/api/client.js';
import type { QuickConnectTold, ServerAdd, ServerChange, ServerKind, ServerProbe, ServerTold, ServerView } from '../../lib/types/schema.js';
import { FormElement } from '../ui/FormElement.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';
import { QUICK_CONNECT, type QuickConnectBegun } from './QuickConnectDialog.js';
import { certificateField, certificateStyles, insecureField, serverFields, waysOf, type Way } from './ServerFields.js';
import { scheduleChange, scheduleFields } from './schedule.js';
import { fingerprint, pathOf, shownCertificate, wrongOf } from './serverWords.js';

@customElement('server-dialog')
export class ServerDialog extends FormElement {
  @property({ attribute: false }) api!: ApiClient;
  /** The one to change; undefined: a new one is added. */
  @property({ attribute: false }) server: ServerView | undefined;
  /** The new one did not answer as it should: it may be added all the same. */
  @state() private tried = false;
  @state() private kind: ServerKind = 'plex';
  @state() private way: Way = 'token';
  /** The password would cross the network unencrypted, and the person has to confirm it. */
  @state() private insecure = false;
  /** Fingerprint of the certificate that was shown last and can be confirmed. */
  @state() private certificate: string | undefined;

  static override styles = [base, buttons, fields, problems, dialogs, certificateStyles];

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('server')) this.certificate = shownCertificate(wrongOf(this.server?.test));
    if (changed.has('server') && this.server) [this.kind, this.way] = [this.server.kind, this.server.username === null ? 'token' : 'password'];
    this.certificate = shownCertificate(this.problem) ?? this.certificate;
    this.insecure ||= this.problem?.code === 'PASSWORD_IN_CLEAR';
  }

  override render() {
    const { server } = this;
    const heading = server ? `Change ${server.name}` : 'Add a server';
    return modalDialog({ heading, open: true, onClose: () => this.close() }, () => html`
      <form aria-label=${heading} autocomplete="off" @submit=${this.onSubmit} @input=${this.onInput}>
        ${serverFields({ ...(server ? { server } : {}), kind: this.kind, way: this.way, wrong: (field) => this.isWrong(field) })}
        ${server ? this.standing(server) : nothing}
        ${problem(this.problem)}
        ${certificateField(this.certificate)}
        ${insecureField(this.insecure && this.way === 'password')}
        <div class="actions">
          <button class="primary" aria-disabled=${String(this.busy)}>${this.busy ? 'Asking the server…' : server ? 'Save' : this.way === 'quick-connect' ? 'Get a code' : 'Add server'}</button>
          ${this.tried ? html`<button name="untested" value="yes" aria-disabled=${String(this.busy)}>Add all the same</button>` : nothing}
          <button type="button" @click=${() => this.close()}>Cancel</button>
        </div>
      </form>`);
  }

  private standing({ enabled, certificate_sha256: pinned, sync }: ServerView) {
    return html`
      ${pinned === null ? nothing : html`<div class="certificate"><label class="check"><input type="checkbox" name="pinned" value="yes" checked>
        <span>Trust only the certificate that was confirmed</span></label><p class="fingerprint mono">${fingerprint(pinned)}</p></div>`}
      <label class="check"><input type="checkbox" name="enabled" value="yes" ?checked=${enabled}><span>May be synchronised with</span></label>
      ${sync ? scheduleFields(sync) : nothing}`;
  }

  /* What is typed now was not tried; another address may show another certificate. */
  private onInput(event: Event) {
    const { name, value } = event.target as HTMLInputElement;
    if (name === 'kind') [this.kind, this.way] = [value as ServerKind, waysOf(value as ServerKind, true).includes(this.way) ? this.way : 'token'];
    if (name === 'way') this.way = value as Way;
    if (name === 'kind' || name === 'way') this.problem = undefined;
    if (name !== 'certificate' && name !== 'insecure_password') this.tried = false;
    if (name !== 'address') return;
    this.certificate = undefined;
    this.insecure = false;
    this.problem = undefined;
  }

  private async onSubmit(event: SubmitEvent) {
    const text = this.textsOf(event);
    const untested = (event.submitter as HTMLButtonElement | null)?.name === 'untested';
    const { server } = this;
    let saved: ServerView | undefined;
    await this.attempt(async () => {
      if (server) saved = await this.change(server, text);
      else if (this.way === 'quick-connect') await this.quickConnect(text);
      else saved = await this.add(text, untested);
    });
    if (saved) this.dispatchEvent(new CustomEvent('saved', { detail: saved }));
  }

  private where(text: (name: string) => string): Pick<ServerProbe, 'address' | 'certificate_sha256'> {
    const certificate = text('certificate');
    return { address: text('address').trim(), ...(certificate === '' ? {} : { certificate_sha256: certificate }) };
  }

  private signIn(text: (name: string) => string): Pick<ServerAdd, 'username' | 'password' | 'insecure_password'> {
    return { username: text('username').trim(), password: text('password'), ...(text('insecure_password') === 'yes' ? { insecure_password: true } : {}) };
  }

  private async add(text: (name: string) => string, untested: boolean): Promise<ServerView> {
    const token = text('token').trim();
    const where: ServerProbe = { ...this.where(text), kind: this.kind };
    const opens = this.way === 'password' ? this.signIn(text) : token === '' ? {} : { token };
    if (!untested && this.way === 'token') await this.try({ ...where, ...opens });
    const add: Omit<ServerAdd, 'id'> = { ...where, ...opens, name: text('name').trim() };
    return (await this.api.post<ServerTold>('/servers', add)).server;
  }

  /* What is wrong with the server is told beside its address; the code is shown elsewhere. */
  private async quickConnect(text: (name: string) => string) {
    const where = this.where(text);
    const told = await this.api.post<QuickConnectTold>(QUICK_CONNECT, where);
    const begun: QuickConnectBegun = { told, where, name: text('name').trim() };
    this.dispatchEvent(new CustomEvent('quick-connect', { detail: begun }));
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
    const change: Omit<ServerChange, 'id'> = this.way === 'password' && (text('password') !== '' || text('username').trim() !== (server.username ?? '')) ? this.signIn(text) : {};
    const [name, address, token] = [text('name').trim(), text('address').trim(), text('token').trim()];
    const [certificate, enabled] = [text('certificate'), text('enabled') === 'yes'];
    if (name !== server.name) change.name = name;
    if (address !== server.address) change.address = address;
    if (token !== '') change.token = token;
    if (enabled !== server.enabled) change.enabled = enabled;
    if (server.sync) Object.assign(change, scheduleChange(server.sync, text));
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
