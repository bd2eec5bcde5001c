// SPDX-License-Identifier: MIT
// <users-card>: who may sign in. Administrators add, change, deactivate and remove, and say whose plays
// a viewer sees; the gateway keeps the last administrator.
import { css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { PeopleListed, UserChange, UserCreate, UsersListed, UserView } from '../../lib/types/schema.js';
import { Loaded } from '../ui/Loaded.js';
import { problem } from '../ui/problem.js';
import { tableHead } from '../ui/tableHead.js';
import { when } from '../ui/when.js';
import { ListCard } from '../ui/ListCard.js';
import { roleField, roleName } from './roles.js';
import './TiedPersons.js';
import type { TiedPersons } from './TiedPersons.js';

type Open = { kind: 'add' } | { kind: 'change' | 'remove'; user: UserView };

const NOBODY: readonly string[] = [];

const RESET_HINT = `Leave it empty to keep the password. A new one ends the sessions and tokens of this user and
  must be changed at the next sign-in.`;

@customElement('users-card')
export class UsersCard extends ListCard<UserView> {
  /** Name of the person who looks. */
  @property() self = '';
  @state() private open: Open | undefined;
  @query('tied-persons') private tied!: TiedPersons | null;
  /** Whom a viewer can be tied to: asked for when a dialog opens that may tie. */
  private readonly people = new Loaded<PeopleListed>(this, {
    ask: (signal) => this.api.get('/people', undefined, { signal }),
    active: () => this.active && this.open !== undefined,
  });

  static override styles = [...ListCard.styles, css`
    fieldset { border: 1px solid var(--pb-line-strong); border-radius: var(--pb-radius-small); margin: 0; padding: 0.5rem 0.8rem 0.7rem; min-width: 0; }
    legend { font-weight: 560; padding-inline: 0.3rem; }
    tied-persons { display: block; }
    tied-persons input[type=search] { margin-top: 0.5rem; }
    .choices { max-height: 11rem; overflow-y: auto; display: grid; gap: 0.35rem; margin-top: 0.5rem; }
    .choices span { overflow-wrap: anywhere; }
  `];

  protected override async fetchItems(signal: AbortSignal) {
    return (await this.api.get<UsersListed>('/users', undefined, { signal })).items;
  }

  override render() {
    return html`
      <section class="card" aria-labelledby="users">
        <header>
          <h2 id="users">Users</h2>
          <button class="small" @click=${() => this.show({ kind: 'add' })}>Add user</button>
        </header>
        ${this.loadError()}
        ${this.items ? this.table(this.items) : nothing}
      </section>
      ${this.addDialog()}${this.changeDialog()}${this.removeDialog()}
    `;
  }

  private table(users: readonly UserView[]) {
    return html`<div class="table-scroll"><table class="fold" aria-label="Users">
      ${tableHead(['Name', 'Role', 'State', 'Last sign-in'], 'Actions')}
      <tbody>${repeat(users, (user) => user.id, (user) => this.row(user))}</tbody>
    </table></div>`;
  }

  private row(user: UserView) {
    const you = user.name === this.self ? html` <span class="badge">You</span>` : nothing;
    return html`<tr>
      <td data-label="Name" class="any-break"><span><strong>${user.name}</strong>${you}</span></td>
      <td data-label="Role">${roleName(user.role)}${user.role === 'viewer' && user.people?.length ? html` <span class="badge">Own plays only</span>` : nothing}</td>
      <td data-label="State">${stateOf(user)}</td>
      <td data-label="Last sign-in">${when(user.last_sign_in_at, 'Never')}</td>
      <td class="row-actions">
        <button class="quiet small" @click=${() => this.show({ kind: 'change', user })}
          >Change<span class="only-heard"> ${user.name}</span></button>
        <button class="quiet small danger" @click=${() => this.show({ kind: 'remove', user })}
          >Remove<span class="only-heard"> ${user.name}</span></button>
      </td>
    </tr>`;
  }

  private addDialog() {
    return this.dialog('Add user', this.open?.kind === 'add', () => html`
      <form aria-label="Add user" autocomplete="off" @submit=${this.onAdd}>
        ${this.nameField('')}${roleField('viewer')}${this.tiedField(undefined)}
        ${this.passwordField('Password', true, 'Give it to the person; they choose their own at the first sign-in.')}
        ${problem(this.problem)}${this.buttons('Add user')}
      </form>`);
  }

  private changeDialog() {
    const user = this.open?.kind === 'change' ? this.open.user : undefined;
    return this.dialog(`Change ${user?.name}`, user !== undefined, () => user && html`
      <form aria-label="Change ${user.name}" autocomplete="off" @submit=${(event: SubmitEvent) => this.onChange(event, user)}>
        ${this.nameField(user.name)}${roleField(user.role)}
        <label class="check"><input type="checkbox" name="active" value="yes" ?checked=${user.active}><span>May sign in</span></label>
        ${this.tiedField(user.people)}
        ${this.passwordField('New password', false, RESET_HINT)}
        ${problem(this.problem)}${this.buttons('Save')}
      </form>`);
  }

  private removeDialog() {
    const user = this.open?.kind === 'remove' ? this.open.user : undefined;
    return this.dialog(`Remove ${user?.name}?`, user !== undefined, () => user && html`
      <form aria-label="Remove ${user.name}" @submit=${(event: SubmitEvent) => this.onRemove(event, user)}>
        <p>${user.name} can no longer sign in: sessions and tokens end at once. The audit log keeps what was done.</p>
        ${problem(this.problem)}
        <div class="actions"><button class="danger primary" aria-disabled=${this.busy}>Remove ${user.name}</button>
          <button type="button" autofocus @click=${this.hide}>Cancel</button></div>
      </form>`);
  }

  private nameField(value: string) {
    return html`<label class="field"><span>Name</span>
      <input name="name" required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" autofocus
        .value=${value} aria-invalid=${this.isWrong('name')}></label>`;
  }

  /* Without it nobody is tied or untied. */
  private tiedField(tied: readonly string[] = NOBODY) {
    const { value, problem: wrong } = this.people;
    if (value) return html`<tied-persons .persons=${value.items} .tied=${tied}></tied-persons>`;
    return wrong ? problem(wrong) : html`<p class="soft" role="status">Asking who can be seen…</p>`;
  }

  private passwordField(label: string, required: boolean, hint: string) {
    return html`<div class="field"><label class="name" for="password">${label}</label>
      <input type="password" id="password" name="password" ?required=${required} minlength="12" maxlength="128"
        autocomplete="new-password" aria-describedby="password-hint" aria-invalid=${this.isWrong('password')}>
      <small class="hint" id="password-hint">12 to 128 characters. ${hint}</small></div>`;
  }

  private show(open: Open) {
    this.problem = undefined;
    this.open = open;
    if (open.kind !== 'remove') void this.people.load();
  }

  protected override hide() {
    this.open = undefined;
  }

  private async onAdd(event: SubmitEvent) {
    const text = this.textsOf(event);
    const user: UserCreate = { name: text('name').trim(), role: text('role') as UserView['role'], password: text('password') };
    const people = this.tied?.change;
    let made: UserView | undefined;
    const add = async () => {
      made = await this.api.post<UserView>('/users', user);
      if (people) await this.api.patch(pathOf(made), { people } satisfies UserChange);
    };
    if (!(await this.carryOut(add, `User ${user.name} was added`)) && made) this.addedUntied(made);
  }

  /* The user is there and sees everybody's plays: what is left to do is a change. */
  private addedUntied(user: UserView) {
    this.open = { kind: 'change', user };
    void this.load();
  }

  private async onChange(event: SubmitEvent, user: UserView) {
    const text = this.textsOf(event);
    const change: UserChange = {};
    const people = this.tied?.change;
    const name = text('name').trim();
    const role = text('role') as UserView['role'];
    const active = text('active') === 'yes';
    if (name !== user.name) change.name = name;
    if (role !== user.role) change.role = role;
    if (active !== user.active) change.active = active;
    if (people) change.people = people;
    if (text('password') !== '') change.password = text('password');
    if (Object.keys(change).length === 0) {
      this.hide();
      return;
    }
    await this.carryOut(() => this.api.patch(pathOf(user), change), `User ${name} was changed`);
  }

  private async onRemove(event: SubmitEvent, user: UserView) {
    event.preventDefault();
    await this.carryOut(() => this.api.delete(pathOf(user)), `User ${user.name} was removed`);
  }
}

function pathOf({ id }: UserView): string {
  return `/users/${encodeURIComponent(id)}`;
}

function stateOf(user: UserView) {
  if (!user.active) {
    return html`<span class="badge">Deactivated</span>`;
  }
  return user.must_change_password
    ? html`<span class="badge warn">Must choose a password</span>`
    : html`<span class="badge good">Active</span>`;
}
