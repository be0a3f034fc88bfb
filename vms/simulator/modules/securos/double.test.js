'use strict';
/* Each thing that README.md says of the double. */

const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const { test } = require('node:test');

const securos = require('.');

const { simulated } = securos;
const NODE = process.env.RECEIVER_NODE || process.execPath;
const GATE = { id: '1', name: 'Gate' };

function soon(ms = 20) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A test with a double as new that knows the cameras 1 and 2. `cores` are the cores that a script has got. */
function doubleTest(name, run) {
  test(name, async () => {
    simulated.reset();
    simulated.cameras = [GATE, { id: '2', name: 'Yard' }];
    const cores = [];
    await run(cores, () => securos.connect((core) => cores.push(core)));
  });
}

function connectedTest(name, run) {
  doubleTest(name, async (cores, connect) => {
    connect();
    await soon();
    await run(cores[0], cores);
  });
}

/** The events that the handler for `what` hears, as a list that grows. */
function heard(core, ...what) {
  const events = [];
  const handle = core.registerEventHandler(...what, (event) => events.push(event));
  return { events, handle };
}

connectedTest('calls are kept as they were made', async (core) => {
  await core.doReact('CAM', '1', 'REC', { hot_rec_time: 5 });
  await core.doReact('CAM', '1', 'REC_STOP');
  await core.sendEvent('GENERIC', 'x', 'VCA_EVENT', { comment: 'y' });
  assert.deepStrictEqual(simulated.calls, [
    { call: 'doReact', type: 'CAM', id: '1', action: 'REC', params: { hot_rec_time: 5 } },
    { call: 'doReact', type: 'CAM', id: '1', action: 'REC_STOP', params: {} },
    { call: 'sendEvent', type: 'GENERIC', id: 'x', action: 'VCA_EVENT', params: { comment: 'y' } },
  ]);
});

connectedTest('cameras are listed and described, an unknown one is null', async (core) => {
  assert.deepStrictEqual(await core.getObjectsIds('CAM'), ['1', '2']);
  assert.deepStrictEqual(await core.getObjectsIds('MACRO'), []);
  const gate = { type: 'CAM', id: '1', name: 'Gate', params: { state: 'ATTACH' } };
  assert.deepStrictEqual(await core.getObject('CAM', '1'), gate);
  assert.strictEqual(await core.getObject('CAM', '9'), null);
  simulated.faults = { unknown_cameras: ['2'] };
  assert.deepStrictEqual(await core.getObjectsIds('CAM'), ['1']);
});

connectedTest('a camera confirms REC and REC_STOP, and no other reaction', async (core) => {
  const { events } = heard(core, 'CAM', '1', '*');
  await core.doReact('CAM', '1', 'REC', { hot_rec_time: 5 });
  await core.doReact('CAM', '1', 'CLEAR_SUBTITLES');
  await core.doReact('CAM', '2', 'REC');
  await core.doReact('CAM', '1', 'REC_STOP');
  await soon();
  assert.deepStrictEqual(events, [
    { sourceType: 'CAM', sourceId: '1', action: 'REC', params: { hot_rec_time: 5 } },
    { sourceType: 'CAM', sourceId: '1', action: 'REC_STOP', params: {} },
  ]);
});

connectedTest('a camera that does not exist confirms nothing', async (core) => {
  const { events } = heard(core, '*', '*', '*');
  await core.doReact('CAM', '9', 'REC');
  await soon();
  assert.deepStrictEqual(events, []);
});

connectedTest('an event that is sent is heard by the handlers that fit it', async (core) => {
  const all = heard(core, '*', '*', '*');
  const other = heard(core, 'CAM', '2', 'VCA_EVENT');
  await core.sendEvent('CAM', '1', 'VCA_EVENT', { comment: 'x' });
  await soon();
  assert.deepStrictEqual(all.events, [
    { sourceType: 'CAM', sourceId: '1', action: 'VCA_EVENT', params: { comment: 'x' } },
  ]);
  assert.deepStrictEqual(other.events, []);
});

