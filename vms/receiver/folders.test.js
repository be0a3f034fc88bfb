'use strict';
/* Folders for the state that are full, read-only, not there, or on Windows. */

const assert = require('assert');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const { test } = require('node:test');

const { Simulated } = require('./simulated');

const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true };
const CANNOT_MOUNT = os.platform() !== 'linux' || process.getuid() !== 0 ? 'mounting a small disk needs root' : false;
const DISK_BYTES = 65536;

/** A folder of its own for a test. */
function temporary(context) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-folder-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

async function started(context, options) {
  const simulated = await Simulated.start(options);
  context.after(() => simulated.stop());
  return simulated;
}

/** A small disk of its own for a test, mounted. */
function smallDisk(context, options = '') {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-disk-'));
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}${options}`, 'tmpfs', folder]);
  assert.strictEqual(status, 0, String(stderr));
  context.after(() => {
    spawnSync('umount', ['-l', folder]); // the receiver that still uses it is ended after this
    fs.rmdirSync(folder);
  });
  return folder;
}

/** Takes the last byte of a disk; what it gives makes room again. */
function fill(disk) {
  const file = path.join(disk, 'other-data');
  const fd = fs.openSync(file, 'w');
  try {
    for (;;) fs.writeSync(fd, Buffer.alloc(4096));
  } catch (error) {
    assert.strictEqual(error.code, 'ENOSPC');
  }
  fs.closeSync(fd);
  return () => fs.unlinkSync(file);
}

/** Fills the last block of the journal with blank lines, so that not one more byte fits without a new block. */
function padJournal(folder) {
  const segment = path.join(folder, fs.readdirSync(folder).find((name) => name.startsWith('journal-')));
  fs.appendFileSync(segment, '\n'.repeat(4096 - (fs.statSync(segment).size % 4096)));
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

test('a state folder that cannot be made is replaced by one beside the script', async (context) => {
  const file = path.join(temporary(context), 'a-file');
  fs.writeFileSync(file, '');
  const simulated = await started(context, { env: { STATE_DIR: path.join(file, 'state') } });
  assert.strictEqual((await simulated.get('/health')).durable, true);
  assert.ok(fs.readdirSync(path.join(simulated.home, `securos-trigger-state-${simulated.port}`)).length > 0);
});

test('without any folder it records, subtitles and ends both, and says that it cannot remember', async (context) => {
  const file = path.join(temporary(context), 'a-file');
  const port = await freePort();
  fs.writeFileSync(file, '');
  const simulated = new Simulated({ env: { STATE_DIR: file, TMPDIR: file, PORT: String(port) } });
  fs.writeFileSync(path.join(simulated.home, `securos-trigger-state-${port}`), '');
  await simulated.receiver.start();
  context.after(() => simulated.stop());
  const answer = await simulated.deliver({ ...RECORD, add_subtitle: true, event_duration: 1, event_id: 'one' });
  assert.strictEqual(answer.ok, true);
  assert.strictEqual((await simulated.deliver({ ...RECORD, event_id: 'one' })).duplicate, true);
  const { durable, durable_problem: problem } = await simulated.get('/health');
  assert.deepStrictEqual([durable, problem], [false, 'no folder can be written']);
  await simulated.until(async () => !(await simulated.camera('1')).recording);
  await simulated.until(async () => (await simulated.camera('1')).subtitle === null);
  const { problems } = simulated.logged('state_unavailable');
  assert.strictEqual(problems.length, 3);
});

/** A receiver that can use only the folder in the temporary folder, which `prepare` makes before the start. */
async function inTheOpen(context, prepare) {
  const file = path.join(temporary(context), 'a-file');
  const open = temporary(context);
  const port = await freePort();
  const folder = path.join(open, `securos-trigger-state-${port}`);
  fs.writeFileSync(file, '');
  prepare(folder, open);
  const simulated = new Simulated({ env: { STATE_DIR: file, TMPDIR: open, PORT: String(port) } });
  fs.writeFileSync(path.join(simulated.home, `securos-trigger-state-${port}`), '');
  await simulated.receiver.start();
  context.after(() => simulated.stop());
  return { simulated, folder, open };
}

test('a folder of its own in the temporary folder is used, also again', async (context) => {
  const { simulated, folder } = await inTheOpen(context, () => {});
  await simulated.deliver({ camera_id: ['1'], event_id: 'one' });
  await simulated.restart();
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'one' })).duplicate, true);
  assert.strictEqual(fs.statSync(folder).mode & 0o777, 0o700);
});

const NOT_ROOT = os.platform() !== 'linux' || process.getuid() !== 0 ? 'giving a folder away needs root' : false;
const TRAPS = {
  'a link that another user put there': (folder, open) => {
    fs.mkdirSync(path.join(open, 'elsewhere'));
    fs.symlinkSync(path.join(open, 'elsewhere'), folder);
  },
  'a folder of another user': (folder) => {
    fs.mkdirSync(folder, { mode: 0o700 });
    fs.chownSync(folder, 65534, 65534);
  },
  'a folder in which other users may write': (folder) => {
    fs.mkdirSync(folder);
    fs.chmodSync(folder, 0o777);
  },
};
for (const [name, prepare] of Object.entries(TRAPS)) {
  test(`${name} is not used for the state`, { skip: NOT_ROOT }, async (context) => {
    const { simulated, folder, open } = await inTheOpen(context, prepare);
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'one' })).ok, true);
    assert.strictEqual((await simulated.get('/health')).durable_problem, 'no folder can be written');
    assert.deepStrictEqual(fs.readdirSync(folder), []);
    assert.deepStrictEqual(fs.readdirSync(open).filter((file) => file.startsWith('journal-')), []);
  });
}

test('a file of the journal that is a link is not followed', async (context) => {
  const simulated = await started(context, {});
  await simulated.deliver({ camera_id: ['1'], event_id: 'one' });
  await simulated.kill();
  const [name] = fs.readdirSync(simulated.folder);
  const elsewhere = path.join(simulated.home, 'elsewhere');
  fs.renameSync(path.join(simulated.folder, name), elsewhere);
  fs.symlinkSync(elsewhere, path.join(simulated.folder, name));
  const before = fs.readFileSync(elsewhere, 'utf8');
  await simulated.restart();
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'two' })).ok, true);
  assert.strictEqual(fs.readFileSync(elsewhere, 'utf8'), before);
  assert.match(simulated.printed, /"event":"state_file_not_read"/);
});

test('two receivers with one folder say so, and both go on', async (context) => {
  const first = await started(context, {});
  const second = await started(context, { env: { STATE_DIR: first.folder } });
  await first.deliver({ camera_id: ['1'], event_id: 'one' });
  await second.deliver({ camera_id: ['1'], event_id: 'two' });
  for (const one of [first, second]) {
    await one.until(() => one.printed.includes('"event":"state_shared"'));
    assert.strictEqual((await one.get('/health')).durable, true);
  }
});

test('a receiver that was killed leaves nothing that looks like another one', async (context) => {
  const simulated = await started(context, {});
  await simulated.deliver({ ...RECORD, event_duration: 3600, event_id: 'one' });
  await simulated.restart();
  await simulated.deliver({ camera_id: ['1'], event_id: 'two' });
  await new Promise((resolve) => setTimeout(resolve, 2500));
  assert.doesNotMatch(simulated.printed, /state_shared/);
});

test('a read-only disk is passed over', { skip: CANNOT_MOUNT }, async (context) => {
  const simulated = await started(context, { env: { STATE_DIR: path.join(smallDisk(context, ',ro'), 'state') } });
  assert.strictEqual((await simulated.get('/health')).durable, true);
  assert.strictEqual((await simulated.deliver(RECORD)).ok, true);
});

test('a disk that fills up stops no delivery, and counts again when there is room', { skip: CANNOT_MOUNT }, async (context) => {
  const disk = smallDisk(context);
  const simulated = await started(context, { env: { STATE_DIR: path.join(disk, 'state') } });
  await simulated.deliver({ camera_id: ['1'], event_id: 'before' });
  padJournal(path.join(disk, 'state'));
  const makeRoom = fill(disk);
  assert.strictEqual((await simulated.deliver({ ...RECORD, event_duration: 3600 })).ok, true);
  const { durable, durable_problem: problem } = await simulated.get('/health');
  assert.deepStrictEqual([durable, problem], [false, 'ENOSPC: no space left on device, write']);
  makeRoom();
  await simulated.until(async () => (await simulated.get('/health')).durable);
  await simulated.restart();
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'before' })).duplicate, true);
  await simulated.deliver({ ...RECORD, event_duration: 1 });
  const [, prolonged] = (await simulated.entries()).filter((call) => call.action === 'REC');
  assert.ok(prolonged.params.hot_rec_time > 3500000);
});

test('a disk that is full at the start is not left for another one', { skip: CANNOT_MOUNT }, async (context) => {
  const disk = smallDisk(context);
  const simulated = await started(context, { env: { STATE_DIR: path.join(disk, 'state') } });
  await simulated.deliver({ camera_id: ['1'], event_id: 'before' });
  await simulated.kill();
  padJournal(path.join(disk, 'state'));
  const makeRoom = fill(disk);
  await simulated.restart();
  assert.strictEqual((await simulated.get('/health')).durable_problem, 'ENOSPC: no space left on device, write');
  await simulated.deliver({ ...RECORD, event_duration: 3600 });
  makeRoom();
  await simulated.until(async () => (await simulated.get('/health')).durable);
  await simulated.restart();
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'before' })).duplicate, true);
  await simulated.deliver({ ...RECORD, event_duration: 1 });
  const [, prolonged] = (await simulated.entries()).filter((call) => call.action === 'REC');
  assert.ok(prolonged.params.hot_rec_time > 3500000);
});

/**
 * Loaded before the receiver: gives it the path rules of Windows and keeps drive C: in the folder DRIVE. A slash in a
 * path fails, as no part of the receiver may put one there.
 */
const WINDOWS = `
const fs = require('fs');
const Module = require('module');
const path = require('path');
const load = Module._load;
Module._load = (request, parent, ...rest) =>
  request === 'path' && parent && parent.filename.endsWith('receiver.js') ? path.win32 : load(request, parent, ...rest);
