'use strict';
/* Requests in shapes that HTTP allows or forbids, and names that JavaScript itself uses. */

const assert = require('assert');
const net = require('net');

const { TOKEN, simulatedTest } = require('./simulated');

const BODY = '{"camera_id":["1"]}';
const HEAD = `POST /lumeoevent HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Type: application/json\r\n`;
const WHOLE = `${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
const HEALTH = 'GET /health HTTP/1.1\r\nHost: x\r\n';
const CLOSE = `${HEALTH}Connection: close\r\n\r\n`;

/** Everything that the receiver says to `text`, and to `next` after its first words, until it closes the connection. */
function conversation(port, text, next = '') {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`not closed after: ${said}`));
    }, 15000);
    socket.once('data', () => socket.write(next));
    socket.on('data', (data) => (said += data));
    socket.on('error', () => {}); // a reset closes it too
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(said);
    });
  });
}

/** The statuses of the answers in `said`. */
function statuses(said) {
  return Array.from(said.matchAll(/HTTP\/1\.1 (\d{3})/g), (match) => Number(match[1]));
}

simulatedTest('a body whose length is given twice is refused and nothing after it is read', async (simulated) => {
  const hidden = `0\r\n\r\n${CLOSE}`;
  for (const lengths of [
    'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
    'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n',
    'Content-Length: 5\r\nContent-Length: 6\r\n',
    'Transfer-Encoding: chunked, identity\r\n',
  ]) {
    const said = statuses(await conversation(simulated.port, `${HEAD}${lengths}\r\n${hidden}`));
    assert.deepStrictEqual([lengths, said], [lengths, [400]]);
  }
  assert.deepStrictEqual(await simulated.calls(), []);
});

simulatedTest('a sender that waits for 100 Continue gets it, and then its answer', async (simulated) => {
  const text = `${HEAD}Connection: close\r\nExpect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
  assert.deepStrictEqual(statuses(await conversation(simulated.port, text)), [100, 200]);
});

simulatedTest('an offer to upgrade is passed over', async (simulated) => {
  const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n';
  const text = `${HEAD}${upgrade}Content-Length: ${BODY.length}\r\n\r\n${BODY}`;
  assert.deepStrictEqual(statuses(await conversation(simulated.port, text, CLOSE)), [200, 200]);
  assert.deepStrictEqual(await simulated.calls(), [['1', 'VCA_EVENT']]);
});

simulatedTest('a tunnel is not opened', async (simulated) => {
  const said = await conversation(simulated.port, 'CONNECT vms.example:443 HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.ok(!/^HTTP\/1\.1 2/.test(said));
});

simulatedTest('requests sent in one go are answered in their order', async (simulated) => {
  await simulated.fault({ action: 'VCA_EVENT', mode: 'slow', delay_ms: 200 });
  const said = await conversation(simulated.port, `${WHOLE}GET /nothing HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n${CLOSE}`);
  assert.deepStrictEqual(statuses(said), [200, 404, 200]);
});

simulatedTest('nonsense behind a request does not take the place of its answer', async (simulated) => {
  await simulated.fault({ action: 'VCA_EVENT', mode: 'slow', delay_ms: 200 });
  const [first] = statuses(await conversation(simulated.port, `${WHOLE}nonsense\r\n\r\n`));
  assert.notStrictEqual(first, 400);
});

simulatedTest(
  'names that JavaScript itself uses are names like any other',
  async (simulated) => {
    const cameras = ['__proto__', 'constructor', 'toString'];
    const post = async (body) => {
      const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
      return (await simulated.send({ method: 'POST', path: '/lumeoevent', headers, body })).answer;
    };
    const fields = '"event_id":"__proto__","__proto__":{"trigger_recording":true},"constructor":{"x":1}';
    const body = `{"camera_id":${JSON.stringify(cameras)},${fields}}`;
    const first = await post(body);
    assert.deepStrictEqual([first.ok, first.results.length, first.duplicate], [true, 3, undefined]);
    assert.deepStrictEqual(
      await simulated.calls(),
      cameras.map((id) => [id, 'VCA_EVENT']),
    );
    await simulated.restart();
    assert.strictEqual((await post(body)).duplicate, true);
    for (const name of ['/__proto__', '/constructor', '/hasOwnProperty', '//health']) {
      assert.strictEqual((await simulated.send({ method: 'GET', path: name })).status, 404);
    }
  },
  { cameras: ['__proto__', 'constructor', 'toString'] },
);

simulatedTest('a recording of a day is asked for as one, and one of a year as one of a day', async (simulated) => {
  await simulated.deliver({ camera_id: ['1'], trigger_recording: true, event_duration: 86400 });
  await simulated.deliver({ camera_id: ['2'], trigger_recording: true, event_duration: 31536000 });
  await new Promise((resolve) => setTimeout(resolve, 100)); // a timer that is too long would end at once
  const calls = (await simulated.entries()).filter((call) => call.action !== 'VCA_EVENT');
  assert.deepStrictEqual(
    calls.map((call) => [call.id, call.action, call.params.hot_rec_time]),
    [
      ['1', 'REC', 86400000],
      ['2', 'REC', 86400000],
    ],
  );
});
