// SPDX-License-Identifier: MIT
// UndoDialog.ts - <undo-dialog .operation .job>: what undoing a job would do, in exact figures, before it is
// asked for. Event `closed`, also when it has begun: its progress is shown where all jobs are.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ApiError } from '../../lib/api/client.js';
import { count, counted, dateTime } from '../../lib/format.js';
import { OPERATIONS } from '../../lib/types/operations.js';
import { subjectOf, type JobView, type UndoPreviewed } from '../../lib/types/sync.js';
import type { OperationController } from '../OperationController.js';
import { Loaded } from '../ui/Loaded.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { pathName } from '../ui/pathName.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons } from '../ui/styles.js';

@customElement('undo-dialog')
export class UndoDialog extends LitElement {
  /** Of undos. */
  @property({ attribute: false }) operation!: OperationController;
  @property({ attribute: false }) job!: JobView;
  private readonly figures = new Loaded<UndoPreviewed>(this, { ask: (signal) => this.figuresOf(signal) });
  /** While rows are looked at: how far that is. */
  @state() private soFar: UndoPreviewed | undefined;
  @state() private problem: ApiError | undefined;
  private readonly doing = new StoreWatch(this, () => this.operation, (state) => state.doing);

  static override styles = [base, buttons, dialogs, problems, css`
    :host { display: contents; }
    ul { padding-left: 1.2rem; display: grid; gap: 0.3rem; }
    .of { overflow-wrap: anywhere; }
  `];

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('job')) void this.figures.load();
  }

  override render() {
    const { noun } = OPERATIONS[this.job.progress.operation];
    return modalDialog({ heading: `Undo this ${noun}?`, open: true, onClose: () => this.close() }, () => this.content(noun));
  }

  private content(noun: string) {
    const subject = subjectOf(this.job);
    const busy = this.doing.value !== undefined;
    const { value: figures, problem: untold } = this.figures;
    return html`
      <p class="of">The ${noun}${subject ? html` of ${pathName(subject, 60)}` : nothing}, started ${dateTime(this.job.progress.start_time)}.</p>
      ${figures ? this.told(figures) : untold ? nothing : html`<p class="soft" role="status">${this.waiting()}</p>`}
      ${problem(untold ?? this.problem)}
      <div class="actions">
        ${figures
          ? html`<button type="button" class="danger primary" aria-disabled=${String(busy)} @click=${this.undo}>Undo ${noun}</button>`
          : nothing}
        <button type="button" autofocus @click=${() => this.close()}>${figures ? 'Keep it' : 'Close'}</button>
      </div>`;
  }

  /** A large job is counted over several questions. */
  private async figuresOf(signal: AbortSignal): Promise<UndoPreviewed> {
    for (;;) {
      const figures = await this.operation.api.undoFigures(this.job.job_id, signal);
      if (!figures.counting || signal.aborted) return figures;
      this.soFar = figures;
    }
  }

  private waiting(): string {
    const { looked_at: lookedAt, rows } = this.soFar ?? {};
    if (lookedAt === undefined || rows === undefined) return 'Looking at every row that it saw…';
    return lookedAt < rows
      ? `Looking at every row that it saw: ${count(lookedAt)} of ${count(rows)}…`
      : 'Looking at the plays that several rows tell of…';
  }

  private told({ removed, kept, restored, split }: UndoPreviewed) {
    const others = kept + restored;
    return html`<ul>
        <li><strong>${counted(removed, 'row')}</strong> that no other job saw ${removed === 1 ? 'is' : 'are'} removed.</li>
        ${restored > 0 ? html`<li><strong>${counted(restored, 'row')}</strong> will say again what the other jobs saw.</li>` : nothing}
        ${kept > 0 ? html`<li><strong>${counted(kept, 'row')}</strong> ${kept === 1 ? 'stays as it is: another job saw it' : 'stay as they are: other jobs saw them'} too.</li>` : nothing}
        ${split > 0 ? html`<li><strong>${counted(split, 'play')}</strong> ${split === 1 ? 'comes' : 'come'} apart, since what joined ${split === 1 ? 'it' : 'them'} goes.</li>` : nothing}
      </ul>
      <p>The history is then what the other jobs alone give. ${removed + others === 0 ? 'Nothing would change.' : 'An undo is not undone, but the same import brings everything back.'}</p>`;
  }

  private async undo() {
    if (this.doing.value !== undefined) return;
    this.problem = undefined;
    const path = `/sync/jobs/${encodeURIComponent(this.job.job_id)}/undo`;
    if (await this.operation.begin(path, {}, this.job.job_id)) this.close();
    else this.problem = this.operation.state.problem;
  }

  private close() {
    this.dispatchEvent(new CustomEvent('closed'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'undo-dialog': UndoDialog;
  }
}
