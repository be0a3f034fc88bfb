'use strict';
/*
 * securos-trigger receiver
 *
 * Turns deliveries (POST /lumeoevent) into SecurOS calls: an event in the log of a camera, recording, a subtitle.
 * One file, no packages, Node.js 14 or later. Paste it into SecurOS (Integration & Automation) as a script.
 * The wire is described in contract/delivery.md, this script in docs/receiver.md.
 *
 * Licensed under the Apache License, Version 2.0.
 */

// ===== Settings you may edit: begin =====
// An environment variable named in [brackets] wins over the value here.

// The password that senders must show (their `iss_password`). Empty: the receiver does not serve. [AUTH_TOKEN]
const TOKEN = '';

// Address and port to listen on. An empty host means every address of this machine. [LISTEN_HOST] [PORT]
const HOST = '';
const PORT = 3443;

// true: HTTPS with the key and the certificate below. false: plain HTTP, the token is sent unencrypted. [USE_HTTPS]
const USE_HTTPS = true;

// Private key and certificate: either the PEM text itself or the absolute path of a file. [SSL_KEY] [SSL_CERT]
const TLS_KEY = '';
const TLS_CERT = '';

// Absolute path of a folder for what must survive a restart, for this receiver alone. Empty: a folder beside this
// script, else one in the temporary folder. [STATE_DIR]
const STATE_DIR = '';

// An event that names no camera is sent for this object, so that other scripts can listen to it.
const NO_CAMERA_TYPE = 'SECUROS_TRIGGER';
const NO_CAMERA_ID = '1';

// Rank of our REC and REC_STOP, as a string. Both always get the same one. With 1 an operator, whose rank is higher, can end
// our recordings, and we never end one that an operator has started. Empty: none is sent, and our rank is the operator's.
const RECORD_PRIORITY = '1';

// Id of the captioner (title object) that shows subtitles, where the cameras of this system need one. It goes as `title_id`
// with ADD_SUBTITLES and CLEAR_SUBTITLES, so that a clear leaves the captions of other programs alone. Empty: none is sent.
const SUBTITLE_TITLE_ID = '';

// Ids of MEDIA_CLIENT objects (operators' screens), with commas between them: the boxes of an event are drawn over their
// live image, for as long as its recording would last. Empty: nothing is drawn there. The event itself has its boxes anyway.
const MEDIA_CLIENT_ID = '';

// true: ask SecurOS whether a camera exists and report an unknown one. false: send without asking.
const CHECK_CAMERAS = true;
// ===== Settings you may edit: end =====

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const os = require('os');
const path = require('path');
const tls = require('tls');

const VERSION = '0.2.0';
const SECOND_MS = 1000;
const DAY_MS = 24 * 3600 * SECOND_MS;

const BODY_LIMIT_BYTES = 256 * 1024;
const REQUEST_LIMIT_MS = 10 * SECOND_MS;
const SOCKET_SILENCE_MS = REQUEST_LIMIT_MS + 5 * SECOND_MS; // an answer must have come by then
const SILENCE_MS = 2 * SECOND_MS; // how long a SecurOS call may stay unanswered before it counts as sent
const CAMERA_LIMIT = 64;
const CAMERA_ID_LIMIT = 64; // characters
const EVENT_ID_LIMIT = 128; // characters
const CONNECTION_LIMIT = 256;
const ADDRESS_CONNECTION_LIMIT = 64; // of one address, so that no address takes all
const KEEP_ALIVE_MS = 60 * SECOND_MS;
const DEFAULT_DURATION_MS = 10 * SECOND_MS;
const DURATION_LIMIT_MS = DAY_MS;
const FAILED_LOGIN_LIMIT = 10; // for each address and window
const FAILED_LOGIN_WINDOW_MS = 60 * SECOND_MS;
const FAILED_LOGIN_ADDRESSES = 10000;
const REMEMBERED_LIMIT = 1000000; // event ids
const REMEMBERED_MS = 8 * DAY_MS; // longer than senders retry
const SEGMENT_LIMIT_BYTES = 64 * 1024 * 1024;
const SEGMENT_LIMIT_MS = DAY_MS;
const CAMERA_CACHE_MS = 60 * SECOND_MS;
const REDRAW_MS = 500; // shapes over a live image do not stay by themselves
const MEDIA_CLIENTS = MEDIA_CLIENT_ID.split(',')
  .map((id) => id.trim())
  .filter(Boolean);
const OWN_STOP_HEARD_MS = 5 * SECOND_MS; // SecurOS reports our REC_STOP to us no later than this
const STEP_LIMIT_MS = 3600 * SECOND_MS; // between two lines of the journal no more time counts as passed
const NO_FOLLOW = fs.constants.O_NOFOLLOW || 0; // Windows has none
const APPEND = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_APPEND | NO_FOLLOW;

// ---------------------------------------------------------------------------------------------- settings

/** The settings in force: the constants above, overridden by the environment. Throws a sentence for a person. */
function readSettings(env) {
  const useHttps = readSwitch('USE_HTTPS', env.USE_HTTPS, USE_HTTPS);
  const port = readPort(env.PORT);
  const token = env.AUTH_TOKEN || TOKEN;
  if (!token) {
    throw new Error(
      'No token is set. Put a long random text into TOKEN, or run "securos-trigger receiver init".',
    );
  }
  const key = env.SSL_KEY || TLS_KEY;
  const cert = env.SSL_CERT || TLS_CERT;
  if (useHttps && !(key && cert)) {
    throw new Error(
      'HTTPS needs TLS_KEY and TLS_CERT. Run "securos-trigger receiver init", or set USE_HTTPS to false.',
    );
  }
  return {
    token,
    host: env.LISTEN_HOST || HOST,
    port,
    https: useHttps,
    key: useHttps ? pemText('TLS_KEY', key) : null,
    cert: useHttps ? pemText('TLS_CERT', cert) : null,
    stateFolder: env.STATE_DIR || STATE_DIR,
  };
}

/** A setting that is on or off. Empty means not set. What is neither is refused: HTTPS must not be off by a typing mistake. */
function readSwitch(name, text, unset) {
  const word = (text || '').trim().toLowerCase();
  if (word === '') return unset;
  if (['1', 'true', 'yes', 'on'].includes(word)) return true;
  if (['0', 'false', 'no', 'off'].includes(word)) return false;
  throw new Error(`${name} is "${text}"; write true or false.`);
}

/** The port, in decimal digits. Empty means not set. 0, for tests, is any free one. */
function readPort(text) {
  const digits = (text || '').trim() || String(PORT);
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : NaN;
  if (!(port <= 65535)) throw new Error(`PORT is "${digits}"; it must be a whole number from 1 to 65535.`);
  return port;
}

/**
 * Where the state may go, best place first. Two receivers on one machine have different ports. `isOpen`: every user of
 * the machine may write into its parent folder.
 */
function stateFolders(settings, port) {
  const name = `securos-trigger-state-${port}`;
  const places = [
    { folder: path.join(__dirname, name), isOpen: false },
    { folder: path.join(os.tmpdir(), name), isOpen: true },
  ];
  return settings.stateFolder ? [{ folder: settings.stateFolder, isOpen: false }, ...places] : places;
}

/** Makes the folder. Throws when its parent folder is open and another user could have put something there. */
function prepareFolder({ folder, isOpen }) {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isOpen || typeof process.getuid !== 'function') return;
  const found = fs.lstatSync(folder);
  if (!found.isDirectory()) throw new Error('it is a link or a file, not a folder');
  if (found.uid !== process.getuid()) throw new Error('it belongs to another user');
  if ((found.mode & 0o022) !== 0) throw new Error('other users may write in it');
}

