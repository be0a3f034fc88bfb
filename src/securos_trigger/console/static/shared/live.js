/** What happens, as it happens: for a page that somebody can see. */

import { session } from './api.js';
import { patched } from './patch.js';
import { afterPress } from './press.js';
import { SILENT_MS, Stream } from './stream.js';

const HIDDEN_MS = 5000; // then a hidden page listens no more
const AGAIN_MS = 2000;
const QUIET_MS = 4000; // the console says something every second: after this long what is shown is not of now
const DEAD_MS = SILENT_MS + 5000; // the worker says before this that it hears nothing: after it, the worker itself is dead

/**
 * Server-sent events as events of this target: `overview`, `delivery`, and `state` with `open`, `late` (the overview has
 * not been renewed for some seconds), `lost` or a sentence.
 */
export class Live extends EventTarget {
  /** `version`: of the console. Pages of another version have a worker of their own. */
  constructor(version) {
    super();
    this.overview = null;
    this.askedAtMs = -AGAIN_MS;
    this.state = '';
    this.isListening = this.isLost = false;
    const take = (message) => afterPress(() => this.take(message));
    this.own = () => own(take);
    this.source = shared(version, take, () => this.alone()) || this.own();
    document.addEventListener('visibilitychange', () => this.pause());
    addEventListener('pagehide', () => this.leave());
    this.listen();
    this.pause();
  }

  /** A hidden page listens no more; it asks again as soon as it is shown. */
  pause() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.leave(), HIDDEN_MS);
    else if (!this.isListening) this.listen();
  }

  listen() {
    this.isListening = true;
    if (this.isLost) this.again();
    else this.ask();
  }

  /** Asks for all, and for what comes. */
  ask() {
    this.heard();
    this.source.listen();
  }

  /** Goes on without the worker: it cannot be made, or it is dead. */
  alone() {
    this.source.end();
    this.source = this.own();
    if (this.isListening && !this.isLost) this.ask();
  }

  /** The stream, or the worker that has it, has said something. */
  heard() {
    clearTimeout(this.silence);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.renewed(false), QUIET_MS);
    this.silence = setTimeout(() => {
      this.alone();
      this.lose();
    }, DEAD_MS);
  }

  /** The person may be another one when the page is seen again, so it asks for the session then. */
  leave() {
    this.isListening = false;
    this.isLost = true;
    clearTimeout(this.silence);
    clearTimeout(this.quiet);
    this.source.leave();
  }

  take({ kind, data }) {
    if (!this.isListening) return;
    if (kind === 'lost') return this.lose();
    if (this.isLost) return kind === 'open' && this.again();
    this.heard();
    if (kind === 'beat') return this.renewed(!data.is_late);
    if (kind === 'overview' || kind === 'changes') this.renewed(true);
    if (kind === 'open') this.say('state', 'open');
    else if (kind === 'delivery') this.say('delivery', data);
    else if (kind === 'overview' && data.error) this.say('state', data.error);
    else if (kind === 'overview') {
      this.overview = data;
      if (this.state !== 'open') this.say('state', 'open'); // after an error
      this.say('overview', data);
    } else this.say('overview', (this.overview = patched(this.overview, data)));
  }

  /** The overview is of now, or has not been renewed for some seconds. */
  renewed(isNow) {
    if (!isNow && this.state === 'open') this.say('state', 'late');
    if (!isNow || this.state !== 'late') return;
    this.say('state', 'open');
    if (this.overview) this.say('overview', this.overview); // a beat brings none: what was known is of now again
  }

  /** The session may be over, or the console is starting, or gone: asks at once which it is. */
  lose() {
    clearTimeout(this.silence);
    clearTimeout(this.quiet);
    this.isLost = true;
    this.say('state', 'lost');
    this.againSoon();
  }

  /** Asks at once, but not more often than every 2 s. */
  againSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.again(), Math.max(0, this.askedAtMs + AGAIN_MS - performance.now()));
  }

  /** Goes on when somebody is logged in, with their token: it may be another session, begun on another page. */
  async again() {
    clearTimeout(this.waiting);
    if (!this.isListening) return; // hidden meanwhile
    this.askedAtMs = performance.now();
    try {
      await session();
      this.isLost = false;
      if (this.isListening) this.ask();
    } catch (refusal) {
      if (refusal.status === 401) this.say('state', refusal.message);
      this.againSoon();
    }
  }

  /** Calls `work` once, when what was refused may be answered: the stream is open again, or after a 503 the service answers. */
  afterRefusal(refusal, work) {
    const fromMs = performance.now() + AGAIN_MS;
    const done = new AbortController();
    const again = () => {
      done.abort();
      work();
    };
    this.addEventListener('state', ({ detail }) => detail === 'open' && again(), { signal: done.signal });
    if (refusal.status === 503) this.addEventListener('overview', ({ detail }) => detail.counts && performance.now() >= fromMs && again(), { signal: done.signal });
  }

  say(name, detail) {
    if (name === 'state') this.state = detail;
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, take) {
    this.addEventListener(name, (event) => take(event.detail));
    if (name === 'overview' && this.overview) take(this.overview);
    if (name === 'state' && this.state) take(this.state);
  }
}

/** The stream that all pages share; null where the browser has no such thing. `fail` is called when it cannot be made. */
function shared(version, take, fail) {
  if (!window.SharedWorker) return null;
  const worker = new SharedWorker('/shared/stream_worker.js', { type: 'module', name: `stream ${version}` });
  const port = worker.port;
  let isOver = false;
  worker.addEventListener('error', () => isOver || fail(), { once: true });
  port.addEventListener('message', ({ data }) => take(data));
  port.start();
  return {
    listen: () => port.postMessage('listen'),
    leave: () => port.postMessage('leave'),
    end() {
      isOver = true;
      port.postMessage('leave');
      port.close(); // or what it says comes twice
    },
  };
}

/** A stream of this page alone. */
function own(take) {
  const tell = (message) => take(structuredClone(message)); // each keeps an overview of its own
  const stream = new Stream(tell);
  return { listen: () => stream.listen(tell), leave: () => stream.close(), end: () => stream.close() };
}
