// SPDX-License-Identifier: MIT
// ServerSyncCard.ts - <server-sync-card .operation .server name="…" .plays .days .now .announcer ?admin>: the sync of one media
// server: how it stands, what is wrong and what helps, what came this week, and its buttons. It follows the records of its
// own server alone: a push for another one costs it nothing. Events `show-receipt` (detail: the job's id), `ended` of a run
// that was begun here, and `stale` when the server should be told anew.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { ahead, capital, counted, dateTime, exactTime, since } from '../../lib/format.js';
import type { MediaServer, SyncProgress } from '../../lib/types/sync.js';
import '../charts/WeekBars.js';
import type { OperationController } from '../OperationController.js';
import { isOwn } from '../OperationDescription.js';
import '../ProblemNote.js';
import { isRunning } from '../ProgressRecords.js';
import '../SyncProgressComponent.js';
import { KINDS } from '../servers/serverWords.js';
import type { Announcer } from '../ui/announcer.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import { base, buttons, cards } from '../ui/styles.js';
import { endedWords, outcomeWord } from '../words.js';
import { syncRoute } from './serverSync.js';
import { syncStanding } from './standing.js';

/** The same again is no change, however often it is told. */
export function isOther(value: unknown, before: unknown): boolean {
  return JSON.stringify(value) !== JSON.stringify(before);
}

