/** The JSON API: requests, the session, and the stream of events. */

import { hasUnsaved } from './unsaved.js';

let csrf = '';

/** A refusal. `status` is 0 when the console does not answer at all; `body` is what it said. */
export class Refusal extends Error {
  constructor(status, body) {
    super(body.error || `The console answers with status ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** Sends a request and gives the answer. Throws `Refusal`; without a session the login page opens. */
export async function request(method, path, body, headers = {}) {
  let response;
  try {
    response = await fetch(`/api/${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'X-CSRF-Token': csrf }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    throw new Refusal(0, { error: 'The console does not answer. Is it running?' });
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  if (response.status === 401 && path !== 'login') {
    const here = location.pathname + location.search + location.hash;
    if (hasUnsaved()) answer.error = 'You are logged out. Log in on another page of this console, then go on here: what you have not saved is still there.';
    else location.replace(`/login.html?next=${encodeURIComponent(here)}${csrf ? '&over=1' : ''}`);
  }
  throw new Refusal(response.status, answer);
}

export const get = (path) => request('GET', path);
export const post = (path, body = {}) => request('POST', path, body);

/** `?a=1&b=2` without the empty ones. */
export function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

export const part = encodeURIComponent;

/** Who is logged in: `user`, `role`. */
export async function session() {
  const found = await get('session');
  csrf = found.csrf;
  return found;
}

const ROLES = ['look', 'operate', 'configure'];

/** True when `role` may do what `least` may. */
export function may(role, least) {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

const HIDDEN_MS = 5000; // then a hidden page gives its connection back: a browser has six for all pages of a site

/** Server-sent events as events of this target: `overview`, `delivery`, and `state` with `open` or `lost`. */
export class Live extends EventTarget {
  constructor() {
    super();
    this.overview = null;
    this.source = null;
    document.addEventListener('visibilitychange', () => this.pause());
    this.connect();
    this.pause();
  }

  /** A hidden page listens no more; it asks again as soon as it is shown. */
  pause() {
    clearTimeout(this.hiding);
    if (!document.hidden && this.source === null) this.connect();
    if (!document.hidden) return;
    this.hiding = setTimeout(() => {
      if (this.source) this.source.close();
      this.source = null;
    }, HIDDEN_MS);
  }

  connect() {
    if (this.source) this.source.close(); // two would say everything twice
    const source = (this.source = new EventSource('/api/stream'));
    source.addEventListener('open', () => this.say('state', 'open'));
    source.addEventListener('overview', (message) => {
      const overview = JSON.parse(message.data);
      if (overview.error) this.say('state', overview.error);
      else this.say('overview', (this.overview = overview));
    });
    source.addEventListener('delivery', (message) => this.say('delivery', JSON.parse(message.data)));
    source.addEventListener('error', () => {
      if (source !== this.source) return;
      this.say('state', 'lost');
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again
      setTimeout(() => this.again(), 2000);
    });
  }

  /** After a refusal the browser does not try again by itself: the session may be over, or the console is starting. */
  async again() {
    if (this.source === null) return; // hidden meanwhile
    try {
      await session();
      this.connect();
    } catch (refusal) {
      if (refusal.status === 401) this.say('state', refusal.message);
      setTimeout(() => this.again(), 2000);
    }
  }

  say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, take) {
    this.addEventListener(name, (event) => take(event.detail));
    if (name === 'overview' && this.overview) take(this.overview);
  }
}
