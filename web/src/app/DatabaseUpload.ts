// SPDX-License-Identifier: MIT
// DatabaseUpload.ts - <database-upload>: a database from this computer, chosen or dropped here, with
// its -wal if there is one. Event `uploaded` with the path it has on the server; files never pass
// through this page's memory.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { ApiError, asApiError, notRepeated } from '../lib/api/client.js';
import type { SyncApi } from '../lib/api/sync.js';
import { plainName } from '../lib/api/upload.js';
import { bytes } from '../lib/format.js';
import { base, buttons } from './ui/styles.js';
import './ProblemNote.js';

interface Sending {
  name: string;
  sent: number;
  total: number;
}

/** The database among what was dropped, and its -wal. */
export function sortFiles(files: readonly File[]): { main: File | undefined; wal: File | undefined } {
  const wal = files.find((one) => one.name.endsWith('-wal'));
  return { main: files.find((one) => one !== wal && !one.name.endsWith('-shm')), wal };
}

function noDatabase(): ApiError {
  return new ApiError({
    kind: 'refused',
    code: 'BAD_FIELD',
    message: 'There is no database among these files',
    remedy: 'Choose the database together with its -wal file',
  });
}

@customElement('database-upload')
export class DatabaseUpload extends LitElement {
  @property({ attribute: false }) api!: SyncApi;
  @state() private sending: Sending | undefined;
  @state() private problem: ApiError | undefined;
  @state() private over = false;
  @query('input') private input!: HTMLInputElement;
  private cancelling: AbortController | undefined;
  private hadFocus = false;

  static override styles = [
    base,
    buttons,
    css`
      .zone {
        display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; padding: 0.9rem 1rem;
        border: 1.5px dashed var(--pb-line-strong); border-radius: var(--pb-radius-small);
      }
      .zone.over { border-color: var(--pb-accent); background: var(--pb-accent-soft); }
      .zone p { flex: 1; min-width: 12rem; }
      .sending { display: grid; gap: 0.5rem; flex: 1; min-width: 12rem; }
      .bar {
        height: 0.5rem; border-radius: 99px; overflow: hidden; background: var(--pb-surface-2);
        box-shadow: inset 0 0 0 1px var(--pb-line-strong);
      }
      .fill { height: 100%; background: var(--pb-accent); transform: translateX(calc(var(--done, 0%) - 100%)); }
      .name { overflow-wrap: anywhere; }
      problem-note { margin-top: 0.75rem; }
    `,
  ];

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.cancelling?.abort();
  }

  override render() {
    return html`
      <div
        class="zone ${this.over ? 'over' : ''}"
        @dragenter=${this.onDrag} @dragover=${this.onDrag} @dragleave=${this.onLeave} @drop=${this.onDrop}
      >
        ${this.sending ? this.progress(this.sending) : this.invitation()}
      </div>
      ${this.problem ? html`<problem-note .error=${this.problem}></problem-note>` : nothing}
    `;
  }

  private invitation() {
    return html`
      <button type="button" @click=${() => this.input.click()}>Upload a database</button>
      <p class="soft small">or drop it here, with its <span class="mono">-wal</span> file if Tautulli is running</p>
      <input type="file" multiple hidden aria-label="Database file" @change=${this.onChosen} />
    `;
  }

  private progress(sending: Sending) {
    const percent = sending.total === 0 ? 0 : Math.floor((100 * sending.sent) / sending.total);
    return html`
      <div class="sending">
        <span class="name small">Uploading ${sending.name}: ${bytes(sending.sent)} of ${bytes(sending.total)}</span>
        <div class="bar" role="progressbar" aria-label="Upload progress" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent}>
          <div class="fill"></div>
        </div>
      </div>
      <button type="button" @click=${() => this.cancelling?.abort()}>Cancel upload</button>
    `;
  }

  override willUpdate() {
    this.hadFocus = this.shadowRoot?.activeElement instanceof HTMLElement;
  }

  override updated(changed: PropertyValues) {
    if (!changed.has('sending')) return;
    /* The button that had the focus is gone: the one in its place gets it. */
    if (this.hadFocus && !this.shadowRoot?.activeElement) this.renderRoot.querySelector('button')?.focus();
    const { sent, total } = this.sending ?? { sent: 0, total: 0 };
    const fill = this.renderRoot.querySelector<HTMLElement>('.fill');
    fill?.style.setProperty('--done', `${total === 0 ? 0 : (100 * sent) / total}%`);
  }

  private onDrag(event: DragEvent) {
    event.preventDefault();
    this.over = this.sending === undefined;
  }

  private onLeave() {
    this.over = false;
  }

  private onDrop(event: DragEvent) {
    event.preventDefault();
    this.over = false;
    void this.send([...(event.dataTransfer?.files ?? [])]);
  }

  private onChosen() {
    const files = [...(this.input.files ?? [])];
    this.input.value = '';
    void this.send(files);
  }

  private async send(files: readonly File[]) {
    const { main, wal } = sortFiles(files);
    if (this.sending) return;
    if (!main) {
      this.problem = files.length === 0 ? undefined : noDatabase();
      return;
    }
    const cancelling = new AbortController();
    this.cancelling = cancelling;
    this.problem = undefined;
    try {
      const path = await this.sendOne(main, cancelling.signal);
      if (wal) await this.sendOne(wal, cancelling.signal, path);
      this.dispatchEvent(new CustomEvent('uploaded', { detail: path }));
    } catch (thrown) {
      const error = asApiError(thrown);
      this.problem = error.kind === 'aborted' ? undefined : notRepeated(error);
    } finally {
      this.sending = undefined;
      this.cancelling = undefined;
    }
  }

  private async sendOne(file: File, signal: AbortSignal, beside?: string): Promise<string> {
    this.sending = { name: file.name, sent: 0, total: file.size };
    const answer = await this.api.upload(file, plainName(file.name), {
      signal,
      onProgress: (sent, total) => {
        this.sending = { name: file.name, sent, total };
      },
      ...(beside === undefined ? {} : { beside }),
    });
    return answer.db_path;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'database-upload': DatabaseUpload;
  }
}
