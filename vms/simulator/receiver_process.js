'use strict';

const { spawn } = require('child_process');
const path = require('path');

const START_LIMIT_MS = 15000;
const END_WITH_PARENT = path.join(__dirname, 'end_with_parent.js');

/** The real receiver in a Node.js process of its own, with the stand-in for SecurOS in reach of its `require`. */
class ReceiverProcess {
  /**
   * `env` holds the receiver's settings as environment variables; `cameras` is what the stand-in knows; `onCall` takes
   * each SecurOS call. `RECEIVER_NODE` names another Node.js to run it with, `script` another receiver. `output` is the
   * stream that gets what the receiver prints.
   */
  constructor({ script, env, cameras, onCall, output = process.stderr }) {
    this.script = script;
    this.env = env;
    this.cameras = cameras;
    this.onCall = onCall;
    this.output = output;
    this.faults = {};
    this.onEnd = () => {}; // called when it has ended, whatever ended it
    this.child = null;
    this.port = null;
    this.waiting = new Map(); // number of a message to the stand-in -> resolve
    this.number = 0;
  }

  get isRunning() {
    return this.child !== null;
  }

  /** Starts the receiver and gives its port once it listens. Rejects with what it printed. */
  start() {
    const child = spawn(process.env.RECEIVER_NODE || process.execPath, ['--require', END_WITH_PARENT, this.script], {
      env: {
        ...process.env,
        ...this.env,
        ...(this.port === null ? {} : { PORT: String(this.port) }),
        NODE_PATH: path.join(__dirname, 'modules'),
        SIMULATED_SECUROS: JSON.stringify({ cameras: this.cameras, faults: this.faults, simulator: true }),
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'], // the last one: which fault made it crash
    });
    this.child = child;
    this.isKilled = false;
    child.on('message', (message) => this.hear(message));
    child.stderr.pipe(this.output, { end: false });
    child.stdio[4].on('data', (place) => this.crashed(Number(place)));
    this.ended = new Promise((resolve) => child.once('close', resolve)).then(() => {
      if (this.child === child) this.child = null;
      for (const number of Array.from(this.waiting.keys())) this.answered(number);
      this.onEnd();
    });
    return this.listening(child);
  }

  listening(child) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('the receiver did not start listening in time')),
        START_LIMIT_MS,
      );
      child.once('error', reject);
      child.once('close', () =>
        reject(new Error('the receiver ended instead of listening; its log is above')),
      );
      let rest = '';
      child.stdout.on('data', (data) => {
        this.output.write(data); // not stdout: that of the simulator is for its ready line only
        if (rest === null) return;
        const lines = (rest + data).split('\n');
        rest = lines.pop();
        const ready = lines.map(parsed).find((line) => line.event === 'listening');
        if (!ready) return;
        clearTimeout(timer);
        rest = null;
        this.port = ready.port;
        resolve(ready.port);
      });
    });
  }

  hear(message) {
    if (message.call) this.onCall(message.call);
    else this.answered(message.heard);
  }

  /** Drops the fault that made the receiver crash, if it was to happen once: after a restart it does not happen again. */
  crashed(place) {
    const { calls = [] } = this.faults;
    if (calls[place] && calls[place].times === 1) {
      this.faults = { ...this.faults, calls: calls.filter((call) => call !== calls[place]) };
    }
  }

  answered(number) {
    const resolve = this.waiting.get(number);
    this.waiting.delete(number);
    if (resolve) resolve();
  }

  /** Puts `faults` in force, now and after restarts. Resolves when the running receiver has them. */
  setFaults(faults) {
    this.faults = faults;
    return this.ask({ faults });
  }

  /** Lets the running receiver hear an event of SecurOS. Resolves when the stand-in has it. */
  emit(event) {
    return this.ask({ event });
  }

  /** Resolves when every call that the receiver has made until now has been taken. */
  settled() {
    return this.ask({});
  }

  /** Resolves when the stand-in has answered `message`, or is gone. */
  ask(message) {
    if (!this.child || !this.child.connected) return Promise.resolve();
    const number = (this.number += 1);
    return new Promise((resolve) => {
      this.waiting.set(number, resolve);
      this.child.send({ ...message, number }, (error) => {
        if (error) this.answered(number); // it has just died: the next start brings the faults along
      });
    });
  }

  /** Ends the receiver at once, as a crash would. Resolves when it is gone. */
  async kill() {
    this.isKilled = true;
    if (this.child) this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Kills the receiver if it runs and starts it again on the same port. */
  async restart() {
    await this.kill();
    return this.start();
  }
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch (error) {
    return {}; // a line that is not the receiver's own, such as a warning of Node.js
  }
}

module.exports = { ReceiverProcess };
