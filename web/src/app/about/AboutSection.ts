// SPDX-License-Identifier: MIT
// <about-section>: version, licence and where to read on, the state of each actor, what keeps one from
// its work, what the newest `playbus check` found, room on the disk and what takes it, and the settings
// that matter. Asked again every few seconds while somebody looks. A viewer sees the first of these only.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { asApiError, type ApiClient, type ApiError } from '../../lib/api/client.js';
import { ACTORS } from '../../lib/types/actors.js';
import type { ActorView, CheckResult, StartProblem, StoreCheck, SystemStanding } from '../../lib/types/schema.js';
import type { Session } from '../Session.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards, tables } from '../ui/styles.js';
import { sentence } from '../problems.js';
import { bytes, dateTime } from '../../lib/format.js';

const ASK_EVERY_MS = 5000;

const STATES: Record<ActorView['state'], string> = { up: 'Running', away: 'Away', hung: 'Hanging' };

/** Without those that have ended where another of their name runs: a restart leaves one behind. */
function present(actors: readonly ActorView[]): ActorView[] {
  const running = new Set(actors.filter((actor) => actor.state === 'up').map((actor) => actor.name));
  return actors.filter((actor) => actor.state !== 'away' || !running.has(actor.name));
}

/** What takes room, as GET /system names it. */
const STORES: Record<string, string> = { history: 'History', audit: 'Audit log', uploads: 'Uploads' };

