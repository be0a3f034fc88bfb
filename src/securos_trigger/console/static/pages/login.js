/** Log in: with a user, with the token, or with the one-time link of the first start. */

import { Refusal, request } from '../shared/api.js';
import { field, h, unturned } from '../shared/dom.js';

const next = nextPage(new URLSearchParams(location.search).get('next') || '/');
const error = h('p', { class: 'error', role: 'alert' });
const over = new URLSearchParams(location.search).has('over') ? h('p', { class: 'notice' }, 'You were logged out: your session is over. After the log-in you are where you were.') : null;
const send = h('button', { class: 'primary', type: 'submit' }, 'Log in');

/** The page to go on with: one of this console, whatever the address asks for. */
function nextPage(wanted) {
  const here = new URL('/', location.origin);
  try {
    const url = new URL(wanted, here); // as the browser would read it: without tabs, with \ as /
    return url.origin === here.origin ? url.href : here.href;
  } catch (error) {
    return here.href;
  }
}

async function logIn(body) {
  error.textContent = '';
  send.disabled = true;
  try {
    await request('POST', 'login', body);
    location.replace(next);
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    error.textContent = body.one_time && refusal.status === 401 ? 'This link has been used, or is too old: it logs in once.' : unturned(refusal.message);
    send.disabled = false;
  }
}

const user = h('input', { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', name: 'user' });
const password = h('input', { type: 'password', autocomplete: 'current-password', name: 'password', required: true });
const form = h(
  'form',
  { class: 'panel login' },
  h('h1', {}, 'securos-trigger'),
  h('p', { class: 'hint' }, 'From what the cameras see to events in SecurOS.'),
  over,
  field('User', user, 'Leave it empty to log in with the token.'),
  field('Password or token', password),
  error,
  h('div', { class: 'row' }, send),
  h('p', { class: 'hint' }, 'No user yet, or the password is forgotten? On the machine of the service: ', h('code', {}, 'securos-trigger console CONFIG --add-user NAME'), '. The token is in a file beside the outbox, ', h('code', {}, 'OUTBOX.console-token'), ' for ', h('code', {}, 'OUTBOX.sqlite'), ', or in the file that ', h('code', {}, '[console] token_file'), ' names.'),
);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  logIn(user.value ? { user: user.value, password: password.value } : { token: password.value });
});
document.body.append(h('main', { class: 'center' }, form));
user.focus();

const oneTime = location.hash.slice(1);
if (oneTime) {
  history.replaceState(null, '', location.pathname + location.search); // the link is of no use twice
  logIn({ one_time: oneTime });
}
