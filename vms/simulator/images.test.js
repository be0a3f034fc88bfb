'use strict';

const assert = require('assert');
const { test } = require('node:test');

const { Images } = require('./images');

const jpeg = Buffer.from('ten bytes.');

test('images are kept while the camera records, with the five seconds before', () => {
  let isRecording = false;
  const images = new Images(() => isRecording);
  for (let atS = 1; atS <= 10; atS += 1) images.put('1', atS, jpeg);
  assert.deepStrictEqual(images.segments('1'), []);
  assert.strictEqual(images.live('1').atS, 10);
  isRecording = true;
  images.put('1', 11, jpeg);
  isRecording = false;
  images.put('1', 12, jpeg);
  assert.deepStrictEqual(images.segments('1'), [{ from_s: 6, until_s: 11 }]);
});

test('a camera that shows nothing any more keeps what was recorded', () => {
  const images = new Images(() => true);
  images.put('1', 1, jpeg);
  images.hide('1');
  images.hide('2');
  assert.strictEqual(images.live('1'), null);
  assert.strictEqual(images.recorded('1', 1).atS, 1);
});

test('a moment shows the last image until then', () => {
  const images = new Images(() => true);
  for (const atS of [1, 2, 3]) images.put('1', atS, jpeg);
  const shown = [0, 1, 2.9, 99].map((atS) => images.recorded('1', atS).atS);
  assert.deepStrictEqual(shown, [1, 1, 2, 3]);
  assert.strictEqual(images.recorded('2', 1), null);
});

test('a pause begins another segment', () => {
  const images = new Images(() => true);
  for (const atS of [1, 2, 20, 21]) images.put('1', atS, jpeg);
  assert.deepStrictEqual(images.segments('1'), [
    { from_s: 1, until_s: 2 },
    { from_s: 20, until_s: 21 },
  ]);
});

test('the oldest images are dropped when a camera has too many bytes', () => {
  const images = new Images(() => true, 35);
  for (let atS = 1; atS <= 9; atS += 1) images.put('1', atS, jpeg);
  assert.deepStrictEqual(images.segments('1'), [{ from_s: 7, until_s: 9 }]);
});
