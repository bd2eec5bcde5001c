// SPDX-License-Identifier: MIT
// <tokens-card>: bearer tokens for scripts. The secret is shown once, in the dialog that made it.
import { css, html } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { TokenCreate, TokenCreated, TokensListed, TokenView } from '../../lib/types/schema.js';
import { copyText } from '../ui/copy.js';
import { problem } from '../ui/problem.js';
import { tableHead } from '../ui/tableHead.js';
import { when } from '../ui/when.js';
import { ListCard } from '../ui/ListCard.js';
import { roleField, roleName } from './roles.js';

type Open = { kind: 'create' } | { kind: 'created'; made: TokenCreated } | { kind: 'revoke'; token: TokenView };

const LIFETIMES: [number, string][] = [[7, '7 days'], [30, '30 days'], [90, '90 days'], [180, '180 days'], [365, '1 year']];

@customElement('tokens-card')
export class TokensCard extends ListCard<TokenView> {
  @state() private open: Open | undefined;
  @state() private copied = '';
  @query('#secret') private secret!: HTMLInputElement;

  static override styles = [...ListCard.styles, css`
    .secret { display: flex; gap: 0.6rem; }
    .copied { color: var(--pb-ok); font-weight: 560; }
    .copied:empty { position: absolute; } /* a screen reader hears only changes of what it knows */
    .secret input { font-family: var(--pb-mono); font-size: 0.875rem; }
  `];

  protected override async fetchItems(signal: AbortSignal) {
    return (await this.api.get<TokensListed>('/tokens', undefined, { signal })).items;
  }

  override render() {
    return html`
      <section class="card" aria-labelledby="tokens">
        <header>
          <h2 id="tokens">Tokens</h2>
          <button class="small" @click=${() => this.show({ kind: 'create' })}>Create token</button>
        </header>
        ${this.loadError()}
        ${this.items?.length === 0
          ? html`<p class="empty">No tokens. A token lets a script call Playbus in your name.</p>`
          : this.items && this.table(this.items)}
      </section>
      ${this.createDialog()}${this.createdDialog()}${this.revokeDialog()}
    `;
  }

  private table(tokens: readonly TokenView[]) {
    return html`<div class="table-scroll"><table class="fold" aria-label="Tokens">
      ${tableHead(['Name', 'Owner', 'Role', 'Last used', 'Expires'], 'Actions')}
      <tbody>${repeat(tokens, (token) => token.id, (token) => html`<tr>
        <td data-label="Name" class="any-break"><strong>${token.name}</strong></td>
        <td data-label="Owner">${token.user}</td>
        <td data-label="Role">${roleName(token.role)}</td>
        <td data-label="Last used">${when(token.last_used_at, 'Never')}</td>
        <td data-label="Expires">${when(token.expires_at)}</td>
        <td class="row-actions"><button class="quiet small danger" @click=${() => this.show({ kind: 'revoke', token })}
          >Revoke<span class="only-heard"> ${token.name}</span></button></td>
      </tr>`)}</tbody>
    </table></div>`;
  }

  private createDialog() {
    return this.dialog('Create token', this.open?.kind === 'create', () => html`
        <form aria-label="Create token" autocomplete="off" @submit=${this.onCreate}>
          <label class="field"><span>Name</span>
            <input name="name" required maxlength="64" autocomplete="off" autofocus placeholder="What it is for"
              aria-invalid=${this.isWrong('name')}></label>
          ${roleField('viewer')}
          <label class="field"><span>Expires in</span><select name="days">
            ${LIFETIMES.map(([days, label]) => html`<option value=${days} ?selected=${days === 90}>${label}</option>`)}</select></label>
          ${problem(this.problem)}${this.buttons('Create token')}
        </form>`);
  }

  private createdDialog() {
    const made = this.open?.kind === 'created' ? this.open.made : undefined;
    return this.dialog('Token created', made !== undefined, () => made && html`
          <p>Copy it now: it is shown only this once.</p>
          <div class="secret">
            <input id="secret" readonly aria-label="New token" autofocus .value=${made.token} @focus=${() => this.secret.select()}>
            <button class="primary" @click=${this.onCopy}>Copy</button>
          </div>
          <p class="copied" role="status">${this.copied}</p>
          <p class="soft">A script sends it as <code>Authorization: Bearer …</code></p>
          <div class="actions"><button @click=${this.hide}>Done</button></div>`);
  }

  private revokeDialog() {
    const token = this.open?.kind === 'revoke' ? this.open.token : undefined;
    return this.dialog(`Revoke ${token?.name}?`, token !== undefined, () => token && html`
        <form aria-label="Revoke ${token.name}" @submit=${(event: SubmitEvent) => this.onRevoke(event, token)}>
          <p>Whatever uses this token is refused from now on.</p>
          ${problem(this.problem)}
          <div class="actions"><button class="danger primary" aria-disabled=${this.busy}>Revoke ${token.name}</button>
            <button type="button" autofocus @click=${this.hide}>Cancel</button></div>
        </form>`);
  }

  private show(open: Open) {
    this.problem = undefined;
    this.copied = '';
    this.open = open;
  }

  protected override hide() {
    this.open = undefined;
  }

  private async onCreate(event: SubmitEvent) {
    const text = this.textsOf(event);
    const role = text('role') as TokenView['role'];
    const asked: TokenCreate = { name: text('name').trim(), role, expires_in_days: Number(text('days')) };
    let made: TokenCreated | undefined;
    const create = async () => {
      made = await this.api.post<TokenCreated>('/tokens', asked);
    };
    if (await this.carryOut(create, `Token ${asked.name} was created`) && made) {
      this.show({ kind: 'created', made });
    }
  }

  private async onCopy() {
    this.copied = (await copyText(this.secret)) ? 'Copied' : 'Press Ctrl+C to copy: the token is selected';
  }

  private async onRevoke(event: SubmitEvent, token: TokenView) {
    event.preventDefault();
    await this.carryOut(() => this.api.delete(`/tokens/${encodeURIComponent(token.id)}`), `Token ${token.name} was revoked`);
  }
}