/** PEM text as it is, or the text of the file that `textOrPath` names. */
function pemText(name, textOrPath) {
  if (textOrPath.includes('-----BEGIN')) return textOrPath;
  try {
    return fs.readFileSync(textOrPath, 'utf8');
  } catch (error) {
    throw new Error(`${name} is neither PEM text nor the absolute path of a file that can be read: ${error.code}.`);
  }
}

/** Throws a sentence where key and certificate cannot serve together. */
function checkPair({ key, cert }) {
  try {
    tls.createSecureContext({ key, cert });
  } catch (error) {
    throw new Error(`TLS_KEY and TLS_CERT do not fit together, or one is damaged: ${sentence(error)}`);
  }
}

// ------------------------------------------------------------------------------------------ log and clock

const heldLines = []; // of the log, written when the requests that have arrived are handled

/** Writes one JSON line. SecurOS keeps what a script prints in a file of its own. */
function log(event, fields) {
  heldLines.push(logLine(event, fields));
  writeHeldLines();
}

/** Like `log`, a moment later: the lines of requests that arrived together are one write, after their answers. */
function logSoon(event, fields) {
  releaseSoon();
  heldLines.push(logLine(event, fields));
}

function writeHeldLines() {
  if (heldLines.length > 0) console.log(heldLines.splice(0).join('\n'));
}

/** Has what requests that arrived together have left go out when all of them are handled. */
function releaseSoon() {
  if (heldLines.length === 0 && heldAnswers.length === 0) setImmediate(releaseHeld);
}

function releaseHeld() {
  sendHeldAnswers(); // first: a log that nobody reads may block
  writeHeldLines();
}

function logLine(event, fields) {
  return JSON.stringify(Object.assign({ at: new Date().toISOString(), event }, fields));
}

const startedAtMs = Date.now();
const startedAtTicks = process.hrtime();

/** Milliseconds since 1970 by a clock that never jumps while the script runs, even if the system's is set. */
function nowMs() {
  const [seconds, nanoseconds] = process.hrtime(startedAtTicks);
  return startedAtMs + seconds * SECOND_MS + nanoseconds / 1e6;
}

// ------------------------------------------------------------------------------------------------ journal

/**
 * What must survive a crash, as JSON lines in segment files (`journal-<start in ms>.jsonl`).
 *
 * A line is handed to the operating system before `write` returns, so a killed process loses none; the disk is synced
 * every second, so a power cut loses a second at most. A new segment starts each day; segments that hold nothing
 * that is still remembered are deleted. A journal that cannot be written never stops a delivery: `problem` says why
 * and /health shows it.
 */
class Journal {
  constructor() {
    this.folder = null;
    this.fd = null;
    this.problem = 'not opened yet';
    this.segments = []; // names: start times in ms, but always rising, whatever the clock does; oldest first
    this.bytes = 0;
    this.unsynced = false;
    this.isShared = false; // another process writes into the same file
    this.retryAtMs = 0;
    this.isAnythingOpen = () => false; // a recording or a subtitle has an end to come
    this.restate = () => []; // records that a new segment must begin with
    this.oldestNeeded = () => 0; // the segment in which the oldest thing that is still remembered began
  }

  get newest() {
    return this.segments[this.segments.length - 1];
  }

  get durable() {
    return this.problem === null;
  }

  /** Opens the first of `places` that can be written. `restore(record, segment)` gets every record, oldest first. */
  open(places, restore) {
    const problems = [];
    for (const place of places) {
      const { folder } = place;
      try {
        prepareFolder(place);
        this.folder = folder;
        this.readSegments(restore);
        this.continueOrWait();
        setInterval(() => this.tend(), SECOND_MS).unref();
        log('state_opened', { folder, segments: this.segments.length });
        return;
      } catch (error) {
        problems.push(`${folder}: ${error.message}`);
      }
    }
    this.folder = null;
    this.problem = 'no folder can be written';
    log('state_unavailable', { problems });
  }

  /** Keeps one record. Never throws. */
  write(record) {
    if (this.folder === null) return;
    try {
      if (this.problem !== null) this.recover();
      else if (this.bytes > SEGMENT_LIMIT_BYTES || nowMs() - this.newest > SEGMENT_LIMIT_MS) this.startSegment();
      if (this.problem === null) this.append(record);
    } catch (error) {
      this.fail(error.message);
    }
  }

  fail(problem) {
    if (this.problem === null) log('state_not_written', { problem });
    this.problem = problem;
    this.retryAtMs = nowMs() + SECOND_MS;
  }

  append(record) {
    const line = Buffer.from(`${JSON.stringify(record)}\n`);
    for (let offset = 0; offset < line.length;) offset += fs.writeSync(this.fd, line, offset);
    this.bytes += line.length;
    this.unsynced = true;
  }

  /** After a failure: ends the line that may be torn and writes what is open. At most one attempt a second. */
  recover() {
    if (nowMs() < this.retryAtMs) return;
    if (fs.existsSync(this.segmentPath(this.newest))) {
      fs.writeSync(this.fd, '\n');
      this.bytes = fs.fstatSync(this.fd).size; // with what a failed write left
      for (const record of this.restate()) this.append(record);
    } else {
      fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.startSegment();
    }
    this.problem = null;
    log('state_written_again', {});
  }

  startSegment() {
    const start = Math.max(Math.floor(nowMs()), ...this.segments.slice(-1).map((last) => last + 1));
    const fd = fs.openSync(this.segmentPath(start), APPEND, 0o600);
    if (this.fd !== null) this.closeSegment();
    this.fd = fd;
    this.bytes = 0;
    this.segments.push(start);
    for (const record of this.restate()) this.append(record);
    this.dropSegments();
  }

  /** The file will not be synced any more, so it must be on the disk now. */
  closeSegment() {
    try {
      fs.fdatasyncSync(this.fd);
    } catch (error) {
      log('state_not_synced', { problem: error.message });
    }
    fs.closeSync(this.fd);
  }

  /** Deletes each segment before the one in which the oldest thing that is still remembered began. */
  dropSegments() {
    const needed = this.oldestNeeded();
    while (this.segments.length > 1 && this.segments[0] < needed) {
      try {
        fs.unlinkSync(this.segmentPath(this.segments.shift()));
      } catch (error) {
        log('state_file_not_deleted', { problem: error.message }); // tried again at the next start
      }
    }
  }

  /** Waits for a full disk: a journal that went on elsewhere would not be found here by the next start. */
  continueOrWait() {
    this.problem = null;
    try {
      this.continueLastSegment();
    } catch (error) {
      if (error.code !== 'ENOSPC' || this.fd === null) throw error;
      this.fail(error.message);
    }
  }

  continueLastSegment() {
    if (this.segments.length === 0) this.startSegment();
    else {
      const file = this.segmentPath(this.newest);
      this.fd = fs.openSync(file, APPEND, 0o600);
      this.bytes = fs.fstatSync(this.fd).size;
      if (this.bytes > 0) this.bytes += fs.writeSync(this.fd, '\n'); // ends a line that a crash may have torn
    }
  }

  readSegments(restore) {
    this.segments = fs
      .readdirSync(this.folder)
      .map((name) => /^journal-(\d+)\.jsonl$/.exec(name))
      .filter(Boolean)
      .map((match) => Number(match[1]))
      .sort((a, b) => a - b);
    for (const start of this.segments) {
      try {
        this.readSegment(start, restore);
      } catch (error) {
        log('state_file_not_read', { problem: error.message }); // the others still count
      }
    }
  }

  readSegment(start, restore) {
    let torn = 0;
    for (const line of linesOf(this.segmentPath(start))) {
      const record = recordOrNull(line);
      if (record === null) torn += 1;
      else restore(record, start);
    }
    if (torn > 0) log('state_lines_skipped', { segment: start, lines: torn });
  }

  segmentPath(start) {
    return path.join(this.folder, `journal-${start}.jsonl`);
  }

