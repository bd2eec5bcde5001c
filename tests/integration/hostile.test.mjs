// SPDX-License-Identifier: MIT
// hostile.test.mjs - databases, neighbours, archives, links and names as an attacker makes them, where
// he meets us: whatever is asked of them, nothing outside the staging folder changes (data folder and a
// folder outside are compared by content), nothing hangs, and no process ends.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Service, coming, makeSource, place, shell, sources, until } from './service.mjs';

const ANSWER_MS = 15_000; // a call takes milliseconds; a machine that does other work takes longer
const outside = path.join(place, 'outside');
let service, good;

before(async () => {
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'precious'), 'precious');
  execFileSync('mkfifo', [path.join(outside, 'pipe')]);
  ({ file: good } = await makeSource('good.db', '--rows', 300));
  await shell(good, 'PRAGMA journal_mode = DELETE');
  copyFileSync(good, path.join(outside, 'tautulli.db'));
  service = await Service.start();
  writeFileSync(path.join(service.data, 'precious'), 'precious');
  execFileSync('mkfifo', [path.join(service.data, 'pipe')]);
});
after(() => service.stop());

/** What the service itself writes all the time: it counts by name alone, or not at all. */
const changing = /^((history|accounts|audit)\.db|audit\/audit\.head)$/;
const passing = /^(run|staging)\/.|-(wal|shm|journal)$|\.(part|new)$/;

/** Every name below a folder, with what it is and holds. */
function listed(folder, below = '') {
  return readdirSync(path.join(folder, below)).map((name) => path.join(below, name)).filter((name) => !passing.test(name)).flatMap((name) => {
    const found = lstatSync(path.join(folder, name));
    if (found.isDirectory()) return [`${name}/`, ...listed(folder, name)];
    if (found.isSymbolicLink()) return [`${name} -> ${readlinkSync(path.join(folder, name))}`];
    if (!found.isFile()) return [`${name} special`];
    return [changing.test(name) ? name : `${name} ${createHash('sha256').update(readFileSync(path.join(folder, name))).digest('hex')}`];
  });
}
const everything = () => ({ data: listed(service.data), outside: listed(outside) });
const pids = () => ['tautulli', 'import-worker-1', 'history', 'gateway'].map((actor) => service.pid(actor));

/** All that may be asked of a path; each answer in time. The codes of those that were refused. */
async function tryAll(file) {
  const codes = [];
  for (const [call, more] of [['POST /import/validate', {}], ['POST /import/tautulli', { dry_run: true }]]) {
    const { status, body } = await coming(`${call} ${file}`, service.patiently(call, { db_path: file, ...more }), ANSWER_MS);
    if (status === 202) {
      const stats = await coming(`the end of ${file}`, service.end(), ANSWER_MS);
      codes.push(stats.status);
    } else {
      codes.push(status === 200 ? 'valid' : body.code);
    }
  }
  return codes;
}

/** The same, seen to change nothing. */
async function harmless(file, expected) {
  const [was, alive] = [everything(), pids()];
  const codes = await tryAll(file);
  assert.deepEqual(everything(), was, file);
  assert.deepEqual(pids(), alive, file);
  if (expected !== undefined) assert.deepEqual(codes, expected, file);
  return codes;
}

let folders = 0;
/** A folder of its own with the good database in it. */
function lay(from = good) {
  const folder = path.join(sources, `hostile-${folders++}`);
  mkdirSync(folder);
  const file = path.join(folder, 'tautulli.db');
  copyFileSync(from, file);
  return file;
}

/** A change that was never finished, at a moment when its -journal is needed: database and -journal. */
let journal;
async function hotJournal() {
  if (journal) return journal;
  const file = lay();
  const child = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write("PRAGMA cache_size = 5; BEGIN; UPDATE session_history_metadata SET title = title || 'x'; SELECT 'written';\n");
  await coming('the change', new Promise((resolve) => { child.stdout.on('data', (text) => { if (`${text}`.includes('written')) resolve(); }); }));
  journal = { db: readFileSync(file), bytes: readFileSync(`${file}-journal`) };
  child.kill('SIGKILL');
  assert.ok(journal.bytes.length > 10_000);
  return journal;
}

/** What a -journal ends with that shares its change with others. */
function superJournal(name) {
  const bytes = Buffer.from(name);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(bytes.length, 0);
  numbers.writeUInt32BE(bytes.reduce((sum, byte) => (sum + (byte << 24 >> 24)) >>> 0, 0), 4);
  const page = Buffer.alloc(4);
  page.writeUInt32BE(0x40000000 / 4096 + 1);
  return Buffer.concat([page, bytes, numbers, Buffer.from('d9d505f920a163d7', 'hex')]);
}

