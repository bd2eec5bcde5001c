// SPDX-License-Identifier: MIT
// ImportProgress.ts - <import-progress .manager ?admin>: an import while it runs: which database, who
// started it, and how far it is. It alone follows every push, so what a push costs is what changes here.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError } from '../lib/api/client.js';
import { fetched } from '../lib/fetched.js';
import type { JobGot } from '../lib/types/sync.js';
import { dateTime } from '../lib/format.js';
import './ErrorLogComponent.js';
import './ProblemNote.js';
import './StopDialog.js';
import { importOf, type SyncManager } from './SyncManager.js';
import './SyncProgressComponent.js';
import { SyncWatch } from './SyncWatch.js';
import { Retry } from './ui/Retry.js';
import { pathName } from './ui/pathName.js';
import { base, buttons, cards } from './ui/styles.js';

@customElement('import-progress')
export class ImportProgress extends LitElement {
  @property({ attribute: false }) manager!: SyncManager;
  @property({ type: Boolean }) admin = false;
  @state() private stopping = false;
  /** Asked for once: what stays the same while it runs, and its course until then. */
  @state() private got: JobGot | undefined;
  private asked: string | undefined;
  private readonly retry = new Retry(this);
  private readonly progress = new SyncWatch(this, importOf);
  private readonly doing = new SyncWatch(this, (state) => state.doing);
  private readonly problem = new SyncWatch(this, (state) => state.problem);

  static override styles = [
    base,
    buttons,
    cards,
    css`
      :host > * + * { margin-top: 1.1rem; }
      .origin { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.1rem; min-height: 3em; }
      .origin span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      /* It is there all the time and hardly ever wanted: it does not shout. */
      button.danger.primary.stop { background: var(--pb-error-soft); color: var(--pb-error); border-color: var(--pb-error); }
    `,
  ];

  override firstUpdated() {
    void fetched(() => import('./charts/RatePlot.js'));
  }

  override willUpdate() {
    const job = this.progress.value.job_id;
    if (job === undefined || job === this.asked) return;
    this.asked = job;
    this.got = undefined;
    void this.load(job);
  }

  override render() {
    const p = this.progress.value;
    const problem = this.problem.value;
    return html`
      ${problem ? html`<problem-note .error=${problem}></problem-note>` : nothing}
      <sync-progress .progress=${p}></sync-progress>
      ${this.origin()}
      <rate-plot .progress=${p} .samples=${this.got?.samples}></rate-plot>
      ${this.admin
        ? html`<div class="actions"><button type="button" class="danger primary stop" @click=${this.ask}>Stop Import</button></div>`
        : html`<p class="soft">Only an administrator can stop an import.</p>`}
      ${p.error_count === 0 ? nothing : html`<error-log .errors=${p.errors} .total=${p.error_count}></error-log>`}
      ${this.stopping
        ? html`<stop-dialog open ?busy=${this.doing.value !== undefined} .progress=${p}
            @closed=${this.keepRunning} @stop=${this.stop}></stop-dialog>`
        : nothing}
    `;
  }

  /* Its room is kept, whatever there is to say. */
  private origin() {
    const { asked_by: by, db_path: path, progress } = this.got?.job ?? {};
    return html`<p class="origin soft small">
      ${path ? html`<span>${pathName(path)}</span>` : nothing}
      ${progress ? html`<span>Started ${by === undefined ? '' : `by ${by}, `}${dateTime(progress.start_time)}</span>` : nothing}
    </p>`;
  }

  private async load(job: string) {
    try {
      const got = await this.manager.api.job(job);
      if (job !== this.asked) return;
      this.got = got;
      this.retry.answered();
    } catch (thrown) {
      if (job === this.asked) this.retry.failed(asApiError(thrown), () => this.load(job));
    }
  }

  private ask() {
    this.stopping = true;
  }

  private keepRunning() {
    this.stopping = false;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.danger')?.focus());
  }

  private async stop() {
    if (!(await this.manager.stopImport())) this.keepRunning();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'import-progress': ImportProgress;
  }
}
