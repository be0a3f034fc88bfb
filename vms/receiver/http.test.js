'use strict';
/* Requests as no decent sender makes them: what a stranger may not do to the receiver. */

const assert = require('assert');

const { simulatedTest } = require('./simulated');

simulatedTest('a login made of spaces holds nobody up', async (simulated) => {
  const headers = { Authorization: `a x${' '.repeat(15000)}y` };
  const startMs = Date.now();
  for (let number = 0; number < 60; number += 1) {
    const { status } = await simulated.send({ method: 'GET', path: '/cameras', headers });
    assert.ok(status === 401 || status === 429);
  }
  assert.ok(Date.now() - startMs < 5000); // a quarter of a second for each once stopped all cameras
});
