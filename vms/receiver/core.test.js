'use strict';
/* The receiver when SecurOS connects late or again, loses methods, or breaks its answers. */

const assert = require('assert');

const { simulatedTest } = require('./simulated');

const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true };
const SENT = { camera_id: '1', step: 'EVENT', ok: true };

simulatedTest('when SecurOS connects again, calls go to the new core at once', async (simulated) => {
  await simulated.receiver.setFaults({ connections: 2 });
  const answer = await simulated.deliver({ ...RECORD, event_duration: 60 });
  assert.deepStrictEqual(answer, { ok: true, results: [{ ...SENT, step: 'REC' }, SENT] });
});

simulatedTest('a recording that was open when SecurOS connected again is stopped by the new core', async (simulated) => {
  await simulated.deliver({ ...RECORD, event_duration: 0.4 });
  await simulated.receiver.setFaults({ connections: 2 });
  await simulated.until(async () => !(await simulated.camera('1')).recording);
});

simulatedTest('what could not be ended is ended as soon as SecurOS connects again', async (simulated) => {
  const calls = [{ action: 'REC_STOP', mode: 'throw' }];
  await simulated.receiver.setFaults({ calls });
  await simulated.deliver({ ...RECORD, event_duration: 0 });
  await simulated.until(() => simulated.printed.includes('"event":"recording_not_ended"'));
  const startMs = Date.now();
  await simulated.receiver.setFaults({ connections: 2 });
  await simulated.until(async () => !(await simulated.camera('1')).recording);
  assert.ok(Date.now() - startMs < 900); // the next try of its own comes after a second
});

simulatedTest('a delivery during which SecurOS connects again is carried out to its end', async (simulated) => {
  const slow = { action: 'REC', mode: 'slow', delay_ms: 300 };
  await simulated.fault(slow);
  const delivery = simulated.deliver({ ...RECORD, event_duration: 60 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await simulated.receiver.setFaults({ calls: [slow], connections: 2 });
  assert.deepStrictEqual(await delivery, { ok: true, results: [{ ...SENT, step: 'REC' }, SENT] });
});

simulatedTest('a rejection is a failed step, whether it comes at once or later', async (simulated) => {
  for (const delayMs of [0, 100]) {
    await simulated.fault({ action: 'VCA_EVENT', mode: 'reject', delay_ms: delayMs });
    assert.deepStrictEqual(await simulated.deliver({ camera_id: ['1'] }), {
      ok: false,
      results: [{ ...SENT, ok: false, error: 'simulated: the call was rejected' }],
    });
  }
});

simulatedTest(
  'a rejection that comes after the call counted as sent is logged and ends nothing',
  async (simulated) => {
    await simulated.fault({ action: 'VCA_EVENT', mode: 'reject', delay_ms: 300 });
    const answer = await simulated.deliver({ camera_id: ['1'] });
    assert.deepStrictEqual(answer, { ok: true, results: [{ ...SENT, unanswered: true }] });
    await simulated.until(() => simulated.printed.includes('"event":"late_failure"'));
    assert.strictEqual((await simulated.get('/health')).ok, true);
  },
  { constants: { SILENCE_MS: 100 } },
);

simulatedTest('a call that gives no promise counts as sent', async (simulated) => {
  await simulated.fault({ mode: 'undefined' });
  const answer = await simulated.deliver({ ...RECORD, event_duration: 60 });
  assert.deepStrictEqual(answer, { ok: true, results: [{ ...SENT, step: 'REC' }, SENT] });
});

simulatedTest(
  'without getObject and getObjectsIds cameras are not checked and not listed',
  async (simulated) => {
    assert.strictEqual((await simulated.deliver({ camera_id: ['unknown'] })).ok, true);
    assert.deepStrictEqual(await simulated.get('/cameras'), { error: 'This SecurOS does not list its cameras.' });
  },
  { faults: { missing: ['getObject', 'getObjectsIds'] } },
);

simulatedTest('a camera that SecurOS cannot tell about is sent to, one that it does not know is not', async (simulated) => {
  for (const mode of ['throw', 'reject']) {
    await simulated.fault({ action: 'getObject', mode });
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'] })).ok, true);
  }
  await simulated.fault({ action: 'getObject', mode: 'undefined' });
  const { results } = await simulated.deliver({ camera_id: ['2'] });
  assert.deepStrictEqual(results, [
    { camera_id: '2', step: 'EVENT', ok: false, error: 'unknown camera 2', permanent: true },
  ]);
});

simulatedTest('a list of cameras that cannot be had is an error that names no secret', async (simulated) => {
  for (const mode of ['throw', 'reject', 'undefined']) {
    await simulated.fault({ action: 'getObjectsIds', mode });
    assert.deepStrictEqual(await simulated.get('/cameras'), { error: 'The receiver failed; its log says why.' });
  }
});

simulatedTest(
  'a thousand cameras are listed',
  async (simulated) => {
    const list = await simulated.get('/cameras');
    assert.deepStrictEqual([list.length, list[999]], [1000, { id: '1000', name: 'Camera 1000', state: 'ATTACH' }]);
  },
  { cameras: Array.from({ length: 1000 }, (_, index) => String(index + 1)) },
);

simulatedTest('a core without the calls fails each step and the receiver goes on', async (simulated) => {
  await simulated.receiver.setFaults({ missing: ['doReact', 'sendEvent'], connections: 2 });
  const { ok, results } = await simulated.deliver({ ...RECORD, event_duration: 60 });
  assert.deepStrictEqual([ok, results.map((result) => result.ok)], [false, [false, false]]);
  await simulated.receiver.setFaults({ connections: 3 });
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'] })).ok, true);
});
