'use strict';
/* What the receiver keeps on disk. */

const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { test } = require('node:test');

const { Simulated, simulatedTest } = require('./simulated');

const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true };

simulatedTest('a torn line of the journal costs no other line', async (simulated) => {
  const delivery = { camera_id: ['1'], event_name: 'Line crossed', event_id: 'one' };
  await simulated.deliver(delivery);
  await simulated.kill();
  const segment = path.join(simulated.folder, fs.readdirSync(simulated.folder)[0]);
  fs.appendFileSync(segment, '{"event_id":"two","at":17');
  await simulated.restart();
  assert.strictEqual((await simulated.deliver(delivery)).duplicate, true);
  await simulated.restart();
  assert.strictEqual((await simulated.deliver(delivery)).duplicate, true);
  assert.match(simulated.printed, /"event":"state_lines_skipped"/);
});

simulatedTest(
  'old files of the journal go, what is open and the newest event ids stay',
  async (simulated) => {
    await simulated.deliver({ ...RECORD, event_duration: 3600 });
    for (let number = 1; number <= 60; number += 1) {
      await simulated.deliver({ camera_id: ['1'], event_name: 'Line crossed', event_id: `event-${number}` });
    }
    assert.ok(fs.readdirSync(simulated.folder).length <= 3);
    await simulated.restart();
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'event-60' })).duplicate, true);
    assert.strictEqual(
      (await simulated.deliver({ camera_id: ['1'], event_id: 'event-1' })).duplicate,
      undefined,
    );
    await simulated.deliver({ ...RECORD, event_duration: 1 });
    const [, prolonged] = (await simulated.entries()).filter((call) => call.action === 'REC');
    assert.ok(prolonged.params.hot_rec_time > 3500000);
  },
  { constants: { SEGMENT_LIMIT_BYTES: 2000, REMEMBERED_LIMIT: 5 } },
);

simulatedTest(
  'a state folder that is deleted while it runs is made again, with what is open in it',
  async (simulated) => {
    await simulated.deliver({ ...RECORD, event_duration: 3600 });
    fs.rmSync(simulated.folder, { recursive: true });
    await simulated.until(() => simulated.printed.includes('"event":"state_written_again"'));
    assert.match(simulated.printed, /"event":"state_not_written","problem":"the file of the journal has gone"/);
    assert.strictEqual((await simulated.get('/health')).durable, true);
    await simulated.deliver({ camera_id: ['1'], event_id: 'after' });
    await simulated.restart();
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'after' })).duplicate, true);
    await simulated.deliver({ ...RECORD, event_duration: 1 });
    const [, prolonged] = (await simulated.entries()).filter((call) => call.action === 'REC');
    assert.ok(prolonged.params.hot_rec_time > 3500000);
  },
);

/** A module, for `--require`, that lets the answer of `fs.access` come late, as from a slow disk. */
const SLOW_ACCESS = path.join(__dirname, 'slow_access.js');

simulatedTest(
  'a deleted state folder is made again also while questions about its file are answered late',
  async (simulated) => {
    await simulated.deliver({ ...RECORD, event_duration: 3600 });
    fs.rmSync(simulated.folder, { recursive: true });
    await simulated.until(() => simulated.printed.includes('"event":"state_written_again"'));
    assert.strictEqual((await simulated.get('/health')).durable, true);
  },
  { env: { NODE_OPTIONS: `--require ${SLOW_ACCESS}` } },
);

/** Moves every instant in the journal, as if the clock of the last run had been ahead by `ms`. */
function setClockOfTheLastRun(folder, ms) {
  for (const name of fs.readdirSync(folder)) {
    const moved = fs
      .readFileSync(path.join(folder, name), 'utf8')
      .replace(/"(at|until)":(\d+)/g, (match, key, instant) => `"${key}":${Number(instant) + ms}`);
    fs.unlinkSync(path.join(folder, name));
    fs.writeFileSync(path.join(folder, name.replace(/\d+/, (start) => Number(start) + ms)), moved);
  }
}

