// SPDX-License-Identifier: MIT
// ServerSyncStatusSection.ts - <server-sync-status-section .manager .announcer .servers ?admin ?active>: a card for the sync of each
// media server, the past runs of all, and the receipt that was asked for. It changes when a run ends or the servers are told anew; pushes are the
// cards' own. Event `stale` when the servers should be asked for again.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { fetched } from '../../lib/fetched.js';
import type { JobView, MediaServer } from '../../lib/types/sync.js';
import type { JobReceipt } from '../JobReceipt.js';
import '../JobsList.js';
import { isRunning } from '../ProgressRecords.js';
import type { SyncManager } from '../SyncManager.js';
import type { Announcer } from '../ui/announcer.js';
import { Every } from '../ui/Every.js';
import { Loaded } from '../ui/Loaded.js';
import { problem, problems } from '../ui/problem.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import { base, buttons, cards } from '../ui/styles.js';
import './ServerSyncCard.js';
import { isSynced } from './connected.js';
import { playsOf, playsOfWeek, type Week } from './week.js';

const ASK_EVERY_MS = 30_000;
const PREFIX = 'server_sync/';
const NAMED_BY_JOBS = 100;

interface Known {
  name: string;
  /** What plays name it by; undefined: it was never met. */
  identity: string | null | undefined;
}

interface Shown extends Known {
  id: string;
  server: MediaServer | undefined;
}

