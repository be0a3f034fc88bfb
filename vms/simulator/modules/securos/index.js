'use strict';
/*
 * A test double for the `securos` module that SecurOS gives its scripts. In a folder on NODE_PATH, or installed as
 * `securos`, it lets a script run unchanged. Its README.md says how to use it, and what of it is only a guess.
 *
 * The environment variable SIMULATED_SECUROS sets it up: `{"cameras": [{"id", "name"}], "faults": {…}, "log": FILE}`.
 * Under the simulator (`"simulator": true`) it reports every call over the process's IPC channel and gets faults there.
 */

const fs = require('fs');

const setup = { cameras: [], faults: {}, log: null, ...JSON.parse(process.env.SIMULATED_SECUROS || '{}') };
const SECOND_MS = 1000;
const CRASH_FD = 4; // under the simulator: where it reads which fault killed this process
const CONFIRMED = ['REC', 'REC_STOP']; // reactions of a camera that it reports as an event too

let cameras;
let faults;
let calls; // what the script has done, oldest first
let handlers; // { type, id, action, notify }
let callbacks; // of `connect`: { callback, connection: number of the newest core that it has got }
let connection; // number of the core; each time SecurOS connects it is a new one
let life; // of the present core: { core, isOver }

function reset() {
  if (life) life.isOver = true;
  cameras = setup.cameras.map((camera) => ({ state: 'ATTACH', ...camera }));
  faults = JSON.parse(JSON.stringify(setup.faults));
  calls = [];
  handlers = new Set();
  callbacks = [];
  connection = 1;
  life = null;
}

// ------------------------------------------------------------------------------------------------- calls

/** Takes the fault that applies to this call, if any, and counts it down. */
function takeFault(id, action, isQuery) {
  const fault = (faults.calls || []).find(
    (one) =>
      (one.camera === undefined || one.camera === id) &&
      (one.action === undefined ? !isQuery : one.action === action) && // a question is disturbed by its name only
      one.times !== 0,
  );
  if (fault && fault.times > 0) fault.times -= 1;
  return fault || null;
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms || 0));
}

/** Lets `effect(done)` happen and gives its value as a promise, or does what the fault says instead. */
function perform(fault, effect) {
  switch (fault ? fault.mode : 'none') {
    case 'none':
      return Promise.resolve(effect());
    case 'undefined':
      effect();
      return undefined;
    case 'throw':
      throw new Error('simulated: the call threw');
    case 'reject':
      return delay(fault.delay_ms).then(() => Promise.reject(new Error('simulated: the call was rejected')));
    case 'silent':
      effect();
      return new Promise(() => {});
    case 'slow':
      return delay(fault.delay_ms).then(() => effect());
    case 'crash_before':
      crash(fault);
      return new Promise(() => {});
    case 'crash_after':
      effect(() => crash(fault));
      return new Promise(() => {});
    default:
      throw new Error(`simulated: unknown fault mode ${fault.mode}`);
  }
}

/** Kills this process. The simulator learns which fault it was, by its place in `faults.calls`. */
function crash(fault) {
  if (setup.simulator) fs.writeSync(CRASH_FD, `${(faults.calls || []).indexOf(fault)}`);
  process.kill(process.pid, 'SIGKILL');
}

/** A call that changes something. */
function command(call) {
  return perform(takeFault(call.id, call.action, false), (done) => {
    record(call, done);
    if (call.call === 'sendEvent' || (CONFIRMED.includes(call.action) && cameraOrNull(call.type, call.id))) {
      emit({ sourceType: call.type, sourceId: call.id, action: call.action, params: call.params });
    }
  });
}

/** Unix seconds, finer than the milliseconds of `Date.now`, and right also after the clock was set. */
function nowS() {
  const ms = Date.now();
  if (typeof performance === 'undefined') return ms / SECOND_MS; // Node.js 14
  const fineMs = performance.timeOrigin + performance.now();
  return (Math.abs(fineMs - ms) < 2 ? fineMs : ms) / SECOND_MS;
}

function record(call, done) {
  if (setup.simulator) {
    report({ call: { ...call, at_s: nowS() } }, done);
    return;
  }
  calls.push(call);
  const line = `${JSON.stringify(call)}\n`;
  if (setup.log === 'stderr') fs.writeSync(2, line);
  else if (setup.log) fs.appendFileSync(setup.log, line);
  if (done) done();
}