  /** Checks the journal every second: a file that was deleted would still accept every line. */
  tend() {
    try {
      if (this.problem !== null) this.recover();
      else this.lookForOthers();
    } catch (error) {
      this.fail(error.message);
    }
    if (this.problem === null) this.lookForItsFile();
    if (this.isAnythingOpen()) this.write({ at: Math.floor(nowMs()), open: true }); // the time that passes is kept, too
    this.sync();
  }

  /** Asked only while all is well: an answer to an earlier question must not put off the next attempt to recover. */
  lookForItsFile() {
    const segment = this.newest;
    fs.access(this.segmentPath(segment), (error) => {
      if (error && error.code === 'ENOENT' && segment === this.newest && this.problem === null)
        this.fail('the file of the journal has gone');
    });
  }

  /** Two receivers with one folder would end each other's recordings: logged once, so that a person can change it. */
  lookForOthers() {
    if (this.isShared || fs.fstatSync(this.fd).size <= this.bytes) return;
    this.isShared = true;
    log('state_shared', {
      folder: this.folder,
      problem: 'another process writes into this folder; give each receiver a STATE_DIR of its own',
    });
  }

  sync() {
    if (!this.unsynced) return;
    this.unsynced = false;
    fs.fdatasync(this.fd, (error) => {
      // A segment closed while its sync was under way was written completely before.
      if (error && error.code !== 'EBADF') log('state_not_synced', { problem: error.message });
    });
  }
}

/** The lines of a file that may be larger than a string can be. Empty lines are left out. */
function* linesOf(file) {
  const fd = fs.openSync(file, fs.constants.O_RDONLY | NO_FOLLOW);
  try {
    const chunk = Buffer.alloc(1024 * 1024);
    let rest = Buffer.alloc(0);
    for (let size; (size = fs.readSync(fd, chunk, 0, chunk.length, null)) > 0;) {
      const data = Buffer.concat([rest, chunk.slice(0, size)]);
      const end = data.lastIndexOf(10) + 1;
      rest = data.slice(end);
      yield* data.toString('utf8', 0, end).split('\n').filter(Boolean);
    }
    if (rest.length > 0) yield rest.toString('utf8');
  } finally {
    fs.closeSync(fd);
  }
}

/** The record that `line` holds, or null when the line is torn. */
function recordOrNull(line) {
  try {
    const { event_id: eventId, held, at, camera, until, result, open } = JSON.parse(line);
    if (!Number.isFinite(at)) return null;
    if (open === true) return { at };
    if (eventId !== undefined) return result ? { event_id: eventId, at, result } : null;
    return typeof camera === 'string' && until !== undefined ? { held, camera, at, until } : null;
  } catch (error) {
    return null; // counted and logged by the caller
  }
}

/**
 * The time that has passed between the lines of a journal, as far as it is certain. The clock may have been set between
 * two of them, and a line may be damaged: so a step counts only forward, and for an hour at most.
 */
class PassedTime {
  constructor() {
    this.ms = 0;
    this.latestMs = null;
  }

  /** Takes the instant of the next line. Gives the time that had passed until then. */
  until(atMs) {
    const stepMs = this.latestMs === null ? 0 : atMs - this.latestMs;
    this.ms += Math.min(Math.max(stepMs, 0), STEP_LIMIT_MS);
    const isOutOfOrder = stepMs < 0 && stepMs > -STEP_LIMIT_MS; // lines of an older version
    if (!isOutOfOrder) this.latestMs = atMs;
    return this.ms;
  }
}

// -------------------------------------------------------------------------------------------- idempotency

/**
 * Which steps of which event ids have been done, so that a repeated delivery repeats none that worked.
 *
 * A step is journaled before its SecurOS call (`begun`) and after it. A step that a crash left `begun` may or may not
 * have happened: it is done once more and marked `repeated`.
 */
class DeliveryMemory {
  constructor(journal) {
    this.journal = journal;
    this.entries = new Map(); // event id -> { atMs, segment, steps, running }, oldest first
    this.texts = new Map(); // equal step lists share one string: a million entries must fit into memory
  }

  /** The entry of `eventId`, made when there is none. `isKnown`: there was one. */
  entryFor(eventId) {
    const known = this.entries.get(eventId);
    if (known) return { entry: known, isKnown: true };
    this.forget(nowMs() - REMEMBERED_MS);
    return { entry: this.add(eventId, nowMs(), this.journal.newest), isKnown: false };
  }

  add(eventId, atMs, segment) {
    const entry = { atMs, segment, steps: '[]', running: null };
    this.entries.set(eventId, entry);
    return entry;
  }

  /** The steps of an entry as a map from `stepKey` to the step's result. */
  stepsOf(entry) {
    return new Map(JSON.parse(entry.steps).map((result) => [stepKey(result.camera_id, result.step), result]));
  }

  /** Journals that a step is about to be done (a result with `begun`) or how it ended. The caller keeps `steps`. */
  note(eventId, steps, result) {
    steps.set(stepKey(result.camera_id, result.step), result);
    this.journal.write({ event_id: eventId, at: Math.floor(nowMs()), result });
  }

  /** Restores one record of the journal, which is in `segment`; `passedMs` is when, as `PassedTime` counts. */
  restore(record, segment, passedMs) {
    let entry = this.entries.get(record.event_id);
    if (!entry) {
      this.forget(-Infinity); // the clock may have been wrong then or be wrong now: only their number counts
      entry = this.add(record.event_id, passedMs, segment);
    }
    entry.atMs = passedMs;
    const steps = this.stepsOf(entry);
    steps.set(stepKey(record.result.camera_id, record.result.step), record.result);
    this.keep(entry, steps);
  }

  /** Ends the restoring: what was restored last is new now. No setting of the clock makes an event id old. */
  rebase(passedMs) {
    const shiftMs = nowMs() - passedMs;
    for (const entry of this.entries.values()) entry.atMs += shiftMs;
  }

  keep(entry, steps) {
    const text = JSON.stringify(Array.from(steps.values()));
    if (this.texts.size > 10000) this.texts.clear();
    if (!this.texts.has(text)) this.texts.set(text, text);
    entry.steps = this.texts.get(text);
  }

  /** Forgets what began before `oldestMs`, and the oldest beyond the limit. */
  forget(oldestMs) {
    for (const [eventId, entry] of this.entries) {
      if (entry.running || (entry.atMs >= oldestMs && this.entries.size < REMEMBERED_LIMIT)) return;
      this.entries.delete(eventId);
    }
  }

  /** The segment of the journal in which the oldest entry began; with none, no segment is needed. */
  oldestSegment() {
    for (const entry of this.entries.values()) return entry.segment;
    return Infinity;
  }
}

function stepKey(camera, step) {
  return `${step} ${camera === null ? '' : camera}`;
}

// ---------------------------------------------------------------------------------------------- the VMS

const SILENT = Symbol('silent');

/** What `value` (maybe a promise) gives, or SILENT after `waitMs`. A rejection that comes later is logged. */
function answerOf(value, waitMs, what) {
  if (!value || typeof value.then !== 'function') return value;
  return new Promise((resolve, reject) => {
    let isLate = false;
    const giveUp = () => {
      isLate = true;
      resolve(SILENT);
    };
    const timer = setTimeout(giveUp, Math.max(0, waitMs));
    const settle = (end, outcome) => {
      clearTimeout(timer);
      end(outcome);
    };
    value.then(
      (answer) => settle(resolve, answer),
      (error) => (isLate ? log('late_failure', { what, error: sentence(error) }) : settle(reject, error)),
    );
  });
}

/** The connection to SecurOS. A call throws when SecurOS refuses it; silence counts as sent. */
class Securos {
  constructor() {
    this.core = null;
    this.seenAtMs = new Map(); // camera id -> when SecurOS last knew it
    this.onRecStop = () => {}; // a recording of this camera was ended
  }

  get isReady() {
    return this.core !== null;
  }

