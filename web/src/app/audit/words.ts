// SPDX-License-Identifier: MIT
// What an entry of the audit log says, in words and colours.
import { html, nothing } from 'lit';
import type { AuditEvent, AuditPhase } from '../../lib/types/schema.js';

const PHASES: Record<AuditPhase, string> = {
  requested: 'Requested',
  outcome: 'Outcome',
  refused: 'Refused',
  log: 'The log itself',
};

export function phaseName(phase: AuditPhase): string {
  return PHASES[phase] ?? phase;
}

const GOOD = ['ok', 'completed'];
const NEUTRAL = ['cancelled', 'running'];

export function outcomeBadge(entry: AuditEvent) {
  const { outcome, count } = entry;
  const times = count !== undefined && count > 1 ? html` <span class="badge">× ${count.toLocaleString()}</span>` : nothing;
  if (outcome === undefined || outcome === '') {
    return html`–${times}`;
  }
  const kind = GOOD.includes(outcome) ? 'good' : NEUTRAL.includes(outcome) ? '' : 'bad';
  return html`<span class="badge ${kind}">${outcome}</span>${times}`;
}
