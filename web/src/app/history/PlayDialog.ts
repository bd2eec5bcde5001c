// SPDX-License-Identifier: MIT
// PlayDialog.ts - <play-dialog .api play="ID" ?admin>: one play with all that is known of it, who
// said so and why that is one play, and what each source said, as it said it. Event `closed`.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError, type ApiError } from '../../lib/api/client.js';
import type { HistoryApi } from '../../lib/api/history.js';
import { Latest } from '../../lib/Latest.js';
import { capital, counted } from '../../lib/format.js';
import type { PlayGot, PlayRow } from '../../lib/types/schema.js';
import { Retry } from '../ui/Retry.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards } from '../ui/styles.js';
import { when } from '../ui/when.js';
import { factGroups, factsOf, valueWords, type Fact } from './playFacts.js';
import { reasonName, rowName, sourceName, titleOf } from './playWords.js';

@customElement('play-dialog')
export class PlayDialog extends LitElement {
  @property({ attribute: false }) api!: HistoryApi;
  /** '' where none is to be shown. */
  @property() play = '';
  @property({ type: Boolean }) admin = false;
  @state() private got: PlayGot | undefined;
  @state() private problem: ApiError | undefined;
  private readonly latest = new Latest();
  private readonly retry = new Retry(this);

  static override styles = [base, buttons, cards, dialogs, problems, css`
    section, details { border-top: 1px solid var(--pb-line); padding-top: 0.9rem; display: grid; gap: 0.6rem; grid-template-columns: minmax(0, 1fr); }
    ul { padding: 0; list-style: none; display: grid; gap: 0.5rem; }
    li { overflow-wrap: anywhere; }
    summary { cursor: pointer; font-weight: 560; overflow-wrap: anywhere; }
    details[open] > summary { margin-bottom: 0.6rem; }
    .groups { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); align-items: start; }
    .groups h3 { margin-bottom: 0.35rem; }
    .facts { font-size: 0.875rem; gap: 0.25rem 1rem; }
    @media (max-width: 30rem) { .facts { grid-template-columns: 7.5rem minmax(0, 1fr); } }
  `];

  override willUpdate(changed: PropertyValues<this>) {
    if (!changed.has('play')) return;
    this.got = undefined;
    this.problem = undefined;
    this.latest.cancel();
    if (this.play !== '') void this.load();
  }

  override render() {
    const { got } = this;
    const heading = got ? titleOf(got.play) : 'Play';
    const parts = { heading, open: this.play !== '', onClose: () => this.dispatchEvent(new CustomEvent('closed')), wide: true };
    return modalDialog(parts, () => html`
      ${problem(this.problem)}
      ${got ? this.details(got) : this.problem ? nothing : html`<p class="soft" role="status">Asking for this play…</p>`}`);
  }

  private details({ play, rows }: PlayGot) {
    return html`
      <div class="groups">${factGroups(play).map(({ title, facts }) => html`<div><h3>${title}</h3>${list(facts)}</div>`)}</div>
      <section aria-labelledby="sources">
        <h3 id="sources">${play.sources.length > 1 ? `Told by ${counted(play.sources.length, 'row')}` : 'Told by'}</h3>
        <ul>${rows.length > 0 ? rows.map((row) => this.source(row)) : play.sources.map(({ source, native_id: id, reason }) => html`
          <li><strong>${sourceName(source)}</strong> <span class="soft">row ${id}: ${reasonName(reason)}</span></li>`)}</ul>
      </section>
      ${play.stream ? html`<details><summary>Everything about the stream</summary>${list(factsOf(play.stream))}</details>` : nothing}
      ${play.item ? html`<details><summary>Everything about the item</summary>${list(factsOf(play.item))}</details>` : nothing}
      ${this.admin ? rows.map((row) => this.raw(row)) : nothing}`;
  }

  private source(row: PlayRow) {
    const { native_id: id, because, reason, at, job_id: job, versions } = row;
    return html`<li><strong>${rowName(row)}</strong> <span class="soft">row ${id}${versions > 1 ? `, ${counted(versions, 'version')}` : ''}</span><br />
      ${capital(because === '' ? reasonName(reason) : because)}
      ${job === null ? nothing : html`<br /><span class="soft small">Brought${at === null ? '' : html` ${when(at)}`} by job <span class="mono" title=${job}>${job.slice(0, 8)}</span></span>`}</li>`;
  }

  private raw(row: PlayRow) {
    const { native_id: id, play, stream } = row;
    return play || stream
      ? html`<details><summary>What ${rowName(row)} says in row ${id}</summary>
          ${list([...factsOf(play ?? {}), ...factsOf(stream ?? {})])}</details>`
      : nothing;
  }

  private async load() {
    const signal = this.latest.begin();
    try {
      const got = await this.api.play(this.play, signal);
      if (signal.aborted) return;
      this.got = got;
      this.problem = undefined;
      this.retry.answered();
    } catch (thrown) {
      if (signal.aborted) return;
      this.problem = asApiError(thrown);
      this.retry.failed(this.problem, () => this.play !== '' && this.load());
    }
  }
}

function list(facts: readonly Fact[]) {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${valueWords(value)}</dd>`)}</dl>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'play-dialog': PlayDialog;
  }
}
