// SPDX-License-Identifier: MIT
// <audit-act-dialog>: one act of the audit log with what the log keeps of it: each entry with its
// number and hash, as text and nothing else.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { AuditAct, AuditEvent } from '../../lib/types/schema.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { base, buttons, cards } from '../ui/styles.js';
import { when } from '../ui/when.js';
import { phaseName, resultOf, who } from './words.js';

@customElement('audit-act-dialog')
export class AuditActDialog extends LitElement {
  @property({ attribute: false }) act: AuditAct | undefined;

  static override styles = [base, buttons, cards, dialogs, css`
    pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 0.875rem/1.5 var(--pb-mono); }
    section { border-top: 1px solid var(--pb-line); padding-top: 0.9rem; display: grid; gap: 0.6rem; }
    .said { overflow-wrap: anywhere; }
  `];

  override render() {
    const act = this.act;
    const parts = { heading: act?.text ?? '', open: act !== undefined, onClose: () => this.dispatchEvent(new CustomEvent('closed')), wide: true };
    return modalDialog(parts, () => act && html`
      <p class="said">${resultOf(act)}</p>
      ${act.details === undefined ? nothing : html`<p class="soft said">${act.details}</p>`}
      <dl class="facts">${facts([
        ['Time', when(act.at, '–', true)],
        ['Who', html`${who(act)}${act.role ? html` <span class="soft">(${act.role})</span>` : nothing}`],
        ['From', act.address],
        ['Job', code(act.job_id)],
      ])}</dl>
      ${act.entries.map((entry) => this.entry(entry))}`);
  }

  private entry(entry: AuditEvent) {
    const name = `entry-${entry.n}`;
    return html`<section aria-labelledby=${name}>
      <h3 id=${name}>Entry ${entry.n}: ${phaseName(entry.phase)}</h3>
      <dl class="facts">${facts([
        ['Recorded for', when(entry.at, '–', true)],
        ['Action', code(entry.action)],
        ['Outcome', code(entry.outcome)],
        ['Who', entry.actor],
        ['About', entry.target],
        ['Address', entry.address],
        ['Parameters', entry.params === undefined ? undefined : html`<pre>${pretty(entry.params)}</pre>`],
        ['Correlation id', code(entry.request_id)],
        ['Entry id', code(entry.entry_id)],
        ['Hash', code(entry.hash)],
        ['Key', code(entry.key_id)],
      ])}</dl>
    </section>`;
  }
}

function facts(rows: [string, unknown][]) {
  return rows.map(([name, value]) => (value === undefined || value === '' ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`));
}

function code(text: string | undefined) {
  return text === undefined ? undefined : html`<code>${text}</code>`;
}

/* What is no JSON is shown as it is. */
function pretty(params: string): string {
  try {
    return JSON.stringify(JSON.parse(params), null, 2);
  } catch {
    return params;
  }
}