function knownCameras() {
  const unknown = new Set(faults.unknown_cameras || []);
  return cameras.filter((camera) => !unknown.has(camera.id));
}

function cameraOrNull(type, id) {
  return (type === 'CAM' && knownCameras().find((camera) => camera.id === id)) || null;
}

function object(type, id) {
  const camera = cameraOrNull(type, id);
  return camera && { type, id, name: camera.name, params: { state: camera.state } };
}

// ------------------------------------------------------------------------------------------------ events

/** Fires the handlers that fit `event`, soon but not at once, as an event that comes over a connection does. */
function emit({ sourceType, sourceId, action, params = {} }) {
  const camera = cameraOrNull(sourceType, sourceId);
  if (camera && (action === 'ATTACH' || action === 'DETACH')) camera.state = action;
  setImmediate(() => {
    for (const handler of Array.from(handlers)) {
      const isWanted = fits(handler.type, sourceType) && fits(handler.id, sourceId) && fits(handler.action, action);
      if (isWanted && handlers.has(handler)) handler.notify({ sourceType, sourceId, action, params });
    }
  });
}

function fits(wanted, value) {
  return wanted === '*' || wanted === value;
}

function register(type, id, action, notify) {
  const handler = { type, id, action, notify };
  handlers.add(handler);
  return { unregister: () => handlers.delete(handler) };
}

// -------------------------------------------------------------------------------------------- connection

/** The core of one connection. When that is over, each of its methods throws. */
function makeCore(own) {
  const methods = {
    doReact: (type, id, action, params = {}) => command({ call: 'doReact', type, id, action, params }),
    sendEvent: (type, id, action, params = {}) => command({ call: 'sendEvent', type, id, action, params }),
    registerEventHandler: register,
    getObjectsIds: (type) =>
      perform(takeFault(undefined, 'getObjectsIds', true), () =>
        type === 'CAM' ? knownCameras().map((camera) => camera.id) : [],
      ),
    getObject: (type, id) => perform(takeFault(id, 'getObject', true), () => object(type, id)),
    disconnect: () => end(own),
  };
  const core = {};
  for (const [name, method] of Object.entries(methods)) {
    if ((faults.missing || []).includes(name)) continue;
    core[name] = (...values) => {
      if (own.isOver) throw new Error('simulated: this core is disconnected');
      return method(...values);
    };
  }
  return core;
}

function end(own) {
  own.isOver = true;
  handlers.clear();
}

/** Hands the core to every script that has not got it yet. */
function connectWaiting() {
  if (faults.core_ready === false) return;
  const wanted = Math.max(connection, faults.connections || 1);
  if (life === null || wanted > connection) {
    if (life) end(life);
    connection = wanted;
    life = { isOver: false };
    life.core = makeCore(life);
  }
  for (const waiting of callbacks.filter((one) => one.connection < connection)) {
    waiting.connection = connection;
    waiting.callback(life.core);
  }
}

function putInForce(newFaults) {
  faults = newFaults;
  connectWaiting();
}

// --------------------------------------------------------------------------------------- under the simulator

function report(message, done) {
  if (process.connected) process.send(message, done);
  else if (done) done();
}

if (setup.simulator) {
  process.on('message', (message) => {
    if (message.faults) putInForce(message.faults);
    if (message.event) emit(message.event);
    report({ heard: message.number }); // arrives after every call that was made before
  });
  process.on('disconnect', () => process.exit(0)); // the simulator is gone
  if (process.channel) process.channel.unref();
}

reset();

module.exports = {
  connect(callback) {
    callbacks.push({ callback, connection: 0 });
    setTimeout(connectWaiting, faults.connect_after_ms || 0);
  },

  /** For tests in the same process. */
  simulated: {
    get calls() {
      return calls;
    },
    get cameras() {
      return cameras;
    },
    set cameras(list) {
      cameras = list.map((camera) => ({ state: 'ATTACH', ...camera }));
    },
    get faults() {
      return faults;
    },
    set faults(newFaults) {
      putInForce(newFaults);
    },
    /** SecurOS connects again: every script gets a new core, the old one throws from now on. */
    connectAgain: () => putInForce({ ...faults, connections: connection + 1 }),
    emit,
    /** Forgets calls, handlers and connections, and sets cameras and faults as they were at the start. */
    reset,
  },
};