@customElement('about-section')
export class AboutSection extends LitElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) session!: Session;
  @property({ type: Boolean }) active = false;
  @state() private system: SystemStanding | undefined;
  @state() private problem: ApiError | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  static override styles = [base, buttons, cards, tables, problems, css`
    meter { width: 100%; height: 0.75rem; }
    meter + .facts { margin-top: 0.9rem; }
    ul { list-style: none; padding: 0; }
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
    if (this.active && this.session.isAdmin) {
      void this.ask();
    }
  }

  override render() {
    return html`<div class="stack">
      ${problem(this.problem)}
      ${this.versions()}
      ${this.system ? html`${this.problems(this.system.problems)}${this.actors(this.system.actors)}${this.check(this.system.check)}${this.disk(this.system)}${this.settings(this.system)}` : nothing}
    </div>`;
  }

  private versions() {
    const admin = this.system !== undefined;
    const version = this.system?.version ?? this.session.state.auth?.version ?? PLAYBUS_VERSION;
    return html`<section class="card" aria-labelledby="versions">
      <header><h2 id="versions">Playbus ${version}</h2></header>
      <dl class="facts">
        ${version === PLAYBUS_VERSION ? nothing : html`<dt>This page</dt><dd>${PLAYBUS_VERSION}, until it is reloaded</dd>`}
        <dt>Licence</dt><dd>MIT, © 2026 the Playbus authors</dd>
        <dt>Manual</dt><dd><code>README.md</code>, which comes with Playbus</dd>
        <dt>For programs</dt><dd><a href="/api/v1/openapi.json">OpenAPI document</a>${admin
          ? html`, <a href="/api/v1/metrics">metrics for Prometheus</a>` : nothing}</dd>
        <dt>Imports from</dt><dd><a href="https://tautulli.com" rel="noreferrer">Tautulli</a></dd>
        ${this.system ? html`<dt>Built on</dt><dd>${this.system.libraries.map(({ name, version: one }) => `${name} ${one}`).join(', ')}</dd>` : nothing}
      </dl>
    </section>`;
  }

  private problems(problems: readonly StartProblem[]) {
    // Always there, as in problem(): a screen reader hears only changes of what it knows.
    return html`<div role="alert" class=${problems.length > 0 ? 'stack' : 'no-problem'}>
      ${problems.map(({ actor, error, remedy }) => html`<p class="problem"><strong>${actor} cannot do its work: ${sentence(error)}</strong> ${sentence(remedy)}</p>`)}
    </div>`;
  }

  private check(check: CheckResult | undefined) {
    return html`<section class="card" aria-labelledby="check">
      <header><h2 id="check">Databases</h2>
        ${check ? html`<span class="badge ${check.whole ? 'good' : 'bad'}">${check.whole ? 'All whole' : 'Not all whole'}</span>` : nothing}</header>
      ${check
        ? html`<p class="soft">Checked at ${dateTime(check.at)} by <code>playbus check</code>.</p>
          ${check.stores.filter(({ whole }) => !whole).map((store) => this.broken(store))}`
        : html`<p class="soft">Not checked yet: <code>playbus check</code> reads every page of each.</p>`}
    </section>`;
  }

  private broken({ file, error, finding, remedy }: StoreCheck) {
    return html`<p class="problem"><strong>${file}: ${sentence(error ?? 'It is not whole')}</strong> ${finding ? sentence(finding) : nothing}
      ${sentence(remedy ?? '')} Then run <code>playbus check</code> again.</p>`;
  }

  private actors(actors: readonly ActorView[]) {
    return html`<section class="card" aria-labelledby="actors">
      <header><h2 id="actors">Parts</h2></header>
      <div class="table-scroll"><table class="fold" aria-label="Parts">
        <thead><tr><th>Name</th><th>State</th><th>Version</th><th class="number">Memory</th><th class="number">Process</th></tr></thead>
        <tbody>${repeat(present(actors), (actor) => actor.instance, (actor) => this.actor(actor))}</tbody>
      </table></div>
    </section>`;
  }

  private actor({ name, state, version, memory_bytes, pid }: ActorView) {
    const up = state === 'up';
    return html`<tr>
      <td data-label="Name"><span><strong>${name}</strong><br><span class="soft small">${ACTORS[name]?.task ?? ''}</span></span></td>
      <td data-label="State"><span class="badge ${up ? 'good' : 'bad'}">${STATES[state]}</span></td>
      <td data-label="Version">${version}</td>
      <td data-label="Memory" class="number">${memory_bytes === undefined ? '–' : bytes(memory_bytes)}</td>
      <td data-label="Process" class="number">${pid}</td>
    </tr>`;
  }

  private disk({ disk, stores }: SystemStanding) {
    if (!disk) {
      return nothing;
    }
    const { free_bytes: free, total_bytes: total } = disk;
    const used = total - free;
    return html`<section class="card" aria-labelledby="disk">
      <header><h2 id="disk">Disk</h2><span class="soft">${bytes(free)} free of ${bytes(total)}</span></header>
      <meter aria-label="Disk used" min="0" max=${total} low=${total * 0.85} high=${total * 0.95} optimum="0" value=${used}>
        ${bytes(used)} used</meter>
      <dl class="facts">${stores?.map(({ name, bytes: size }) => html`<dt>${STORES[name] ?? name}</dt><dd>${bytes(size)}</dd>`) ?? nothing}</dl>
    </section>`;
  }

  private settings({ settings, confined }: SystemStanding) {
    return html`<section class="card" aria-labelledby="settings">
      <header><h2 id="settings">Settings</h2></header>
      <dl class="facts">
        <dt>Data folder</dt><dd><code>${settings.data_dir}</code></dd>
        <dt>Listens at</dt><dd><code>${settings.listen}</code></dd>
        ${settings.public_url ? html`<dt>Public address</dt><dd><code>${settings.public_url}</code></dd>` : nothing}
        <dt>Usual database</dt><dd>${settings.db_path ? html`<code>${settings.db_path}</code>` : 'None'}</dd>
        <dt>Folders to import from</dt><dd>${settings.allowed_dirs.length === 0
          ? 'Only uploads'
          : html`<ul>${settings.allowed_dirs.map((folder) => html`<li><code>${folder}</code></li>`)}</ul>`}</dd>
        <dt>Files of other parts</dt><dd>${confined === false
          ? 'Open to every part: this kernel has no Landlock'
          : 'Closed to each part'}</dd>
      </dl>
    </section>`;
  }

  private async ask() {
    clearTimeout(this.timer);
    try {
      this.system = await this.api.get<SystemStanding>('/system');
      this.session.sawVersion(this.system.version);
      this.problem = undefined;
    } catch (thrown) {
      this.problem = asApiError(thrown);
    }
    if (this.active && this.isConnected && this.problem?.code !== 'NOT_SIGNED_IN') {
      this.timer = setTimeout(() => void this.ask(), ASK_EVERY_MS);
    }
  }
}