  /** Calls `onConnected` each time SecurOS hands out its core, maybe at once, maybe later, maybe again. */
  connect(onConnected) {
    try {
      require('securos').connect((core) => {
        this.core = core;
        log('core_connected', {});
        this.listen(core);
        onConnected();
      });
    } catch (error) {
      log('core_not_connected', { error: sentence(error) });
      setTimeout(() => this.connect(onConnected), 5 * SECOND_MS);
    }
  }

  /** Hears of each REC_STOP, ours too, where this SecurOS reports them. */
  listen(core) {
    if (typeof core.registerEventHandler !== 'function') return;
    try {
      core.registerEventHandler('CAM', '*', 'REC_STOP', (event) => this.onRecStop(String(event.sourceId)));
    } catch (error) {
      log('events_not_heard', { error: sentence(error) });
    }
  }

  /** `core.doReact` on a camera. Gives true when SecurOS said nothing in time. */
  react(camera, action, params, deadlineMs) {
    return this.call(`${action} of camera ${camera}`, deadlineMs, (core) =>
      core.doReact('CAM', camera, action, params),
    );
  }

  /** `core.sendEvent`. Gives true when SecurOS said nothing in time. */
  report(type, id, params, deadlineMs) {
    return this.call(`VCA_EVENT of ${type} ${id}`, deadlineMs, (core) =>
      core.sendEvent(type, id, 'VCA_EVENT', params),
    );
  }

  /** Draws shapes over the live image of `camera` on an operator's screen, in place of those before; empty: none. */
  draw(client, camera, shapes, deadlineMs) {
    return this.call(`DRAW_SHAPES_ON_FRAME of MEDIA_CLIENT ${client}`, deadlineMs, (core) =>
      core.doReact('MEDIA_CLIENT', client, 'DRAW_SHAPES_ON_FRAME', { cam: camera, shapes }),
    );
  }

  async call(what, deadlineMs, make) {
    if (!this.core) throw new Error('securos core not ready');
    return (await answerOf(make(this.core), this.waitMs(deadlineMs), what)) === SILENT;
  }

  waitMs(deadlineMs) {
    return Math.min(SILENCE_MS, deadlineMs - nowMs());
  }

  /** SecurOS has known this camera lately. */
  hasSeen(camera) {
    return nowMs() - (this.seenAtMs.get(camera) || 0) < CAMERA_CACHE_MS;
  }

  /** False only when SecurOS says that there is no such camera. In doubt a camera counts as known. */
  async knows(camera, deadlineMs) {
    if (!CHECK_CAMERAS || !this.core || typeof this.core.getObject !== 'function') return true;
    if (this.hasSeen(camera)) return true;
    try {
      const found = await answerOf(
        this.core.getObject('CAM', camera),
        this.waitMs(deadlineMs),
        `camera ${camera}`,
      );
      if (!found) return false;
    } catch (error) {
      log('camera_not_checked', { camera, error: sentence(error) });
    }
    this.seenAtMs.set(camera, nowMs());
    return true;
  }

  /** Every camera as `{id, name, state}`, or null when this SecurOS cannot list them. */
  async cameras(deadlineMs) {
    const core = this.core;
    if (typeof core.getObjectsIds !== 'function') return null;
    const ids = await answerOf(core.getObjectsIds('CAM'), deadlineMs - nowMs(), 'list of cameras');
    if (!Array.isArray(ids)) throw new Error('SecurOS gave no list of cameras');
    const list = [];
    for (let first = 0; first < ids.length; first += 16) {
      list.push(
        ...(await Promise.all(ids.slice(first, first + 16).map((id) => this.describe(id, deadlineMs)))),
      );
    }
    return list;
  }

  async describe(id, deadlineMs) {
    const plain = { id: String(id), name: '', state: null };
    if (typeof this.core.getObject !== 'function') return plain;
    const found = await answerOf(
      this.core.getObject('CAM', String(id)),
      deadlineMs - nowMs(),
      `camera ${id}`,
    );
    if (!found || found === SILENT) return plain;
    const state = found.state === undefined && found.params ? found.params.state : found.state;
    return { id: String(id), name: found.name || '', state: state === undefined ? null : state };
  }
}

/** Work for one camera runs one after the other, for different cameras side by side. */
class Lanes {
  constructor() {
    this.tails = new Map(); // camera -> promise of the last work
  }

  /** Runs `work`, an async function, when all earlier work of `camera` has ended. Gives what it gives. */
  run(camera, work) {
    const before = this.tails.get(camera);
    const turn = before ? before.then(work) : work();
    const leave = () => {
      if (this.tails.get(camera) === tail) this.tails.delete(camera);
    };
    const tail = turn.then(leave, leave); // the failure itself goes to the code that awaits `turn`
    this.tails.set(camera, tail);
    return turn;
  }
}

// --------------------------------------------------------------------------------- recordings and subtitles

/**
 * What lasts on cameras until a due time: open recordings, shown subtitles. One state for each camera, not a timer
 * for each event, so that a later event moves the end and an earlier one cannot cut it short.
 *
 * `end(camera, deadlineMs)` ends it in SecurOS. A failed end is tried again, after 1, 2, 4 … 30 seconds, until it works.
 */
class HeldStates {
  constructor(kind, journal, lanes, end) {
    this.kind = kind;
    this.journal = journal;
    this.lanes = lanes;
    this.end = end;
    this.states = new Map(); // camera -> { untilMs, timer }
  }

  get isAnyOpen() {
    return this.states.size > 0;
  }

  /** When the state of `camera` ends (ms since 1970), or null when there is none. */
  untilMs(camera) {
    const state = this.states.get(camera);
    return state ? state.untilMs : null;
  }

  /** Sets the end; null means there is nothing to end any more. Journaled before anything is done. */
  set(camera, untilMs) {
    this.journal.write(this.record(camera, untilMs));
    this.schedule(camera, untilMs);
  }

  /** Restores the newest record of a camera, `passedMs` after it was written. A clock set back prolongs nothing. */
  restore({ camera, at, until }, passedMs) {
    if (until === null) return;
    const leftMs = Math.min(until - at, DURATION_LIMIT_MS) - passedMs;
    this.schedule(camera, Math.min(until, nowMs() + leftMs));
  }

  schedule(camera, untilMs) {
    const old = this.states.get(camera);
    if (old) clearTimeout(old.timer);
    if (untilMs === null) this.states.delete(camera);
    else this.arm(camera, { untilMs, timer: null, failures: 0 }, untilMs - nowMs());
  }

  arm(camera, state, delayMs) {
    this.states.set(camera, state);
    state.timer = setTimeout(
      () => this.lanes.run(camera, () => this.finish(camera, state)),
      Math.max(0, delayMs),
    );
  }

  async finish(camera, state) {
    if (this.states.get(camera) !== state) return; // moved while it waited for its turn
    try {
      await this.end(camera, nowMs() + REQUEST_LIMIT_MS);
      this.set(camera, null);
    } catch (error) {
      if (state.failures === 0) log(`${this.kind}_not_ended`, { camera, error: sentence(error) });
      state.failures += 1;
      this.arm(camera, state, Math.min(30, 2 ** (state.failures - 1)) * SECOND_MS);
    }
  }

  /** Tries at once what could not be ended before. */
  endOverdue() {
    for (const [camera, state] of this.states) {
      if (state.failures > 0) this.schedule(camera, state.untilMs);
    }
  }

  record(camera, untilMs) {
    return { held: this.kind, camera, at: Math.floor(nowMs()), until: untilMs === null ? null : Math.ceil(untilMs) };
  }

  records() {
    return Array.from(this.states, ([camera, state]) => this.record(camera, state.untilMs));
  }
}

/** The boxes of the newest event of each camera, drawn over the live image of operators' screens until a due time. */
class LiveBoxes {
  constructor(journal, lanes, securos) {
    this.securos = securos;
    this.drawings = new Map(); // camera -> { shapes, timer, isUnderWay, hasFailed }
    this.ends = new HeldStates('drawing', journal, lanes, (camera, deadlineMs) => this.clear(camera, deadlineMs));
  }

