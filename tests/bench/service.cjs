// SPDX-License-Identifier: MIT
// service.cjs - what the benches share: a service on a fresh data folder, a source, an import.
'use strict';
const { execFileSync, spawn, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const bin = path.join(process.env.PLAYBUS_BUILD ?? path.join(root, 'build'), 'bin');
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const thousands = (n) => Math.round(n).toLocaleString('en');

/** Says in one sentence what is missing, and ends. */
function lacking(what, how) {
    console.error(`${what}: ${how}`);
    process.exit(2);
}

/** Ends unless Playbus is built and the programs, {name: Debian package}, are installed. */
function needs(programs = {}) {
    if (!['playbus', 'make-tautulli'].every((name) => fs.existsSync(path.join(bin, name)))) {
        lacking(`Playbus is not built in ${path.dirname(bin)}`, 'deploy/quickstart --build-only');
    }
    const folders = `${process.env.PATH}:/usr/sbin`.split(':');
    for (const [name, debian] of Object.entries(programs)) {
        if (!folders.some((folder) => fs.existsSync(path.join(folder, name)))) {
            lacking(`${name} is not installed`, `apt-get install ${debian}`);
        }
    }
    process.env.PATH = folders.join(':');
}

/** A package of npm that the integration tests have too; fetched into the clone if it is not there. */
function npmPackage(name) {
    const tests = path.join(root, 'tests/integration');
    const folder = path.join(tests, 'node_modules', name);
    if (!fs.existsSync(folder)) {
        needs({ npm: 'npm' });
        console.error(`fetching ${name} …`);
        const { status } = spawnSync('npm', ['ci', '--prefix', tests, '--no-audit', '--no-fund', '--ignore-scripts', '--silent'], { stdio: 'inherit' });
        if (status !== 0) lacking(`${name} could not be fetched`, `npm ci --ignore-scripts --prefix ${tests}`);
    }
    return require(folder);
}

/** A folder that goes when the process ends. */
function makeWorkFolder() {
    const work = fs.mkdtempSync(path.join(os.tmpdir(), 'playbus-bench-'));
    process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }));
    return work;
}

function makeSource(work, rows, name = 'tautulli.db', ...more) {
    const source = path.join(work, 'source', name);
    fs.mkdirSync(path.dirname(source), { recursive: true });
    execFileSync(path.join(bin, 'make-tautulli'), [source, '--rows', String(rows), '--seed', '7', ...more]);
    return source;
}

/** CPU seconds and peak and present memory (MiB) of a process so far. */
function usage(pid) {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const mib = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024;
    return { cpu_s: (Number(stat[11]) + Number(stat[12])) / ticksPerSecond, peak_mib: mib('VmHWM'), now_mib: mib('VmRSS') };
}

/** The local token of a data folder's gateway, as the command line sends it. */
function localToken(data) {
    const file = path.join(data, 'run/cli.token');
    return fs.existsSync(file) ? { authorization: `Bearer ${fs.readFileSync(file, 'utf8').trim()}` } : {};
}

/** Starts every actor as shipped; resolves to {url, headers, actors, stop()} once all answer. */
async function startService(work, data, source) {
    const log = fs.openSync(path.join(work, 'service.log'), 'a');
    const child = spawn(path.join(bin, 'playbus'),
        ['up', '--data', data, '--allow', path.dirname(source), '--listen', '127.0.0.1:0'],
        { stdio: ['ignore', 'pipe', log], env: { PLAYBUS_LIMIT_TRIGGERS: '1000000', PLAYBUS_LIMIT_CHANGES: '1000000', PLAYBUS_LIMIT_PASSIVE: '1000000', ...process.env } });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    const killed = () => child.kill('SIGTERM');
    process.on('exit', killed);
    const address = await new Promise((resolve, reject) => {
        let said = '';
        child.stdout.on('data', (piece) => {
            said += piece;
            const ready = /^ready http:\/\/(\S+)$/m.exec(said);
            if (ready) resolve(ready[1]);
        });
        ended.then((status) => reject(new Error(`the service ended with status ${status}`)));
    });
    const url = `http://${address}/api/v1`;
    const headers = localToken(data);
    const { actors } = await (await fetch(`${url}/system`, { headers })).json();
    return {
        url, headers, address, actors,
        async stop() {
            process.off('exit', killed);
            child.kill('SIGTERM');
            await ended;
        },
    };
}

async function beginImport({ url, headers }, source) {
    const answer = await fetch(`${url}/import/tautulli`, {
        method: 'POST', headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ db_path: source }) });
    const body = await answer.json();
    if (answer.status !== 202) throw new Error(JSON.stringify(body));
}

/** Waits for the end of the import that runs; its final record. */
async function importEnd({ url, headers }) {
    for (;;) {
        const { stats } = await (await fetch(`${url}/import/status`, { headers })).json();
        if (stats.status === 'completed') return stats;
        if (stats.status !== 'running') throw new Error(JSON.stringify(stats));
        await pause(20);
    }
}

const groups = ['/sys/fs/cgroup', '/sys/fs/cgroup/cpu'].find((folder) => fs.existsSync(path.join(folder, 'cgroup.procs')));
const second = groups?.endsWith('cpu') ?? false; // cgroups of the first version
const canHold = groups !== undefined && process.getuid() === 0;

/** A tenth of a core for a process, until it ends; what takes that back. */
function hold(pid) {
    const folder = path.join(groups, `playbus-bench-${pid}`);
    fs.mkdirSync(folder);
    if (second) {
        fs.writeFileSync(path.join(folder, 'cpu.cfs_period_us'), '10000');
        fs.writeFileSync(path.join(folder, 'cpu.cfs_quota_us'), '1000');
    } else {
        fs.writeFileSync(path.join(folder, 'cpu.max'), '1000 10000');
    }
    fs.writeFileSync(path.join(folder, 'cgroup.procs'), String(pid));
    return () => fs.rmdirSync(folder);
}

/** A free port of this machine. */
const freePort = () => new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
    });
});

/** A worker elsewhere has joined, with its key in the data folder; it does not run yet. */
async function joinWorker({ url, headers }, name, data) {
    const answer = await fetch(`${url}/workers`, {
        method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify({ name }) });
    const { invitation, error } = await answer.json();
    if (!answer.ok) throw new Error(error);
    execFileSync(path.join(bin, 'playbus'), ['worker', 'join', '--data', data], { input: `${invitation}\n`, stdio: ['pipe', 'ignore', 'ignore'] });
}

/** Runs a bench; an error is its message and exit status 1. */
function run(main) {
    main().then(() => process.exit(0), (error) => {
        console.error(error.message);
        process.exit(1);
    });
}

module.exports = { beginImport, bin, canHold, freePort, hold, importEnd, joinWorker, makeSource, makeWorkFolder, needs, npmPackage, pause, root, run, startService, thousands, usage };