@customElement('server-sync-status-section')
export class ServerSyncStatusSection extends LitElement {
  @property({ attribute: false }) manager!: SyncManager;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) admin = false;
  /** Somebody looks. */
  @property({ type: Boolean }) active = false;
  /** Undefined where one may not be told of them, or they were not told yet. */
  @property({ attribute: false }) servers: readonly MediaServer[] | undefined;
  /** Another value: something may have become of past runs since. */
  @property() revision = '';
  /** The undo that runs. */
  @property() undoing = '';
  /** The job whose receipt is shown. */
  @state() private told = '';
  @state() private now = Date.now();
  @query('job-receipt') private receipt!: JobReceipt | null;
  /** The newest run of each server that has ended. */
  private readonly ended = new StoreWatch(this, () => this.manager.records, (records) =>
    Object.entries(records).filter(([key, one]) => key.startsWith(PREFIX) && !isRunning(one)).map(([key, { seq }]) => `${key} ${seq}`).sort().join('\n'));
  /** The servers that ever were synced. */
  private readonly known = new StoreWatch(this, () => this.manager.records, (records) =>
    Object.keys(records).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length)).sort().join('\n'));
  private readonly week = new Loaded<Week>(this, {
    ask: (signal) => playsOfWeek(this.manager.api, new Date(), signal),
    active: () => this.active,
  });
  /** What viewers know servers by: past runs. */
  private readonly names = new Loaded<ReadonlyMap<string, Known>>(this, {
    ask: async () => knownBy((await this.manager.api.jobs('server_sync', undefined, NAMED_BY_JOBS)).items),
    active: () => this.active,
  });
  private heard: string | undefined; // what had ended when the figures were asked for last
  private askedAt = -Infinity;
  private stale = false; // a run has ended since

  static override styles = [
    base,
    buttons,
    cards,
    problems,
    css`
      :host > * + * { margin-top: var(--pb-gap); }
      .looks { margin-top: 1rem; }
      ul { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); }
    `,
  ];

  constructor() {
    super();
    new Every(this, ASK_EVERY_MS, () => this.pass());
  }

  override willUpdate(changed: PropertyValues<this>) {
    const looked = changed.has('active') && this.active;
    if (looked) this.now = Date.now();
    if (!looked && this.ended.value === this.heard) return;
    const first = this.heard === undefined;
    this.heard = this.ended.value;
    if (!this.active) return;
    this.ask(looked);
    if (!first) this.dispatchEvent(new CustomEvent('stale'));
  }

  override render() {
    const shown = this.shown();
    if (shown.length === 0) return nothing;
    return html`
      ${this.told === '' ? nothing : this.receiptOf(this.told)}
      <section class="card" aria-labelledby="title">
        <header><h2 id="title">Server Sync</h2>${this.week.value?.counting ? html`<span class="soft small">Still counting plays…</span>` : nothing}</header>
        ${problem(this.week.value ? undefined : this.week.problem)}
        <ul aria-label="Servers that are synced">${repeat(shown, ({ id }) => id, (one) => html`<li>${this.card(one)}</li>`)}</ul>
        ${this.admin ? nothing : html`<p class="soft small looks">Only an administrator can start a sync. Counted are the plays that you may see.</p>`}
      </section>
      ${this.known.value === '' ? nothing : html`<jobs-list heading="Past server syncs" .operation=${this.manager.allServers} ?admin=${this.admin}
        revision="${this.revision} ${this.ended.value}" undoing=${this.undoing} @show-receipt=${(event: CustomEvent<JobView>) => this.show(event.detail.job_id)}></jobs-list>`}`;
  }

  /* A viewer is not told of servers, and of some not even the name. */
  private shown(): Shown[] {
    if (this.servers) return this.servers.filter(isSynced).map((server) => ({ id: server.id, name: server.name, identity: server.identity, server }));
    if (this.admin || this.known.value === '') return [];
    return this.known.value.split('\n').map((id, i) => ({ id, identity: undefined, name: `Media server ${i + 1}`, ...this.names.value?.get(id), server: undefined }));
  }

  private card({ id, name, identity, server }: Shown) {
    const week = this.week.value;
    return html`<server-sync-card .operation=${this.manager.serverSync(id)} .server=${server} name=${name} .announcer=${this.announcer} ?admin=${this.admin}
      .days=${week?.days.map(({ from }) => from) ?? []} .plays=${playsOf(week, identity)} .now=${this.now}
      @ended=${() => this.ask(true)} @stale=${() => this.dispatchEvent(new CustomEvent('stale'))} @show-receipt=${(event: CustomEvent<string>) => this.show(event.detail)}></server-sync-card>`;
  }

  private receiptOf(job: string) {
    void fetched(() => import('../JobReceipt.js'));
    return html`<job-receipt .api=${this.manager.api} .job=${job} ?admin=${this.admin} revision=${this.revision} @closed=${() => (this.told = '')}></job-receipt>`;
  }

  private show(job: string) {
    this.told = job;
    void Promise.all([this.updateComplete, import('../JobReceipt.js')]).then(() => this.receipt?.focus(), () => undefined);
  }

  /* A look that brought nothing is told to nobody: the servers say when it was. */
  private pass() {
    if (!this.active || document.hidden) return;
    this.now = Date.now();
    this.dispatchEvent(new CustomEvent('stale'));
    if (this.stale || this.week.value?.counting || new Date(this.askedAt).getDate() !== new Date().getDate()) this.ask(true);
  }

  /* Runs that end one after the other are one question; the last one is not forgotten. */
  private ask(now: boolean) {
    const wait = this.askedAt + ASK_EVERY_MS - Date.now();
    this.stale = !now && wait > 0 && this.named();
    if (this.stale) return;
    this.askedAt = Date.now();
    void this.week.load();
    if (!this.admin) void this.names.load(); // without what servers are, figures say nothing
  }

  private named(): boolean {
    const known = this.known.value === '' ? [] : this.known.value.split('\n');
    return this.admin || known.every((id) => this.names.value?.has(id));
  }
}

/* The newest one counts: it may have been renamed. One that failed before it met its server does not know what it is. */
function knownBy(newestFirst: readonly JobView[]): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>();
  for (const { server_id: id, title: name, identity } of [...newestFirst].reverse()) {
    if (id && name) known.set(id, { name, identity: identity ?? known.get(id)?.identity });
  }
  return known;
}

declare global {
  interface HTMLElementTagNameMap {
    'server-sync-status-section': ServerSyncStatusSection;
  }
}