const real = (file) => {
  if (!String(file).startsWith('C:\\\\')) return file;
  if (file.includes('/')) throw new Error('a slash in ' + file);
  return path.join(process.env.DRIVE, ...file.slice(3).split('\\\\'));
};
for (const name of ['mkdirSync', 'readdirSync', 'openSync', 'unlinkSync', 'existsSync', 'access']) {
  const original = fs[name];
  fs[name] = (file, ...rest) => original(real(file), ...rest);
}
`;

test('paths of Windows are joined by the rules of Windows', async (context) => {
  const drive = temporary(context);
  fs.writeFileSync(path.join(drive, 'windows.js'), WINDOWS);
  const env = {
    STATE_DIR: 'C:\\SecurOS data\\receiver',
    DRIVE: drive,
    NODE_OPTIONS: `--require ${path.join(drive, 'windows.js')}`,
  };
  const simulated = await started(context, { env, constants: { SEGMENT_LIMIT_BYTES: 500, REMEMBERED_LIMIT: 5 } });
  for (let number = 1; number <= 20; number += 1) {
    await simulated.deliver({ camera_id: ['1'], event_id: `event-${number}` });
  }
  const files = fs.readdirSync(path.join(drive, 'SecurOS data', 'receiver'));
  assert.ok(files.length > 0 && files.length <= 4 && files.every((name) => /^journal-\d+\.jsonl$/.test(name)));
  await simulated.restart();
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'event-20' })).duplicate, true);
  assert.strictEqual(simulated.logged('state_opened').folder, 'C:\\SecurOS data\\receiver');
});
