// SPDX-License-Identifier: MIT
// The only place that makes objects and wires them to each other; everything else is handed what it
// needs.
import { html } from 'lit';
import './app/DataSyncSettingsSection.js';
import { PlaybusApp } from './app/PlaybusApp.js';
import { voiceProgress } from './app/ProgressVoice.js';
import { Session } from './app/Session.js';
import type { SettingsSection } from './app/SettingsManager.js';
import { SignedInHint } from './app/SignedInHint.js';
import { SyncManager } from './app/SyncManager.js';
import { Theme } from './app/Theme.js';
import { aboutIcon, accessIcon, auditIcon, historyIcon, peopleIcon, serversIcon, syncIcon, workersIcon } from './app/icons.js';
import { forget, regroup, undo } from './app/own/ownOperations.js';
import { plexHistorical } from './app/plex/plexHistorical.js';
import { takeSetupCode } from './app/signin/setupCode.js';
import { tautulliImport } from './app/tautulli/tautulliImport.js';
import { PageAnnouncer } from './app/ui/announcer.js';
import { ApiClient } from './lib/api/client.js';
import { SyncApi } from './lib/api/sync.js';
import { systemClock } from './lib/clock.js';
import { ProgressFeed, pageSocket, pageWakeups } from './lib/feed/ProgressFeed.js';
import { SafeSessionStorage } from './lib/SafeSessionStorage.js';
import { TabChannel } from './lib/TabChannel.js';

const announcer = new PageAnnouncer(document.body);
const tabs = new TabChannel();
const client: ApiClient = new ApiClient({
  session: { get csrfToken() { return session.csrfToken; } },
  onSignedOut: () => session.lose(),
  recover: (error) => session.recover(error),
});
const session = new Session({
  api: client,
  tabs,
  clock: systemClock,
  version: PLAYBUS_VERSION,
  reload: () => window.location.reload(),
});
const syncApi = new SyncApi(client);
const sync = new SyncManager({
  operations: [tautulliImport, plexHistorical, undo, regroup, forget],
  api: syncApi,
  feed: new ProgressFeed({
    clock: systemClock,
    connect: () => pageSocket(client.url('/ws')),
    poll: () => syncApi.status(),
    signedOut: () => void session.refresh().catch(() => undefined), // or else the next poll tells
    wakeups: pageWakeups,
  }),
  storage: new SafeSessionStorage(),
  clock: systemClock,
  tabs,
});
voiceProgress(sync, announcer, systemClock);
sync.subscribe(({ version }) => version !== undefined && session.sawVersion(version));
const hint = new SignedInHint(() => window.localStorage);

const sections: (SettingsSection & { adminOnly?: boolean })[] = [
  {
    id: 'data-sync',
    label: 'Data Sync',
    icon: syncIcon,
    render: (active) => html`<data-sync-settings-section
      .manager=${sync} .announcer=${announcer} ?admin=${session.isAdmin} ?active=${active}></data-sync-settings-section>`,
  },
  {
    id: 'servers',
    label: 'Servers',
    icon: serversIcon,
    adminOnly: true,
    load: () => import('./app/servers/ServersSection.js'),
    render: (active) => html`<servers-section .api=${client} .announcer=${announcer} .active=${active}></servers-section>`,
  },
  {
    id: 'history',
    label: 'History',
    icon: historyIcon,
    load: () => import('./app/history/HistorySection.js'),
    render: (active) => html`<history-section
      .api=${client} .announcer=${announcer} ?admin=${session.isAdmin} .active=${active}></history-section>`,
  },
  {
    id: 'people',
    label: 'People',
    icon: peopleIcon,
    adminOnly: true,
    load: () => import('./app/people/PeopleSection.js'),
    render: (active) => html`<people-section
      .api=${client} .manager=${sync} .announcer=${announcer} .active=${active}></people-section>`,
  },
  {
    id: 'workers',
    label: 'Workers',
    icon: workersIcon,
    adminOnly: true,
    load: () => import('./app/workers/WorkersSection.js'),
    render: (active) => html`<workers-section .api=${client} .announcer=${announcer} .active=${active}></workers-section>`,
  },
  {
    id: 'access',
    label: 'Access',
    icon: accessIcon,
    load: () => import('./app/access/AccessSection.js'),
    render: (active) => html`<access-section
      .api=${client} .session=${session} .announcer=${announcer} .active=${active}></access-section>`,
  },
  {
    id: 'audit',
    label: 'Audit log',
    icon: auditIcon,
    adminOnly: true,
    load: () => import('./app/audit/AuditSection.js'),
    render: (active) => html`<audit-section .api=${client} .announcer=${announcer} .active=${active}></audit-section>`,
  },
  {
    id: 'about',
    label: 'About',
    icon: aboutIcon,
    load: () => import('./app/about/AboutSection.js'),
    render: (active) => html`<about-section .api=${client} .session=${session} .active=${active}></about-section>`,
  },
];
/* Who follows an administrator's link is told why there is nothing to see. */
const forViewers = sections.map((section) => (section.adminOnly !== true ? section : {
  ...section,
  unlisted: true,
  render: () => html`<p>Only an administrator may see this page. Ask one, or sign in as one.</p>`,
}));

const app = new PlaybusApp();
app.session = session;
app.theme = new Theme(document.documentElement, storage());
app.sectionsFor = (admin) => (admin ? sections : forViewers);
app.setupCode = takeSetupCode(window) ?? '';
window.addEventListener('hashchange', () => {
  app.setupCode = takeSetupCode(window) ?? app.setupCode;
});
document.body.prepend(app);
if (hint.isSet) {
  sync.start(); // most likely signed in: all questions at once
}
session.subscribe(({ auth, lost }) => {
  const asking = auth?.authenticated === true && !auth.must_change_password && !lost;
  if (asking) {
    sync.start();
  } else if (auth) {
    sync.stop();
  }
  if (auth && !auth.authenticated) {
    sync.forget();
  }
  hint.set(asking ? auth.expires_at : undefined);
});
session.start();

/* Merely touching localStorage may throw. */
function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
