'use strict';
/* The golden vectors of contract/vectors, sent to the real receiver. tests/contract reads the same ones in Python. */

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { describe, test } = require('node:test');

const { Simulated, TOKEN } = require('./simulated');

const FOLDER = path.join(__dirname, '..', '..', 'contract', 'vectors');
const CAMERAS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '1.17', '1#1'];
const DEFAULT_HEADERS = { Authorization: 'Bearer TOKEN', 'Content-Type': 'application/json' };

describe('the vectors', { concurrency: 3 }, () => {
  for (const file of fs.readdirSync(FOLDER).sort()) {
    const {
      about,
      vectors,
      cameras = CAMERAS,
      faults = {},
    } = JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8'));
    test(about, async (context) => {
      const simulated = await Simulated.start({ cameras, faults });
      context.after(() => simulated.stop());
      for (const vector of vectors) {
        await context.test(vector.name, async () => {
          for (const request of vector.requests) await checkAll(simulated, request);
        });
      }
    });
  }
});

async function checkAll(simulated, request) {
  for (let count = 0; count < (request.repeat || 1); count += 1) await check(simulated, request);
}

async function check(simulated, request) {
  const since = simulated.cameras.sequence;
  const { status, headers, answer } = await simulated.send({
    method: request.method,
    path: request.path,
    headers: headersOf(request),
    body: bodyOf(request),
  });
  assert.strictEqual(status, request.status, JSON.stringify(answer));
  assert.deepStrictEqual(fragmentOf(answer, request.answer), request.answer);
  for (const [name, value] of Object.entries(request.answer_headers || {})) {
    const found = headers[name.toLowerCase()];
    assert.ok(value === '*' ? found : found === value, `${name}: ${found}`);
  }
  const calls = await simulated.entries(since);
  const made = ordered(calls.filter((call) => call.action !== 'REC_STOP').map(shown));
  const expected = ordered(request.calls);
  assert.deepStrictEqual(fragmentOf(made, expected), expected);
}

/** Calls camera by camera: cameras run side by side, the order counts within one. */
function ordered(calls) {
  return Array.from(calls).sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
}

function headersOf(request) {
  const headers = {};
  for (const [name, value] of Object.entries(request.headers || DEFAULT_HEADERS)) {
    headers[name] = value
      .replace('TOKEN', TOKEN)
      .replace(/BASIC\((.*)\)/, (match, text) => Buffer.from(text).toString('base64'));
  }
  return headers;
}

function bodyOf(request) {
  if (request.raw !== undefined) return request.raw;
  if (request.raw_base64 !== undefined) return Buffer.from(request.raw_base64, 'base64');
  if (request.body === undefined) return undefined;
  if (request.body_bytes === undefined) return JSON.stringify(request.body);
  const filled = (description) => JSON.stringify({ ...request.body, event_description: description });
  return filled('x'.repeat(request.body_bytes - Buffer.byteLength(filled(''))));
}

/** A call as a vector writes it: the JSON text in `params.comment` becomes `comment`. */
function shown(call) {
  return call.params.comment === undefined ? call : { ...call, comment: JSON.parse(call.params.comment) };
}

/** `value` without the keys that `expected` does not name. */
function fragmentOf(value, expected) {
  if (Array.isArray(value) && Array.isArray(expected)) {
    return value.length === expected.length
      ? value.map((one, index) => fragmentOf(one, expected[index]))
      : value;
  }
  if (value === null || expected === null || typeof value !== 'object' || typeof expected !== 'object')
    return value;
  const kept = Object.keys(expected).filter((key) => key in value);
  return Object.fromEntries(kept.map((key) => [key, fragmentOf(value[key], expected[key])]));
}
