'use strict';
/* The same event again: after an answer, after a failure, after a crash, at the same time. */

const assert = require('assert');
const fs = require('fs');
const path = require('path');

const { simulatedTest } = require('./simulated');

const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true };

function count(calls, action) {
  return calls.filter(([, one]) => one === action).length;
}

function newestFile(folder) {
  return path.join(folder, fs.readdirSync(folder).sort().pop());
}

simulatedTest('an event id is remembered across a restart', async (simulated) => {
  const delivery = { ...RECORD, event_duration: 60, event_id: 'one' };
  const first = await simulated.deliver(delivery);
  await simulated.restart();
  assert.deepStrictEqual(await simulated.deliver(delivery), {
    ok: true,
    event_id: 'one',
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
      event_id: 'one',
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

simulatedTest(
  'what the same event asks for beyond the delivery that is under way is done too',
  async (simulated) => {
    await simulated.fault({ action: 'VCA_EVENT', mode: 'slow', delay_ms: 1000, times: 1 });
    const first = simulated.deliver({ camera_id: ['1'], event_id: 'one' });
    await simulated.until(() => fs.readFileSync(newestFile(simulated.folder), 'utf8').includes('"begun"'));
    const second = await simulated.deliver({ ...RECORD, camera_id: ['1', '2'], event_id: 'one' });
    assert.strictEqual((await first).ok, true);
    assert.deepStrictEqual(second, {
      ok: true,
      event_id: 'one',
      duplicate: true,
      results: [
        { camera_id: '1', step: 'REC', ok: true },
        { camera_id: '1', step: 'EVENT', ok: true },
        { camera_id: '2', step: 'REC', ok: true },
        { camera_id: '2', step: 'EVENT', ok: true },
      ],
    });
    const calls = await simulated.calls();
    assert.deepStrictEqual([count(calls, 'REC'), count(calls, 'VCA_EVENT')], [2, 2]);
  },
);

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
      event_id: 'one',
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
