'use strict';
/* Recordings and subtitles over time: overlaps, restarts, ends that fail. */

const assert = require('assert');

const { simulatedTest } = require('./simulated');

const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true };
const SHOW = { camera_id: ['1'], event_name: 'Line crossed', add_subtitle: true };

function count(calls, action) {
  return calls.filter(([, one]) => one === action).length;
}

simulatedTest('an earlier event does not cut a later recording short', async (simulated) => {
  await simulated.deliver({ ...RECORD, event_duration: 1 });
  const startMs = Date.now();
  await simulated.deliver({ ...RECORD, event_duration: 2.5 });
  await simulated.until(async () => !(await simulated.camera('1')).recording);
  assert.ok(Date.now() - startMs >= 2450);
  assert.strictEqual(count(await simulated.calls(), 'REC_STOP'), 1);
});

simulatedTest('a later and shorter event does not cut an earlier recording short', async (simulated) => {
  const startMs = Date.now();
  await simulated.deliver({ ...RECORD, event_duration: 3 });
  await simulated.deliver({ ...RECORD, event_duration: 0.3 });
  const [first, second] = (await simulated.entries()).filter((call) => call.action === 'REC');
  assert.strictEqual(first.params.hot_rec_time, 3000);
  assert.ok(second.params.hot_rec_time > 300 && second.params.hot_rec_time <= 3000);
  await simulated.until(async () => !(await simulated.camera('1')).recording);
  assert.ok(Date.now() - startMs >= 2950);
  assert.strictEqual(count(await simulated.calls(), 'REC_STOP'), 1);
});

simulatedTest(
  'an end that waits behind an event which prolongs the recording does not come',
  async (simulated) => {
    await simulated.fault({ action: 'VCA_EVENT', mode: 'slow', delay_ms: 1500, times: 1 });
    const first = simulated.deliver({ ...RECORD, event_duration: 0.2 });
    await simulated.until(async () => (await simulated.camera('1')).recording);
    await Promise.all([first, simulated.deliver({ ...RECORD, event_duration: 60 })]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.strictEqual((await simulated.camera('1')).recording, true);
  },
);

simulatedTest('the newest subtitle shows and is cleared at its own end', async (simulated) => {
  await simulated.deliver({ ...SHOW, event_name: 'Old', event_duration: 60 });
  await simulated.deliver({ ...SHOW, event_name: 'New', event_duration: 3 });
  assert.match((await simulated.camera('1')).subtitle, /New/);
  await simulated.until(async () => (await simulated.camera('1')).subtitle === null);
});

simulatedTest(
  'a recording and a subtitle that became due while the receiver was dead end at its start',
  async (simulated) => {
    await simulated.deliver({ ...RECORD, add_subtitle: true, event_duration: 1 });
    await simulated.kill();
    await new Promise((resolve) => setTimeout(resolve, 1100));
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
    await simulated.deliver({ ...RECORD, event_duration: 4 });
    await simulated.restart();
    assert.strictEqual((await simulated.camera('1')).recording, true);
    await simulated.until(async () => !(await simulated.camera('1')).recording);
    assert.ok(Date.now() - startMs >= 3950);
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

/** What an operator does in SecurOS, and what the receiver hears of it. */
async function operate(simulated, action) {
  simulated.cameras.operate('1', action);
  await simulated.receiver.emit({ sourceType: 'CAM', sourceId: '1', action });
}

simulatedTest('a recording that an operator has started survives our stop', async (simulated) => {
  await operate(simulated, 'REC');
  await simulated.deliver({ ...RECORD, event_duration: 0.2 });
  await simulated.until(async () => count(await simulated.calls(), 'REC_STOP') === 1);
  assert.strictEqual((await simulated.camera('1')).recording, true);
  const ours = (await simulated.entries()).filter((call) => call.call === 'doReact');
  assert.deepStrictEqual(
    ours.map(({ action, params }) => [action, params.priority]),
    [
      ['REC', '1'],
      ['REC_STOP', '1'],
    ],
  );
  assert.ok(!simulated.printed.includes('recording_stopped_by_other'));
});

simulatedTest('an operator ends our recording, and the log says so', async (simulated) => {
  await simulated.deliver({ ...RECORD, event_duration: 60 });
  await operate(simulated, 'REC_STOP');
  await simulated.until(() => simulated.printed.includes('recording_stopped_by_other'));
  assert.strictEqual((await simulated.camera('1')).recording, false);
  const { camera, missing_s: missing } = simulated.logged('recording_stopped_by_other');
  assert.strictEqual(camera, '1');
  assert.ok(missing > 30 && missing <= 60);
});

simulatedTest(
  'without a rank our stop ends what an operator has started',
  async (simulated) => {
    await operate(simulated, 'REC');
    await simulated.deliver({ ...RECORD, event_duration: 0.2 });
    await simulated.until(async () => !(await simulated.camera('1')).recording);
    assert.ok((await simulated.entries()).every(({ params }) => params.priority === undefined));
  },
  { constants: { RECORD_PRIORITY: "''" } },
);

simulatedTest(
  'subtitles go to the captioner that is set, and so does their end',
  async (simulated) => {
    await simulated.deliver({ ...SHOW, event_duration: 0 });
    await simulated.until(async () => count(await simulated.calls(), 'CLEAR_SUBTITLES') === 2);
    const calls = (await simulated.entries()).filter((call) => call.action !== 'VCA_EVENT');
    assert.deepStrictEqual(
      calls.map((call) => [call.action, call.params.title_id]),
      [
        ['CLEAR_SUBTITLES', '3'],
        ['ADD_SUBTITLES', '3'],
        ['CLEAR_SUBTITLES', '3'],
      ],
    );
  },
  { constants: { SUBTITLE_TITLE_ID: "'3'" } },
);
