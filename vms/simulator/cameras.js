'use strict';

const { EventEmitter } = require('events');
const fs = require('fs');

const LATE_AFTER_S = 30;
const SHOWN_LIMIT = 100000; // calls kept in memory; the log file keeps all

/**
 * What SecurOS would know: the state of each camera, and every call as an append-only log.
 *
 * Emits `call` with each entry of the log, and `camera` with a camera whose state has changed.
 */
class Cameras extends EventEmitter {
  /**
   * `cameras` is a list of `{id, name}`. With `hotRecStops` a recording ends by itself after `hot_rec_time`; without,
   * only REC_STOP ends it. `logFile` (or null) gets each call as a JSON line.
   */
  constructor(cameras, { hotRecStops, logFile }) {
    super();
    this.hotRecStops = hotRecStops;
    this.logFile = logFile;
    this.calls = [];
    this.sequence = 0;
    this.states = new Map(
      cameras.map(({ id, name }) => [
        id,
        {
          id,
          name,
          recording: false,
          rank: null, // of the recording: that of the highest start, 0 for an operator's
          since_s: null,
          until_s: null,
          rec_calls: 0,
          rec_stop_calls: 0,
          subtitle: null,
          events: 0,
          boxes: [], // of the last event, as `boxesOf` gives them
          is_late: false, // the last event came late
          live_boxes: [], // on the live image, until they are cleared
        },
      ]),
    );
    this.timers = new Map(); // camera id -> timer of hot_rec_time
  }

  /** Lets one call of the receiver take effect. */
  take(call) {
    const entry = { sequence: (this.sequence += 1), at_s: Date.now() / 1000, ...call, ...shownEvent(call) };
    this.calls.push(entry);
    if (this.calls.length > SHOWN_LIMIT) this.calls.shift();
    if (this.logFile) fs.appendFileSync(this.logFile, `${JSON.stringify(entry)}\n`);
    if (call.action === 'DRAW_SHAPES_ON_FRAME') this.draw(call.params);
    else if (call.type === 'CAM') this.takeOfCamera(call, entry);
    this.emit('call', entry);
  }

  /** An operator starts (`REC`) or ends (`REC_STOP`) the recording of a camera by hand. */
  operate(id, action) {
    this.take({ call: 'operator', type: 'CAM', id, action, params: {} });
  }

  takeOfCamera(call, entry) {
    const camera = this.states.get(call.id);
    if (!camera) return;
    this.change(camera, call, entry.at_s);
    if (call.action === 'VCA_EVENT') {
      camera.boxes = entry.boxes;
      camera.is_late = entry.late; // its boxes are not of what the camera sees now
    }
    this.emit('camera', camera);
  }

  /** Shapes over the live image. They come again and again; only a change is worth a look. */
  draw({ cam, shapes }) {
    const camera = this.states.get(cam);
    const boxes = boxesOf(shapes);
    if (!camera || JSON.stringify(camera.live_boxes) === JSON.stringify(boxes)) return;
    camera.live_boxes = boxes;
    this.emit('camera', camera);
  }

  change(camera, call, atS) {
    const rank = Number(call.params.priority || 0);
    if (call.action === 'REC') this.record(camera, call.params.hot_rec_time, rank, atS);
    else if (call.action === 'REC_STOP') {
      camera.rec_stop_calls += 1;
      this.stop(camera, rank);
    }
    else if (call.action === 'ADD_SUBTITLES') camera.subtitle = String(call.params.command);
    else if (call.action === 'CLEAR_SUBTITLES') camera.subtitle = null;
    else if (call.action === 'VCA_EVENT') camera.events += 1;
  }

  /** Starts a recording. `rank` 0 is an operator's, higher numbers are lower ranks. `hotRecMs` undefined: without end. */
  record(camera, hotRecMs, rank, atS) {
    clearTimeout(this.timers.get(camera.id));
    if (!camera.recording) camera.since_s = atS;
    camera.rank = camera.recording ? Math.min(camera.rank, rank) : rank;
    camera.recording = true;
    camera.rec_calls += 1;
    camera.until_s = hotRecMs === undefined ? null : atS + hotRecMs / 1000;
    if (!this.hotRecStops || hotRecMs === undefined) return;
    const timer = setTimeout(() => {
      this.stop(camera, rank);
      this.emit('camera', camera);
    }, hotRecMs);
    this.timers.set(camera.id, timer);
  }

  /** Ends a recording, unless its rank is higher than that of the stop. */
  stop(camera, rank) {
    if (camera.recording && rank > camera.rank) return;
    clearTimeout(this.timers.get(camera.id));
    camera.recording = false;
    camera.rank = null;
    camera.since_s = null;
    camera.until_s = null;
  }

  list() {
    return Array.from(this.states.values());
  }

  /** The calls after `sequence`, oldest first. */
  callsAfter(sequence) {
    return this.calls.filter((call) => call.sequence > sequence);
  }
}

/** What an operator would see of an event call: name, description, how late it is. Empty for other calls. */
function shownEvent({ action, params }) {
  if (action !== 'VCA_EVENT') return {};
  const texts = JSON.parse(params.comment);
  const nowS = Date.now() / 1000;
  const happenedAtS = params.date ? localTimeS(params.date, params.time) : nowS; // Lumeo's script gives no time
  const latenessS = Math.max(0, nowS - happenedAtS);
  return {
    name: texts.description,
    description: texts.comment,
    happened_at_s: happenedAtS,
    late: latenessS > LATE_AFTER_S,
    boxes: boxesOf(texts.visualization),
  };
}

/**
 * The boxes in a text of shapes (contract/delivery.md, "Shapes"), in percent of the frame, each with the colour that stands
 * before it (null: none does). What is no shape is left out.
 */
function boxesOf(text) {
  const boxes = [];
  let color = null;
  for (const shape of String(text || '').split(';')) {
    const [kind, values = ''] = shape.trim().split(':');
    const numbers = values.split(',').map((value) => (value.trim() ? Number(value) : NaN));
    if (!numbers.every(Number.isFinite)) continue;
    if (kind === 'color' && numbers.length === 3) color = numbers;
    else if (kind === 'rect' && numbers.length === 4) {
      const [left, top, width, height] = numbers;
      boxes.push({ left, top, width, height, color });
    }
  }
  return boxes;
}

/** Unix seconds from `DD-MM-YY` and `HH:MM:SS.mmm` in local time. */
function localTimeS(date, time) {
  const [day, month, year] = date.split('-').map(Number);
  const [hours, minutes, seconds] = time.split(':').map(Number);
  return new Date(2000 + year, month - 1, day, hours, minutes, 0).getTime() / 1000 + seconds;
}

module.exports = { Cameras, boxesOf };
