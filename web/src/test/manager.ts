// SPDX-License-Identifier: MIT
// manager.ts - a SyncManager of fakes around one operation, the Tautulli import unless told.
import { SyncManager, type SyncManagerParts } from '../app/SyncManager.js';
import { isOwn, type SourceOperation } from '../app/OperationDescription.js';
import type { OperationController } from '../app/OperationController.js';
import { tautulliImport } from '../app/tautulli/tautulliImport.js';
import { FakeBrowser, FakeClock, MemoryStore } from './fakes.js';
import type { FakeGateway } from './gateway.js';

export function managerOf(gateway: FakeGateway, parts: Partial<SyncManagerParts> & Pick<SyncManagerParts, 'feed'>): SyncManager {
  return new SyncManager({
    operations: [tautulliImport], api: gateway.api(), storage: new MemoryStore(), clock: new FakeClock(), tabs: new FakeBrowser().tab(), ...parts,
  });
}

/** Its first, of a source. */
export function operationOf(manager: SyncManager): OperationController<SourceOperation> {
  const [operation] = manager.operations;
  if (operation === undefined || isOwn(operation.description)) throw new Error('a manager without an operation of a source');
  return operation as OperationController<SourceOperation>;
}
