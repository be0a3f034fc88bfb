'use strict';
/* Requests as no decent sender makes them: what a stranger may not do to the receiver. */

const assert = require('assert');
const fs = require('fs');
const net = require('net');
const path = require('path');

const { TOKEN, simulatedTest } = require('./simulated');

const HEAD = 'POST /lumeoevent HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

/** Everything that the receiver says to `text` until it closes the connection, which it must do in time. */
function conversation(port, text) {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection was never closed: ${text.slice(0, 60)}`));
    }, 15000);
    socket.on('data', (data) => (said += data));
    socket.on('error', () => {}); // a reset closes it too
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}

simulatedTest('a login made of spaces holds no sender up', async (simulated) => {
  const headers = { Authorization: `a x${' '.repeat(15000)}y` };
  const before = simulated.cpuMs();
  for (let number = 0; number < 60; number += 1) {
    const { status } = await simulated.send({ method: 'GET', path: '/cameras', headers });
    assert.ok(status === 401 || status === 429);
  }
  assert.ok(simulated.cpuMs() - before < 5000); // a quarter of a second for each once stopped all cameras
});

simulatedTest(
  'a connection that falls silent is closed, wherever it stopped',
  async (simulated) => {
    const silent = [
      '',
      HEAD,
      `${HEAD}Content-Length: 100\r\n\r\n{`,
      `${HEAD}Authorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n{`,
      'GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{',
      'GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET ',
    ];
    await Promise.all(silent.map((text) => conversation(simulated.port, text)));
    assert.strictEqual((await simulated.get('/health')).ok, true);
  },
  { constants: { REQUEST_LIMIT_MS: 1000, KEEP_ALIVE_MS: 3000 } },
);

simulatedTest('a connection on which the token was right is refused with another token of the same length', async (simulated) => {
  const request = (token) => `GET /cameras HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  const wrong = `${TOKEN.slice(0, -1)}!`;
  const said = await conversation(simulated.port, request(TOKEN) + request(TOKEN) + request(wrong));
  assert.deepStrictEqual(said.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 401']);
});

simulatedTest('deliveries that arrive together have a line of log each', async (simulated) => {
  const names = Array.from({ length: 12 }, (_, number) => `together-${number}`);
  await Promise.all(names.map((name) => simulated.deliver({ camera_id: ['1'], event_name: 'x', event_id: name })));
  const lines = () => simulated.printed.split('\n').filter((line) => line.includes('"event":"delivery"'));
  await simulated.until(() => lines().length === names.length);
  assert.deepStrictEqual(lines().map((line) => JSON.parse(line).event_id).sort(), names.sort());
});

simulatedTest(
  'answers to requests that arrive together are sent when all of them are ready',
  async (simulated) => {
    const { pid } = simulated.receiver.child;
    const sockets = await Promise.all([1, 2, 3].map(() => connected(simulated.port)));
    await simulated.until(() => printedEvents(simulated, 'connected').length === sockets.length);
    process.kill(pid, 'SIGSTOP'); // so that it finds all three when it looks
    await simulated.until(() => / T /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))); // it has stopped
    const answered = Promise.all(sockets.map((socket) => ended(socket)));
    await Promise.all(sockets.map((socket) => written(socket, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n')));
    process.kill(pid, 'SIGCONT');
    for (const text of await answered) assert.match(text, /^HTTP\/1\.1 200 /);
    const order = [...Array(3).fill('answer_ready'), ...Array(3).fill('answer_sent')];
    await simulated.until(() => printedEvents(simulated, 'answer_').length === order.length);
    assert.deepStrictEqual(printedEvents(simulated, 'answer_'), order);
  },
  {
    env: { NODE_OPTIONS: `--require ${path.join(__dirname, 'print_answers.js')}` },
    skip: fs.existsSync('/proc/self/stat') ? false : 'a process is stopped here, and seen to be, as on Linux',
  },
);

function connected(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', reject);
  });
}

/** All that comes until the receiver closes the connection. */
function ended(socket) {
  return new Promise((resolve) => {
    let said = '';
    socket.on('data', (data) => (said += data));
    socket.on('close', () => resolve(said));
  });
}

function written(socket, text) {
  return new Promise((resolve) => socket.write(text, resolve));
}

/** What `print_answers.js` has printed, in order: the events whose names begin so. */
function printedEvents(simulated, beginning) {
  const names = Array.from(simulated.printed.matchAll(/^\{"event":"(\w+)"\}$/gm), (match) => match[1]);
  return names.filter((name) => name.startsWith(beginning));
}
