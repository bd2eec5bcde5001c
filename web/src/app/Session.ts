// SPDX-License-Identifier: MIT
// Who is signed in. A session that
// ends while a page is open makes the state `lost`: the page stays as it is and a dialog asks for the
// password. A call refused with PASSWORD_NEEDED waits in recover() until the password was given.
import { asApiError, type ApiClient, type ApiError } from '../lib/api/client.js';
import type { Clock } from '../lib/clock.js';
import { Store } from '../lib/Store.js';
import type { Tabs, TabWord } from '../lib/TabChannel.js';
import type { AuthState } from '../lib/types/schema.js';

export interface SessionState {
  /** Undefined until the gateway has answered for the first time. */
  readonly auth: AuthState | undefined;
  /** Was signed in, and the session ended without being asked to. */
  readonly lost: boolean;
  /** A call waits for the password to be given once more. */
  readonly confirming: boolean;
  /** The first question has no answer yet; it is asked again and again. */
  readonly unreachable: boolean;
  /** The gateway is of another version than this page. */
  readonly updated: boolean;
}

export interface SessionParts {
  api: ApiClient;
  tabs: Tabs;
  clock: Clock;
  /** The version this page was built as. */
  version: string;
  /** Starts the page afresh: somebody else is signed in now. */
  reload: () => void;
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15_000;

export class Session extends Store<SessionState> {
  private confirmation: { promise: Promise<boolean>; settle: (given: boolean) => void } | undefined;
  /** Who the page was shown to; it is not shown to somebody else without a reload. */
  private shownTo: string | undefined;
  /** Signing out is under way: what the gateway says of it meanwhile is no lost session. */
  private leaving = false;

  constructor(private readonly parts: SessionParts) {
    super({ auth: undefined, lost: false, confirming: false, unreachable: false, updated: false });
  }

  get csrfToken(): string | undefined {
    return this.state.auth?.csrf_token;
  }

  get isAdmin(): boolean {
    return this.state.auth?.role === 'admin';
  }

  /** Asks who is signed in, until there is an answer. Returns what ends the listening and the asking. */
  start(): () => void {
    let cancel: () => void = () => undefined;
    let stopped = false;
    const ask = async (wait: number) => {
      try {
        await this.refresh();
      } catch {
        if (!stopped) {
          this.change({ unreachable: true });
          const next = Math.min(wait * 2, LAST_RETRY_MS);
          cancel = this.parts.clock.after(wait * (0.5 + this.parts.clock.random() / 2), () => void ask(next));
        }
      }
    };
    const silence = this.parts.tabs.listen((word) => this.onTab(word));
    void ask(FIRST_RETRY_MS);
    return () => {
      stopped = true;
      cancel();
      silence();
    };
  }

  /** Asks once who is signed in. */
  async refresh(): Promise<void> {
    this.take(await this.parts.api.get<AuthState>('/auth/session'));
  }

  async setUp(code: string, name: string, password: string): Promise<void> {
    this.signedIn(await this.parts.api.post<AuthState>('/auth/setup', { code, name, password }));
  }

  async signIn(name: string, password: string): Promise<void> {
    this.signedIn(await this.parts.api.post<AuthState>('/auth/login', { name, password }));
  }

  async signOut(): Promise<void> {
    this.leaving = true;
    try {
      await this.parts.api.post('/auth/logout');
    } catch (thrown) {
      if (asApiError(thrown).code !== 'NOT_SIGNED_IN') {
        throw thrown;
      }
    } finally {
      this.leaving = false;
    }
    this.parts.tabs.send('signed-out');
    this.leave();
    await this.refresh().catch(() => undefined); // signed out all the same
  }

  /** The password once more; the calls that waited for it go on. */
  async confirm(password: string): Promise<void> {
    await this.parts.api.post('/auth/confirm', { password });
    this.settleConfirmation(true);
  }

  cancelConfirmation() {
    this.settleConfirmation(false);
  }

  async changePassword(current: string, next: string): Promise<void> {
    await this.parts.api.post('/auth/password', { current_password: current, new_password: next });
    await this.refresh();
  }

  /** The gateway said NOT_SIGNED_IN, or closed the socket with 4401. */
  lose() {
    if (this.state.auth?.authenticated && !this.state.lost && !this.leaving) {
      this.settleConfirmation(false);
      this.change({ lost: true });
    }
  }

  /** May put right what refused a call; true if it is worth sending once more. */
  async recover(error: ApiError): Promise<boolean> {
    if (error.code === 'PASSWORD_NEEDED') {
      return this.askToConfirm();
    }
    const before = this.csrfToken;
    try {
      await this.refresh(); // another tab has signed in again
    } catch {
      return false;
    }
    return this.csrfToken !== undefined && this.csrfToken !== before;
  }

  /** Any sign of the gateway's version. */
  sawVersion(version: string) {
    const updated = version !== this.parts.version;
    if (updated !== this.state.updated) {
      this.change({ updated });
    }
  }

  private signedIn(auth: AuthState) {
    this.take(auth);
    this.parts.tabs.send('signed-in');
  }

  private onTab(word: TabWord) {
    if (word === 'signed-out') {
      this.leave();
    }
    if (word === 'signed-out' || word === 'signed-in') {
      this.refresh().catch(() => undefined); // the next call will tell
    }
  }

  private leave() {
    this.settleConfirmation(false);
    this.shownTo = undefined;
    const auth = this.state.auth;
    if (auth) {
      const { version, plain_lan } = auth;
      const left: AuthState = { authenticated: false, setup_required: false, version };
      this.change({ auth: plain_lan === undefined ? left : { ...left, plain_lan }, lost: false });
    }
  }

  private take(auth: AuthState) {
    if (auth.authenticated && this.shownTo !== undefined && this.shownTo !== auth.user) {
      this.parts.reload();
      return;
    }
    if (!auth.authenticated && this.shownTo !== undefined) {
      this.lose();
      return;
    }
    this.shownTo = auth.authenticated ? auth.user : undefined;
    this.change({ auth, lost: false, unreachable: false, updated: auth.version !== this.parts.version });
  }

  private askToConfirm(): Promise<boolean> {
    if (!this.confirmation) {
      let settle: (given: boolean) => void = () => undefined;
      const promise = new Promise<boolean>((resolve) => {
        settle = resolve;
      });
      this.confirmation = { promise, settle };
      this.change({ confirming: true });
    }
    return this.confirmation.promise;
  }

  private settleConfirmation(given: boolean) {
    const waiting = this.confirmation;
    this.confirmation = undefined;
    if (waiting) {
      this.change({ confirming: false });
      waiting.settle(given);
    }
  }
}
