'use strict';

const { spawn } = require('child_process');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');

const TOKEN = 'token-of-the-tests';

/** The receiver under the simulator, for tests. Ends with `stop()`. */
class Simulated {
  /** Starts it over plain HTTP; `options` are further options of the simulator's `main.js`. */
  static async start(options = []) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-test-'));
    const simulated = new Simulated(folder);
    const main = path.join(__dirname, '..', 'simulator', 'main.js');
    const args = [
      '--http',
      '--receiver-port',
      '0',
      '--page-port',
      '0',
      '--token',
      TOKEN,
      '--state-dir',
      folder,
    ];
    simulated.child = spawn(process.execPath, [main, ...args, ...options], {
      env: { ...process.env, TZ: 'UTC' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    simulated.child.stderr.on('data', (data) => (simulated.printed += data));
    const ready = await new Promise((resolve, reject) => {
      simulated.child.stdout.once('data', (data) => resolve(JSON.parse(data)));
      simulated.child.once('close', () => reject(new Error(simulated.printed)));
    });
    simulated.port = ready.receiver.port;
    simulated.pagePort = Number(new URL(ready.page).port);
    return simulated;
  }

  constructor(folder) {
    this.folder = folder; // the receiver's state
    this.printed = '';
  }

  async stop() {
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin.end();
    await closed;
    fs.rmSync(this.folder, { recursive: true });
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

  /** `{status, headers, text, answer}` of any request to the receiver. */
  send(request) {
    return send(this.port, request);
  }

  async api(method, name, body) {
    const headers = { 'Content-Type': 'application/json' };
    const { answer } = await send(this.pagePort, {
      method,
      path: `/api/${name}`,
      headers,
      body: JSON.stringify(body),
    });
    return answer;
  }

  /** Every SecurOS call until now as `[camera, action]`. */
  async calls() {
    return (await this.api('GET', 'events')).map((call) => [call.id, call.action]);
  }

  async camera(id) {
    return (await this.api('GET', 'state')).cameras.find((camera) => camera.id === id);
  }

  fault(...calls) {
    return this.api('POST', 'faults', { calls });
  }

  restart() {
    return this.api('POST', 'restart', {});
  }

  kill() {
    return this.api('POST', 'kill', {});
  }

  /** Asks again and again until `isTrue` holds, for at most five seconds. */
  async until(isTrue) {
    const giveUpAtMs = Date.now() + 5000;
    while (!(await isTrue())) {
      if (Date.now() > giveUpAtMs) throw new Error(`did not come true: ${isTrue}\n${this.printed}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function send(port, { method, path: name, headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, method, path: name, headers, agent: false },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode, headers: response.headers, text, answer: JSON.parse(text) });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

module.exports = { Simulated, TOKEN };
