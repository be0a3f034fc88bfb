'use strict';
/* Requests of a form that few senders use, and connections that take more than their share. */

const assert = require('assert');
const net = require('net');

const { TOKEN, simulatedTest } = require('./simulated');

const AUTHORIZED = `Host: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
const BODY = '{"camera_id":["1"]}';
const JSON_BODY = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };

/** What the receiver says to `text`, until it closes the connection. */
function said(port, text) {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (data) => (answer += data));
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

/** Connects and stays silent. Gives the socket when the connection stands. */
function silent(port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

simulatedTest('a whole address names a path of this receiver', async (simulated) => {
  assert.match(await said(simulated.port, 'GET http://vms.example:3443/health?x HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 200 /);
  assert.match(await said(simulated.port, 'GET http://vms.example HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 404 /);
});

simulatedTest('OPTIONS, an expectation and a missing Host are refused in JSON', async (simulated) => {
  const all = await said(simulated.port, 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(all, /^HTTP\/1\.1 405 [^]*Allow: GET, POST\r\n[^]*"The receiver as a whole takes no method\."/);
  const expecting = `GET /health HTTP/1.1\r\n${AUTHORIZED}Connection: close\r\nExpect: tea\r\n\r\n`;
  assert.match(await said(simulated.port, expecting), /^HTTP\/1\.1 417 [^]*"The only expectation that is met is 100-continue\."/);
  assert.match(
    await said(simulated.port, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 400 [^]*"The header Host is missing\."/,
  );
  assert.match(await said(simulated.port, 'GET /health HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
});

simulatedTest('a character set is found behind other parameters', async (simulated) => {
  const post = async (type) =>
    (await simulated.send({ method: 'POST', path: '/lumeoevent', headers: { ...JSON_BODY, 'Content-Type': type }, body: BODY }))
      .status;
  assert.strictEqual(await post('application/json; version=1; charset=utf-16'), 415);
  assert.strictEqual(await post('application/json; version=1; Charset="UTF-8"'), 200);
});

simulatedTest('a day that does not exist and half a character are refused', async (simulated) => {
  assert.deepStrictEqual(await simulated.deliver({ event_time: '2026-02-30T12:00:00Z' }), {
    error: 'event_time must be a time as in RFC 3339.',
  });
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_time: '2028-02-29T12:00:00Z' })).ok, true);
  assert.deepStrictEqual(await simulated.deliver({ camera_id: ['1'], event_id: 'a\ud800' }), {
    error: 'event_id holds half of a character (a lone surrogate).',
  });
});

simulatedTest('only a connection that has shown the token is kept open', async (simulated) => {
  const health = { method: 'GET', path: '/health' };
  assert.strictEqual((await simulated.send({ ...health, headers: { Connection: 'keep-alive' } })).headers.connection, 'close');
  const { headers } = await simulated.send({ ...health, headers: { Connection: 'keep-alive', Authorization: `Bearer ${TOKEN}` } });
  assert.strictEqual(headers.connection, 'keep-alive');
});

simulatedTest(
  'an address that has its share of connections gets no more, and the log says so once',
  async (simulated) => {
    const sockets = [];
    for (let count = 0; count < 4; count += 1) sockets.push(await silent(simulated.port));
    for (const request of ['one', 'two']) {
      await assert.rejects(simulated.send({ method: 'GET', path: '/health' }), { code: /ECONNRESET|EPIPE/ }, request);
    }
    assert.strictEqual(simulated.printed.split('"event":"too_many_connections","address":"127.0.0.1","limit":4').length, 2);
    for (const socket of sockets) socket.destroy();
    await simulated.until(async () => {
      try {
        return (await simulated.send({ method: 'GET', path: '/health' })).status === 200;
      } catch (error) {
        return false; // the receiver has not seen that the sockets are closed
      }
    });
  },
  { constants: { ADDRESS_CONNECTION_LIMIT: '4' } },
);

simulatedTest('a comment holds no characters that delimit parameters in SecurOS, and reads the same', async (simulated) => {
  const event = { camera_id: ['1'], event_name: 'A <b> & "c">', event_description: '</x> < y' };
  assert.strictEqual((await simulated.deliver(event)).ok, true);
  const [{ params }] = (await simulated.entries()).filter((call) => call.action === 'VCA_EVENT');
  assert.ok(!/[<>]/.test(params.comment));
  assert.ok(params.comment.includes('A \\u003cb\\u003e & '));
  const { description, comment } = JSON.parse(params.comment);
  assert.deepStrictEqual([description, comment], [event.event_name, event.event_description]);
});
