// SPDX-License-Identifier: MIT
// What an act of the audit log says, in words and colours. The words come from the gateway and from
// the tables it shares with this page.
import { html, nothing } from 'lit';
import { capital } from '../../lib/format.js';
import { shortPath } from '../../lib/paths.js';
import type { AuditAct, AuditPhase, AuditResult } from '../../lib/types/schema.js';
import { breakable } from '../ui/pathName.js';

const PHASES: Record<AuditPhase, string> = {
  requested: 'asked for',
  outcome: 'outcome',
  refused: 'refused',
  log: 'the log itself',
};

export function phaseName(phase: AuditPhase): string {
  return PHASES[phase] ?? phase;
}

export const RESULTS: Record<AuditResult, string> = {
  done: 'Done',
  stopped: 'Stopped',
  refused: 'Refused',
  failed: 'Failed',
  unknown: 'No outcome',
};

const KINDS: Record<AuditResult, string> = { done: 'good', stopped: '', refused: 'warn', failed: 'bad', unknown: '' };

const NAMES: Record<string, string> = { local: 'Command line', playbus: 'Playbus' };

/** Who did it, as a person says it. */
export function who(act: AuditAct) {
  const { actor, entries } = act;
  if (actor !== undefined) {
    return NAMES[actor] ?? actor;
  }
  return entries.some(({ phase }) => phase === 'log') ? 'Playbus' : html`<span class="soft">Not signed in</span>`;
}

/** What was done; a long path at its end is cut in its middle, so that the file's name stays. */
export function textOf({ text, entries }: AuditAct) {
  const path = entries.find(({ target }) => target?.startsWith('/') === true && text.endsWith(target))?.target;
  return path === undefined ? text : html`${text.slice(0, text.length - path.length)}${breakable(shortPath(path))}`;
}

/** What came of it: "Refused" as a badge, the reason after it, and how often. */
export function resultOf({ result, result_text: text, count }: AuditAct) {
  const [head = text, ...reason] = text.split(/[:;] /);
  const times = count !== undefined && count > 1 ? html` <span class="badge">× ${count.toLocaleString()}</span>` : nothing;
  return html`<span class="badge ${KINDS[result] ?? ''}">${head}</span>${times}${reason.length === 0
    ? nothing
    : html` <span class="reason">${capital(reason.join(': '))}</span>`}`;
}

