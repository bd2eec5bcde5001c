// SPDX-License-Identifier: MIT
// DataSyncSettingsSection.ts - <data-sync-settings-section .manager .announcer ?admin>: the Data Sync
// part of the settings. Folded it is a summary of one line for each operation and one for the servers; unfolded it
// shows their sections, in which an upload goes on meanwhile. Says when the connection is lost.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { fetched } from '../lib/fetched.js';
import { OPERATIONS } from '../lib/types/operations.js';
import type { JobView, Operation, ServersListed, SyncProgress } from '../lib/types/sync.js';
import './OperationSection.js';
import './OperationSummary.js';
import type { OperationController } from './OperationController.js';
import { isOwn } from './OperationDescription.js';
import { isRunning, type Records } from './ProgressRecords.js';
import type { SyncManager } from './SyncManager.js';
import { connectedWords, isSynced, syncedWords } from './serverSync/connected.js';
import type { Announcer } from './ui/announcer.js';
import { Loaded } from './ui/Loaded.js';
import { StoreWatch } from './ui/StoreWatch.js';
import { base, buttons, cards } from './ui/styles.js';

@customElement('data-sync-settings-section')
export class DataSyncSettingsSection extends LitElement {
  @property({ attribute: false }) manager!: SyncManager;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) admin = false;
  /** Somebody looks. */
  @property({ type: Boolean }) active = false;
  @state() private folded = false;
  /** The job that a person is asked about. */
  @state() private asked: JobView | undefined;
  private readonly connection = new StoreWatch(this, () => this.manager, (state) => state.connection);
  /** What the history does itself just now; once seen it stays, with its receipt. */
  private readonly own = new StoreWatch(this, () => this.manager.records, (records) =>
    Object.values(records).filter((one) => OPERATIONS[one.operation].byHistory && isRunning(one)).map(({ operation }) => operation).join(' '),
  );
  /** The source that was used last has the page's primary button; before any was, the first. */
  private readonly leading = new StoreWatch(this, () => this.manager.records, (records) =>
    this.sources.reduce<Operation | undefined>((one, other) => (one && startOf(records[other]) <= startOf(records[one]) ? one : other), undefined));
  /** The source that runs. */
  private readonly running = new StoreWatch(this, () => this.manager.records, (records) => this.sources.find((one) => records[one] && isRunning(records[one])));
  private readonly servers = new Loaded<ServersListed>(this, {
    ask: (signal) => this.manager.api.servers(signal),
    active: () => this.active,
  });
  /** Servers of which a sync runs, and of which one ever ran. */
  private readonly syncing = new StoreWatch(this, () => this.manager.records, (records) => serverSyncs(records).filter(isRunning).length);
  private readonly synced = new StoreWatch(this, () => this.manager.records, (records) => serverSyncs(records).length);
  private readonly seen = new Set<string>();
  /** The undo that runs. */
  private readonly undoing = new StoreWatch(this, () => this.manager.records, ({ undo }) => (undo && isRunning(undo) ? (undo.job_id ?? '') : ''));
  /** The last undo that has ended: if this page saw it, what it undid is told otherwise since. */
  private readonly undone = new StoreWatch(this, () => this.manager.records, ({ undo }) =>
    undo && undo.status !== 'running' ? `${undo.job_id} ${undo.seq}` : '',
  );

  static override styles = [
    base,
    buttons,
    cards,
    css`
      :host > * + * { margin-top: var(--pb-gap); }
      .summary {
        display: flex; gap: 1rem; align-items: center; justify-content: space-between;
        padding: 0.6rem 0.75rem 0.6rem 1.25rem;
      }
      .summary svg { transition: transform 0.15s; }
      .summary [aria-expanded='true'] svg { transform: rotate(180deg); }
      .lost {
        padding: 0.7rem 1rem; border-radius: var(--pb-radius-small); background: var(--pb-warn-soft);
        color: var(--pb-warn); font-weight: 560;
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>) {
    if ((changed.has('active') || changed.has('admin')) && this.active && this.admin) void this.servers.load();
    for (const operation of this.own.value.split(' ')) this.seen.add(operation);
    if (this.own.value !== '') void fetched(() => import('./own/OwnJobSection.js'));
  }

  override render() {
    const { operations } = this.manager;
    const revision = this.seen.has('undo') ? this.undone.value : '';
    return html`
      <div class="card summary">
        <div>${operations.map((one) => html`<operation-summary .operation=${one} ?exact=${this.folded}></operation-summary>`)}
          ${this.serverSummary()}</div>
        <button type="button" class="quiet" aria-label="Data Sync" aria-expanded=${String(!this.folded)} @click=${() => (this.folded = !this.folded)}>
          <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3 6l5 5 5-5" fill="none" stroke="currentColor" stroke-width="1.8" />
          </svg>
        </button>
      </div>
      ${this.connection.value === 'lost' ? html`<p class="lost">Connection lost. Retrying...</p>` : nothing}
      ${operations.map((one) => this.seen.has(one.description.operation)
        ? html`<own-job-section ?hidden=${this.folded} .operation=${one} ?admin=${this.admin}></own-job-section>`
        : nothing)}
      ${operations.map((one) => isOwn(one.description) ? nothing : html`<operation-section ?hidden=${this.folded} .operation=${one} .announcer=${this.announcer}
        ?admin=${this.admin} ?aside=${one.description.operation !== this.leading.value} .servers=${this.servers.value?.items} .other=${this.otherThan(one.description.operation)}
        revision=${revision} undoing=${this.undoing.value} @undo-job=${this.onUndo}></operation-section>`)}
      ${this.serverSync(revision)}
      ${this.asked ? this.undoDialog(this.asked) : nothing}
    `;
  }

  private get sources(): Operation[] {
    return this.manager.operations.map(({ description }) => description).filter((one) => !isOwn(one)).map(({ operation }) => operation);
  }

  private otherThan(operation: Operation): Operation | undefined {
    return this.running.value === operation ? undefined : this.running.value;
  }

  /* A viewer is not told which servers there are, but of those that ever were synced. The line of an
   * administrator is there before its words are: what is below it stays where it is. */
  private serverSummary() {
    const servers = this.servers.value?.items;
    if (this.admin) return html`<p>Server Sync: ${servers ? connectedWords(servers, this.syncing.value) : ''}</p>`;
    return this.synced.value === 0 ? nothing : html`<p>Server Sync: ${syncedWords(this.synced.value, this.syncing.value)}</p>`;
  }

  /* Its code comes once there is something to tell. */
  private serverSync(revision: string) {
    if (this.synced.value === 0 && !this.servers.value?.items.some(isSynced)) return nothing;
    void fetched(() => import('./serverSync/ServerSyncStatusSection.js'));
    return html`<server-sync-status-section ?hidden=${this.folded} .manager=${this.manager} .announcer=${this.announcer} .servers=${this.servers.value?.items}
      ?admin=${this.admin} ?active=${this.active} revision=${revision} undoing=${this.undoing.value} @stale=${() => void this.servers.load()} @undo-job=${this.onUndo}></server-sync-status-section>`;
  }

  private undoDialog(job: JobView) {
    const undo = this.manager.operations.find(({ description }) => description.operation === 'undo');
    void fetched(() => import('./own/UndoDialog.js'));
    return html`<undo-dialog .operation=${undo} .job=${job} @closed=${() => this.closeUndo(undo)}></undo-dialog>`;
  }

  /* One of few rows has ended before it could be seen running. */
  private closeUndo(undo: OperationController | undefined) {
    this.asked = undefined;
    if (undo?.state.start?.job === undefined) return;
    this.seen.add('undo');
    void fetched(() => import('./own/OwnJobSection.js'));
  }

  private onUndo(event: CustomEvent<JobView>) {
    this.asked = event.detail;
  }
}

function startOf(progress: SyncProgress | undefined): string {
  return progress?.start_time ?? '';
}

function serverSyncs(records: Records): SyncProgress[] {
  return Object.values(records).filter(({ operation }) => operation === 'server_sync');
}

declare global {
  interface HTMLElementTagNameMap {
    'data-sync-settings-section': DataSyncSettingsSection;
  }
}
