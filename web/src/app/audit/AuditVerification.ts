// SPDX-License-Identifier: MIT
// <audit-verification>: has the log been changed? Starts the check, follows it, and says what it found:
// the last one too, when the section is opened.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError, type ApiClient, type ApiError } from '../../lib/api/client.js';
import { counted } from '../../lib/format.js';
import type { AuditVerification as Verification } from '../../lib/types/schema.js';
import type { Announcer } from '../ui/announcer.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards } from '../ui/styles.js';
import { when } from '../ui/when.js';

const ASK_EVERY_MS = 700;
const AFTER_PROBLEM_MS = 5000;

@customElement('audit-verification')
export class AuditVerification extends LitElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) active = false;
  @state() private result: Verification | undefined;
  @state() private problem: ApiError | undefined;
  @state() private starting = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;
  /** Somebody waits for the end of the check that runs. */
  private awaited = false;

  static override styles = [base, buttons, cards, problems, css`
    progress { width: 100%; height: 0.5rem; accent-color: var(--pb-accent); }
    .result { display: grid; gap: 0.6rem; }
    details summary { cursor: pointer; color: var(--pb-muted); }
    details dl { margin-top: 0.6rem; }
  `];

  override disconnectedCallback() {
    clearTimeout(this.timer);
    super.disconnectedCallback();
  }

  override updated(changed: PropertyValues) {
    if (!changed.has('active')) {
      return;
    }
    clearTimeout(this.timer);
    if (this.active) {
      void this.ask();
    }
  }

  override render() {
    const running = this.starting || this.result?.running === true;
    return html`
      <section class="card" aria-labelledby="integrity">
        <header>
          <h2 id="integrity">Integrity</h2>
          <button class="small" aria-disabled=${running} @click=${this.onVerify}>${running ? 'Verifying…' : 'Verify'}</button>
        </header>
        <div class="result">
          ${problem(this.problem)}
          ${this.result?.started_at === undefined
            ? html`<p class="soft">Every entry is chained to the one before it and signed. A check finds any that was changed,
                removed or reordered.</p>`
            : this.standing(this.result)}
        </div>
      </section>
    `;
  }

  private standing(result: Verification) {
    if (result.running) {
      return html`
        <p>Checking ${result.checked.toLocaleString()} of ${result.total.toLocaleString()} entries…</p>
        <progress aria-label="Verification" max=${Math.max(result.total, 1)} .value=${result.checked}></progress>`;
    }
    return html`
      <p><span class="badge ${result.intact ? 'good' : 'bad'}">${result.intact ? 'Intact' : 'Damaged'}</span> ${result.message}</p>
      <p class="soft small">${counted(result.checked, 'entry', 'entries')} checked, ${when(result.ended_at)}</p>
      <details><summary>Signed head and key</summary>
        <dl class="facts">
          ${fact('Head', result.head_n?.toLocaleString())}
          ${fact('Its hash', result.head_hash)}
          ${fact('Key', result.key_id)}
          ${fact('Public key', result.public_key)}
        </dl>
      </details>`;
  }

  private async onVerify() {
    if (this.starting || this.result?.running) {
      return;
    }
    this.starting = true;
    try {
      await this.api.post('/audit/verify');
      this.awaited = true;
      await this.ask();
    } catch (thrown) {
      this.problem = asApiError(thrown);
    } finally {
      this.starting = false;
    }
  }

  /** How the newest check went; asked again while it runs and somebody looks. */
  async ask() {
    const asked = ++this.asked;
    clearTimeout(this.timer);
    let problem: ApiError | undefined;
    let result = this.result;
    try {
      result = await this.api.get<Verification>('/audit/verify');
    } catch (thrown) {
      problem = asApiError(thrown);
    }
    if (asked !== this.asked) return; // of several answers only that of the last question counts
    this.result = result;
    this.problem = problem;
    this.goOn(problem, result);
  }

  private goOn(problem: ApiError | undefined, result: Verification | undefined) {
    if (problem || result?.running) {
      this.awaited ||= result?.running === true;
      const wait = problem ? AFTER_PROBLEM_MS : ASK_EVERY_MS;
      if (this.active && this.isConnected) this.timer = setTimeout(() => void this.ask(), wait);
    } else if (this.awaited && result) {
      this.awaited = false;
      this.tell(result);
    }
  }

  private tell(result: Verification) {
    if (result.intact) {
      this.announcer.polite(result.message);
    } else {
      this.announcer.assertive(result.message);
    }
  }
}

function fact(name: string, value: string | undefined) {
  return value === undefined ? nothing : html`<dt>${name}</dt><dd><code>${value}</code></dd>`;
}
