'use strict';

const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const { PassThrough } = require('stream');
const { test } = require('node:test');

const { Cameras } = require('../simulator/cameras');
const { ReceiverProcess } = require('../simulator/receiver_process');

const TOKEN = 'token-of-the-tests';
const RECEIVER = path.join(__dirname, 'receiver.js');
const CAMERAS = ['1', '2', '3', '4'];

process.env.TZ = 'UTC'; // the receiver's local time too

/** The receiver under the simulator, for tests. Ends with `stop()`. */
class Simulated {
  /**
   * Starts it over plain HTTP. `cameras` are the ids that exist, `faults` are in force from the start, `env` holds
   * further settings. `constants` are written into a copy of the script, which then runs: limits that no test can wait for.
   */
  static async start(options = {}) {
    const simulated = new Simulated(options);
    try {
      await simulated.receiver.start();
    } catch (error) {
      throw new Error(`${error.message}\n${simulated.printed}`);
    }
    return simulated;
  }

  constructor({ cameras = CAMERAS, faults = {}, constants = {}, env = {} }) {
    this.home = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-test-'));
    this.folder = path.join(this.home, 'state');
    this.printed = '';
    const list = cameras.map((id) => ({ id, name: `Camera ${id}` }));
    this.cameras = new Cameras(list, { hotRecStops: false, logFile: null });
    this.receiver = new ReceiverProcess({
      script: writeScript(path.join(this.home, 'receiver.js'), constants),
      env: {
        AUTH_TOKEN: TOKEN,
        LISTEN_HOST: '127.0.0.1',
        PORT: '0',
        USE_HTTPS: 'false',
        STATE_DIR: this.folder,
        ...env,
      },
      cameras: list,
      onCall: (call) => this.cameras.take(call),
      output: new PassThrough().on('data', (data) => (this.printed += data)),
    });
    this.receiver.faults = faults;
  }

  get port() {
    return this.receiver.port;
  }

  async stop() {
    await this.receiver.kill();
    fs.rmSync(this.home, { recursive: true });
  }

  /** The receiver's answer to a delivery, with the right token. */
  async deliver(body) {
    const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
    const { answer } = await this.send({
      method: 'POST',
      path: '/lumeoevent',
      headers,
      body: JSON.stringify(body),
    });
    return answer;
  }

  /** The receiver's answer to a GET, with the right token. */
  async get(name) {
    const headers = { Authorization: `Bearer ${TOKEN}` };
    return (await this.send({ method: 'GET', path: name, headers })).answer;
  }

  /** `{status, headers, text, answer}` of any request to the receiver. */
  send({ method, path: name, headers = {}, body }) {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: this.port, method, path: name, headers, agent: false };
      const request = http.request(options, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode, headers: response.headers, text, answer: JSON.parse(text) });
        });
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  /** Every SecurOS call until now, after number `since`. */
  async entries(since = 0) {
    await this.receiver.settled();
    return this.cameras.callsAfter(since);
  }

  /** Every SecurOS call until now as `[camera, action]`. */
  async calls() {
    return (await this.entries()).map((call) => [call.id, call.action]);
  }

  async camera(id) {
    await this.receiver.settled();
    return this.cameras.list().find((camera) => camera.id === id);
  }

  /** Puts these faulty calls in force instead of those before. */
  fault(...calls) {
    return this.receiver.setFaults({ calls });
  }

  /** The processor time that the receiver has used, in milliseconds. A busy machine does not change it. Linux only. */
  cpuMs() {
    const fields = fs.readFileSync(`/proc/${this.receiver.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10; // user and system time, in ticks of 10 ms
  }

  restart() {
    return this.receiver.restart();
  }

  kill() {
    return this.receiver.kill();
  }

  /** The first line of the receiver's log about `event`. */
  logged(event) {
    return JSON.parse(this.printed.split('\n').find((line) => line.includes(`"event":"${event}"`)));
  }

  /** Asks again and again until `isTrue` holds, for at most ten seconds. */
  async until(isTrue) {
    const giveUpAtMs = Date.now() + 10000;
    while (!(await isTrue())) {
      if (Date.now() > giveUpAtMs) throw new Error(`did not come true: ${isTrue}\n${this.printed}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Writes the receiver to `file` with other constants, and gives the file. */
function writeScript(file, constants) {
  let text = fs.readFileSync(RECEIVER, 'utf8');
  for (const [name, value] of Object.entries(constants)) {
    const line = new RegExp(`^const ${name} = .*$`, 'm');
    if (!line.test(text)) throw new Error(`the receiver has no constant ${name}`);
    text = text.replace(line, () => `const ${name} = ${value};`);
  }
  fs.writeFileSync(file, text);
  return file;
}

/** A test with a simulator of its own; `options` are those of `Simulated.start`. */
function simulatedTest(name, run, { skip = false, ...options } = {}) {
  test(name, { skip }, async (context) => {
    const simulated = await Simulated.start(options);
    context.after(() => simulated.stop());
    await run(simulated, context);
  });
}

module.exports = { RECEIVER, Simulated, TOKEN, simulatedTest };
