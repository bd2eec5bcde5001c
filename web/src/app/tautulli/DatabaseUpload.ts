// SPDX-License-Identifier: MIT
// DatabaseUpload.ts - <database-upload .api>: a database from this computer, chosen or dropped here,
// with its -wal if there is one. Events: `uploading` (detail: whether one is under way), `uploaded`
// with the name it was given and its path on the server, and `cancelled`. An upload goes on for as long as the
// element is in the page, hidden or not; files never pass through this page's memory.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { ApiError, asApiError, notRepeated } from '../../lib/api/client.js';
import type { SyncApi } from '../../lib/api/sync.js';
import { plainName } from '../../lib/api/upload.js';
import { bytes } from '../../lib/format.js';
import type { Upload } from './DatabasePathField.js';
import { base, buttons } from '../ui/styles.js';
import '../ProblemNote.js';

interface Sending {
  name: string;
  sent: number;
  total: number;
}

function databases(files: readonly File[]): File[] {
  return files.filter((one) => !/-(wal|shm)$/.test(one.name));
}

/** The database among what was dropped, and its -wal. */
export function sortFiles(files: readonly File[]): { main: File | undefined; wal: File | undefined } {
  return { main: databases(files)[0], wal: files.find((one) => one.name.endsWith('-wal')) };
}

/* Why these files cannot be sent. */
function unfit(files: readonly File[]): ApiError | undefined {
  const found = databases(files).length;
  const refuse = (message: string, remedy: string): ApiError => new ApiError({ kind: 'refused', code: 'BAD_FIELD', message, remedy });
  if (found === 0) return refuse('There is no database among these files', 'Choose the database together with its -wal file');
  if (found > 1) return refuse(`These are ${found} databases, and one is imported at a time`, 'Choose one, with its -wal file if there is one');
  return undefined;
}

/* The browser asks before it leaves a page from which something is still being sent. */
function stay(event: Event) {
  event.preventDefault();
}

@customElement('database-upload')
export class DatabaseUpload extends LitElement {
  @property({ attribute: false }) api!: SyncApi;
  @state() private sending: Sending | undefined;
  @state() private cancelled = false;
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
      <button type="button" @click=${this.choose}>Upload a database</button>
      ${this.outcome()}
      <input type="file" multiple hidden aria-label="Database file" @change=${this.onChosen} />
    `;
  }

  private outcome() {
    if (this.cancelled) return html`<p>The upload was cancelled; nothing of it was kept.</p>`;
    return html`<p class="soft small">or drop it here, with its <span class="mono">-wal</span> file if Tautulli is running</p>`;
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

  /** How the last one ended is an old story now. */
  forget() {
    this.cancelled = false;
    this.problem = undefined;
  }

  /** Opens the browser's choice of files. */
  choose() {
    this.input.click();
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
    if (this.sending || files.length === 0) return;
    const { main, wal } = sortFiles(files);
    this.problem = unfit(files);
    this.cancelled = false;
    if (this.problem || !main) return;
    this.begin();
    try {
      const path = await this.sendOne(main);
      if (wal) await this.sendOne(wal, path);
      this.end('uploaded', { path, name: main.name, bytes: main.size });
    } catch (thrown) {
      const error = asApiError(thrown);
      this.cancelled = error.kind === 'aborted';
      this.problem = this.cancelled ? undefined : notRepeated(error);
      this.end(this.cancelled ? 'cancelled' : undefined);
    }
  }

  private begin() {
    this.cancelling = new AbortController();
    window.addEventListener('beforeunload', stay);
    this.dispatchEvent(new CustomEvent('uploading', { detail: true }));
  }

  private end(what: 'uploaded' | 'cancelled' | undefined, upload?: Upload) {
    this.sending = undefined;
    this.cancelling = undefined;
    window.removeEventListener('beforeunload', stay);
    this.dispatchEvent(new CustomEvent('uploading', { detail: false }));
    if (what !== undefined) this.dispatchEvent(new CustomEvent(what, { detail: upload }));
  }

  private async sendOne(file: File, beside?: string): Promise<string> {
    this.sending = { name: file.name, sent: 0, total: file.size };
    const answer = await this.api.upload(file, plainName(file.name), {
      ...(this.cancelling ? { signal: this.cancelling.signal } : {}),
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
