// SPDX-License-Identifier: MIT
// PersonsCard.ts - <persons-card .api .people .regroup .forget .announcer>: persons with their accounts, most plays
// first; several are chosen and joined, one is split again, or forgotten. Long lists are shown in part,
// and searched.
import { css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ApiClient } from '../../lib/api/client.js';
import { count, counted } from '../../lib/format.js';
import type { PeopleListed, PersonView } from '../../lib/types/schema.js';
import type { OperationController } from '../OperationController.js';
import { FormCard } from '../ui/FormCard.js';
import { problem } from '../ui/problem.js';
import { tableHead } from '../ui/tableHead.js';
import './ForgetDialog.js';
import { accountName, nameOf, refsOf, serverName } from './peopleWords.js';

const SHOWN_AT_FIRST = 25;
const MORE = 100;

type Open = { kind: 'join'; persons: readonly PersonView[] } | { kind: 'split' | 'forget'; person: PersonView };

@customElement('persons-card')
export class PersonsCard extends FormCard {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) people!: PeopleListed;
  @property({ attribute: false }) regroup!: OperationController;
  @property({ attribute: false }) forget!: OperationController;
  @state() private q = '';
  @state() private room = SHOWN_AT_FIRST;
  @state() private chosen: ReadonlySet<string> = new Set();
  @state() private open: Open | undefined;

  static override styles = [...FormCard.styles, css`
    .tools { display: flex; gap: 0.6rem; flex-wrap: wrap; margin-bottom: 0.75rem; }
    .tools input { flex: 1; min-width: 10rem; }
    td.pick { width: 2rem; }
    td.pick input { margin: 0; }
    .accounts { display: grid; gap: 0.15rem; }
    .accounts span { overflow-wrap: anywhere; }
    .more { margin-top: 0.75rem; }
    ul.choices { list-style: none; padding: 0; display: grid; gap: 0.5rem; }
    @media (max-width: 40rem) { table.fold td.pick { width: auto; } }
  `];

  private get found(): readonly PersonView[] {
    const wanted = this.q.trim().toLocaleLowerCase();
    const holds = (text: string | null): boolean => text?.toLocaleLowerCase().includes(wanted) === true;
    return wanted === ''
      ? this.people.items
      : this.people.items.filter(({ name, id, accounts }) => holds(name) || holds(id) || accounts.some((one) => holds(one.name)));
  }

  override render() {
    const { found } = this;
    const shown = found.slice(0, this.room);
    const chosen = this.people.items.filter(({ id }) => this.chosen.has(id));
    return html`<section class="card" aria-labelledby="persons">
        <header><h2 id="persons">Persons</h2></header>
        ${this.people.items.length === 0 ? html`<p class="empty">Nobody is known yet. Import a database first.</p>` : html`
          <div class="tools">
            <input type="search" aria-label="Search persons" placeholder="Search ${counted(this.people.items.length, 'person', 'persons')}" @input=${this.onSearch}>
            <button type="button" aria-disabled=${String(chosen.length < 2)} @click=${() => chosen.length > 1 && this.show({ kind: 'join', persons: chosen })}
              >${chosen.length < 2 ? 'Join chosen' : `Join ${count(chosen.length)} chosen`}</button>
          </div>
          ${shown.length === 0 ? html`<p class="soft">Nobody matches.</p>` : this.table(shown)}`}
        ${found.length > shown.length
          ? html`<button type="button" class="small more" @click=${() => (this.room += MORE)}>Show more persons</button>`
          : nothing}
        ${this.people.left_out > 0 ? html`<p class="soft small">${counted(this.people.left_out, 'more account')} with few plays not listed.</p>` : nothing}
      </section>
      ${this.joinDialog()}${this.splitDialog()}
      ${this.open?.kind === 'forget'
        ? html`<forget-dialog .api=${this.api} .operation=${this.forget} .person=${this.open.person} @closed=${() => this.hide()}></forget-dialog>`
        : nothing}`;
  }

  private table(persons: readonly PersonView[]) {
    return html`<div class="table-scroll"><table class="fold" aria-label="Persons">
      ${tableHead(['Join', 'Person', 'Accounts', { number: 'Plays' }], 'Actions')}
      <tbody>${persons.map((person) => this.row(person))}</tbody>
    </table></div>`;
  }

  private row(person: PersonView) {
    const name = nameOf(person);
    const rest = html`<span class="only-heard"> ${name}</span>`;
    return html`<tr>
      <td class="pick" data-label="Join"><input type="checkbox" aria-label="Choose ${name}" .checked=${this.chosen.has(person.id)} @change=${(event: Event) => this.choose(person, event)}></td>
      <td data-label="Person" class="any-break"><a href=${`#history?${new URLSearchParams({ person: person.id })}`}>${name}</a></td>
      <td data-label="Accounts"><span class="accounts small">${person.accounts.map((account) => html`
        <span title=${account.server_id ?? ''}>${accountName(account)} on ${serverName(account.server_id)}${account.is_admin ? html` <span class="badge">Owner</span>` : nothing}</span>`)}</span></td>
      <td data-label="Plays" class="number">${count(person.plays)}</td>
      <td class="row-actions">
        ${person.mapped && person.accounts.length > 1 ? html`<button type="button" class="quiet small" @click=${() => this.show({ kind: 'split', person })}>Split${rest}</button>` : nothing}
        <button type="button" class="quiet small danger" @click=${() => this.show({ kind: 'forget', person })}>Forget${rest}</button>
      </td>
    </tr>`;
  }

  private joinDialog() {
    const persons = this.open?.kind === 'join' ? this.open.persons : [];
    return this.dialog('Join these persons?', persons.length > 0, () => html`
      <form aria-label="Join persons" @submit=${(event: SubmitEvent) => this.onJoin(event, persons)}>
        <p>${persons.map(nameOf).join(', ')} become one person. Their plays are grouped anew; a split takes it back.</p>
        <label class="field"><span>Name</span><input name="name" maxlength="200" autocomplete="off" autofocus .value=${persons.find(({ name }) => name !== null)?.name ?? ''}></label>
        ${problem(this.problem)}${this.buttons('Join')}
      </form>`);
  }

  private splitDialog() {
    const person = this.open?.kind === 'split' ? this.open.person : undefined;
    return this.dialog(`Split ${person ? nameOf(person) : ''}`, person !== undefined, () => person && html`
      <form aria-label="Split a person" @submit=${(event: SubmitEvent) => this.onSplit(event, person)}>
        <p>The accounts that are ticked stop being this person. Their plays are grouped anew.</p>
        <ul class="choices">${person.accounts.map((account, i) => html`<li><label class="check">
          <input type="checkbox" name="account" value=${i} ?autofocus=${i === 0}><span>${accountName(account)} on ${serverName(account.server_id)}, ${counted(account.plays, 'play')}</span>
        </label></li>`)}</ul>
        ${problem(this.problem)}${this.buttons('Split')}
      </form>`);
  }

  private show(open: Open) {
    this.problem = undefined;
    this.open = open;
  }

  protected override hide() {
    this.open = undefined;
  }

  protected override changed() {
    this.chosen = new Set();
  }

  private onSearch(event: Event) {
    this.q = (event.target as HTMLInputElement).value;
    this.room = SHOWN_AT_FIRST;
  }

  private choose({ id }: PersonView, event: Event) {
    const others = [...this.chosen].filter((one) => one !== id);
    this.chosen = new Set((event.target as HTMLInputElement).checked ? [...others, id] : others);
  }

  private async onJoin(event: SubmitEvent, persons: readonly PersonView[]) {
    const name = this.textsOf(event)('name').trim();
    const accounts = persons.flatMap((one) => refsOf(one.accounts));
    await this.ask('/people/join', { accounts, ...(name === '' ? {} : { name }) }, 'The persons are being joined');
  }

  private async onSplit(event: SubmitEvent, person: PersonView) {
    event.preventDefault();
    const ticked = new FormData(event.target as HTMLFormElement).getAll('account').map(Number);
    const accounts = refsOf(person.accounts.filter((_, i) => ticked.includes(i)));
    if (accounts.length === 0) {
      this.problem = this.wrong('account', 'No account is ticked', 'Tick those that are somebody else');
      return;
    }
    await this.ask(`/people/${encodeURIComponent(person.id)}/split`, { accounts }, 'The person is being split');
  }

  private ask(path: string, request: object, done: string) {
    return this.carryOut(() => this.regroup.begun(path, request), done);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'persons-card': PersonsCard;
  }
}
