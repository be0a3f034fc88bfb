/** What happens, as it happens: for a page that somebody can see. */

import { session } from './api.js';
import { patched } from './patch.js';
import { Stream } from './stream.js';

const HIDDEN_MS = 5000; // then a hidden page listens no more
const AGAIN_MS = 2000;

/** Server-sent events as events of this target: `overview`, `delivery`, and `state` with `open`, `lost` or a sentence. */
export class Live extends EventTarget {
  constructor() {
    super();
    this.overview = null;
    this.state = '';
    this.isListening = this.isLost = false;
    const take = (message) => this.take(message);
    const alone = () => {
      this.source = own(take);
      if (this.isListening) this.source.listen();
    };
    this.source = shared(take, alone) || own(take);
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
    else this.source.listen();
  }

  leave() {
    this.isListening = false;
    this.source.leave();
  }

  take({ kind, data }) {
    if (!this.isListening) return;
    if (kind === 'lost' || kind === 'refused') this.lose(kind === 'refused');
    else if (this.isLost) kind === 'open' && this.again();
    else if (kind === 'open') this.say('state', 'open');
    else if (kind === 'delivery') this.say('delivery', data);
    else if (kind === 'overview' && data.error) this.say('state', data.error);
    else if (kind === 'overview') this.say('overview', (this.overview = data));
    else this.say('overview', (this.overview = patched(this.overview, data)));
  }

  /** After a refusal the browser does not try again by itself: the session may be over, or the console is starting. */
  lose(isRefused) {
    this.isLost = true;
    this.say('state', 'lost');
    if (isRefused) this.againLater();
  }

  againLater() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.again(), AGAIN_MS);
  }

  /** Goes on when somebody is logged in, with their token: it may be another session, begun on another page. */
  async again() {
    clearTimeout(this.waiting);
    if (!this.isListening) return; // hidden meanwhile
    try {
      await session();
      this.isLost = false;
      this.source.listen();
    } catch (refusal) {
      if (refusal.status === 401) this.say('state', refusal.message);
      this.againLater();
    }
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
function shared(take, fail) {
  if (!window.SharedWorker) return null;
  const worker = new SharedWorker('/shared/stream_worker.js', { type: 'module', name: 'stream' });
  worker.addEventListener('error', fail, { once: true });
  worker.port.addEventListener('message', ({ data }) => take(data));
  worker.port.start();
  return { listen: () => worker.port.postMessage('listen'), leave: () => worker.port.postMessage('leave') };
}

/** A stream of this page alone. */
function own(take) {
  const tell = (message) => take(structuredClone(message)); // each keeps an overview of its own
  const stream = new Stream(tell);
  return { listen: () => stream.listen(tell), leave: () => stream.close() };
}
