'use strict';
/* What the receiver keeps on disk. */

const assert = require('assert');
const fs = require('fs');
const path = require('path');

const { simulatedTest } = require('./simulated');

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
