// SPDX-License-Identifier: MIT
// The only place that makes objects and wires them to each other; everything else is handed what it
// needs.
import { html } from 'lit';
import { Theme } from './app/Theme.js';
import './app/SettingsManager.js';
import { syncIcon } from './app/icons.js';

new Theme(document.documentElement, window.localStorage);
const manager = document.createElement('settings-manager');
Object.assign(manager, {
  sections: [{ id: 'data-sync', label: 'Data Sync', icon: syncIcon, render: () => html`` }],
});
document.body.append(manager);