  /** Draws the boxes of an event that is no late one. Never throws. */
  show(camera, { visualization, durationMs, isLate }) {
    if (MEDIA_CLIENTS.length === 0 || camera === null || !visualization || isLate) return;
    this.stop(camera);
    this.ends.set(camera, nowMs() + durationMs);
    const drawing = { shapes: visualization, isUnderWay: false, hasFailed: false };
    drawing.timer = setInterval(() => this.draw(camera, drawing), REDRAW_MS);
    this.drawings.set(camera, drawing);
    this.draw(camera, drawing);
  }

  async draw(camera, drawing) {
    if (drawing.isUnderWay) return;
    drawing.isUnderWay = true;
    try {
      await this.onEachClient(camera, drawing.shapes, nowMs() + SILENCE_MS);
      drawing.hasFailed = false;
    } catch (error) {
      if (!drawing.hasFailed) log('boxes_not_drawn', { camera, error: sentence(error) });
      drawing.hasFailed = true;
    }
    drawing.isUnderWay = false;
  }

  clear(camera, deadlineMs) {
    this.stop(camera);
    return this.onEachClient(camera, '', deadlineMs);
  }

  stop(camera) {
    const drawing = this.drawings.get(camera);
    if (drawing) clearInterval(drawing.timer);
    this.drawings.delete(camera);
  }

  onEachClient(camera, shapes, deadlineMs) {
    return Promise.all(MEDIA_CLIENTS.map((client) => this.securos.draw(client, camera, shapes, deadlineMs)));
  }
}

// -------------------------------------------------------------------------------------------------- steps

/** Does the steps of deliveries: recording, subtitle and event, in this order for each camera. */
class Steps {
  constructor(journal, securos) {
    this.securos = securos;
    this.lanes = new Lanes();
    this.memory = new DeliveryMemory(journal);
    this.recordings = new HeldStates('recording', journal, this.lanes, (camera, deadlineMs) =>
      this.stopRecording(camera, deadlineMs),
    );
    this.ownStopAtMs = new Map(); // camera -> when our last REC_STOP was sent
    securos.onRecStop = (camera) => this.noteRecStop(camera);
    this.subtitles = new HeldStates('subtitle', journal, this.lanes, (camera, deadlineMs) =>
      securos.react(camera, 'CLEAR_SUBTITLES', subtitleParams({}), deadlineMs),
    );
    this.liveBoxes = new LiveBoxes(journal, this.lanes, securos);
    this.held = [this.recordings, this.subtitles, this.liveBoxes.ends];
    journal.isAnythingOpen = () => this.held.some((states) => states.isAnyOpen);
    journal.restate = () => [].concat(...this.held.map((states) => states.records()));
    journal.oldestNeeded = () => this.memory.oldestSegment();
  }

  /** Reads the journal. What is open is ended at its due time, or at once if that has passed. */
  restore(journal, places) {
    const newest = { recording: new Map(), subtitle: new Map(), drawing: new Map() };
    const time = new PassedTime();
    journal.open(places, (record, segment) => {
      const passedMs = time.until(record.at);
      if (record.event_id) this.memory.restore(record, segment, passedMs);
      else if (newest[record.held]) newest[record.held].set(record.camera, { record, passedMs });
    });
    this.memory.rebase(time.ms);
    for (const states of this.held) {
      for (const { record, passedMs } of newest[states.kind].values()) {
        states.restore(record, time.ms - passedMs);
      }
    }
  }

  endOverdue() {
    for (const states of this.held) states.endOverdue();
  }

  /** Does what `delivery` asks and has not been done. Gives `{results, isDuplicate}`. */
  async deliver(delivery, deadlineMs) {
    if (delivery.eventId === null) {
      return {
        results: await this.onEachCamera(delivery, new Map(), () => {}, deadlineMs),
        isDuplicate: false,
      };
    }
    const { entry, isKnown } = this.memory.entryFor(delivery.eventId);
    // The same event may be under way and ask for less: what is left to do is known when it has ended.
    const onlyUndone = () => this.onlyUndone(delivery, entry, deadlineMs);
    const turn = entry.running ? entry.running.then(onlyUndone) : onlyUndone();
    entry.running = turn;
    try {
      return { results: await turn, isDuplicate: isKnown };
    } finally {
      if (entry.running === turn) entry.running = null;
    }
  }

  async onlyUndone(delivery, entry, deadlineMs) {
    const steps = this.memory.stepsOf(entry);
    const note = (result) => this.memory.note(delivery.eventId, steps, result);
    try {
      return await this.onEachCamera(delivery, steps, note, deadlineMs);
    } finally {
      this.memory.keep(entry, steps);
    }
  }

  async onEachCamera(delivery, steps, note, deadlineMs) {
    const cameras = delivery.cameras.length > 0 ? delivery.cameras : [null];
    const results = await Promise.all(
      cameras.map((camera) =>
        this.lanes.run(camera, () => this.onCamera(camera, delivery, steps, note, deadlineMs)),
      ),
    );
    return [].concat(...results);
  }

  /** The steps of one camera, one after the other. A failed one does not keep the next from being done. */
  async onCamera(camera, delivery, steps, note, deadlineMs) {
    const results = [];
    for (const step of ['REC', 'SUBTITLES', 'EVENT']) {
      const before = steps.get(stepKey(camera, step));
      if (before && before.ok) results.push(before);
      else if (stepsWanted(delivery, camera).includes(step)) {
        const begin = () => note({ camera_id: camera, step, begun: true });
        const result = await this.attempt(step, camera, delivery, begin, deadlineMs);
        if (before && (before.begun || before.repeated)) result.repeated = true; // the doubt stays until it worked
        note(result);
        results.push(result);
      }
    }
    return results;
  }

  async attempt(step, camera, delivery, begin, deadlineMs) {
    const result = { camera_id: camera, step, ok: true };
    try {
      // A delivery that waited before this one in the lane ended at its own deadline, so this one is late by little.
      if (nowMs() >= deadlineMs) throw new Error('no time was left: earlier calls are unanswered');
      const isKnown = camera === null || this.securos.hasSeen(camera) || (await this.securos.knows(camera, deadlineMs));
      if (!isKnown) {
        return { camera_id: camera, step, ok: false, error: `unknown camera ${camera}`, permanent: true };
      }
      begin();
      if (await this.make(step, camera, delivery, deadlineMs)) result.unanswered = true;
    } catch (error) {
      result.ok = false;
      result.error = sentence(error);
    }
    return result;
  }

  make(step, camera, delivery, deadlineMs) {
    if (step === 'REC') return this.record(camera, delivery, deadlineMs);
    if (step === 'SUBTITLES') return this.subtitle(camera, delivery, deadlineMs);
    return this.report(camera, delivery, deadlineMs);
  }

  async report(camera, delivery, deadlineMs) {
    const [type, id] = camera === null ? [NO_CAMERA_TYPE, NO_CAMERA_ID] : ['CAM', camera];
    const isUnanswered = await this.securos.report(type, id, eventParams(delivery), deadlineMs);
    this.liveBoxes.show(camera, delivery);
    return isUnanswered;
  }

  /** Starts or prolongs the recording. The end is journaled before the call: no crash leaves a camera recording. */
  async record(camera, delivery, deadlineMs) {
    const now = nowMs();
    const beforeMs = this.recordings.untilMs(camera);
    const untilMs = Math.max(beforeMs || 0, now + delivery.durationMs);
    this.recordings.set(camera, untilMs);
    try {
      const params = recordParams({ hot_rec_time: Math.round(untilMs - now) });
      return await this.securos.react(camera, 'REC', params, deadlineMs);
    } catch (error) {
      this.recordings.set(camera, beforeMs); // it did not start: a REC_STOP could end a recording that is not ours
      throw error;
    }
  }

