'use strict';
/* What the receiver does when SecurOS is late, silent or wrong. */

const assert = require('assert');

const { simulatedTest } = require('./simulated');

const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true };

simulatedTest('a call that is never answered counts as sent and is marked', async (simulated) => {
  await simulated.fault({ action: 'VCA_EVENT', mode: 'silent' });
  assert.deepStrictEqual(await simulated.deliver({ camera_id: ['1'], event_name: 'Line crossed' }), {
    ok: true,
    results: [{ camera_id: '1', step: 'EVENT', ok: true, unanswered: true }],
  });
});

simulatedTest('a silent camera holds up no other', async (simulated) => {
  await simulated.fault({ camera: '1', mode: 'silent' });
  let isSilent = true;
  const silent = simulated.deliver({ ...RECORD, event_duration: 60 }).then(() => (isSilent = false));
  await simulated.deliver({ camera_id: ['2'], event_name: 'Line crossed' });
  assert.ok(isSilent);
  await silent;
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
  { faults: { core_ready: false } },
);