@customElement('server-sync-card')
export class ServerSyncCard extends LitElement {
  /** Of the sync of this server. */
  @property({ attribute: false }) operation!: OperationController;
  /** Undefined: a viewer is not told of it. */
  @property({ attribute: false, hasChanged: isOther }) server: MediaServer | undefined;
  @property() name = '';
  /** Plays on each of the days; undefined: not known. */
  @property({ attribute: false, hasChanged: isOther }) plays: readonly number[] | undefined;
  @property({ attribute: false, hasChanged: isOther }) days: readonly Date[] = [];
  /** What "5 minutes ago" is said of. */
  @property({ type: Number }) now = Date.now();
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) admin = false;
  @query('button.sync') private syncButton!: HTMLElement | null;
  private readonly progress = new StoreWatch(this, () => this.operation, (state) => state.progress);
  private readonly doing = new StoreWatch(this, () => this.operation, (state) => state.doing);
  private readonly problem = new StoreWatch(this, () => this.operation, (state) => state.problem);
  /** The run that was begun here, until its end was told. */
  private begun: string | undefined;
  private wrong: string | undefined; // what was wrong with it when it was told last
  private stopHadFocus = false;

  static override styles = [
    base,
    buttons,
    cards,
    css`
      :host { contain: layout style; height: 100%; }
      article { display: flex; flex-direction: column; gap: 0.75rem; height: 100%; padding: 1rem; border: 1px solid var(--pb-line); border-radius: var(--pb-radius-small); }
      header { display: flex; flex-wrap: wrap; gap: 0.25rem 0.6rem; align-items: center; }
      h3 { font-size: 1rem; overflow-wrap: anywhere; min-width: 0; }
      .state { margin-left: auto; }
      .body { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; align-items: flex-start; justify-content: space-between; }
      .known { flex: 1 1 12rem; display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.5rem 0.75rem; align-content: start; }
      .known dt { color: var(--pb-muted); font-size: 0.8125rem; }
      .known .row { grid-column: 1 / -1; }
      .week { display: grid; gap: 0.25rem; }
      .since { margin-top: 0.3rem; }
      .actions { margin-top: auto; padding-top: 0.25rem; }
      .actions .receipt { margin-left: auto; }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>) {
    const stop = this.renderRoot.querySelector('button.stop');
    this.stopHadFocus = stop !== null && this.shadowRoot?.activeElement === stop;
    this.tellEnd();
    if (changed.has('server')) this.tellTrouble();
  }

  /* The button that had it is gone. */
  override updated() {
    if (this.stopHadFocus && this.shadowRoot?.activeElement === null) this.syncButton?.focus();
  }

  private get route(): string {
    const { description } = this.operation;
    return syncRoute((isOwn(description) ? description.server : undefined) ?? '');
  }

  private get record(): SyncProgress | undefined {
    const { value } = this.progress;
    return value.status === 'idle' ? undefined : value;
  }

  /* A scheduled one is told of by its server alone until it brings something; what waits for a job of its own is due at no time. */
  private get runsSilently(): boolean {
    const sync = this.server?.sync;
    return sync?.state === 'running' || (sync?.state === 'waiting' && sync.next_at === undefined);
  }

  override render() {
    const { record, server } = this;
    const running = record !== undefined && isRunning(record);
    const standing = syncStanding(server, record);
    const problem = this.problem.value;
    return html`<article aria-labelledby="name">
      <header><h3 id="name">${this.name}</h3>${server ? html`<span class="badge">${KINDS[server.kind]}</span>` : nothing}
        <span class="badge state ${standing.badge}">${standing.words}</span></header>
      ${running ? html`<sync-progress compact .progress=${record} label="Sync progress of ${this.name}"></sync-progress>` : nothing}
      ${problem ? html`<problem-note .error=${problem}></problem-note>` : nothing}
      ${standing.trouble ? html`<problem-note ?mild=${standing.badge === 'warn'} .error=${standing.trouble}>
        ${standing.since === undefined ? nothing : html`<p class="since small soft">Since ${this.timed(standing.since, dateTime(standing.since))}</p>`}
        ${this.admin ? html`<a class="small" href="#servers">To its settings</a>` : nothing}</problem-note>` : nothing}
      <div class="body">${this.facts(record)}${this.week()}</div>
      ${this.actions(record, running)}
    </article>`;
  }

  private facts(record: SyncProgress | undefined) {
    const sync = this.server?.sync;
    const ended = record !== undefined && !isRunning(record);
    return html`<dl class="known">
      ${sync && sync.last_checked_at === undefined ? html`<div><dt>Last checked</dt><dd>never yet</dd></div>` : nothing}
      ${this.fact('Last checked', sync?.last_checked_at, (at) => this.ago(at))}
      ${this.fact('Next check', sync?.next_at, (at) => this.timed(at, ahead(at, this.now)))}
      ${this.fact('Newest play', sync?.newest_play_at, (at) => this.ago(at))}
      ${ended ? this.fact('Last run', record.end_time, (at) => html`${record.status === 'completed' ? this.timed(at, capital(since(at, this.now))) : html`${outcomeWord(record)} ${this.ago(at)}`}, ${counted(record.imported_records, 'new play')}`, 'row') : nothing}
    </dl>`;
  }

  private fact(name: string, at: string | undefined, words: (at: string) => unknown, kind = '') {
    return at === undefined ? nothing : html`<div class=${kind}><dt>${name}</dt><dd>${words(at)}</dd></div>`;
  }

  private ago(at: string) {
    return this.timed(at, since(at, this.now));
  }

  private timed(at: string, words: string) {
    return html`<time datetime=${at} title=${exactTime(at)}>${words}</time>`;
  }

  private week() {
    const { plays } = this;
    const sum = plays?.reduce((all, n) => all + n, 0) ?? 0;
    const sync = this.server?.sync;
    if (!plays || (sum === 0 && sync && sync.last_checked_at === undefined)) return nothing; // nobody has looked for any
    return html`<div class="week"><week-bars .days=${this.days} .values=${plays} what="play"></week-bars>
      <p class="soft small">${counted(sum, 'play')} in 7 days</p></div>`;
  }

  private actions(record: SyncProgress | undefined, running: boolean) {
    const can = this.admin && this.server?.enabled === true;
    const receipt = record?.job_id !== undefined && !running;
    if (!can && !receipt) return nothing;
    const stoppable = running || this.runsSilently;
    const busy = String(this.doing.value !== undefined || stoppable);
    return html`<div class="actions">
      ${can ? html`<button type="button" class="small sync" aria-disabled=${busy} @click=${this.sync}>Sync now<span class="only-heard"> ${this.name}</span></button>` : nothing}
      ${can && stoppable ? html`<button type="button" class="small danger stop" aria-disabled=${String(this.doing.value !== undefined)} @click=${this.stop}>Stop<span class="only-heard"> the sync of ${this.name}</span></button>` : nothing}
      ${receipt ? html`<button type="button" class="quiet small receipt" @click=${this.showReceipt}>Receipt<span class="only-heard"> of the newest sync of ${this.name}</span></button>` : nothing}
    </div>`;
  }

  private readonly sync = async () => {
    if (this.doing.value !== undefined || isRunning(this.progress.value) || this.runsSilently) return;
    const { operation, name } = this;
    if (await operation.begin(this.route, {}, undefined)) {
      this.begun = operation.state.start?.job;
      this.announcer.polite(`${name}: sync started`);
      this.requestUpdate();
    } else if (operation.state.problem) {
      this.announcer.assertive(`${name}: ${operation.state.problem.message}`);
    }
  };

  private readonly stop = async () => {
    if (this.doing.value !== undefined) return;
    const silent = !isRunning(this.progress.value);
    const stopped = await this.operation.stop(this.route);
    if (!silent) return;
    if (!stopped && this.problem.value?.code === 'NOT_RUNNING') this.operation.dismissProblem(); // it has ended meanwhile
    if (stopped) this.announcer.polite(`${this.name}: sync stopped`);
    this.dispatchEvent(new CustomEvent('stale'));
  };

  private readonly showReceipt = () => {
    this.dispatchEvent(new CustomEvent<string>('show-receipt', { detail: this.record?.job_id ?? '' }));
  };

  /* Of what was begun here; what the schedule does is seen. */
  private tellEnd() {
    const { record } = this;
    if (this.begun === undefined || record?.job_id !== this.begun || isRunning(record)) return;
    this.begun = undefined;
    const words = `${this.name}: ${endedWords(record)}`;
    if (record.status === 'error') this.announcer.assertive(words);
    else this.announcer.polite(words);
    this.dispatchEvent(new CustomEvent('ended'));
  }

  /* What was so when the page was opened is seen. */
  private tellTrouble() {
    const { trouble } = syncStanding(this.server, undefined);
    if (this.hasUpdated && trouble && trouble.code !== this.wrong) this.announcer.assertive(`${this.name}: ${trouble.message}`);
    this.wrong = trouble?.code;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'server-sync-card': ServerSyncCard;
  }
}
