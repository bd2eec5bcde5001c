// SPDX-License-Identifier: MIT
// <sessions-card>: where one is signed in; an administrator may look at everybody's. Revoking ends a
// session at once, its open pages too.
import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { SessionsListed, SessionView } from '../../lib/types/schema.js';
import { problem } from '../ui/problem.js';
import { tableHead } from '../ui/tableHead.js';
import { when } from '../ui/when.js';
import { deviceOf } from './device.js';
import { ListCard } from '../ui/ListCard.js';

@customElement('sessions-card')
export class SessionsCard extends ListCard<SessionView> {
  @property({ type: Boolean }) admin = false;
  @state() private all = false;

  static override styles = [...ListCard.styles, css`.check { font-size: 0.875rem; }`];

  protected override async fetchItems(signal: AbortSignal) {
    return (await this.api.get<SessionsListed>('/auth/sessions', this.all ? { all: true } : undefined, { signal })).items;
  }

  override willUpdate(changed: PropertyValues) {
    super.willUpdate(changed);
    if (changed.has('all') && changed.get('all') !== undefined) {
      void this.load();
    }
  }

  override render() {
    return html`
      <section class="card" aria-labelledby="sessions">
        <header>
          <h2 id="sessions">Sessions</h2>
          ${this.admin
            ? html`<label class="check"><input type="checkbox" .checked=${this.all} @change=${this.onAll}><span>Everybody's</span></label>`
            : nothing}
        </header>
        ${this.loadError()}${problem(this.problem)}
        ${this.items ? this.table(this.items) : nothing}
      </section>
    `;
  }

  private table(sessions: readonly SessionView[]) {
    return html`<div class="table-scroll"><table class="fold" aria-label="Sessions">
      ${tableHead([...(this.all ? ['User'] : []), 'Browser', 'Address', 'Signed in', 'Last used'], 'Actions')}
      <tbody>${repeat(sessions, (session) => session.id, (session) => this.row(session))}</tbody>
    </table></div>`;
  }

  private row(session: SessionView) {
    const device = deviceOf(session.user_agent);
    return html`<tr>
      ${this.all ? html`<td data-label="User">${session.user}</td>` : nothing}
      <td data-label="Browser"><span title=${session.user_agent ?? ''}>${device}</span></td>
      <td data-label="Address">${session.address ?? '–'}</td>
      <td data-label="Signed in">${when(session.created_at)}</td>
      <td data-label="Last used">${when(session.last_used_at)}</td>
      <td class="row-actions">${session.current
        ? html`<span class="badge accent">This session</span>`
        : html`<button class="quiet small danger" aria-disabled=${this.busy} @click=${() => this.revoke(session)}
            >Revoke<span class="only-heard"> ${device}, ${session.address}, ${session.user}</span></button>`}
      </td>
    </tr>`;
  }

  private onAll(event: Event) {
    this.all = (event.target as HTMLInputElement).checked;
  }

  private revoke(session: SessionView) {
    void this.carryOut(() => this.api.delete(`/auth/sessions/${encodeURIComponent(session.id)}`), 'The session was revoked');
  }
}
