// SPDX-License-Identifier: MIT
// <workers-section>: import workers on other machines. An invitation is shown once, in the dialog that made it.
import { css, html, nothing } from 'lit';
import { customElement, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { count, rate } from '../../lib/format.js';
import type { IdleReason, RowsWay, WorkerInvite, WorkerInvited, WorkerState, WorkersListed, WorkerView } from '../../lib/types/schema.js';
import { copyText } from '../ui/copy.js';
import { Every } from '../ui/Every.js';
import { ListCard } from '../ui/ListCard.js';
import { problem } from '../ui/problem.js';
import { tableHead } from '../ui/tableHead.js';
import { when } from '../ui/when.js';

type Open = { kind: 'invite' } | { kind: 'invited'; made: WorkerInvited } | { kind: 'revoke'; worker: WorkerView };

const STATES: Record<WorkerState, string> = { invited: 'Invited', away: 'Away', connected: 'Connected', differs: 'Other version', revoked: 'Revoked by Playbus' };
const ROWS: Record<RowsWay, string> = { reads: 'Reads itself', sent: 'Is sent rows' };
const IDLE: Record<IdleReason, string> = {
  slower: 'slower than the others, who waited for it', not_delivered: 'it did not deliver what it was given',
  cannot_read: 'it cannot read what it was given', differs: 'what it delivered differs from the database',
};
const LIFETIMES: [number, string][] = [[900, '15 minutes'], [3600, '1 hour'], [86_400, '1 day']];
const LOOK_MS = 1500;

@customElement('workers-section')
export class WorkersSection extends ListCard<WorkerView> {
  @state() private open: Open | undefined;
  @state() private copied = '';
  @query('#invitation') private invitation!: HTMLInputElement;

  static override styles = [...ListCard.styles, css`
    .secret { display: flex; gap: 0.6rem; }
    .copied { color: var(--pb-ok); font-weight: 560; }
    .copied:empty { position: absolute; } /* a screen reader hears only changes of what it knows */
    .secret input { font-family: var(--pb-mono); font-size: 0.875rem; }
  `];

  constructor() {
    super();
    new Every(this, LOOK_MS, () => this.active && this.open === undefined && void this.load());
  }

  protected override async fetchItems(signal: AbortSignal) {
    return (await this.api.get<WorkersListed>('/workers', undefined, { signal })).items;
  }

  override render() {
    return html`
      <section class="card" aria-labelledby="workers">
        <header>
          <h2 id="workers">Import workers on other machines</h2>
          <button class="small" @click=${() => this.show({ kind: 'invite' })}>Invite a worker</button>
        </header>
        <p class="soft">They read and map the rows of an import. A machine that is let in sees names and addresses of viewers.</p>
        ${this.loadError()}
        ${this.items?.length === 0 ? html`<p class="empty">No workers. Invite one; where a copy of the database is, it need not be sent rows.</p>`
          : this.items && this.table(this.items)}
      </section>
      ${this.inviteDialog()}${this.invitedDialog()}${this.revokeDialog()}
    `;
  }

  private table(workers: readonly WorkerView[]) {
    return html`<div class="table-scroll"><table class="fold" aria-label="Workers">
      ${tableHead(['Name', 'State', 'Machine', 'Version', 'Rows', 'Rate', 'Last seen'], 'Actions')}
      <tbody>${repeat(workers, (worker) => worker.id, (worker) => html`<tr>
        <td data-label="Name" class="any-break"><strong>${worker.name}</strong></td>
        <td data-label="State">${STATES[worker.state]}${worker.problem ? html`<br><span class="soft">${worker.problem}</span>` : nothing}${this.idle(worker)}</td>
        <td data-label="Machine" class="any-break">${worker.machine ?? '–'}${worker.address ? html`<br><span class="soft">${worker.address}</span>` : nothing}</td>
        <td data-label="Version">${worker.version ?? '–'}</td>
        <td data-label="Rows">${count(worker.rows ?? 0)}${worker.rows_by ? html`<br><span class="soft">${ROWS[worker.rows_by]}</span>` : nothing}</td>
        <td data-label="Rate">${worker.rows_per_s ? rate(worker.rows_per_s) : '–'}</td>
        <td data-label="Last seen">${worker.state === 'invited' ? html`Good until ${when(worker.until)}` : when(worker.last_seen, 'Not yet', true)}</td>
        <td class="row-actions"><button class="quiet small danger" @click=${() => this.show({ kind: 'revoke', worker })}
          >Revoke<span class="only-heard"> ${worker.name}</span></button></td>
      </tr>`)}</tbody>
    </table></div>`;
  }

  /** Of one that the import that runs gives nothing to read. */
  private idle({ idle_because, idle_until }: WorkerView) {
    return idle_because ? html`<br><span class="soft">Left idle ${idle_until ? html`until ${when(idle_until)}` : 'in this import'}: ${IDLE[idle_because]}</span>` : nothing;
  }

  private inviteDialog() {
    return this.dialog('Invite a worker', this.open?.kind === 'invite', () => html`
        <form aria-label="Invite a worker" autocomplete="off" @submit=${this.onInvite}>
          <label class="field"><span>Name</span>
            <input name="name" required maxlength="64" autocomplete="off" autofocus placeholder="What its machine is called"
              aria-invalid=${this.isWrong('name')}></label>
          <label class="field"><span>Address of this machine, as HOST:PORT (empty: as in bus.remote)</span>
            <input name="address" maxlength="256" autocomplete="off" aria-invalid=${this.isWrong('address')}></label>
          <label class="field"><span>Good for</span><select name="for">
            ${LIFETIMES.map(([seconds, label]) => html`<option value=${seconds} ?selected=${seconds === 3600}>${label}</option>`)}</select></label>
          <p class="soft">Whoever has the invitation can let one machine in. That machine sees names and addresses of viewers.</p>
          ${problem(this.problem)}${this.buttons('Invite')}
        </form>`);
  }

  private invitedDialog() {
    const made = this.open?.kind === 'invited' ? this.open.made : undefined;
    return this.dialog('Invitation', made !== undefined, () => made && html`
          <p>Copy it now: it is shown only this once. It is good for one worker, until ${when(made.until)}.</p>
          <div class="secret">
            <input id="invitation" readonly aria-label="Invitation" autofocus .value=${made.invitation} @focus=${() => this.invitation.select()}>
            <button class="primary" @click=${this.onCopy}>Copy</button>
          </div>
          <p class="copied" role="status">${this.copied}</p>
          <p class="soft">On the other machine: <code>playbus worker join</code>, paste it, then <code>playbus worker run</code></p>
          <div class="actions"><button @click=${this.hide}>Done</button></div>`);
  }

  private revokeDialog() {
    const worker = this.open?.kind === 'revoke' ? this.open.worker : undefined;
    return this.dialog(`Revoke ${worker?.name}?`, worker !== undefined, () => worker && html`
        <form aria-label="Revoke ${worker.name}" @submit=${(event: SubmitEvent) => this.onRevoke(event, worker)}>
          <p>It is let in no more, and what it has open is cut. What it delivered stays.</p>
          ${problem(this.problem)}
          <div class="actions"><button class="danger primary" aria-disabled=${this.busy}>Revoke ${worker.name}</button>
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

  private async onInvite(event: SubmitEvent) {
    const text = this.textsOf(event);
    const address = text('address').trim();
    const asked: WorkerInvite = { name: text('name').trim(), for_s: Number(text('for')), ...(address === '' ? {} : { address }) };
    let made: WorkerInvited | undefined;
    const invite = async () => {
      made = await this.api.post<WorkerInvited>('/workers', asked);
    };
    if (await this.carryOut(invite, `${asked.name} was invited`) && made) {
      this.show({ kind: 'invited', made });
    }
  }

  private async onCopy() {
    this.copied = (await copyText(this.invitation)) ? 'Copied' : 'Press Ctrl+C to copy: the invitation is selected';
  }

  private async onRevoke(event: SubmitEvent, worker: WorkerView) {
    event.preventDefault();
    await this.carryOut(() => this.api.delete(`/workers/${encodeURIComponent(worker.id)}`), `${worker.name} is let in no more`);
  }
}
