'use strict';
/* Boxes of events: what SecurOS gets of them, and what is drawn on operators' screens. */

const assert = require('assert');
const { test } = require('node:test');

const { boxesOf } = require('../simulator/cameras');
const { simulatedTest } = require('./simulated');

const RECT = 'rect:9.42708,20.09259,5.98958,14.44444';
const BOX = { left: 9.42708, top: 20.09259, width: 5.98958, height: 14.44444, color: null };
const EVENT = { camera_id: ['1'], event_name: 'Line crossed', visualization: RECT };

/** The shapes that were drawn on operators' screens, as `[screen, camera, shapes]`, each run of equal ones once. */
async function drawn(simulated) {
  const calls = (await simulated.entries()).filter((call) => call.action === 'DRAW_SHAPES_ON_FRAME');
  const texts = calls.map((call) => JSON.stringify([call.id, call.params.cam, call.params.shapes]));
  return texts.filter((text, index) => text !== texts[index - 1]).map((text) => JSON.parse(text));
}

simulatedTest('the text of the boxes reaches SecurOS unchanged, and nothing is drawn by default', async (simulated) => {
  await simulated.deliver(EVENT);
  const [call] = await simulated.entries();
  assert.strictEqual(JSON.parse(call.params.comment).visualization, RECT);
  assert.deepStrictEqual((await simulated.camera('1')).boxes, [BOX]);
  assert.deepStrictEqual(await simulated.calls(), [['1', 'VCA_EVENT']]);
});

simulatedTest('an event without boxes has no text of them', async (simulated) => {
  await simulated.deliver(EVENT);
  await simulated.deliver({ camera_id: ['1'] });
  const [, call] = await simulated.entries();
  assert.ok(!('visualization' in JSON.parse(call.params.comment)));
  assert.deepStrictEqual((await simulated.camera('1')).boxes, []);
});

const SCREENS = { constants: { MEDIA_CLIENT_ID: "' 7, 8 '" } };

simulatedTest(
  'boxes are drawn on each screen, again and again, and cleared at the end of the event',
  async (simulated) => {
    await simulated.deliver({ ...EVENT, event_duration: 3 });
    await simulated.until(async () => (await simulated.camera('1')).live_boxes.length === 1);
    await simulated.until(async () => (await simulated.camera('1')).live_boxes.length === 0);
    const calls = (await simulated.entries()).filter((call) => call.id === '7' && call.params.shapes === RECT);
    assert.ok(calls.length >= 2, `${calls.length}`);
    assert.deepStrictEqual((await drawn(simulated)).slice(-2), [
      ['7', '1', ''],
      ['8', '1', ''],
    ]);
  },
  SCREENS,
);

simulatedTest(
  'the boxes of the newest event are drawn, until its own end',
  async (simulated) => {
    const second = 'color:255,0,0;rect:50.00000,50.00000,10.00000,10.00000';
    await simulated.deliver({ ...EVENT, event_duration: 60 });
    await simulated.deliver({ ...EVENT, event_duration: 0.3, visualization: second });
    await simulated.until(async () => (await simulated.camera('1')).live_boxes.length === 0);
    assert.deepStrictEqual(await drawn(simulated), [
      ['7', '1', RECT],
      ['7', '1', second],
      ['7', '1', ''],
    ]);
  },
  { constants: { MEDIA_CLIENT_ID: "'7'" } },
);

simulatedTest(
  'nothing is drawn for a late event, a repeat, an unknown camera, no camera, or no boxes',
  async (simulated) => {
    await simulated.deliver({ ...EVENT, late: true });
    await simulated.deliver({ ...EVENT, camera_id: ['99'] });
    await simulated.deliver({ ...EVENT, camera_id: [] });
    await simulated.deliver({ camera_id: ['1'] });
    await simulated.deliver({ ...EVENT, visualization: '' });
    assert.deepStrictEqual(await drawn(simulated), []);
    await simulated.deliver({ ...EVENT, event_id: 'e', event_duration: 0 });
    await simulated.until(async () => (await drawn(simulated)).length === 4);
    await simulated.deliver({ ...EVENT, event_id: 'e', event_duration: 60 });
    assert.strictEqual((await drawn(simulated)).length, 4);
  },
  SCREENS,
);

simulatedTest(
  'what was drawn when the receiver died is cleared by the next start',
  async (simulated) => {
    await simulated.deliver({ ...EVENT, event_duration: 1 });
    await simulated.until(async () => (await simulated.camera('1')).live_boxes.length === 1);
    await simulated.kill();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await simulated.restart();
    await simulated.until(async () => (await simulated.camera('1')).live_boxes.length === 0);
  },
  SCREENS,
);

simulatedTest(
  'a screen that cannot be drawn on costs the event nothing, and is logged once',
  async (simulated) => {
    await simulated.fault({ action: 'DRAW_SHAPES_ON_FRAME', mode: 'throw', times: 3 });
    const answer = await simulated.deliver({ ...EVENT, event_duration: 60 });
    assert.strictEqual(answer.ok, true);
    await simulated.until(async () => (await simulated.camera('1')).live_boxes.length === 1);
    assert.strictEqual(simulated.printed.split('"event":"boxes_not_drawn"').length, 2);
  },
  SCREENS,
);

test('a text that is no list of shapes has no boxes on the page', () => {
  for (const text of [undefined, null, '', 'rect:', 'rect:1,2,3', 'rect:1,2,3,', 'rect:a,b,c,d', 'circle:1,2,3,4', 7]) {
    assert.deepStrictEqual(boxesOf(text), [], text);
  }
  assert.deepStrictEqual(
    boxesOf('rect:1,2,3,4; color:9,8,7;rect:5,6,7,8').map(({ color }) => color),
    [null, [9, 8, 7]],
  );
});