  stopRecording(camera, deadlineMs) {
    this.ownStopAtMs.set(camera, nowMs());
    return this.securos.react(camera, 'REC_STOP', recordParams({}), deadlineMs);
  }

  /** Logs that an operator, or another program, has ended a recording of ours. Our REC_STOP comes all the same. */
  noteRecStop(camera) {
    const now = nowMs();
    const untilMs = this.recordings.untilMs(camera);
    const isOwn = now - (this.ownStopAtMs.get(camera) || -Infinity) < OWN_STOP_HEARD_MS;
    if (untilMs === null || untilMs <= now || isOwn) return;
    log('recording_stopped_by_other', { camera, missing_s: Math.round((untilMs - now) / SECOND_MS) });
  }

  /** Shows the newest text. It is cleared at its own end. */
  async subtitle(camera, delivery, deadlineMs) {
    this.subtitles.set(camera, nowMs() + delivery.durationMs);
    const isClearUnanswered = await this.securos.react(camera, 'CLEAR_SUBTITLES', subtitleParams({}), deadlineMs);
    const params = subtitleParams({ command: subtitleHtml(delivery) });
    return (await this.securos.react(camera, 'ADD_SUBTITLES', params, deadlineMs)) || isClearUnanswered;
  }
}

/** The steps that `delivery` asks for on `camera` (null: none), in order. */
function stepsWanted(delivery, camera) {
  if (camera === null) return ['EVENT'];
  return [...(delivery.records ? ['REC'] : []), ...(delivery.subtitles ? ['SUBTITLES'] : []), 'EVENT'];
}

function recordParams(params) {
  return RECORD_PRIORITY ? Object.assign(params, { priority: RECORD_PRIORITY }) : params;
}

function subtitleParams(params) {
  return SUBTITLE_TITLE_ID ? Object.assign(params, { title_id: SUBTITLE_TITLE_ID }) : params;
}

/** Parameters of VCA_EVENT. `date` and `time` are the server's local time of the event. */
function eventParams(delivery) {
  const at = delivery.time || new Date();
  const two = (number) => String(number).padStart(2, '0');
  const params = {
    comment: delimited({
      comment: delivery.description,
      description: delivery.name,
      visualization: delivery.visualization,
    }),
    description: delivery.name,
    date: `${two(at.getDate())}-${two(at.getMonth() + 1)}-${two(at.getFullYear() % 100)}`,
    time: `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`,
  };
  if (delivery.cams !== undefined) params.cams = delivery.cams;
  return params;
}

/** JSON without the characters `<` and `>`, which delimit parameters in the protocol of SecurOS. It reads the same. */
function delimited(value) {
  return JSON.stringify(value).replace(/</g, '\\u003c').replace(/>/g, '\\u003e');
}

function subtitleHtml(delivery) {
  return `<p style="color:red;">${escaped(delivery.name)}</p><p>${escaped(delivery.description)}</p>`;
}

function escaped(text) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character]);
}

/** One line about an error, without its stack. */
function sentence(error) {
  return String((error && error.message) || error)
    .split('\n')[0]
    .slice(0, 300);
}

// ---------------------------------------------------------------------------------------- reading a delivery

/** A request that is answered with `status` and one sentence. */
class Refusal extends Error {
  constructor(status, message, headers) {
    super(message);
    this.status = status;
    this.headers = headers || {};
  }
}

/** The delivery in the bytes of a request body. Throws a 400. See contract/delivery.md, "Fields". */
function readDelivery(bytes) {
  const text = bytes.toString('utf8');
  const mayBeWrong = text.includes('\ufffd'); // stands in place of each wrong byte, and may be sent as well
  if (mayBeWrong && !Buffer.from(text).equals(bytes)) throw new Refusal(400, 'The body is not UTF-8.');
  let body;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, 'The body is not JSON.');
  }
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new Refusal(400, 'The body must be a JSON object.');
  }
  return {
    cameras: readCameras(body.camera_id),
    name: readText(body.event_name || 'Lumeo Event', 'event_name'),
    description: readText(body.event_description, 'event_description'),
    durationMs: readDurationMs(body.event_duration),
    records: Boolean(body.trigger_recording),
    subtitles: Boolean(body.add_subtitle),
    isLate: Boolean(body.late),
    visualization: isAbsent(body.visualization) ? undefined : readText(body.visualization, 'visualization'),
    cams: isAbsent(body.cams) ? undefined : body.cams,
    eventId: readEventId(body.event_id),
    time: readTime(body.event_time),
  };
}

function isAbsent(value) {
  return value === undefined || value === null;
}

/** Camera ids from a list, a single string or number, or "1,2". Spaces and repetitions are dropped. */
function readCameras(value) {
  const items = isAbsent(value) ? [] : Array.isArray(value) ? value : [value];
  const cameras = new Set();
  for (const item of items) {
    if (typeof item !== 'string' && typeof item !== 'number') {
      throw new Refusal(400, 'camera_id must be a list of strings.');
    }
    for (const part of String(item).split(',')) if (part.trim()) cameras.add(wellFormed(part.trim()));
  }
  if (cameras.size > CAMERA_LIMIT)
    throw new Refusal(400, `camera_id names more than ${CAMERA_LIMIT} cameras.`);
  for (const camera of cameras) {
    if (camera.length > CAMERA_ID_LIMIT) {
      throw new Refusal(400, `A camera id is longer than ${CAMERA_ID_LIMIT} characters.`);
    }
  }
  return Array.from(cameras);
}

function readText(value, field) {
  if (isAbsent(value)) return '';
  if (typeof value === 'object') throw new Refusal(400, `${field} must be a string.`);
  return wellFormed(String(value));
}

const HALF_CHARACTER = /[\ud800-\udfff]/; // two of them, in the right order, are a whole one

/** The text with half characters (lone surrogates) replaced, because SecurOS could not encode them. */
function wellFormed(text) {
  return HALF_CHARACTER.test(text) ? Buffer.from(text).toString() : text;
}

/** Milliseconds from `event_duration` in seconds: null is 0; what is negative or not a number is the default. */
function readDurationMs(value) {
  if (value === null) return 0;
  const isNumber = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '');
  const durationMs = isNumber ? Number(value) * SECOND_MS : NaN;
  if (Number.isNaN(durationMs) || durationMs < 0) return DEFAULT_DURATION_MS;
  return Math.min(durationMs, DURATION_LIMIT_MS);
}

