// SPDX-License-Identifier: MIT
// UploadsLeft.ts - <uploads-left .uploads=${…} ?disabled>: uploads that lie on the server and were not
// imported, each to be taken up again or removed. Nothing while there is none. Events: `chosen` and
// `unwanted`, the upload as detail.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { bytes, since } from '../../lib/format.js';
import { uploadName } from '../../lib/paths.js';
import type { Candidate } from '../../lib/types/sync.js';
import { base, buttons } from '../ui/styles.js';

@customElement('uploads-left')
export class UploadsLeft extends LitElement {
  @property({ attribute: false }) uploads: readonly Candidate[] = [];
  @property({ type: Boolean }) disabled = false;

  static override styles = [
    base,
    buttons,
    css`
      ul { list-style: none; padding: 0; margin-top: 0.25rem; }
      li { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; align-items: center; justify-content: space-between; padding: 0.25rem 0; }
      li + li { border-top: 1px solid var(--pb-line); }
      li p { overflow-wrap: anywhere; min-width: 0; flex: 1 1 14rem; }
      .buttons { display: flex; gap: 0.25rem; margin-inline: -0.65rem; }
    `,
  ];

  override render() {
    if (this.uploads.length === 0) return nothing;
    return html`
      <p class="soft small" id="left">Uploads not imported yet; each is removed by itself a day after it was sent:</p>
      <ul aria-labelledby="left">${repeat(this.uploads, ({ path }) => path, (one) => this.upload(one))}</ul>
    `;
  }

  private upload(one: Candidate) {
    const name = uploadName(one.path) ?? one.path;
    return html`<li>
      <p class="small"><span class="mono">${name}</span> <span class="soft">${bytes(one.bytes)}, ${since(one.modified, Date.now())}</span></p>
      <span class="buttons">
        <button type="button" class="quiet small" aria-label="Choose ${name}" aria-disabled=${String(this.disabled)} @click=${() => this.tell('chosen', one)}>Choose</button>
        <button type="button" class="quiet small" aria-label="Remove ${name}" aria-disabled=${String(this.disabled)} @click=${() => this.tell('unwanted', one)}>Remove</button>
      </span>
    </li>`;
  }

  private tell(what: 'chosen' | 'unwanted', one: Candidate) {
    if (!this.disabled) this.dispatchEvent(new CustomEvent(what, { detail: one }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'uploads-left': UploadsLeft;
  }
}
