'use strict';
/*
 * A stand-in for the `securos` module that SecurOS gives its scripts. The simulator puts this folder on NODE_PATH, so
 * that the receiver runs unchanged. It tells the simulator about every call over the process's IPC channel and takes
 * faults from there. What it imitates, and what is only a guess about SecurOS, is in README.md of the simulator.
 */

const setup = JSON.parse(process.env.SIMULATED_SECUROS || '{"cameras": [], "faults": {}}');
let faults = setup.faults;
let waiting = []; // connect callbacks that wait for the core

function tell(message, done) {
  if (process.connected) process.send(message, done);
  else if (done) done();
}

/** Takes the fault that applies to this call, if any, and counts it down. */
function takeFault(id, action) {
  const fault = (faults.calls || []).find(
    (one) =>
      (one.camera === undefined || one.camera === id) &&
      (one.action === undefined || one.action === action) &&
      one.times !== 0,
  );
  if (fault && fault.times > 0) fault.times -= 1;
  return fault || null;
}

function delay(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Makes one call happen (`effect`), or whatever the fault says instead. */
function perform(call) {
  const fault = takeFault(call.id, call.action);
  const effect = (done) => tell({ call }, done);
  if (fault === null) {
    effect();
    return Promise.resolve();
  }
  return misbehave(fault, effect);
}

function misbehave(fault, effect) {
  switch (fault.mode) {
    case 'throw':
      throw new Error('simulated: the call threw');
    case 'reject':
      return Promise.reject(new Error('simulated: the call was rejected'));
    case 'silent':
      effect();
      return new Promise(() => {});
    case 'slow':
      return delay(fault.delay_ms).then(() => effect());
    case 'crash_before':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => {});
    case 'crash_after':
      effect(() => process.kill(process.pid, 'SIGKILL'));
      return new Promise(() => {});
    default:
      throw new Error(`simulated: unknown fault mode ${fault.mode}`);
  }
}

function knownCameras() {
  const unknown = new Set(faults.unknown_cameras || []);
  return setup.cameras.filter((camera) => !unknown.has(camera.id));
}

const core = {
  doReact: (type, id, action, params) => perform({ call: 'doReact', type, id, action, params: params || {} }),
  sendEvent: (type, id, action, params) =>
    perform({ call: 'sendEvent', type, id, action, params: params || {} }),
  registerEventHandler: () => ({ unregister() {} }),
  getObjectsIds: async (type) => (type === 'CAM' ? knownCameras().map((camera) => camera.id) : []),
  getObject: async (type, id) => {
    const camera = type === 'CAM' && knownCameras().find((one) => one.id === id);
    return camera ? { type, id, name: camera.name, params: { state: 'ATTACH' } } : null;
  },
  disconnect: () => {},
};

function connectWaiting() {
  if (faults.core_ready === false) return;
  const ready = waiting;
  waiting = [];
  const offered = { ...core };
  for (const name of faults.missing || []) delete offered[name];
  for (const callback of ready) callback(offered);
}

process.on('message', (message) => {
  if (message.faults) {
    faults = message.faults;
    connectWaiting();
  }
  tell({ heard: message.number }); // arrives after every call that was made before
});
process.on('disconnect', () => process.exit(0)); // the simulator is gone
if (process.channel) process.channel.unref();

module.exports = {
  connect(callback) {
    waiting.push(callback);
    setImmediate(connectWaiting);
  },
};
