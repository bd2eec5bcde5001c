// SPDX-License-Identifier: MIT
// kinds.test.mjs - what is stored of each dirty kind: a bad value is null or repaired, never a guess.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Service, makeSource } from './service.mjs';

describe('of each dirty kind is stored what can be known', () => {
  let service;
  let of; // the first play planted under a kind
  before(async () => {
    service = await Service.start();
    const { file, manifest } = await makeSource('kinds.db', '--rows', 3000, '--dirty');
    await service.import(file);
    const plays = new Map((await service.exported()).map((play) => [Number(play.native_id), play]));
    of = (kind) => plays.get(manifest.kinds.find((row) => row.kind === kind).ids[0]);
  });
  after(() => service.stop());

  const unknown = {
    stopped_at: ['stopped_null', 'stopped_zero', 'stopped_empty', 'stopped_before_started', 'stopped_year_3000', 'stopped_largest'],
    percent_complete: ['offset_null', 'offset_empty', 'offset_negative', 'duration_missing', 'duration_zero'],
    paused_s: ['paused_negative', 'paused_beyond_play'],
    ip_address: ['ip_null', 'ip_empty', 'ip_garbage'],
    title: ['title_null', 'title_empty', 'metadata_missing'],
    year: ['year_text'],
    reference_id: ['reference_null', 'reference_zero', 'reference_dangling'],
  };
  for (const [field, kinds] of Object.entries(unknown)) {
    test(`${field} is null for ${kinds.join(', ')}`, () => {
      for (const kind of kinds) assert.equal(of(kind)[field], null, kind);
    });
  }

  const known = [
    ['offset_beyond_end', 'percent_complete', 100], ['paused_null', 'paused_s', 0], ['paused_empty', 'paused_s', 0],
    ['ip_mapped', 'ip_address', '192.168.1.9'], ['ip_with_port', 'ip_address', '10.1.2.3'],
    ['ip_with_zone', 'ip_address', 'fe80::1'], ['title_control', 'title', 'ticktock'],
    ['title_bad_utf8', 'title', 'caf\ufffd \ufffd\ufffd\ufffd \ufffd\ufffd \ufffd'],
    ['title_nul', 'title', 'beforeafter'], ['title_blob', 'title', 'plain text in a blob'],
    ['title_html', 'title', '<script>alert(1)</script>'], ['type_null', 'media_type', 'unknown'],
    ['type_odd', 'media_type', 'hologram'], ['user_unknown', 'user', 'ghost'],
  ];
  for (const [kind, field, value] of known) {
    test(`${field} of ${kind} is ${JSON.stringify(value)}`, () => assert.equal(of(kind)[field], value));
  }

  test('a user without an id is found by name, one without a name by id', () => {
    assert.match(of('user_id_null').user_id, /^\d+$/);
    assert.notEqual(of('user_name_null').user, null);
  });
});
