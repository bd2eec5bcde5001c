// SPDX-License-Identifier: MIT
import { LitElement, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { expect, it } from 'vitest';
import { FakeBrowser, FakeClock, FakeFeed, MemoryStore, running } from '../test/fakes.js';
import { FakeGateway } from '../test/gateway.js';
import { SyncManager } from './SyncManager.js';
import { SyncWatch } from './SyncWatch.js';

@customElement('watch-test')
class WatchTest extends LitElement {
  @property({ attribute: false }) manager!: SyncManager;
  renders = 0;
  readonly seen = new SyncWatch(this, (state) => state.operations.tautulli_import?.status);

  override render() {
    this.renders += 1;
    return html`${this.seen.value}`;
  }
}

/* A manager that counts who follows it. */
class Counted extends SyncManager {
  followers = 0;

  override subscribe(listener: Parameters<SyncManager['subscribe']>[0]): () => void {
    this.followers += 1;
    const undo = super.subscribe(listener);
    return () => {
      this.followers -= 1;
      undo();
    };
  }
}

function parts() {
  const feed = new FakeFeed();
  const manager = new Counted({ api: new FakeGateway().api(), feed, storage: new MemoryStore(), clock: new FakeClock(), tabs: new FakeBrowser().tab() });
  manager.start();
  const element = new WatchTest();
  element.manager = manager;
  document.body.append(element);
  return { feed, manager, element };
}

it('a component renders again only when what it watches has changed', async () => {
  const { feed, element } = parts();
  await element.updateComplete;
  feed.push(running({ seq: 1 }));
  await element.updateComplete;
  const before = element.renders;
  feed.push(running({ seq: 2, processed_records: 1 }));
  await element.updateComplete;
  expect(element.renders).toBe(before);
  feed.push(running({ seq: 3, status: 'completed' }));
  await element.updateComplete;
  expect(element.shadowRoot?.textContent).toBe('completed');
});

it('a component that was taken out follows nothing, even if an answer of its own renders it once more', async () => {
  const { manager, element } = parts();
  await element.updateComplete;
  expect(manager.followers).toBe(1);
  element.remove();
  element.requestUpdate();
  await element.updateComplete;
  expect(manager.followers).toBe(0);
  document.body.append(element);
  await element.updateComplete;
  expect(manager.followers).toBe(1);
});