function readEventId(value) {
  if (isAbsent(value)) return null;
  if (typeof value !== 'string' || value === '' || value.length > EVENT_ID_LIMIT) {
    throw new Refusal(400, `event_id must be a string of 1 to ${EVENT_ID_LIMIT} characters.`);
  }
  // Two ids that differ in half characters only would become one, and the answer would name another id.
  if (wellFormed(value) !== value) throw new Refusal(400, 'event_id holds half of a character (a lone surrogate).');
  return value;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function readTime(value) {
  if (isAbsent(value)) return null;
  const [, year, month, day] = (typeof value === 'string' && TIME.exec(value)) || [];
  const lastDay = day > '28' ? new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate() : 28;
  const isDated = day !== undefined && Number(day) <= lastDay;
  const time = new Date(isDated ? value.toUpperCase().replace(' ', 'T') : NaN);
  if (Number.isNaN(time.getTime())) throw new Refusal(400, 'event_time must be a time as in RFC 3339.');
  return time;
}

// -------------------------------------------------------------------------------------------------- login

/** Judges the token of requests. A right token always passes; wrong ones are limited for each address. */
class Login {
  constructor(token) {
    this.digest = sha256(token);
    this.accepted = new WeakMap(); // socket -> the header that was accepted on it, as bytes
    this.failures = new Map(); // address -> { count, endsAtMs }
  }

  hasToken({ headers, socket }) {
    const header = headers.authorization || '';
    const bytes = Buffer.from(header);
    const accepted = this.accepted.get(socket);
    if (accepted && accepted.length === bytes.length && crypto.timingSafeEqual(accepted, bytes)) return true;
    const isAccepted = this.judge(header.trim());
    if (isAccepted) this.accepted.set(socket, bytes); // a kept connection sends it with each request
    return isAccepted;
  }

  judge(header) {
    const end = header.search(/\s/); // no larger pattern: a header of many spaces would keep it busy
    return end > 0 && this.accepts(header.slice(0, end).toLowerCase(), header.slice(end).trim());
  }

  /** Throws a 401 for a request without the token, or a 429 for an address with too many wrong ones. */
  refuse(request) {
    this.countFailure(request.socket.remoteAddress || '');
    const what = request.headers.authorization ? 'The token is wrong.' : 'A token is needed: Authorization: Bearer TOKEN.';
    throw new Refusal(401, what, { 'WWW-Authenticate': 'Bearer, Basic realm="securos-trigger"' });
  }

  accepts(scheme, value) {
    if (scheme === 'bearer') return this.isToken(value);
    if (scheme !== 'basic') return false;
    const pair = Buffer.from(value, 'base64').toString('utf8');
    const colon = pair.indexOf(':');
    const isUser = this.isToken(colon < 0 ? pair : pair.slice(0, colon));
    const isPassword = this.isToken(colon < 0 ? '' : pair.slice(colon + 1));
    return isUser || isPassword;
  }

  /** Compares digests of equal length, so that the time taken says nothing about the token. */
  isToken(text) {
    return crypto.timingSafeEqual(sha256(text), this.digest);
  }

  countFailure(address) {
    const now = nowMs();
    let failure = this.failures.get(address);
    if (!failure || failure.endsAtMs <= now) {
      if (this.failures.size >= FAILED_LOGIN_ADDRESSES)
        this.failures.delete(this.failures.keys().next().value);
      failure = { count: 0, endsAtMs: now + FAILED_LOGIN_WINDOW_MS };
      this.failures.delete(address); // so that the oldest window stands first
      this.failures.set(address, failure);
    }
    failure.count += 1;
    if (failure.count === FAILED_LOGIN_LIMIT + 1) log('too_many_failed_logins', { address });
    if (failure.count > FAILED_LOGIN_LIMIT) {
      const seconds = Math.ceil((failure.endsAtMs - now) / SECOND_MS);
      throw new Refusal(429, 'Too many wrong tokens from this address.', { 'Retry-After': String(seconds) });
    }
  }
}

function sha256(text) {
  return crypto.createHash('sha256').update(text).digest();
}

// --------------------------------------------------------------------------------------------------- http

/** Answers requests. Every answer is JSON; a refusal is `{"error": one sentence}`. */
class Service {
  constructor(settings, journal, securos, steps) {
    this.isHttps = settings.https;
    this.login = new Login(settings.token);
    this.journal = journal;
    this.securos = securos;
    this.steps = steps;
    this.routes = new Map([
      ['/lumeoevent', { method: 'POST', isOpen: false, answer: (call) => this.deliver(call) }],
      ['/lumeoevent/check', { method: 'POST', isOpen: false, answer: (call) => this.check(call) }],
      ['/cameras', { method: 'GET', isOpen: false, answer: (call) => this.cameras(call) }],
      ['/health', { method: 'GET', isOpen: true, answer: () => this.health() }],
    ]);
  }

  /** Handles one request and never throws. */
  async handle(request, response) {
    const deadlineMs = nowMs() + REQUEST_LIMIT_MS;
    const hasToken = this.login.hasToken(request);
    if (!hasToken) response.setHeader('Connection', 'close'); // it is kept open for more only with the token
    try {
      const route = this.routeOf(request);
      if (!route.isOpen && !hasToken) this.login.refuse(request);
      const body = await route.answer({ request, deadlineMs });
      answer(request, response, 200, body, {});
    } catch (error) {
      if (!(error instanceof Refusal))
        log('request_failed', { error: String((error && error.stack) || error) });
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, 'The receiver failed; its log says why.');
      answer(request, response, refusal.status, { error: refusal.message }, refusal.headers);
    }
  }

  routeOf(request) {
    if (request.headers.host === undefined && request.httpVersion === '1.1') {
      throw new Refusal(400, 'The header Host is missing.');
    }
    if (request.url === '*') throw new Refusal(405, 'The receiver as a whole takes no method.', { Allow: 'GET, POST' });
    const route = this.routes.get(request.url) || this.routes.get(pathOf(request.url));
    if (!route) throw new Refusal(404, 'There is no such path.');
    if (request.method !== route.method) {
      throw new Refusal(405, `This path takes ${route.method} only.`, { Allow: route.method });
    }
    return route;
  }

  async deliver({ request, deadlineMs }) {
    const startMs = nowMs();
    const delivery = readDelivery(await readBody(request, deadlineMs));
    this.needCore();
    const { results, isDuplicate } = await this.steps.deliver(delivery, deadlineMs);
    const ok = results.every((result) => result.ok);
    logSoon('delivery', {
      event_id: delivery.eventId,
      cameras: delivery.cameras,
      ok,
      duplicate: isDuplicate,
      results: results.map(
        (result) => `${result.camera_id || '-'} ${result.step} ${result.ok ? 'ok' : result.error}`,
      ),
      took_ms: Math.round(nowMs() - startMs),
      from: request.socket.remoteAddress,
    });
    return {
      ok,
      ...(delivery.eventId === null ? {} : { event_id: delivery.eventId }), // the sign that we know event ids
      ...(isDuplicate ? { duplicate: true } : {}),
      results,
    };
  }

  /** Judges a delivery as `deliver` would and does nothing. */
  async check({ request, deadlineMs }) {
    const delivery = readDelivery(await readBody(request, deadlineMs));
    this.needCore();
    const cameras = delivery.cameras.length > 0 ? delivery.cameras : [null];
    const known = await Promise.all(cameras.map((id) => id === null || this.securos.knows(id, deadlineMs)));
    const results = [].concat(
      ...cameras.map((camera, index) =>
        stepsWanted(delivery, camera).map((step) =>
          known[index]
            ? { camera_id: camera, step, ok: true }
            : { camera_id: camera, step, ok: false, error: `unknown camera ${camera}`, permanent: true },
        ),
      ),
    );
    return { ok: results.every((result) => result.ok), checked: true, results };
  }

  async cameras({ deadlineMs }) {
    this.needCore();
    const list = await this.securos.cameras(deadlineMs);
    if (list === null) throw new Refusal(501, 'This SecurOS does not list its cameras.');
    return list;
  }

  health() {
    return {
      ok: true,
      coreReady: this.securos.isReady,
      https: this.isHttps,
      receiver: 'securos-trigger',
      version: VERSION,
      node: process.version,
      uptime_s: Math.floor(process.uptime()),
      now: new Date().toISOString(),
      utc_offset_minutes: -new Date().getTimezoneOffset(),
      durable: this.journal.durable,
      durable_problem: this.journal.problem,
    };
  }

  needCore() {
    if (!this.securos.isReady) throw new Refusal(503, 'securos core not ready', { 'Retry-After': '5' });
  }
}

/** The path of a request's URL, which may be a whole address and have a query. */
function pathOf(url) {
  return url.replace(/^https?:\/\/[^/?]*/i, '').split('?')[0];
}

function answer(request, response, status, body, headers) {
  if (response.writableEnded || response.destroyed) return; // the sender has gone
  const text = JSON.stringify(body);
  const isRead = request.complete || !hasBody(request);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    ...(isRead ? {} : { Connection: 'close' }),
    ...headers,
  });
  if (isRead) endSoon(response, text);
  else endWhenRead(request, response, text);
}