describe('a -journal', () => {
  test('that names a file removes none, and waits for none', async () => {
    const { db, bytes } = await hotJournal();
    const names = ['accounts.db', 'precious', 'keys/audit.key', 'pipe', '../outside/precious', path.join(outside, 'precious'), path.join(outside, 'pipe'), '/dev/zero', 'tautulli.db', 'source.db'];
    for (const name of names) {
      const file = lay();
      writeFileSync(file, db);
      writeFileSync(`${file}-journal`, Buffer.concat([bytes, superJournal(name)]));
      await harmless(file);
      const { status, body } = await service.ask('POST /import/validate', { db_path: file });
      assert.equal(status, 422, name);
      assert.match(body.error, /names another file/);
      assert.ok(body.remedy);
      assert.ok(existsSync(`${file}-journal`));
    }
  });

  test('of a change that was never finished is rolled back in a copy', async () => {
    const { db, bytes } = await hotJournal();
    const file = lay();
    writeFileSync(file, db);
    writeFileSync(`${file}-journal`, bytes);
    await harmless(file, ['valid', 'completed']);
  });

  test('that promises much, or is garbage, costs nothing', async () => {
    const { db, bytes } = await hotJournal();
    for (const at of [16, 20, 24, 8, 28, 512]) {
      const file = lay();
      const wild = Buffer.from(bytes);
      wild.writeUInt32BE(0xfffffff0, at);
      writeFileSync(file, db);
      writeFileSync(`${file}-journal`, wild);
      await harmless(file);
    }
  });
});

describe('what lies beside a database', () => {
  const kinds = {
    'a FIFO': (at) => execFileSync('mkfifo', [at]),
    'a folder': (at) => mkdirSync(at),
    'a link to a file outside': (at) => symlinkSync(path.join(outside, 'precious'), at),
    'a link to the accounts': (at) => symlinkSync(path.join(service.data, 'accounts.db'), at),
    'a link to a FIFO': (at) => symlinkSync(path.join(outside, 'pipe'), at),
    'a link to a device': (at) => symlinkSync('/dev/zero', at),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    test(`${kind}: refused by its name`, async () => {
      for (const suffix of ['-wal', '-shm', '-journal']) {
        const file = lay();
        make(`${file}${suffix}`);
        if (suffix === '-wal') writeFileSync(`${file}-shm`, Buffer.alloc(32_768));
        if (suffix === '-shm') writeFileSync(`${file}-wal`, 'x');
        await harmless(file, ['NOT_TAUTULLI', 'NOT_TAUTULLI']);
        const { body } = await service.ask('POST /import/validate', { db_path: file });
        assert.match(body.error, new RegExp(`tautulli.db${suffix} beside this database is not a regular file`));
      }
    });
  }

  test('garbage is answered', async () => {
    const noise = createHash('sha512').update('noise').digest();
    const wal = Buffer.concat([Buffer.from('377f0682002de21800001000', 'hex'), Buffer.alloc(60_000, noise)]);
    for (const suffixes of [['-wal'], ['-wal', '-shm'], ['-shm'], ['-journal'], ['-wal', '-journal']]) {
      const file = lay();
      for (const suffix of suffixes) writeFileSync(`${file}${suffix}`, suffix === '-wal' ? wal : Buffer.alloc(70_000, noise));
      await harmless(file);
    }
  });
});

