// SPDX-License-Identifier: MIT
// <audit-filters>: which entries are listed and exported. Sends `apply` with what was filled in.
import { LitElement, css, html } from 'lit';
import { customElement, query } from 'lit/decorators.js';
import { base, buttons, fields } from '../ui/styles.js';

/** Only what was filled in; the names are those of the route. */
export type Filters = Partial<Record<'from' | 'to' | 'actor' | 'action' | 'phase' | 'outcome' | 'q', string>>;

@customElement('audit-filters')
export class AuditFilters extends LitElement {
  @query('form') private form!: HTMLFormElement;
  /** Open at first where there is room. */
  private readonly roomy = window.innerWidth >= 768;

  static override styles = [base, buttons, fields, css`
    details { margin-bottom: 1rem; }
    summary { cursor: pointer; color: var(--pb-muted); font-weight: 560; margin-bottom: 0.6rem; width: max-content; }
    form { gap: 0.75rem; }
    .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: 0.75rem; }
    .field > span { font-size: 0.8438rem; color: var(--pb-muted); }
  `];

  override render() {
    return html`<details ?open=${this.roomy}><summary>Filters</summary>
      <form aria-label="Filters" @submit=${this.onSubmit}><div class="grid">
        <label class="field"><span>From</span><input type="datetime-local" name="from"></label>
        <label class="field"><span>To</span><input type="datetime-local" name="to"></label>
        ${word('Who', 'actor', 160, 'e.g. admin')}
        ${word('Action', 'action', 64, 'e.g. start_import')}
        <label class="field"><span>Phase</span><select name="phase">
          <option value="">Any</option><option value="requested">Requested</option><option value="outcome">Outcome</option>
          <option value="refused">Refused</option><option value="log">The log itself</option></select></label>
        ${word('Outcome', 'outcome', 64, 'ok, or a code')}
        ${word('Text', 'q', 256, 'e.g. tautulli.db')}
      </div>
      <div class="actions"><button class="small">Apply</button><button class="small quiet" type="button" @click=${this.clear}>Clear</button></div>
      </form></details>`;
  }

  private onSubmit(event: Event) {
    event.preventDefault();
    this.apply();
  }

  /* Not by the event of a reset button: the fields are empty only some time after it. */
  private clear() {
    this.form.reset();
    this.apply();
  }

  private apply() {
    const filters: Filters = {};
    for (const [name, value] of new FormData(this.form)) {
      const text = String(value).trim();
      if (text !== '') {
        filters[name as keyof Filters] = name === 'from' || name === 'to' ? new Date(text).toISOString() : text;
      }
    }
    this.dispatchEvent(new CustomEvent<Filters>('apply', { detail: filters }));
  }
}

function word(label: string, name: keyof Filters, longest: number, example: string) {
  return html`<label class="field"><span>${label}</span>
    <input name=${name} maxlength=${longest} placeholder=${example} autocomplete="off" autocapitalize="none" spellcheck="false"></label>`;
}
