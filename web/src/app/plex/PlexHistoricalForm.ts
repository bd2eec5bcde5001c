// SPDX-License-Identifier: MIT
// PlexHistoricalForm.ts - <plex-historical-form .operation .servers .other>: of which Plex server, of which of its libraries and how far back
// the history is synced. Not while an import runs: the service refuses that too, this says it before.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { asApiError } from '../../lib/api/client.js';
import { counted } from '../../lib/format.js';
import type { JobView, MediaServer, Operation, PlexHistoricalRequest, Resumable } from '../../lib/types/sync.js';
import type { OperationController } from '../OperationController.js';
import type { Again, OperationForm, SourceOperation } from '../OperationDescription.js';
import '../ProblemNote.js';
import type { Announcer } from '../ui/announcer.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import { base, buttons, fields } from '../ui/styles.js';
import './LibrarySelectorComponent.js';
import type { LibrarySelectorComponent } from './LibrarySelectorComponent.js';

const DAYS: readonly number[] = [7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650];
const YEAR = 365;

function daysWords(days: number): string {
  return days >= YEAR ? `${days} (${counted(Math.round(days / YEAR), 'year')})` : String(days);
}

@customElement('plex-historical-form')
export class PlexHistoricalForm extends LitElement implements OperationForm {
  @property({ attribute: false }) operation!: OperationController<SourceOperation>;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ attribute: false }) servers: readonly MediaServer[] | undefined;
  @property({ attribute: false }) other: Operation | undefined;
  @property({ type: Boolean }) running = false;
  @property({ type: Boolean }) aside = false;
  /** Id of the server that was chosen; '': none was. */
  @state() private chosen = '';
  @state() private days = 30;
  @state() private noLibrary = false;
  @query('library-selector') private libraries!: LibrarySelectorComponent | null;
  private readonly doing = new StoreWatch(this, () => this.operation, (state) => state.doing);
  private readonly problem = new StoreWatch(this, () => this.operation, (state) => state.problem);
  readonly inHand = false;

  static override styles = [
    base,
    buttons,
    fields,
    css`
      form { gap: 1.1rem; }
      .field.short { max-width: 16rem; }
      .note.now { padding: 0.5rem 0.8rem; border-radius: var(--pb-radius-small); background: var(--pb-warn-soft); color: var(--pb-warn); font-weight: 560; }
    `,
  ];

  /* What was in the way has ended. */
  override willUpdate(changed: PropertyValues<this>) {
    if (changed.get('other') !== undefined && this.other === undefined && this.problem.value?.code === 'IMPORT_RUNNING') this.operation.dismissProblem();
  }

  again(run: JobView | Resumable, { resume }: Again) {
    if (resume) void this.resume(run);
    else void this.begin();
  }

  anew() {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('select, a')?.focus());
  }

  /** Those that can be synced. */
  private get fit(): readonly MediaServer[] {
    return (this.servers ?? []).filter(({ kind, enabled }) => kind === 'plex' && enabled);
  }

  private get server(): MediaServer | undefined {
    return this.fit.find(({ id }) => id === this.chosen) ?? this.fit[0];
  }

  override render() {
    const { server, servers, problem } = this;
    return html`<form novalidate @submit=${this.onSubmit}>
      <p>Sync playback history from Plex directly.</p>
      ${server ? this.choices(server) : servers ? this.noServer(servers) : html`<p class="soft">Asking which servers there are…</p>`}
      ${problem.value ? html`<problem-note .error=${problem.value}></problem-note>` : nothing}
      ${server ? this.actions() : nothing}
      <p class="note ${this.isBlocked ? 'now' : 'soft small'}" id="note">Note: Cannot run while Tautulli import is active.</p>
    </form>`;
  }

  private get isBlocked(): boolean {
    return this.other === 'tautulli_import';
  }

  private noServer(servers: readonly MediaServer[]) {
    return servers.length > 0
      ? html`<p>No Plex server may be synchronised with: switch one on under <a href="#servers">Servers</a>.</p>`
      : html`<p>There is no Plex server yet. Sign in with Plex, or add one by its address, under <a href="#servers">Servers</a>.</p>`;
  }

  private choices(server: MediaServer) {
    return html`
      ${this.fit.length > 1 ? html`<label class="field short"><span>Server</span>
        <select @change=${(event: Event) => (this.chosen = (event.target as HTMLSelectElement).value)}>
          ${this.fit.map(({ id, name }) => html`<option value=${id} ?selected=${id === server.id}>${name}</option>`)}</select></label>`
        : html`<p>Server: <strong>${server.name}</strong></p>`}
      <label class="field short"><span>Days to sync back</span>
        <select @change=${(event: Event) => (this.days = Number((event.target as HTMLSelectElement).value))}>
          ${DAYS.map((days) => html`<option value=${days} ?selected=${days === this.days}>${daysWords(days)}</option>`)}</select></label>
      <library-selector .api=${this.operation.api} server=${this.running ? '' : server.id} @chosen-changed=${() => (this.noLibrary = false)}></library-selector>
      ${this.noLibrary ? html`<p class="wrong" role="alert">Tick at least one library, or all of them.</p>` : nothing}`;
  }

  private actions() {
    const busy = this.doing.value !== undefined || this.isBlocked;
    return html`<div class="actions"><button type="submit" class=${this.aside ? '' : 'primary'} aria-disabled=${String(busy)} aria-describedby="note">
      Start Historical Sync</button></div>`;
  }

  private async onSubmit(event: Event) {
    event.preventDefault();
    await this.begin();
  }

  private async begin(): Promise<void> {
    const { server, days, libraries } = this;
    if (this.isBlocked || !server || this.doing.value !== undefined) return;
    const chosen = libraries === null ? [] : libraries.chosen;
    this.noLibrary = chosen === undefined;
    if (chosen === undefined) {
      libraries?.focus();
      return;
    }
    const request: PlexHistoricalRequest = { days_back: days, library_ids: chosen, server_id: server.id };
    await this.operation.start(request, server.name);
  }

  /* Of which server it was its job knows; where that is not told the service finds the only one. */
  private async resume(run: JobView | Resumable) {
    const server = await this.serverOf(run);
    await this.operation.start({ resume: true, ...(server ? { server_id: server.id } : {}) }, run.title);
  }

  private async serverOf(run: JobView | Resumable): Promise<MediaServer | undefined> {
    try {
      const { server_id: of } = 'server_id' in run ? run : (await this.operation.api.job(run.job_id)).job;
      return this.servers?.find(({ id, identity, name }) => (of === undefined ? name === run.title : id === of || identity === of));
    } catch (thrown) {
      this.announcer.assertive(asApiError(thrown).message);
      return undefined;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'plex-historical-form': PlexHistoricalForm;
  }
}