simulatedTest('a clock that was an hour ahead does not prolong a recording by an hour', async (simulated) => {
  await simulated.deliver({ ...RECORD, event_duration: 2 });
  await simulated.kill();
  setClockOfTheLastRun(simulated.folder, 3600 * 1000);
  await simulated.restart();
  assert.strictEqual((await simulated.camera('1')).recording, true);
  await simulated.until(async () => !(await simulated.camera('1')).recording);
});

simulatedTest('a clock that was years behind does not make event ids forgotten', async (simulated) => {
  for (const id of ['one', 'two', 'three']) await simulated.deliver({ camera_id: ['1'], event_id: id });
  await simulated.kill();
  setClockOfTheLastRun(simulated.folder, -1e11);
  await simulated.restart();
  await simulated.deliver({ camera_id: ['1'], event_id: 'four' });
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'one' })).duplicate, true);
});

simulatedTest(
  'a clock that was years ahead does not keep old files of the journal for years',
  async (simulated) => {
    await simulated.deliver({ camera_id: ['1'], event_id: 'event-0' });
    await simulated.kill();
    setClockOfTheLastRun(simulated.folder, 1e11);
    await simulated.restart();
    for (let number = 1; number <= 40; number += 1) {
      await simulated.deliver({ camera_id: ['1'], event_id: `event-${number}` });
    }
    assert.ok(fs.readdirSync(simulated.folder).length <= 3);
    await simulated.restart();
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'event-40' })).duplicate, true);
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'event-37' })).duplicate, true);
  },
  { constants: { SEGMENT_LIMIT_BYTES: 2000, REMEMBERED_LIMIT: 5 } },
);

/** Loaded before the receiver: prints each sync and close of a file of the journal. */
const WATCH = `
const fs = require('fs');
const files = new Set();
const { openSync, closeSync, fdatasyncSync } = fs;
fs.openSync = (file, flags, mode) => {
  const fd = openSync(file, flags, mode);
  if (flags & fs.constants.O_APPEND && /journal-/.test(file)) files.add(fd);
  return fd;
};
fs.fdatasyncSync = (fd) => {
  fdatasyncSync(fd);
  if (files.has(fd)) console.log('journal synced');
};
fs.closeSync = (fd) => {
  if (files.delete(fd)) console.log('journal closed');
  closeSync(fd);
};
`;

test('a file of the journal is on the disk before the next one is begun', async (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-watch-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'watch.js'), WATCH);
  const simulated = await Simulated.start({
    constants: { SEGMENT_LIMIT_BYTES: 500 },
    env: { NODE_OPTIONS: `--require ${path.join(folder, 'watch.js')}` },
  });
  context.after(() => simulated.stop());
  for (let number = 1; number <= 10; number += 1) {
    await simulated.deliver({ camera_id: ['1'], event_id: `event-${number}` });
  }
  const seen = simulated.printed.split('\n').filter((line) => line.startsWith('journal '));
  assert.ok(seen.length >= 4);
  assert.deepStrictEqual(
    seen.filter((line, index) => line !== ['journal synced', 'journal closed'][index % 2]),
    [],
  );
});

simulatedTest(
  'an old file of the journal that cannot be deleted costs no line',
  async (simulated) => {
    await simulated.deliver({ camera_id: ['1'], event_id: 'event-0' });
    const [oldest] = fs.readdirSync(simulated.folder);
    fs.unlinkSync(path.join(simulated.folder, oldest));
    fs.mkdirSync(path.join(simulated.folder, oldest)); // what cannot be deleted as a file
    for (let number = 1; number <= 40; number += 1) {
      await simulated.deliver({ camera_id: ['1'], event_id: `event-${number}` });
    }
    assert.match(simulated.printed, /"event":"state_file_not_deleted"/);
    assert.doesNotMatch(simulated.printed, /"event":"state_not_written"/);
    assert.strictEqual((await simulated.get('/health')).durable, true);
  },
  { constants: { SEGMENT_LIMIT_BYTES: 500, REMEMBERED_LIMIT: 5 } },
);

