'use strict';
/* The receiver at its limits: the last thing that is accepted, and the first that is not. */

const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { test } = require('node:test');

const { Simulated, TOKEN, simulatedTest } = require('./simulated');

const BODY_LIMIT_BYTES = 256 * 1024;

/** The status of a delivery whose body has exactly `size` bytes; `headers` say how it is sent. */
async function statusOfBody(simulated, size, headers) {
  const shell = JSON.stringify({ camera_id: ['1'], event_description: '' });
  const body = shell.replace('""', `"${'x'.repeat(size - shell.length)}"`);
  assert.strictEqual(Buffer.byteLength(body), size);
  const { status } = await simulated.send({
    method: 'POST',
    path: '/lumeoevent',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json', ...headers(size) },
    body,
  });
  return status;
}

simulatedTest('a body of 256 KiB is accepted and one byte more is not, whether its length is announced or not', async (simulated) => {
  for (const headers of [
    (size) => ({ 'Content-Length': size }),
    () => ({ 'Transfer-Encoding': 'chunked' }),
  ]) {
    assert.strictEqual(await statusOfBody(simulated, BODY_LIMIT_BYTES, headers), 200);
    assert.strictEqual(await statusOfBody(simulated, BODY_LIMIT_BYTES + 1, headers), 413);
  }
});

simulatedTest(
  'a delivery names at most 64 cameras',
  async (simulated) => {
    const ids = Array.from({ length: 65 }, (_, index) => String(index + 1));
    const { ok, results } = await simulated.deliver({ camera_id: ids.slice(0, 64) });
    assert.deepStrictEqual([ok, results.length], [true, 64]);
    assert.strictEqual((await simulated.deliver({ camera_id: [...ids.slice(0, 64), '1', '2'] })).ok, true);
    const before = (await simulated.calls()).length;
    assert.deepStrictEqual(await simulated.deliver({ camera_id: ids }), {
      error: 'camera_id names more than 64 cameras.',
    });
    assert.strictEqual((await simulated.calls()).length, before);
  },
  { cameras: Array.from({ length: 65 }, (_, index) => String(index + 1)) },
);

simulatedTest('ids of 64 and event ids of 128 characters are accepted, longer ones are not', async (simulated) => {
  const camera = 'c'.repeat(64);
  assert.match((await simulated.deliver({ camera_id: [camera] })).results[0].error, /^unknown camera c{64}$/);
  assert.deepStrictEqual(await simulated.deliver({ camera_id: [`${camera}c`] }), {
    error: 'A camera id is longer than 64 characters.',
  });
  assert.strictEqual((await simulated.deliver({ camera_id: ['1'], event_id: 'e'.repeat(128) })).ok, true);
  for (const id of ['e'.repeat(129), '', 7]) {
    assert.deepStrictEqual(await simulated.deliver({ camera_id: ['1'], event_id: id }), {
      error: 'event_id must be a string of 1 to 128 characters.',
    });
  }
});

simulatedTest('the texts of a subtitle are shown as they are, whatever is in them', async (simulated) => {
  await simulated.deliver({
    camera_id: ['1'],
    event_name: `<b>"A" & 'B'</b>`,
    event_description: `<script>alert("&lt;")</script> it's`,
    add_subtitle: true,
    event_duration: 60,
  });
  const [{ params }] = (await simulated.entries()).filter((call) => call.action === 'ADD_SUBTITLES');
  assert.strictEqual(
    params.command,
    '<p style="color:red;">&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/b&gt;</p>' +
      '<p>&lt;script&gt;alert(&quot;&amp;lt;&quot;)&lt;/script&gt; it&#39;s</p>',
  );
});

simulatedTest(
  'what is still to do at the deadline of a delivery is not begun, and says so',
  async (simulated) => {
    await simulated.fault({ mode: 'slow', delay_ms: 3000 });
    const startMs = Date.now();
    const { ok, results } = await simulated.deliver({
      camera_id: ['1'],
      trigger_recording: true,
      add_subtitle: true,
      event_duration: 60,
    });
    assert.ok(Date.now() - startMs < 2500);
    assert.strictEqual(ok, false);
    // The subtitle may begin in the last millisecond; the event comes after it and cannot.
    assert.deepStrictEqual(results[0], { camera_id: '1', step: 'REC', ok: true, unanswered: true });
    assert.deepStrictEqual(results[2], {
      camera_id: '1',
      step: 'EVENT',
      ok: false,
      error: 'no time was left: earlier calls are unanswered',
    });
    assert.deepStrictEqual(
      (await simulated.calls()).filter(([, action]) => action === 'VCA_EVENT'),
      [],
    );
  },
  { constants: { REQUEST_LIMIT_MS: 1000, CHECK_CAMERAS: false } },
);

/** Loaded before the receiver: prints each periodic sync of the journal. */
const WATCH = `
const fs = require('fs');
const { fdatasync } = fs;
fs.fdatasync = (fd, done) => {
  console.log('journal synced');
  return fdatasync(fd, done);
};
`;

test('the journal is synced within two seconds of a delivery, and not again while nothing is written', async (context) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'receiver-watch-'));
  context.after(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'watch.js'), WATCH);
  const simulated = await Simulated.start({ env: { NODE_OPTIONS: `--require ${path.join(folder, 'watch.js')}` } });
  context.after(() => simulated.stop());
  const syncs = () => simulated.printed.split('\n').filter((line) => line === 'journal synced').length;
  const before = syncs();
  await simulated.deliver({ camera_id: ['1'], event_id: 'one' });
  await simulated.until(() => syncs() > before);
  await new Promise((resolve) => setTimeout(resolve, 1200)); // a sync that was due meanwhile is over
  const after = syncs();
  assert.ok(after <= before + 2);
  await new Promise((resolve) => setTimeout(resolve, 2200));
  assert.strictEqual(syncs(), after);
});
