// SPDX-License-Identifier: MIT
// The only place that makes objects and wires them to each other; everything else is handed what it
// needs.
import { html } from 'lit';
import { PlaybusApp } from './app/PlaybusApp.js';
import { Session } from './app/Session.js';
import type { SettingsSection } from './app/SettingsManager.js';
import { Theme } from './app/Theme.js';
import { aboutIcon, accessIcon, auditIcon, syncIcon } from './app/icons.js';
import { takeSetupCode } from './app/signin/setupCode.js';
import { PageAnnouncer } from './app/ui/announcer.js';
import { ApiClient } from './lib/api/client.js';
import { systemClock } from './lib/clock.js';
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

const sections: (SettingsSection & { adminOnly?: boolean })[] = [
  {
    id: 'data-sync',
    label: 'Data Sync',
    icon: syncIcon,
    render: () => html``,
  },
  {
    id: 'access',
    label: 'Access',
    icon: accessIcon,
    load: () => import('./app/access/AccessSection.js'),
    render: (active) => html`<access-section .api=${client} .session=${session} .announcer=${announcer} .active=${active}></access-section>`,
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
const forViewers = sections.filter((section) => !section.adminOnly);

const app = new PlaybusApp();
app.session = session;
app.theme = new Theme(document.documentElement, storage());
app.sectionsFor = (admin) => (admin ? sections : forViewers);
app.setupCode = takeSetupCode(window) ?? '';
window.addEventListener('hashchange', () => {
  app.setupCode = takeSetupCode(window) ?? app.setupCode;
});
document.body.prepend(app);
session.start();

/* Merely touching localStorage may throw. */
function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
