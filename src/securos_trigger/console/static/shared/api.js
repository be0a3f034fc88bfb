/** The JSON API: requests, and the session. */

import { released } from './press.js';
import { hasUnsaved } from './unsaved.js';

const WITHIN_MS = 60000; // the slowest answer to a GET: names of cameras, checks of the doctor
const SOON_MS = 10000; // for what is asked again and again
const CHANGE_WITHIN_MS = 180000; // a save waits for the service, a test event for the receiver
const LONGEST_MS = 1800000; // a replay of a large recording
/** What a page says whose session is over while something on it is not saved. */
export const LOGGED_OUT = 'You are logged out. Log in on another page of this console, then go on here: what you have not saved is still there.';
let csrf = '';
let person = null; // whose page this is: `user`, `role`
let other = null; // who is logged in meanwhile instead of that person
let isLoggingOut = false;
let leaving = new AbortController();
addEventListener('pagehide', () => leaving.abort()); // the next page needs the connections: a browser has six for a site
addEventListener('pageshow', () => (leaving = new AbortController()));

/** A refusal. `status` is 0 when the console does not answer at all; `body` is what it said. */
export class Refusal extends Error {
  constructor(status, body) {
    super(sentenceOf(body) || `The console answers with status ${status}.`);
    this.status = status;
    this.body = body;
  }
}

/** What a refusal says, as a sentence: what is wrong with an argument goes on from its name, `node: there is no …`. */
function sentenceOf({ error = '' }) {
  const [word] = error.match(/^[a-z]+(?= )/) || [];
  return word ? `${word.charAt(0).toUpperCase()}${error.slice(1)}${/[.!?]$/.test(error) ? '' : '.'}` : error;
}

/** Sends a request and gives the answer, for which it waits `withinMs`. Throws `Refusal`; without a session the login page opens. */
export async function request(method, path, body, headers = {}, withinMs = method === 'GET' ? WITHIN_MS : CHANGE_WITHIN_MS) {
  if (other && method !== 'GET') throw new Refusal(401, { error: anotherText() }); // or it would be done in the name of another person
  let response, answer;
  const timeLimit = AbortSignal.timeout(withinMs);
  try {
    response = await fetch(`/api/${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'X-CSRF-Token': csrf }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: method === 'GET' ? AbortSignal.any([leaving.signal, timeLimit]) : timeLimit, // a change goes on when its page is left
    });
    answer = await jsonOf(response);
  } catch (error) {
    if (error.name === 'AbortError') return new Promise(() => {}); // nobody sees this page any more
    if (method !== 'GET' && timeLimit.aborted) throw new Refusal(0, { error: `The console has not answered for ${Math.round(withinMs / 60000)} min. It may still do what you asked: load the page again to see.` });
    throw new Refusal(0, { error: 'The console does not answer. Is it running?' });
  }
  if (response.ok) return answer;
  if (response.status === 401 && path !== 'login') {
    if (isLoggingOut && method === 'GET') return new Promise(() => {}); // asked before it ended: the login page opens anyway
    const here = location.pathname + location.search + location.hash;
    if (hasUnsaved()) {
      other = null;
      answer.error = LOGGED_OUT;
      dispatchEvent(new Event('loggedout'));
    } else location.replace(`/login.html?next=${encodeURIComponent(here)}${csrf ? '&over=1' : ''}`);
  }
  throw new Refusal(response.status, answer);
}

/** What a response holds; `{}` where it is not JSON, as from a proxy. */
async function jsonOf(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    return {};
  }
}

/** Ends the session. Throws `Refusal`: the session goes on. */
export async function endSession() {
  isLoggingOut = true;
  try {
    await request('POST', 'logout', {});
  } catch (refusal) {
    isLoggingOut = false;
    throw refusal;
  }
}

/** What is known of a path. A page shows it at once, so it waits for the end of a click. */
export const get = (path) => request('GET', path).finally(released);
/** The same for what is asked again and again. */
export const getSoon = (path) => request('GET', path, undefined, {}, SOON_MS).finally(released);
export const post = (path, body = {}) => request('POST', path, body);
/** The same for what takes minutes. */
export const postLong = (path, body) => request('POST', path, body, {}, LONGEST_MS);

/** `?a=1&b=2` without the empty ones. */
export function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return set.length ? `?${new URLSearchParams(set)}` : '';
}

export const part = encodeURIComponent;

/**
 * Who is logged in: `user`, `role`. Throws `Refusal` on a page of another person, which begins anew unless something is not saved. Sends
 * the event `person` where it is another one than before: `now`, and `before` where the page is still that person's.
 */
export async function session() {
  const found = await getSoon('session');
  const was = other || person;
  other = isAnother(found, person) ? found : null;
  if (other && !hasUnsaved()) location.reload();
  if (!other) {
    person = found;
    csrf = found.csrf;
  }
  if (isAnother(found, was)) dispatchEvent(new CustomEvent('person', { detail: { now: found, before: other && person } }));
  if (other) throw new Refusal(401, { error: anotherText() });
  return found;
}

const isAnother = ({ user, role }, before) => before !== null && (user !== before.user || role !== before.role);

const anotherText = () => `The user ${other.user} (${other.role}) is logged in now, on another page of this browser. What ${person.user} typed here is not saved.`;

const ROLES = ['look', 'operate', 'configure'];

/** True when `role` may do what `least` may. */
export function may(role, least) {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
