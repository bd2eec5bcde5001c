// SPDX-License-Identifier: MIT
// ServersSection.ts - <servers-section .api .announcer ?active>: the media servers, how each can be reached and what its newest
// test found; added, tested, changed and removed. A token goes to the gateway and never comes back.
import { css, html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { asApiError, notRepeated, type ApiError } from '../../lib/api/client.js';
import type { ServerTold, ServerView, ServersListed } from '../../lib/types/schema.js';
import '../ProblemNote.js';
import { ListCard } from '../ui/ListCard.js';
import { problem } from '../ui/problem.js';
import { when } from '../ui/when.js';
import './PlexSignInDialog.js';
import type { QuickConnectBegun } from './QuickConnectDialog.js';
import './QuickConnectDialog.js';
import './ServerDialog.js';
import './ServerRemoveDialog.js';
import { openPlexWindow, type PlexWindow } from './plexWindow.js';
import { scheduleWords } from './schedule.js';
import { KINDS, fingerprint, pathOf, selfWords, shownCertificate, standingOf, tokenWords, wrongOf } from './serverWords.js';

type Open = { kind: 'add' } | { kind: 'quick-connect'; begun: QuickConnectBegun } | { kind: 'sign-in'; window: PlexWindow | undefined } | { kind: 'change' | 'remove'; server: ServerView };

@customElement('servers-section')
export class ServersSection extends ListCard<ServerView> {
  @state() private open: Open | undefined;
  /** Ids of servers that are being tested. */
  @state() private testing: ReadonlySet<string> = new Set();
  /** Why the last test was not even begun. */
  @state() private refused: ApiError | undefined;
  /** What the server is called that a sign-in added last. */
  private added: string | undefined;

  static override styles = [...ListCard.styles, css`
    ul.servers { list-style: none; padding: 0; display: grid; grid-template-columns: minmax(0, 1fr); }
    ul.servers > li { display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); padding-block: 1rem; border-top: 1px solid var(--pb-line); }
    ul.servers > li:first-child { border-top: 0; padding-top: 0; }
    ul.servers > li:last-child { padding-bottom: 0; }
    .top { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; justify-content: space-between; }
    .top h3 { font-size: 1rem; overflow-wrap: anywhere; }
    .called { display: flex; flex-wrap: wrap; gap: 0.25rem 0.6rem; align-items: center; min-width: 0; }
    .tools { display: flex; flex-wrap: wrap; gap: 0.25rem; margin-right: -0.65rem; }
    @media (max-width: 30rem) { .tools { margin-inline: -0.65rem; } }
    .fingerprint { overflow-wrap: anywhere; font-size: 0.8438rem; }
  `];

  protected override async fetchItems(signal: AbortSignal) {
    return (await this.api.get<ServersListed>('/servers', undefined, { signal })).items;
  }

  override render() {
    return html`
      <section class="card" aria-labelledby="servers">
        <header>
          <h2 id="servers">Media servers</h2>
          <div class="actions"><button type="button" class="primary" @click=${() => this.show({ kind: 'sign-in', window: openPlexWindow() })}>Sign in with Plex</button>
            <button type="button" @click=${() => this.show({ kind: 'add' })}>Add by address</button></div>
        </header>
        ${this.loadError()}${problem(this.refused)}
        ${this.items?.length === 0 ? this.none() : this.items ? this.listed(this.items) : nothing}
      </section>
      ${this.dialogOf(this.open)}
    `;
  }

  private none() {
    return html`<p class="empty">No servers yet. Plex, Jellyfin and Emby servers can be added here; a Plex server can then bring its own history on the page <a href="#data-sync">Data Sync</a>.</p>`;
  }

  private listed(servers: readonly ServerView[]) {
    return html`<ul class="servers" aria-label="Media servers">${repeat(servers, ({ id }) => id, (server) => this.server(server))}</ul>`;
  }

  private server(server: ServerView) {
    const [kind, words] = standingOf(server);
    const testing = this.testing.has(server.id);
    const self = selfWords(server);
    const { test, certificate_sha256: pinned, sync } = server;
    return html`<li>
      <div class="top">
        <div class="called"><h3>${server.name}</h3><span class="badge">${KINDS[server.kind]}</span><span class="badge ${kind}">${words}</span></div>
        <div class="tools">
          ${this.tool('Test', server, () => void this.test(server), testing)}
          ${this.tool('Change', server, () => this.show({ kind: 'change', server }))}
          ${this.tool('Remove', server, () => this.show({ kind: 'remove', server }))}
        </div>
      </div>
      ${testing ? html`<p class="soft small" role="status">Asking the server…</p>` : this.troubleOf(server)}
      <dl class="facts">
        <dt>Address</dt><dd><code>${server.address}</code></dd>
        ${self === undefined ? nothing : html`<dt>Server</dt><dd>${self}</dd>`}
        <dt>${server.kind === 'plex' || server.username !== null ? 'Token' : 'API key'}</dt><dd>${tokenWords(server)}</dd>
        ${pinned === null ? nothing : html`<dt>Certificate</dt><dd>Only this one is trusted: <span class="fingerprint mono">${fingerprint(pinned)}</span></dd>`}
        ${sync ? html`<dt>Synced</dt><dd>${scheduleWords(sync)}</dd>` : nothing}
        <dt>Tested</dt><dd>${when(test?.at, 'Not as it stands now')}</dd>
      </dl>
    </li>`;
  }

  private tool(name: string, server: ServerView, does: () => void, busy = false) {
    return html`<button type="button" class="quiet small ${name === 'Remove' ? 'danger' : ''}" aria-disabled=${String(busy)} @click=${does}
      >${name}<span class="only-heard"> ${server.name}</span></button>`;
  }

  private troubleOf(server: ServerView) {
    const error = wrongOf(server.test);
    if (!error) return nothing;
    return html`<problem-note .error=${error}>${shownCertificate(error) === undefined ? nothing
      : html`<div class="actions"><button type="button" class="small" @click=${() => this.show({ kind: 'change', server })}>Compare the certificate</button></div>`}</problem-note>`;
  }

  private dialogOf(open: Open | undefined) {
    if (!open) return nothing;
    const done = (event: CustomEvent<ServerView>) => void this.saved(event.detail);
    if (open.kind === 'sign-in') {
      return html`<plex-sign-in-dialog .api=${this.api} .window=${open.window} @closed=${() => void this.signedIn(this.added)} @added=${(event: CustomEvent<ServerView>) => (this.added = event.detail.name)}></plex-sign-in-dialog>`;
    }
    if (open.kind === 'quick-connect') {
      return html`<quick-connect-dialog .api=${this.api} .begun=${open.begun} @closed=${this.hide} @added=${(event: CustomEvent<ServerView>) => void this.signedIn(event.detail.name)}></quick-connect-dialog>`;
    }
    if (open.kind === 'remove') {
      return html`<server-remove-dialog .api=${this.api} .server=${open.server} @closed=${this.hide} @removed=${() => void this.removed(open.server)}></server-remove-dialog>`;
    }
    return html`<server-dialog .api=${this.api} .server=${open.kind === 'change' ? open.server : undefined} @closed=${this.hide} @saved=${done}
      @quick-connect=${(event: CustomEvent<QuickConnectBegun>) => this.show({ kind: 'quick-connect', begun: event.detail })}></server-dialog>`;
  }

  private show(open: Open) {
    this.refused = undefined;
    this.open = open;
  }

  protected override readonly hide = () => {
    this.open = undefined;
  };

  private async saved({ id, name }: ServerView) {
    const added = this.open?.kind === 'add';
    this.hide();
    await this.updateComplete; // what lies below a modal dialog is not heard
    this.announcer.polite(`${name} was ${added ? 'added' : 'changed'}`);
    await this.test({ id, name });
  }

  /* What was added was tested then. */
  private async signedIn(added: string | undefined) {
    this.added = undefined;
    this.hide();
    if (added === undefined) return;
    await this.updateComplete;
    this.announcer.polite(`${added} was added`);
    await this.load();
  }

  private async removed({ name }: ServerView) {
    this.hide();
    await this.updateComplete;
    this.announcer.polite(`${name} was removed`);
    await this.load();
  }

  /* What it finds stands beside the server; what was not even asked is told above them. */
  private async test(server: Pick<ServerView, 'id' | 'name'>) {
    if (this.testing.has(server.id)) return;
    this.refused = undefined;
    this.testing = new Set([...this.testing, server.id]);
    let failed: ApiError | undefined;
    try {
      await this.api.post<ServerTold>(`${pathOf(server)}/test`);
      this.announcer.polite(`${server.name} works`);
    } catch (thrown) {
      failed = notRepeated(asApiError(thrown));
    }
    await this.load();
    this.testing = new Set([...this.testing].filter((id) => id !== server.id));
    if (!failed) return;
    this.announcer.assertive(`${server.name}: ${failed.message}`);
    const stored = this.items?.find(({ id }) => id === server.id)?.test?.code;
    if (stored !== failed.code) this.refused = failed;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'servers-section': ServersSection;
  }
}
