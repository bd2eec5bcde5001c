// SPDX-License-Identifier: MIT
// <audit-filters>: which acts are listed and exported; actions and outcomes are chosen from the tables
// the gateway has its words from. Sends `apply` with what was filled in.
import { LitElement, css, html } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { AUDIT_ACTIONS, AUDIT_OUTCOMES } from '../../lib/types/audit.js';
import type { AuditResult } from '../../lib/types/schema.js';
import { base, buttons, fields } from '../ui/styles.js';
import { RESULTS } from './words.js';

/** Only what was filled in; the names are those of the route. */
export type Filters = Partial<Record<'from' | 'to' | 'actor' | 'action' | 'result' | 'outcome' | 'q', string>>;

const GROUPS = [...new Set(AUDIT_ACTIONS.map(({ group }) => group))];
const REASONS: AuditResult[] = ['refused', 'failed'];

@customElement('audit-filters')
export class AuditFilters extends LitElement {
  /** Names to choose from; others can be typed. */
  @property({ attribute: false }) people: readonly string[] = [];
  @query('form') private form!: HTMLFormElement;
  /** Open at first where there is room. */
  private readonly roomy = window.innerWidth >= 768;

  static override styles = [base, buttons, fields, css`
    details { margin-bottom: 1rem; }
    summary { cursor: pointer; color: var(--pb-muted); font-weight: 560; margin-bottom: 0.6rem; width: max-content; }
    form { gap: 0.75rem; }
    .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.75rem; }
    .field > span { font-size: 0.8438rem; color: var(--pb-muted); }
  `];

  override render() {
    return html`<details ?open=${this.roomy}><summary>Filters</summary>
      <form aria-label="Filters" @submit=${this.onSubmit}><div class="grid">
        <label class="field"><span>What</span><select name="action">
          <option value="">Anything</option>
          ${GROUPS.map((group) => html`<optgroup label=${group}>${AUDIT_ACTIONS.filter((one) => one.group === group)
            .map(({ action, words }) => html`<option value=${action}>${words}</option>`)}</optgroup>`)}
        </select></label>
        <label class="field"><span>Outcome</span><select name="outcome">
          <option value="">Any</option>
          ${Object.entries(RESULTS).map(([result, words]) => html`<option value="result:${result}">${words}</option>`)}
          ${REASONS.map((result) => html`<optgroup label="${RESULTS[result]}, because">${AUDIT_OUTCOMES
            .filter((one) => one.result === result).map(({ code, words }) => html`<option value=${code}>${words}</option>`)}</optgroup>`)}
        </select></label>
        <label class="field"><span>Who</span>
          <input name="actor" list="people" maxlength="160" placeholder="Anybody" autocomplete="off" autocapitalize="none" spellcheck="false"></label>
        <label class="field"><span>Text</span>
          <input name="q" maxlength="256" placeholder="e.g. tautulli.db" autocomplete="off" autocapitalize="none" spellcheck="false"></label>
        <label class="field"><span>From</span><input type="datetime-local" name="from"></label>
        <label class="field"><span>To</span><input type="datetime-local" name="to"></label>
      </div>
      <datalist id="people">${this.people.map((name) => html`<option value=${name}></option>`)}</datalist>
      <div class="actions"><button class="small">Apply</button><button class="small quiet" type="button" @click=${this.clear}>Clear</button></div>
      </form></details>`;
  }

  /** Everything again. Not by the event of a reset button: the fields are empty only some time after it. */
  clear() {
    this.form.reset();
    this.apply();
  }

  private onSubmit(event: Event) {
    event.preventDefault();
    this.apply();
  }

  private apply() {
    const filters: Filters = {};
    for (const [name, value] of new FormData(this.form)) {
      const text = String(value).trim();
      const result = name === 'outcome' ? /^result:(.*)/.exec(text)?.[1] : undefined;
      if (result !== undefined) {
        filters.result = result;
      } else if (text !== '') {
        filters[name as keyof Filters] = name === 'from' || name === 'to' ? new Date(text).toISOString() : text;
      }
    }
    this.dispatchEvent(new CustomEvent<Filters>('apply', { detail: filters }));
  }
}