const heldAnswers = []; // { response, text }, to requests that arrived together

/** Sends an answer when all requests that have arrived are handled: each write may have to wake a sender, which is dear. */
function endSoon(response, text) {
  releaseSoon();
  heldAnswers.push({ response, text });
}

function sendHeldAnswers() {
  for (const { response, text } of heldAnswers.splice(0)) if (!response.destroyed) response.end(text);
}

function hasBody({ headers }) {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/**
 * Sends an answer to a request whose body is not wanted. The connection closes after it, and closing while a sender
 * still writes would throw the answer away: so the rest of the body is dropped for a second before.
 */
function endWhenRead(request, response, text) {
  response.write(text);
  const timer = setTimeout(() => request.destroy(), SECOND_MS);
  request.on('end', () => response.end());
  request.on('close', () => clearTimeout(timer));
  request.resume();
}

const openBodies = new Set(); // requests whose body has not arrived yet: { deadlineMs, refuse }

/** Refuses the bodies that are too slow. One look a second costs less than a timer for each request. */
function refuseSlowBodies() {
  for (const body of openBodies) {
    if (nowMs() >= body.deadlineMs) body.refuse(new Refusal(408, 'The request did not arrive in time.'));
  }
}

/** The body of a request as bytes. Throws a 415 for the wrong type, a 413 when too large, a 408 when too slow. */
function readBody(request, deadlineMs) {
  needJson(request.headers);
  if (Number(request.headers['content-length']) > BODY_LIMIT_BYTES) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    const refuse = (refusal) => {
      openBodies.delete(body);
      reject(refusal);
    };
    const body = { deadlineMs, refuse };
    openBodies.add(body);
    request.on('data', (chunk) => {
      size += chunk.length;
      if (size > BODY_LIMIT_BYTES) refuse(tooLarge());
      else chunks.push(chunk);
    });
    request.on('end', () => {
      openBodies.delete(body);
      resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    });
    for (const cut of ['error', 'aborted']) request.on(cut, () => refuse(new Refusal(400, 'The body was cut off.')));
  });
}

function needJson(headers) {
  if (headers['content-type'] === 'application/json' && !headers['content-encoding']) return;
  const [type, ...parameters] = (headers['content-type'] || '').split(';').map((part) => part.trim());
  const charsets = parameters.filter((one) => /^charset\s*=/i.test(one));
  const isUtf8 = charsets.every((one) => /^charset\s*=\s*("utf-?8"|utf-?8)$/i.test(one));
  if (type.toLowerCase() !== 'application/json' || !isUtf8 || headers['content-encoding']) {
    throw new Refusal(
      415,
      'The body must be sent as Content-Type: application/json, in UTF-8, not compressed.',
    );
  }
}

function tooLarge() {
  return new Refusal(413, `The body is larger than ${BODY_LIMIT_BYTES} bytes.`);
}

// -------------------------------------------------------------------------------------------------- start

function serve(settings, service, onListening) {
  const handle = (request, response) => {
    noteUnanswered(request, response);
    service.handle(request, response);
  };
  // How often Node 18 and later look for slow requests. Our own answer to a missing Host has a sentence.
  const options = { connectionsCheckingInterval: SECOND_MS, requireHostHeader: false };
  const secure = { key: settings.key, cert: settings.cert, handshakeTimeout: REQUEST_LIMIT_MS };
  const server = settings.https
    ? https.createServer({ ...options, ...secure }, handle)
    : http.createServer(options, handle);
  server.maxConnections = CONNECTION_LIMIT;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.timeout = SOCKET_SILENCE_MS; // the oldest releases have no other limit for a connection that falls silent
  // Before Node 18 these two limits also count the time until the answer and the idle time of a kept connection.
  const isOld = Number(process.versions.node.split('.')[0]) < 18;
  server.requestTimeout = isOld ? SOCKET_SILENCE_MS : REQUEST_LIMIT_MS;
  server.headersTimeout = isOld ? KEEP_ALIVE_MS + SECOND_MS : REQUEST_LIMIT_MS;
  server.on('clientError', refuseMalformed);
  setInterval(refuseSlowBodies, SECOND_MS).unref();
  server.on('connection', limitAddress(new Map()));
  // Node closes a connection when its sender has ended its side: an answer that is held goes out before.
  server.on(settings.https ? 'secureConnection' : 'connection', (socket) => {
    socket.prependListener('end', sendHeldAnswers);
  });
  server.on('checkExpectation', (request, response) => {
    answer(request, response, 417, { error: 'The only expectation that is met is 100-continue.' }, {});
  });
  server.on('error', (error) => {
    log('not_listening', { error: sentence(error) });
    if (!server.listening) setTimeout(() => server.listen(...address), 5 * SECOND_MS);
  });
  const address = settings.host ? [settings.port, settings.host] : [settings.port];
  server.once('listening', () => onListening(server.address().port));
  server.on('listening', () => log('listening', { port: server.address().port, https: settings.https }));
  server.listen(...address);
}

/** Closes a connection of an address that has its share already; says so once, until it has none left. */
function limitAddress(open) {
  const refused = new Set();
  return (socket) => {
    const address = socket.remoteAddress || '';
    const count = open.get(address) || 0;
    if (count >= ADDRESS_CONNECTION_LIMIT) {
      if (!refused.has(address)) log('too_many_connections', { address, limit: ADDRESS_CONNECTION_LIMIT });
      refused.add(address);
      socket.destroy();
      return;
    }
    open.set(address, count + 1);
    socket.once('close', () => {
      const left = open.get(address) - 1;
      if (left > 0) open.set(address, left);
      else {
        open.delete(address);
        refused.delete(address);
      }
    });
  };
}

const unanswered = new WeakMap(); // socket -> the requests on it that have no whole answer yet

function noteUnanswered(request, response) {
  const { socket } = request;
  if (!unanswered.has(socket)) unanswered.set(socket, new Set());
  unanswered.get(socket).add(request);
  response.on('close', () => unanswered.get(socket).delete(request)); // comes after a whole answer, too
}

/** Answers what is not HTTP at all, or arrives too slowly. */
function refuseMalformed(error, socket) {
  // A refusal of what follows a whole request would be read as the answer to that one.
  const isOthersTurn = Array.from(unanswered.get(socket) || []).some((request) => request.complete);
  if (error.code === 'ECONNRESET' || !socket.writable || isOthersTurn) {
    socket.destroy();
    return;
  }
  const [status, message] = UNREADABLE[error.code] || [
    '400 Bad Request',
    'This is not a request that can be read.',
  ];
  const text = JSON.stringify({ error: message });
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n`;
  socket.end(`${head}Connection: close\r\n\r\n${text}`, () => socket.destroy());
  // Nothing can be sent before a TLS handshake has ended, and nothing is sent to a peer that does not read.
  setTimeout(() => socket.destroy(), SECOND_MS).unref();
}

const UNREADABLE = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The header of the request is too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
};

/** Logs an unexpected error; the receiver goes on serving. */
function guardProcess() {
  for (const name of ['uncaughtException', 'unhandledRejection']) {
    process.on(name, (error) =>
      log('unexpected_error', { kind: name, error: String((error && error.stack) || error) }),
    );
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {}); // a log that is not read any more must not end the receiver, and cannot report it
  }
}

function main() {
  guardProcess();
  try {
    const settings = readSettings(process.env);
    if (settings.https) checkPair(settings);
    const journal = new Journal();
    const securos = new Securos();
    const steps = new Steps(journal, securos);
    const service = new Service(settings, journal, securos, steps);
    // The state belongs to the process that holds the port: two receivers must not end each other's recordings.
    serve(settings, service, (port) => {
      steps.restore(journal, stateFolders(settings, port));
      securos.connect(() => steps.endOverdue());
    });
  } catch (error) {
    log('not_serving', { error: sentence(error) });
    process.exitCode = 1;
  }
}

main();
