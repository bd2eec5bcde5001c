// SPDX-License-Identifier: MIT
// server_sync.mjs - for tests of the continuous sync: a service that knows servers, their syncs, and how they stand.
import assert from 'node:assert/strict';
import { register, startMedia } from './plex_sync.mjs';
import { Service, until } from './service.mjs';

export async function place(options, ...settings) {
  const media = await startMedia(options);
  const service = await Service.start(...settings);
  return { media, service, id: await register(service, media) };
}

export const startSync = ({ service, id }) => service.patiently(`POST /servers/${id}/sync`);

export async function beginSync(here) {
  const { status, body } = await startSync(here);
  assert.equal(status, 202, JSON.stringify(body));
  assert.equal(body.success, true);
  return body.correlation_id;
}

export const progressOf = async ({ service, id }) => (await service.fetched('/sync/status')).server_syncs?.[id];

/** The record of a job once it has ended. */
export const jobEnded = ({ service }, job, deadlineMs = 60_000) => until('the end of the sync', async () => {
  const { job: { progress } } = await service.fetched(`/sync/jobs/${job}`);
  return progress.status !== 'running' && progress;
}, deadlineMs);

export const syncNow = async (here) => jobEnded(here, await beginSync(here));

export const jobsOf = async ({ service, id }) => (await service.fetched(`/sync/jobs?operation=server_sync&server_id=${id}`)).items;