/** A zip without compression; `mode` is what Unix keeps of a member. */
function zip(members) {
  const table = Array.from({ length: 256 }, (_, n) => { for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1; return n >>> 0; });
  const crc = (bytes) => (bytes.reduce((c, byte) => table[(c ^ byte) & 255] ^ (c >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
  const parts = [];
  const directory = [];
  let at = 0;
  for (const { name, bytes, mode = 0o100644 } of members) {
    const title = Buffer.from(name);
    const sums = Buffer.alloc(16);
    sums.writeUInt32LE(crc(bytes), 4);
    sums.writeUInt32LE(bytes.length, 8);
    sums.writeUInt32LE(bytes.length, 12);
    const local = Buffer.alloc(30);
    local.write('PK\x03\x04', 'latin1');
    local.writeUInt16LE(20, 4);
    sums.copy(local, 14, 4);
    local.writeUInt16LE(title.length, 26);
    const central = Buffer.alloc(46);
    central.write('PK\x01\x02', 'latin1');
    central.writeUInt16LE(0x0314, 4);
    central.writeUInt16LE(20, 6);
    sums.copy(central, 16, 4);
    central.writeUInt16LE(title.length, 28);
    central.writeUInt32LE((mode << 16) >>> 0, 38);
    central.writeUInt32LE(at, 42);
    parts.push(local, title, bytes);
    directory.push(central, title);
    at += 30 + title.length + bytes.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

describe('an archive', () => {
  const lies = (members) => {
    const file = path.join(sources, `hostile-${folders++}.zip`);
    writeFileSync(file, zip(members));
    return file;
  };
  test('whose members have names of other places unpacks into the staging folder alone', async () => {
    const bytes = readFileSync(good);
    for (const name of ['../tautulli.db', '../../precious', path.join(outside, 'precious'), `${'a/'.repeat(500)}tautulli.db`, 'x'.repeat(3000), 'tau\0tulli.db', '..']) {
      await harmless(lies([{ name, bytes }]));
      await harmless(lies([{ name, bytes }, { name: `${name}-wal`, bytes: Buffer.alloc(5000, 7) }]));
    }
    await harmless(lies([{ name: '../../tautulli.db', bytes }]), ['valid', 'completed']);
  });

  test('with links and devices makes none', async () => {
    const bytes = readFileSync(good);
    for (const mode of [0o120777, 0o020666, 0o010666, 0o060666]) {
      await harmless(lies([{ name: 'tautulli.db', bytes: Buffer.from(path.join(outside, 'tautulli.db')), mode }]));
      await harmless(lies([{ name: 'link', bytes: Buffer.from(outside), mode }, { name: 'link/precious', bytes }]));
      await harmless(lies([{ name: 'tautulli.db', bytes }, { name: 'tautulli.db-wal', bytes: Buffer.from(path.join(outside, 'precious')), mode }]));
    }
  });
});

describe('a path', () => {
  test('to a FIFO, a device, or out of the allowed folders is refused', async () => {
    const folder = path.dirname(lay());
    execFileSync('mkfifo', [path.join(folder, 'pipe.db')]);
    symlinkSync(path.join(outside, 'tautulli.db'), path.join(folder, 'link.db'));
    symlinkSync(outside, path.join(folder, 'out'));
    symlinkSync('/dev/zero', path.join(folder, 'zero.db'));
    symlinkSync('loop.db', path.join(folder, 'loop.db'));
    await harmless(path.join(folder, 'pipe.db'), ['NOT_TAUTULLI', 'NOT_TAUTULLI']);
    for (const name of ['link.db', 'out/tautulli.db', 'zero.db', 'loop.db']) {
      await harmless(path.join(folder, name), ['PATH_NOT_ALLOWED', 'PATH_NOT_ALLOWED']);
    }
  });

  test('within them works, by links and by long names', async () => {
    const file = lay();
    symlinkSync(file, path.join(path.dirname(file), 'link.db'));
    await harmless(path.join(path.dirname(file), 'link.db'), ['valid', 'completed']);
    const deep = path.join(path.dirname(file), ...Array(14).fill('d'.repeat(250)));
    mkdirSync(deep, { recursive: true });
    for (const name of [`${'n'.repeat(252)}.db`, `a?b#c%41 d'"\\.db`, `line\nbreak.db`]) {
      linkSync(file, path.join(deep, name));
      await harmless(path.join(deep, name), ['valid', 'completed']);
    }
    await harmless(path.join(deep, 'e'.repeat(300)), ['FILE_NOT_FOUND', 'FILE_NOT_FOUND']);
  });
});

describe('a live database', () => {
  /** One that another process has open, with its newest rows in the -wal alone. */
  async function live(rows) {
    const { file: made } = await makeSource(`live-${folders}.db`, '--rows', rows);
    const file = lay(made);
    const holder = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    holder.stdin.write(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; INSERT INTO session_history (id, started, stopped, user_id, user) VALUES (${rows + 1}, 1600000000, 1600000100, 1, 'ann'); SELECT 'written';\n`);
    await coming('the newest row', new Promise((resolve) => { holder.stdout.on('data', (text) => { if (`${text}`.includes('written')) resolve(); }); }));
    return { file, holder };
  }

  test('is imported to its newest row though its -shm is cut off all the time', async () => {
    const { file, holder } = await live(20_000);
    const alive = pids();
    const cutting = setInterval(() => { truncateSync(`${file}-shm`, 0); truncateSync(`${file}-shm`, 32_768); }, 1);
    try {
      const { body } = await service.ask('POST /import/validate', { db_path: file });
      assert.equal(body.total_records, 20_001);
      const stats = await service.import(file);
      assert.deepEqual([stats.status, stats.total_records], ['completed', 20_001]);
    } finally {
      clearInterval(cutting);
      holder.kill('SIGKILL');
    }
    assert.deepEqual(pids(), alive);
  });

  for (const suffix of ['-wal', '']) {
    test(`whose ${suffix || 'main file'} is cut off ends in a sentence, and no process does`, async () => {
      const { file, holder } = await live(20_000);
      const alive = pids();
      const job = await service.begin(file, { dry_run: true });
      truncateSync(`${file}${suffix}`, 4096);
      const stats = await service.end(120_000);
      if (suffix === '') assert.equal(stats.status, 'error', JSON.stringify(stats));
      assert.deepEqual(pids(), alive, job);
      holder.kill('SIGKILL');
    });
  }
});

test('nothing is left in the staging folder', async () => {
  await until('the staging folder is empty', () => readdirSync(path.join(service.data, 'staging')).length === 0);
});