connectedTest('DETACH and ATTACH are sent when the test says so, and change the state', async (core) => {
  const { events } = heard(core, 'CAM', '*', 'DETACH');
  simulated.emit({ sourceType: 'CAM', sourceId: '1', action: 'DETACH' });
  await soon();
  assert.deepStrictEqual(events, [{ sourceType: 'CAM', sourceId: '1', action: 'DETACH', params: {} }]);
  assert.strictEqual((await core.getObject('CAM', '1')).params.state, 'DETACH');
  simulated.emit({ sourceType: 'CAM', sourceId: '1', action: 'ATTACH' });
  assert.strictEqual((await core.getObject('CAM', '1')).params.state, 'ATTACH');
});

connectedTest('a handler that is unregistered hears nothing more, not even what is on its way', async (core) => {
  const { events, handle } = heard(core, '*', '*', '*');
  await core.sendEvent('CAM', '1', 'VCA_EVENT', {});
  handle.unregister();
  await soon();
  assert.deepStrictEqual(events, []);
});

doubleTest('core_ready keeps the core back until it is true', async (cores, connect) => {
  simulated.faults = { core_ready: false };
  connect();
  await soon();
  assert.strictEqual(cores.length, 0);
  simulated.faults = {};
  assert.strictEqual(cores.length, 1);
});

doubleTest('connect_after_ms lets the core come late', async (cores, connect) => {
  simulated.faults = { connect_after_ms: 60 };
  connect();
  await soon();
  assert.strictEqual(cores.length, 0);
  await soon(80);
  assert.strictEqual(cores.length, 1);
});

connectedTest('when SecurOS connects again there is a new core and the old one throws', async (core, cores) => {
  const { events } = heard(core, '*', '*', '*');
  simulated.connectAgain();
  assert.strictEqual(cores.length, 2);
  for (const method of Object.values(core)) assert.throws(method, /^Error: simulated: this core is disconnected$/);
  await cores[1].sendEvent('CAM', '1', 'VCA_EVENT', {});
  await soon();
  assert.deepStrictEqual([events.length, simulated.calls.length], [0, 1]);
  simulated.faults = { connections: 3 };
  simulated.faults = { connections: 3 };
  assert.strictEqual(cores.length, 3);
});

connectedTest('after disconnect every call throws', async (core) => {
  core.disconnect();
  assert.throws(() => core.doReact('CAM', '1', 'REC'), /^Error: simulated: this core is disconnected$/);
});

connectedTest('missing methods are missing from the next connection on', async (core, cores) => {
  simulated.faults = { missing: ['getObject', 'getObjectsIds'], connections: 2 };
  assert.deepStrictEqual(Object.keys(cores[1]), ['doReact', 'sendEvent', 'registerEventHandler', 'disconnect']);
});

connectedTest('a call throws, is rejected, late or at once, or gives nothing', async (core) => {
  simulated.faults = {
    calls: [
      { camera: '1', action: 'REC', mode: 'throw', times: 1 },
      { camera: '1', action: 'REC', mode: 'reject', times: 1 },
      { camera: '1', action: 'REC', mode: 'reject', delay_ms: 30, times: 1 },
      { camera: '1', action: 'REC', mode: 'undefined', times: 1 },
    ],
  };
  assert.throws(() => core.doReact('CAM', '1', 'REC'), /^Error: simulated: the call threw$/);
  await assert.rejects(core.doReact('CAM', '1', 'REC'), /^Error: simulated: the call was rejected$/);
  const startMs = Date.now();
  await assert.rejects(core.doReact('CAM', '1', 'REC'), /^Error: simulated: the call was rejected$/);
  assert.ok(Date.now() - startMs >= 25);
  assert.strictEqual(simulated.calls.length, 0);
  assert.strictEqual(core.doReact('CAM', '1', 'REC'), undefined);
  assert.strictEqual(simulated.calls.length, 1);
  await core.doReact('CAM', '1', 'REC');
  assert.strictEqual(simulated.calls.length, 2);
});

