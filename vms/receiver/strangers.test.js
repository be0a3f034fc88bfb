'use strict';
/* Wrong tokens from several addresses, and errors that were not foreseen. */

const assert = require('assert');
const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const { test } = require('node:test');

const { Simulated, simulatedTest } = require('./simulated');

/** `{status, retryAfter}` of a request with a wrong token that comes from `address`. */
function wrongToken(simulated, address) {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: simulated.port,
      localAddress: address,
      path: '/cameras',
      headers: { Authorization: 'Bearer wrong' },
      agent: false,
    };
    const request = http.get(options, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({ status: response.statusCode, retryAfter: Number(response.headers['retry-after']) }),
      );
    });
    request.on('error', reject);
  });
}

/** The statuses of that many requests, one after the other. */
async function statuses(simulated, address, times) {
  const found = [];
  for (let number = 0; number < times; number += 1) found.push((await wrongToken(simulated, address)).status);
  return found;
}

simulatedTest('ten wrong tokens of an address are refused as such, then it must wait, and it is logged once', async (simulated) => {
  const [ten, more] = [Array(10).fill(401), Array(5).fill(429)];
  assert.deepStrictEqual(await statuses(simulated, '127.0.0.1', 15), [...ten, ...more]);
  const { retryAfter } = await wrongToken(simulated, '127.0.0.1');
  assert.ok(retryAfter > 0 && retryAfter <= 60);
  assert.strictEqual(simulated.printed.split('"event":"too_many_failed_logins"').length, 2);
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'] })).ok, true);
});

simulatedTest('wrong tokens of one address neither shut out nor free another one', async (simulated) => {
  await statuses(simulated, '127.0.0.2', 10);
  assert.deepStrictEqual(await statuses(simulated, '127.0.0.3', 2), [401, 401]);
  assert.deepStrictEqual(await statuses(simulated, '127.0.0.2', 1), [429]);
});

simulatedTest(
  'wrong tokens are counted for a limited number of addresses, then the oldest is forgotten',
  async (simulated) => {
    for (const address of ['127.0.0.2', '127.0.0.3']) await statuses(simulated, address, 10);
    await statuses(simulated, '127.0.0.4', 1);
    assert.deepStrictEqual(await statuses(simulated, '127.0.0.3', 1), [429]);
    assert.deepStrictEqual(await statuses(simulated, '127.0.0.2', 1), [401]);
  },
  { constants: { FAILED_LOGIN_ADDRESSES: 2 } },
);

simulatedTest(
  'an address may try again when its window has passed',
  async (simulated) => {
    assert.deepStrictEqual((await statuses(simulated, '127.0.0.1', 11)).slice(-2), [401, 429]);
    await new Promise((resolve) => setTimeout(resolve, 1600));
    assert.deepStrictEqual(await statuses(simulated, '127.0.0.1', 2), [401, 401]);
  },
  { constants: { FAILED_LOGIN_WINDOW_MS: 1500 } },
);

/** Loaded before the receiver: two errors that nobody catches, as soon as it serves. */
const BUGS = `
const http = require('http');
const { listen } = http.Server.prototype;
http.Server.prototype.listen = function (...where) {
  setTimeout(() => Promise.reject(new Error('a forgotten rejection')), 100);
  setTimeout(() => { throw new Error('a bug in a timer'); }, 150);
  return listen.apply(this, where);
};
`;

test('an error that was not foreseen is logged with its stack and the receiver goes on', async (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-bugs-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'bugs.js'), BUGS);
  const simulated = await Simulated.start({ env: { NODE_OPTIONS: `--require ${path.join(folder, 'bugs.js')}` } });
  context.after(() => simulated.stop());
  await simulated.until(() => simulated.printed.includes('a bug in a timer'));
  const logged = simulated.printed
    .split('\n')
    .filter((line) => line.includes('"event":"unexpected_error"'))
    .map((line) => JSON.parse(line));
  assert.deepStrictEqual(
    logged.map(({ kind, error }) => [kind, error.split('\n')[0], error.includes('bugs.js')]),
    [
      ['unhandledRejection', 'Error: a forgotten rejection', true],
      ['uncaughtException', 'Error: a bug in a timer', true],
    ],
  );
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'] })).ok, true);
});