simulatedTest('what cannot be read in the state folder costs nothing that can', async (simulated) => {
  await simulated.deliver({ camera_id: ['1'], event_id: 'one' });
  await simulated.kill();
  const [segment] = fs.readdirSync(simulated.folder);
  fs.appendFileSync(path.join(simulated.folder, segment), '{"event_id":"x","at":17}\n{"held":"recording"}\n');
  fs.mkdirSync(path.join(simulated.folder, 'journal-5.jsonl'));
  await simulated.restart();
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'one' })).duplicate, true);
  assert.deepStrictEqual(fs.readdirSync(simulated.folder).sort(), [segment, 'journal-5.jsonl'].sort());
  assert.match(simulated.printed, /"event":"state_file_not_read"/);
  assert.match(simulated.printed, /"event":"state_lines_skipped","segment":\d+,"lines":2/);
});

/** Loaded before the receiver: its clock is ahead by the milliseconds in the file CLOCK. */
const CLOCK = `
const fs = require('fs');
const now = Date.now;
const aheadMs = Number(fs.readFileSync(process.env.CLOCK, 'utf8'));
Date.now = () => now() + aheadMs;
`;

test('a clock that was days ahead for one run makes no event forgotten', async (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-clock-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  const clock = path.join(folder, 'ahead');
  fs.writeFileSync(path.join(folder, 'clock.js'), CLOCK);
  fs.writeFileSync(clock, '0');
  const simulated = await Simulated.start({
    env: { CLOCK: clock, NODE_OPTIONS: `--require ${path.join(folder, 'clock.js')}` },
  });
  context.after(() => simulated.stop());
  await simulated.deliver({ camera_id: ['1'], event_id: 'one' });
  fs.writeFileSync(clock, String(9 * 24 * 3600 * 1000));
  await simulated.restart();
  await simulated.deliver({ camera_id: ['1'], event_id: 'two' });
  fs.writeFileSync(clock, '0');
  await simulated.restart();
  await simulated.deliver({ camera_id: ['1'], event_id: 'three' });
  for (const id of ['one', 'two', 'three']) {
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: id })).duplicate, true, id);
  }
  assert.strictEqual((await simulated.calls()).length, 3);
});

for (const digit of ['9', '0']) {
  simulatedTest(`a damaged last line whose instant begins with ${digit} makes no event forgotten`, async (simulated) => {
    for (const id of ['one', 'two']) await simulated.deliver({ camera_id: ['1'], event_id: id });
    await simulated.kill();
    const [name] = fs.readdirSync(simulated.folder);
    const segment = path.join(simulated.folder, name);
    const lines = fs.readFileSync(segment, 'utf8').trim().split('\n');
    const odd = lines.pop().replace(/"at":\d/, `"at":${digit}`).replace('"at":0', '"at":');
    fs.writeFileSync(segment, [...lines, odd, ''].join('\n'));
    await simulated.restart();
    await simulated.deliver({ camera_id: ['1'], event_id: 'three' });
    for (const id of ['one', 'two']) {
      assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: id })).duplicate, true, id);
    }
  });
}

simulatedTest('time that has passed counts, although the clock was set back at each start', async (simulated) => {
  await simulated.kill();
  const ahead = Date.now() + 3600 * 1000;
  const lines = [{ held: 'recording', camera: '1', at: ahead, until: ahead + 10000 }];
  for (let second = 1; second <= 9; second += 1) lines.push({ at: ahead + second * 1000, open: true });
  const [name] = fs.readdirSync(simulated.folder);
  fs.writeFileSync(path.join(simulated.folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const startedAtMs = Date.now();
  await simulated.restart();
  await simulated.until(async () => (await simulated.calls()).some(([, action]) => action === 'REC_STOP'));
  assert.ok(Date.now() - startedAtMs < 5000);
});

simulatedTest('while a recording is open the time that passes is kept', async (simulated) => {
  await simulated.deliver({ ...RECORD, event_duration: 3600 });
  const [name] = fs.readdirSync(simulated.folder);
  const segment = path.join(simulated.folder, name);
  await simulated.until(() => fs.readFileSync(segment, 'utf8').split('"open":true').length > 2);
});
