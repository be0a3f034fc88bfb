'use strict';
/* What the receiver does over time: overlaps, restarts, crashes, faults of SecurOS. One simulator for each test. */

const assert = require('assert');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const { test } = require('node:test');

const { Simulated, TOKEN } = require('./simulated');

const RECEIVER = path.join(__dirname, 'receiver.js');
const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true };
const SHOW = { camera_id: ['1'], event_name: 'Line crossed', add_subtitle: true };

/** A test with a simulator of its own. */
function simulatedTest(name, run, options) {
  test(name, async (context) => {
    const simulated = await Simulated.start(options);
    context.after(() => simulated.stop());
    await run(simulated);
  });
}

function count(calls, action) {
  return calls.filter(([, one]) => one === action).length;
}

simulatedTest('an earlier event does not cut a later recording short', async (simulated) => {
  await simulated.deliver({ ...RECORD, event_duration: 0.3 });
  const startMs = Date.now();
  await simulated.deliver({ ...RECORD, event_duration: 1.2 });
  await simulated.until(async () => !(await simulated.camera('1')).recording);
  assert.ok(Date.now() - startMs >= 1150);
  assert.strictEqual(count(await simulated.calls(), 'REC_STOP'), 1);
});

simulatedTest('a later and shorter event does not cut an earlier recording short', async (simulated) => {
  const startMs = Date.now();
  await simulated.deliver({ ...RECORD, event_duration: 1.2 });
  await simulated.deliver({ ...RECORD, event_duration: 0.3 });
  const [first, second] = (await simulated.api('GET', 'events')).filter((call) => call.action === 'REC');
  assert.strictEqual(first.params.hot_rec_time, 1200);
  assert.ok(second.params.hot_rec_time > 900 && second.params.hot_rec_time <= 1200);
  await simulated.until(async () => !(await simulated.camera('1')).recording);
  assert.ok(Date.now() - startMs >= 1150);
  assert.strictEqual(count(await simulated.calls(), 'REC_STOP'), 1);
});