connectedTest('a silent call takes effect and is never answered, a slow one takes effect late', async (core) => {
  simulated.faults = { calls: [{ mode: 'silent', times: 1 }, { mode: 'slow', delay_ms: 40 }] };
  const silent = core.doReact('CAM', '1', 'REC');
  assert.strictEqual(simulated.calls.length, 1);
  const slow = core.doReact('CAM', '1', 'REC_STOP');
  assert.strictEqual(simulated.calls.length, 1);
  assert.strictEqual(await Promise.race([silent.then(() => 'silent'), slow.then(() => 'slow')]), 'slow');
  assert.strictEqual(simulated.calls.length, 2);
});

connectedTest('questions are disturbed by their own names only', async (core) => {
  simulated.faults = { calls: [{ mode: 'throw' }] };
  assert.strictEqual((await core.getObject('CAM', '1')).name, 'Gate');
  simulated.faults = {
    calls: [
      { action: 'getObjectsIds', mode: 'reject' },
      { camera: '1', action: 'getObject', mode: 'throw' },
      { camera: '2', action: 'getObject', mode: 'undefined' },
    ],
  };
  await assert.rejects(core.getObjectsIds('CAM'), /^Error: simulated: the call was rejected$/);
  assert.throws(() => core.getObject('CAM', '1'), /^Error: simulated: the call threw$/);
  assert.strictEqual(core.getObject('CAM', '2'), undefined);
});

connectedTest('a mode that does not exist is reported', (core) => {
  simulated.faults = { calls: [{ mode: 'odd' }] };
  assert.throws(() => core.doReact('CAM', '1', 'REC'), /^Error: simulated: unknown fault mode odd$/);
});

connectedTest('after a reset nothing is left of what was before', async (core) => {
  await core.doReact('CAM', '1', 'REC');
  simulated.faults = { core_ready: false };
  simulated.reset();
  assert.deepStrictEqual([simulated.calls, simulated.cameras, simulated.faults], [[], [], {}]);
  assert.throws(() => core.doReact('CAM', '1', 'REC'), /^Error: simulated: this core is disconnected$/);
});

const SCRIPT = `
require('securos').connect(async (core) => {
  console.log((await core.getObject('CAM', '1')).name);
  await core.doReact('CAM', '1', 'REC', { hot_rec_time: 5 });
  await core.doReact('CAM', '1', 'REC_STOP');
  console.log('end');
});
`;
const REC = '{"call":"doReact","type":"CAM","id":"1","action":"REC","params":{"hot_rec_time":5}}\n';
const REC_STOP = '{"call":"doReact","type":"CAM","id":"1","action":"REC_STOP","params":{}}\n';

/** Runs SCRIPT in a process of its own with the double on NODE_PATH, set up from the environment only. */
function runScript(setup) {
  const env = { ...process.env, NODE_PATH: path.join(__dirname, '..') };
  env.SIMULATED_SECUROS = JSON.stringify({ cameras: [GATE], ...setup });
  const { stdout, stderr, signal } = spawnSync(NODE, ['-e', SCRIPT], { env, encoding: 'utf8', timeout: 10000 });
  return [stdout, stderr, signal];
}

test('a script runs unchanged and its calls go to the standard error', () => {
  assert.deepStrictEqual(runScript({ log: 'stderr' }), ['Gate\nend\n', REC + REC_STOP, null]);
});

test('the calls of a script go to a file, also those right before it is killed', (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'securos-double-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  const log = path.join(folder, 'calls.jsonl');
  const crash = (action, mode) => runScript({ log, faults: { calls: [{ action, mode }] } });
  assert.deepStrictEqual(crash('REC', 'crash_after'), ['Gate\n', '', 'SIGKILL']);
  assert.strictEqual(fs.readFileSync(log, 'utf8'), REC);
  assert.deepStrictEqual(crash('REC_STOP', 'crash_before'), ['Gate\n', '', 'SIGKILL']);
  assert.strictEqual(fs.readFileSync(log, 'utf8'), REC + REC);
});
