// SPDX-License-Identifier: MIT
// <access-section>: one's own account and sessions; for administrators users and tokens as well.
import { LitElement, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ApiClient } from '../../lib/api/client.js';
import type { Session } from '../Session.js';
import '../signin/PasswordForm.js';
import type { Announcer } from '../ui/announcer.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { base, buttons, cards } from '../ui/styles.js';
import './SessionsCard.js';
import './TokensCard.js';
import './UsersCard.js';
import { roleName } from './roles.js';

@customElement('access-section')
export class AccessSection extends LitElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) active = false;
  @state() private changing = false;

  static override styles = [base, buttons, cards, dialogs];

  override render() {
    const { api, announcer, active } = this;
    const admin = this.session.isAdmin;
    const user = this.session.state.auth?.user ?? '';
    return html`
      <div class="stack">
        <section class="card" aria-labelledby="account">
          <header>
            <h2 id="account">Your account</h2>
            <button class="small" @click=${() => (this.changing = true)}>Change password</button>
          </header>
          <dl class="facts"><dt>Name</dt><dd>${user}</dd><dt>Role</dt><dd>${roleName(this.session.state.auth?.role)}</dd></dl>
        </section>
        ${admin
          ? html`<users-card .api=${api} .announcer=${announcer} .active=${active} self=${user}></users-card>
              <tokens-card .api=${api} .announcer=${announcer} .active=${active}></tokens-card>`
          : nothing}
        <sessions-card .api=${api} .announcer=${announcer} .active=${active} .admin=${admin}></sessions-card>
      </div>
      ${modalDialog({ heading: 'Change password', open: this.changing, onClose: () => (this.changing = false) }, () => html`
        <p class="soft">Your other sessions end when the password changes; your tokens stay until you revoke them.</p>
        <password-form autofocus voluntary .session=${this.session} @done=${this.onChanged}
          @cancelled=${() => (this.changing = false)}></password-form>`)}
    `;
  }

  private onChanged() {
    this.changing = false;
    this.announcer.polite('Your password was changed');
    void this.renderRoot.querySelector('sessions-card')?.load();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'sessions-card': import('./SessionsCard.js').SessionsCard;
  }
}
