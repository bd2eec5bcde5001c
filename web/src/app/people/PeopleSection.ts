// SPDX-License-Identifier: MIT
// PeopleSection.ts - <people-section .api .manager .announcer ?active>: which accounts of which servers are one
// person: what could be joined, persons with their accounts, accounts of nobody, how the clocks agree,
// and persons who are to be forgotten. A join, a split and an erasure are jobs, shown here while they run.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError, type ApiClient, type ApiError } from '../../lib/api/client.js';
import { count, counted } from '../../lib/format.js';
import type { Operation } from '../../lib/types/sync.js';
import type { ClockSkew, ForgottenPerson, PeopleListed, PersonAccount, PersonProposal } from '../../lib/types/schema.js';
import type { OperationController } from '../OperationController.js';
import '../own/OwnJobSection.js';
import type { SyncManager } from '../SyncManager.js';
import { Loaded } from '../ui/Loaded.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import type { Announcer } from '../ui/announcer.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards, tables } from '../ui/styles.js';
import { when } from '../ui/when.js';
import './PersonsCard.js';
import { accountName, refsOf, serverName, skewWords } from './peopleWords.js';

@customElement('people-section')
export class PeopleSection extends LitElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) manager!: SyncManager;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) active = false;
  /** Of what was asked for last. */
  @state() private problem: ApiError | undefined;
  private readonly people = new Loaded<PeopleListed>(this, {
    ask: (signal) => this.api.get('/people', undefined, { signal }),
    active: () => this.active,
  });
  /** The last of these jobs that has ended: the list is another since. */
  private readonly ended = new StoreWatch(this, () => this.manager.records, ({ regroup, forget, undo }) =>
    [regroup, forget, undo].map((one) => (one && one.status !== 'running' ? one.seq : '')).join(' '),
  );
  private known = '';

  static override styles = [base, buttons, cards, tables, problems, css`
    ul.plain { list-style: none; padding: 0; display: grid; gap: 0.9rem; }
    .proposal { display: grid; gap: 0.35rem 1rem; grid-template-columns: minmax(0, 1fr) auto; align-items: center; }
    .proposal p, .account { overflow-wrap: anywhere; }
    .card > p + * { margin-top: 0.75rem; }
    @media (max-width: 30rem) { .proposal { grid-template-columns: minmax(0, 1fr); justify-items: start; } }
  `];

  override willUpdate(changed: PropertyValues<this>) {
    const ended = this.ended.value;
    if (!this.active || (!changed.has('active') && ended === this.known)) return;
    this.known = ended;
    void this.people.load();
  }

  override render() {
    const { value: people, problem: untold } = this.people;
    return html`<div class="stack">
      ${this.jobs()}
      ${problem(untold)}${problem(this.problem)}
      ${people ? html`
        ${people.proposals.length > 0 ? this.proposals(people.proposals) : nothing}
        <persons-card .api=${this.api} .people=${people} .regroup=${this.of('regroup')} .forget=${this.of('forget')} .announcer=${this.announcer}></persons-card>
        ${this.nobody(people.unmapped)}
        ${people.skew.length > 0 ? this.clocks(people.skew) : nothing}
        ${people.forgotten.length > 0 ? this.forgotten(people.forgotten) : nothing}`
      : untold ? nothing : html`<p class="soft">Asking who there is…</p>`}
    </div>`;
  }

  private of(operation: Operation): OperationController | undefined {
    return this.manager.operations.find(({ description }) => description.operation === operation);
  }

  private jobs() {
    return [this.of('regroup'), this.of('forget')].map((one) => one && html`<own-job-section .operation=${one} admin></own-job-section>`);
  }

  private proposals(proposals: readonly PersonProposal[]) {
    return html`<section class="card" aria-labelledby="proposals">
      <header><h2 id="proposals">Is this one person?</h2></header>
      <ul class="plain">${proposals.map((one) => this.proposal(one))}</ul>
    </section>`;
  }

  private proposal({ accounts, because, weaker }: PersonProposal) {
    const names = [...new Set(accounts.map(accountName))].join(', ');
    return html`<li class="proposal">
      <div>
        <p><strong>${names}</strong> ${weaker ? html`<span class="badge warn">Only the names agree</span>` : nothing}</p>
        <p class="soft small">${because}</p>
        <p class="soft small">${accounts.map((one, i) => html`${i === 0 ? '' : '; '}${this.account(one)}`)}</p>
      </div>
      <button type="button" class="small" @click=${() => this.join(accounts)}>Join<span class="only-heard"> ${names}</span></button>
    </li>`;
  }

  private account({ server_id: server, user_id: id, plays, ...account }: PersonAccount) {
    return html`<span class="account" title=${server ?? ''}>${accountName({ server_id: server, user_id: id, plays, ...account })} on ${serverName(server)}, ${counted(plays, 'play')}</span>`;
  }

  private nobody({ accounts, plays, nobodys }: PeopleListed['unmapped']) {
    return html`<section class="card" aria-labelledby="nobody">
      <header><h2 id="nobody">Accounts that nobody is mapped to</h2></header>
      <p>${accounts === 0 ? 'Every account belongs to a person.' : `${counted(accounts, 'account')} with ${counted(plays, 'play')}: each counts as a person of its own until it is joined with others.`}</p>
      ${nobodys.length === 0 ? nothing : html`<p class="soft">Of these, nobody's in particular:</p>
        <ul>${nobodys.map((one) => html`<li>${this.account(one)}</li>`)}</ul>`}
    </section>`;
  }

  private clocks(skew: readonly ClockSkew[]) {
    return html`<section class="card" aria-labelledby="clocks">
      <header><h2 id="clocks">Clocks</h2></header>
      <p class="soft">How far apart the clocks of Plex and Tautulli seem to be, from plays that both told of. No time is changed by it.</p>
      <div class="table-scroll"><table class="fold" aria-label="Clocks">
        <thead><tr><th scope="col">Server</th><th scope="col">Clocks</th><th scope="col" class="number">From plays</th></tr></thead>
        <tbody>${skew.map((one) => html`<tr>
          <td data-label="Server" class="any-break"><span title=${one.server_id}>${serverName(one.server_id)}</span></td>
          <td data-label="Clocks"><span>${skewWords(one)} ${one.alarm ? html`<span class="badge bad">Check the clocks</span>` : nothing}
            ${one.message ? html`<br /><span class="small">${one.message}</span>` : nothing}</span></td>
          <td data-label="From plays" class="number">${count(one.pairs)}</td>
        </tr>`)}</tbody>
      </table></div>
    </section>`;
  }

  private forgotten(persons: readonly ForgottenPerson[]) {
    return html`<section class="card" aria-labelledby="forgotten">
      <header><h2 id="forgotten">Forgotten</h2></header>
      <p class="soft">Rows of these persons are left out of every import and sync, until that is lifted.</p>
      <ul class="plain">${persons.map((one) => html`<li class="proposal">
        <p><span class="mono">${one.id}</span> <span class="soft">since ${when(one.since)}${one.by === null ? '' : `, by ${one.by}`}, ${counted(one.accounts.length, 'account')}</span></p>
        <button type="button" class="small" @click=${() => this.lift(one)}>Let in again<span class="only-heard"> ${one.id}</span></button>
      </li>`)}</ul>
    </section>`;
  }

  private async join(accounts: readonly PersonAccount[]) {
    const regroup = this.of('regroup');
    this.problem = undefined;
    if (regroup && !(await regroup.begin('/people/join', { accounts: refsOf(accounts) }, undefined))) this.problem = regroup.state.problem;
    else this.announcer.polite('The accounts are being joined');
  }

  private async lift({ id }: ForgottenPerson) {
    this.problem = undefined;
    try {
      await this.api.delete(`/people/${encodeURIComponent(id)}/forget`);
      this.announcer.polite('Rows of this person are let in again');
      await this.people.load();
    } catch (thrown) {
      this.problem = asApiError(thrown);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'people-section': PeopleSection;
  }
}
