'use strict';
/* Work that waits for its turn, and answers of SecurOS that come late. */

const assert = require('assert');

const { simulatedTest } = require('./simulated');

const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true, event_duration: 60 };

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

simulatedTest('a delivery waits for all earlier ones of its camera, not only for the first', async (simulated) => {
  await simulated.fault({ action: 'VCA_EVENT', mode: 'slow', delay_ms: 600 });
  const first = simulated.deliver(RECORD);
  await simulated.until(async () => (await simulated.calls()).length > 0);
  const second = simulated.deliver(RECORD);
  await first;
  await wait(100); // the second is under way now
  const third = simulated.deliver(RECORD);
  await Promise.all([second, third]);
  const actions = (await simulated.calls()).map(([, action]) => action);
  assert.deepStrictEqual(actions, ['REC', 'VCA_EVENT', 'REC', 'VCA_EVENT', 'REC', 'VCA_EVENT']);
});

simulatedTest('an end of a recording that SecurOS refuses late is tried again', async (simulated) => {
  await simulated.fault({ action: 'REC_STOP', mode: 'reject', delay_ms: 200, times: 1 });
  await simulated.deliver({ ...RECORD, event_duration: 0.1 });
  await simulated.until(async () => !(await simulated.camera('1')).recording);
  assert.strictEqual(simulated.logged('recording_not_ended').error, 'simulated: the call was rejected');
});

simulatedTest('a slow list of cameras is waited for', async (simulated) => {
  await simulated.fault({ action: 'getObjectsIds', mode: 'slow', delay_ms: 400 });
  const ids = (await simulated.get('/cameras')).map((camera) => camera.id);
  assert.deepStrictEqual(ids, ['1', '2', '3', '4']);
});

simulatedTest(
  'a list of cameras that never comes is an error in time',
  async (simulated) => {
    await simulated.fault({ action: 'getObjectsIds', mode: 'silent' });
    const startMs = Date.now();
    assert.deepStrictEqual(await simulated.get('/cameras'), { error: 'The receiver failed; its log says why.' });
    const tookMs = Date.now() - startMs;
    assert.ok(tookMs > 400 && tookMs < 4000, `${tookMs} ms`);
  },
  { constants: { REQUEST_LIMIT_MS: 500 } },
);

simulatedTest(
  'event ids that were restored grow old from then on',
  async (simulated) => {
    await simulated.deliver({ camera_id: ['1'], event_id: 'old' });
    await simulated.restart();
    await wait(2700);
    await simulated.deliver({ camera_id: ['1'], event_id: 'new' });
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'old' })).duplicate, undefined);
    assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'new' })).duplicate, true);
  },
  { constants: { REMEMBERED_MS: 2500 } },
);
