'use strict';
/* How it starts, on what it runs, and what it never shows. */

const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { spawnSync } = require('child_process');
const { test } = require('node:test');

const { RECEIVER, TOKEN, simulatedTest } = require('./simulated');

const NODE = process.env.RECEIVER_NODE || process.execPath;
const RECORD = { camera_id: ['1'], event_name: 'Line crossed', trigger_recording: true };

simulatedTest('what is not HTTP is refused in JSON and the receiver goes on', async (simulated) => {
  const text = await new Promise((resolve) => {
    const socket = net.connect(simulated.port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
    socket.on('data', (data) => resolve(data.toString()));
  });
  assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/);
  assert.match(text, /\{"error":"This is not a request that can be read\."\}$/);
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'] })).ok, true);
});

simulatedTest('neither the answers nor the log hold the token', async (simulated) => {
  await simulated.deliver(RECORD);
  const health = await simulated.send({ method: 'GET', path: '/health' });
  assert.ok(!health.text.includes(TOKEN));
  assert.ok(!simulated.printed.includes(TOKEN));
});

simulatedTest('the Node.js that RECEIVER_NODE names runs the receiver', async (simulated, context) => {
  const { node } = await simulated.get('/health');
  assert.strictEqual(node, spawnSync(NODE, ['--version'], { encoding: 'utf8' }).stdout.trim());
  context.diagnostic(`the receiver runs on Node.js ${node}`);
});

test('it needs no package: only modules of Node.js 14 and securos', () => {
  const names = Array.from(
    fs.readFileSync(RECEIVER, 'utf8').matchAll(/require\('([^']+)'\)/g),
    (match) => match[1],
  );
  assert.deepStrictEqual(names, ['crypto', 'fs', 'http', 'https', 'os', 'path', 'tls', 'securos']);
});

test('without a token the receiver does not serve and says why', () => {
  const { stdout, status } = spawnSync(NODE, [RECEIVER], {
    env: { PATH: process.env.PATH },
    timeout: 10000,
  });
  const { event, error } = JSON.parse(stdout);
  assert.deepStrictEqual([event, status], ['not_serving', 1]);
  assert.strictEqual(
    error,
    'No token is set. Put a long random text into TOKEN, or run "securos-trigger receiver init".',
  );
});

test('HTTPS without a certificate does not fall back to plain HTTP', () => {
  const env = { PATH: process.env.PATH, AUTH_TOKEN: 'x' };
  const { stdout, status } = spawnSync(NODE, [RECEIVER], { env, timeout: 10000 });
  assert.deepStrictEqual([JSON.parse(stdout).event, status], ['not_serving', 1]);
});

/** Starts the receiver with these settings, and gives the line that says why it does not serve. */
function refusal(settings) {
  const env = { PATH: process.env.PATH, AUTH_TOKEN: 'x', USE_HTTPS: 'false', ...settings };
  const { stdout, status } = spawnSync(NODE, [RECEIVER], { env, timeout: 10000 });
  const { event, error } = JSON.parse(stdout);
  assert.deepStrictEqual([event, status], ['not_serving', 1], JSON.stringify(settings));
  return error;
}

test('a switch that is neither on nor off is refused, so that no typing mistake switches HTTPS off', () => {
  for (const text of ['enabled', 'y', 'falsch', '2'])
    assert.strictEqual(refusal({ USE_HTTPS: text }), `USE_HTTPS is "${text}"; write true or false.`);
  for (const text of ['', ' ', 'on', 'YES', '1']) assert.match(refusal({ USE_HTTPS: text }), /^HTTPS needs TLS_KEY/);
});

test('a key or a certificate that cannot be used is named', () => {
  const pem = (kind) => `-----BEGIN ${kind}-----\nMA==\n-----END ${kind}-----\n`;
  const given = { USE_HTTPS: 'true', SSL_KEY: '/none/key.pem', SSL_CERT: pem('CERTIFICATE') };
  assert.strictEqual(
    refusal(given),
    'TLS_KEY is neither PEM text nor the absolute path of a file that can be read: ENOENT.',
  );
  assert.match(
    refusal({ ...given, SSL_KEY: pem('PRIVATE KEY') }),
    /^TLS_KEY and TLS_CERT do not fit together, or one is damaged: /,
  );
});

test('a port is written in decimal digits', () => {
  for (const text of ['0x1F90', '1e4', '70000', '-1', '3443.0', 'https'])
    assert.strictEqual(refusal({ PORT: text }), `PORT is "${text}"; it must be a whole number from 1 to 65535.`);
});

simulatedTest(
  'an empty port and an empty switch are not set',
  async (simulated) => assert.deepStrictEqual((await simulated.get('/health')).https, false),
  { env: { PORT: '', USE_HTTPS: '' }, constants: { PORT: '0', USE_HTTPS: 'false' } },
);