simulatedTest(
  'an end that waits behind an event which prolongs the recording does not come',
  async (simulated) => {
    await simulated.fault({ action: 'VCA_EVENT', mode: 'slow', delay_ms: 400, times: 1 });
    const first = simulated.deliver({ ...RECORD, event_duration: 0.2 });
    await simulated.until(async () => (await simulated.camera('1')).recording);
    await Promise.all([first, simulated.deliver({ ...RECORD, event_duration: 60 })]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.strictEqual((await simulated.camera('1')).recording, true);
  },
);

simulatedTest('the newest subtitle shows and is cleared at its own end', async (simulated) => {
  await simulated.deliver({ ...SHOW, event_name: 'Old', event_duration: 60 });
  await simulated.deliver({ ...SHOW, event_name: 'New', event_duration: 0.3 });
  assert.match((await simulated.camera('1')).subtitle, /New/);
  await simulated.until(async () => (await simulated.camera('1')).subtitle === null);
});

simulatedTest(
  'a recording and a subtitle that became due while the receiver was dead end at its start',
  async (simulated) => {
    await simulated.deliver({ ...RECORD, add_subtitle: true, event_duration: 0.2 });
    await simulated.kill();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.strictEqual((await simulated.camera('1')).recording, true);
    await simulated.restart();
    await simulated.until(async () => !(await simulated.camera('1')).recording);
    await simulated.until(async () => (await simulated.camera('1')).subtitle === null);
  },
);

simulatedTest(
  'a recording that is not yet due goes on after a restart and ends in time',
  async (simulated) => {
    const startMs = Date.now();
    await simulated.deliver({ ...RECORD, event_duration: 1.5 });
    await simulated.restart();
    assert.strictEqual((await simulated.camera('1')).recording, true);
    await simulated.until(async () => !(await simulated.camera('1')).recording);
    assert.ok(Date.now() - startMs >= 1450);
  },
);

simulatedTest('a REC_STOP that fails is tried again until it works', async (simulated) => {
  await simulated.fault({ action: 'REC_STOP', mode: 'reject', times: 1 });
  await simulated.deliver({ ...RECORD, event_duration: 0 });
  await simulated.until(async () => !(await simulated.camera('1')).recording);
  assert.match(simulated.printed, /"event":"recording_not_ended","camera":"1"/);
});

simulatedTest('a recording that did not start is not stopped', async (simulated) => {
  await simulated.fault({ action: 'REC', mode: 'throw' });
  assert.strictEqual((await simulated.deliver({ ...RECORD, event_duration: 0.05 })).ok, false);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepStrictEqual(await simulated.calls(), [['1', 'VCA_EVENT']]);
});

simulatedTest('an event id is remembered across a restart', async (simulated) => {
  const delivery = { ...RECORD, event_duration: 60, event_id: 'one' };
  const first = await simulated.deliver(delivery);
  await simulated.restart();
  assert.deepStrictEqual(await simulated.deliver(delivery), {
    ok: true,
    duplicate: true,
    results: first.results,
  });
  assert.deepStrictEqual(await simulated.calls(), [
    ['1', 'REC'],
    ['1', 'VCA_EVENT'],
  ]);
});

simulatedTest('a repeated delivery does only the step that failed', async (simulated) => {
  await simulated.fault({ action: 'REC', mode: 'throw', times: 1 });
  const delivery = { ...RECORD, event_duration: 60, event_id: 'one' };
  assert.strictEqual((await simulated.deliver(delivery)).ok, false);
  const again = await simulated.deliver(delivery);
  assert.strictEqual(again.ok, true);
  assert.strictEqual(again.duplicate, true);
  assert.deepStrictEqual(await simulated.calls(), [
    ['1', 'VCA_EVENT'],
    ['1', 'REC'],
  ]);
});

simulatedTest(
  'a failed step that is no longer asked for does not keep the delivery from being ok',
  async (simulated) => {
    await simulated.fault({ action: 'REC', mode: 'throw' });
    await simulated.deliver({ ...RECORD, event_id: 'one' });
    const late = await simulated.deliver({ ...RECORD, trigger_recording: false, event_id: 'one' });
    assert.deepStrictEqual(late, {
      ok: true,
      duplicate: true,
      results: [{ camera_id: '1', step: 'EVENT', ok: true }],
    });
  },
);

simulatedTest('the same delivery twice at the same time is carried out once', async (simulated) => {
  await simulated.fault({ action: 'VCA_EVENT', mode: 'slow', delay_ms: 200 });
  const delivery = { camera_id: ['1'], event_name: 'Line crossed', event_id: 'one' };
  const answers = await Promise.all([simulated.deliver(delivery), simulated.deliver(delivery)]);
  assert.deepStrictEqual(
    answers.map((answer) => answer.ok),
    [true, true],
  );
  assert.deepStrictEqual(await simulated.calls(), [['1', 'VCA_EVENT']]);
});

for (const [mode, events] of [
  ['crash_before', 1],
  ['crash_after', 2],
]) {
  simulatedTest(`a step cut short by a crash is done again and marked (${mode})`, async (simulated) => {
    await simulated.fault({ action: 'VCA_EVENT', mode });
    const delivery = { ...RECORD, event_duration: 60, event_id: 'one' };
    await assert.rejects(simulated.deliver(delivery), /socket hang up|ECONNRESET/);
    await simulated.fault();
    await simulated.restart();
    assert.deepStrictEqual(await simulated.deliver(delivery), {
      ok: true,
      duplicate: true,
      results: [
        { camera_id: '1', step: 'REC', ok: true },
        { camera_id: '1', step: 'EVENT', ok: true, repeated: true },
      ],
    });
    const calls = await simulated.calls();
    assert.deepStrictEqual([count(calls, 'REC'), count(calls, 'VCA_EVENT')], [1, events]);
  });
}

simulatedTest('a call that is never answered counts as sent and is marked', async (simulated) => {
  await simulated.fault({ action: 'VCA_EVENT', mode: 'silent' });
  assert.deepStrictEqual(await simulated.deliver({ camera_id: ['1'], event_name: 'Line crossed' }), {
    ok: true,
    results: [{ camera_id: '1', step: 'EVENT', ok: true, unanswered: true }],
  });
});

simulatedTest('a silent camera holds up no other', async (simulated) => {
  await simulated.fault({ camera: '1', mode: 'silent' });
  const silent = simulated.deliver({ ...RECORD, event_duration: 60 });
  const startMs = Date.now();
  await simulated.deliver({ camera_id: ['2'], event_name: 'Line crossed' });
  assert.ok(Date.now() - startMs < 1000);
  await silent;
});

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
  'deliveries are taken as soon as SecurOS hands out its core',
  async (simulated) => {
    await simulated.restart();
    assert.deepStrictEqual(await simulated.deliver({ camera_id: ['1'] }), {
      error: 'securos core not ready',
    });
    await simulated.fault();
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'] })).ok, true);
  },
  ['--faults', '{"core_ready": false}'],
);

