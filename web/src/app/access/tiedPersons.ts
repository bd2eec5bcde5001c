// SPDX-License-Identifier: MIT
// tiedPersons.ts - the persons whose plays a viewer sees, as fields named `people` of a form. None: everybody's.
import { html } from 'lit';
import type { PersonView } from '../../lib/types/schema.js';
import type { UserView } from '../../lib/types/schema.js';

const SHOWN = 200;

/** Those who are chosen already come first, also one that is no longer known. */
export function personsField(persons: readonly PersonView[], { people = [] }: Pick<UserView, 'people'>) {
  const known = new Map(persons.map((one) => [one.id, one.name ?? one.id]));
  const others = persons.map(({ id }) => id).filter((id) => !people.includes(id));
  return html`<fieldset>
    <legend>Sees the plays of</legend>
    <small class="hint">Ticked persons only; with none ticked everybody's. An administrator sees all in any case.</small>
    <div class="choices">${[...people, ...others].slice(0, SHOWN + people.length).map((id) => html`<label class="check">
      <input type="checkbox" name="people" value=${id} ?checked=${people.includes(id)}><span>${known.get(id) ?? id}</span></label>`)}</div>
  </fieldset>`;
}

export function personsOf(event: SubmitEvent): string[] {
  return new FormData(event.target as HTMLFormElement).getAll('people').map(String);
}

export function sameChoice(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
