// SPDX-License-Identifier: MIT
// PlexServers.ts - <plex-servers .servers ?busy ?taken>: the servers of a Plex account, each with the addresses it was tried at, the best
// first. `taken`: the name that was asked for is another server's. Event `chosen` with what is to be added.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { PlexConnection, PlexPersonServer, PlexPinAdd } from '../../lib/types/schema.js';
import { sentence } from '../problems.js';
import { base, buttons, cards, fields } from '../ui/styles.js';

export type PlexChoice = Pick<PlexPinAdd, 'machine_identifier' | 'connection' | 'name'>;

/** What is to be known of a way to a server, in a word or two each. */
function waysOf({ local, relay, secure }: PlexConnection): string {
  return [relay ? 'by way of plex.tv, slow' : local ? 'in its own network' : 'over the internet', secure ? 'encrypted' : 'not encrypted'].join(', ');
}

/** Is it none of ours yet, and does it answer? */
export function canBeAdded({ server_id: known, connections }: PlexPersonServer): boolean {
  return known === undefined && connections.some(({ works }) => works);
}

@customElement('plex-servers')
export class PlexServers extends LitElement {
  @property({ attribute: false }) servers: readonly PlexPersonServer[] = [];
  @property({ type: Boolean }) busy = false;
  @property({ type: Boolean }) taken = false;
  /** The server that was asked for last. */
  @state() private last: string | undefined;

  static override styles = [
    base,
    buttons,
    cards,
    fields,
    css`
      form { gap: 0.75rem; padding-block: 1rem; border-top: 1px solid var(--pb-line); }
      fieldset { display: grid; gap: 0.5rem; border: 0; padding: 0; margin: 0; min-width: 0; }
      legend { padding: 0; margin-bottom: 0.4rem; }
      .called { display: flex; flex-wrap: wrap; gap: 0.25rem 0.6rem; align-items: center; }
      .called h3, label span, li { overflow-wrap: anywhere; min-width: 0; }
      ul { padding-left: 1.2rem; display: grid; gap: 0.2rem; }
    `,
  ];

  override render() {
    const lead = this.servers.find((one) => one.owned && canBeAdded(one));
    return this.servers.map((server) => this.server(server, server === lead));
  }

  private server(server: PlexPersonServer, lead: boolean) {
    const { name, owned, owner, note, version, machine_identifier: machine, server_id: known } = server;
    const works = server.connections.filter((one) => one.works);
    const not = server.connections.filter((one) => !one.works);
    return html`<form aria-label=${name} @submit=${(event: SubmitEvent) => this.onSubmit(event, server)}>
      <div class="called"><h3>${name}</h3>
        <span class="badge ${owned ? 'good' : ''}">${owned ? 'Yours' : owner === null ? 'Shared with you' : `Shared by ${owner}`}</span>
        ${known === undefined ? nothing : html`<span class="badge">Added already</span>`}
        ${version === null ? nothing : html`<span class="soft small">${version}</span>`}</div>
      ${note === undefined ? nothing : html`<p class="small">${sentence(note)}</p>`}
      ${works.length === 0 ? html`<p>It answers at none of its addresses.</p>` : known === undefined ? this.choice(works) : nothing}
      ${not.length === 0 || known !== undefined ? nothing : html`<details ?open=${works.length === 0}><summary class="small">Where it does not answer</summary>
        <ul class="small">${not.map(({ address, error }) => html`<li><code>${address}</code> <span class="soft">${error ?? ''}</span></li>`)}</ul></details>`}
      ${this.taken && this.last === machine ? html`<label class="field"><span>Name</span><input name="name" required maxlength="128" autocomplete="off" .value=${name} aria-invalid="true"></label>` : nothing}
      ${works.length === 0 || known !== undefined ? nothing : html`<div class="actions"><button class=${lead ? 'primary' : ''} aria-disabled=${String(this.busy)}>Add ${name}</button></div>`}
    </form>`;
  }

  private choice(works: readonly PlexConnection[]) {
    return html`<fieldset><legend class="small soft">Asked at</legend>
      ${works.map((one, i) => html`<label class="check"><input type="radio" name="connection" value=${one.address} ?checked=${i === 0}>
        <span><code>${one.address}</code> <span class="soft small">${waysOf(one)}</span></span></label>`)}</fieldset>`;
  }

  private onSubmit(event: SubmitEvent, { machine_identifier: machine }: PlexPersonServer) {
    event.preventDefault();
    if (this.busy) return;
    const data = new FormData(event.target as HTMLFormElement);
    const name = String(data.get('name') ?? '').trim();
    this.last = machine;
    const choice: PlexChoice = { machine_identifier: machine, connection: String(data.get('connection')), ...(name === '' ? {} : { name }) };
    this.dispatchEvent(new CustomEvent('chosen', { detail: choice }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'plex-servers': PlexServers;
  }
}
