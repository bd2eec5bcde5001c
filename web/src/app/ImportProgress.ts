// SPDX-License-Identifier: MIT
// ImportProgress.ts - <import-progress .manager ?admin>: an import while it runs. It alone follows
// every push, so what a push costs is what changes here.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { fetched } from '../lib/fetched.js';
import './ErrorLogComponent.js';
import './ProblemNote.js';
import './StopDialog.js';
import { importOf, type SyncManager } from './SyncManager.js';
import './SyncProgressComponent.js';
import { SyncWatch } from './SyncWatch.js';
import { base, buttons, cards } from './ui/styles.js';

@customElement('import-progress')
export class ImportProgress extends LitElement {
  @property({ attribute: false }) manager!: SyncManager;
  @property({ type: Boolean }) admin = false;
  @state() private stopping = false;
  private readonly progress = new SyncWatch(this, importOf);
  private readonly doing = new SyncWatch(this, (state) => state.doing);
  private readonly problem = new SyncWatch(this, (state) => state.problem);

  static override styles = [
    base,
    buttons,
    cards,
    css`:host > * + * { margin-top: 1.1rem; }`,
  ];

  override firstUpdated() {
    void fetched(() => import('./charts/RatePlot.js'));
  }

  override render() {
    const p = this.progress.value;
    const problem = this.problem.value;
    return html`
      ${problem ? html`<problem-note .error=${problem}></problem-note>` : nothing}
      <sync-progress .progress=${p}></sync-progress>
      <rate-plot .api=${this.manager.api} .progress=${p}></rate-plot>
      ${this.admin
        ? html`<div class="actions"><button type="button" class="danger" @click=${this.ask}>Stop Import</button></div>`
        : html`<p class="soft">Only an administrator can stop an import.</p>`}
      ${p.error_count === 0 ? nothing : html`<error-log .errors=${p.errors} .total=${p.error_count}></error-log>`}
      ${this.stopping
        ? html`<stop-dialog open ?busy=${this.doing.value !== undefined} .progress=${p}
            @closed=${this.keepRunning} @stop=${this.stop}></stop-dialog>`
        : nothing}
    `;
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