test('old files of the journal go, what is open and the newest event ids stay', async (context) => {
  const small = fs
    .readFileSync(RECEIVER, 'utf8')
    .replace(/^const SEGMENT_LIMIT_BYTES = .*$/m, 'const SEGMENT_LIMIT_BYTES = 2000;')
    .replace(/^const REMEMBERED_LIMIT = .*$/m, 'const REMEMBERED_LIMIT = 5;');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-small-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'receiver.js'), small);
  const simulated = await Simulated.start(['--receiver', path.join(folder, 'receiver.js')]);
  context.after(() => simulated.stop());
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
  const [, prolonged] = (await simulated.api('GET', 'events')).filter((call) => call.action === 'REC');
  assert.ok(prolonged.params.hot_rec_time > 3500000);
});

simulatedTest('what is not HTTP is refused in JSON and the receiver goes on', async (simulated) => {
  const text = await new Promise((resolve) => {
    const socket = net.connect(simulated.port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
    socket.on('data', (data) => resolve(data.toString()));
  });
  assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(text, /\{"error":"This is not a request that can be read\."\}$/);
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'] })).ok, true);
});

simulatedTest('neither the answers nor the log hold the token', async (simulated) => {
  await simulated.deliver(RECORD);
  const health = await simulated.send({ method: 'GET', path: '/health' });
  assert.ok(!health.text.includes(TOKEN));
  assert.ok(!simulated.printed.includes(TOKEN));
});

test('it needs no package: only modules of Node.js 14 and securos', () => {
  const names = Array.from(
    fs.readFileSync(RECEIVER, 'utf8').matchAll(/require\('([^']+)'\)/g),
    (match) => match[1],
  );
  assert.deepStrictEqual(names, ['crypto', 'fs', 'http', 'https', 'os', 'path', 'securos']);
});

test('without a token the receiver does not serve and says why', () => {
  const { stdout, status } = spawnSync(process.execPath, [RECEIVER], {
    env: { PATH: process.env.PATH },
    timeout: 10000,
  });
  const { event, error } = JSON.parse(stdout);
  assert.deepStrictEqual([event, status], ['not_serving', 1]);
  assert.strictEqual(
    error,
    'No token is set. Put a long random text into TOKEN, or run "securos-trigger receiver init".',
  );
});

test('HTTPS without a certificate does not fall back to plain HTTP', () => {
  const env = { PATH: process.env.PATH, AUTH_TOKEN: 'x' };
  const { stdout, status } = spawnSync(process.execPath, [RECEIVER], { env, timeout: 10000 });
  assert.deepStrictEqual([JSON.parse(stdout).event, status], ['not_serving', 1]);
});
