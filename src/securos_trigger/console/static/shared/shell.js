/** The frame of every page: navigation, the state of the service, and what to say when it is gone. */

import { askAnother, stopAsking } from './another_person.js';
import { endSession, get, LOGGED_OUT, may, session } from './api.js';
import { learnCameraNames } from './camera_names.js';
import { empty, h, logInElsewhere, prose, toast, tryAgain } from './dom.js';
import { Live } from './live.js';
import { setOwner } from './tab_store.js';
import { isPlacedSite, verdictOf } from './verdict.js';
import { ZoneLine } from './zones.js';

const PAGES = [
  ['Overview', '/', 'overview'],
  ['Events', '/events.html', 'events'],
  ['Decisions', '/decisions.html', 'decisions'],
  ['Nodes', '/nodes.html', 'nodes'],
  ['Draw', '/draw.html', 'draw'],
  ['Targets', '/targets.html', 'targets'],
];
let startCommand = ''; // of the service, as the overview has it
let askAgain = null; // on a page of one person where another one is logged in: asks what becomes of what was typed
const LOGGED_OUT_NAME = 'logged out';
const UNKNOWN = { kind: 'off', short: 'Not known' }; // what was true a while ago is not said of now

/** Builds the page and calls `start({main, live, can, user})`. `can(role)` says whether the person may do that. */
export async function page(name, start) {
  const main = h('main', { id: 'main', class: name, tabindex: '-1' });
  const banner = h('div', { id: 'banner', role: 'status', hidden: true });
  const verdict = h('a', { class: 'verdict off', href: '/' }, '…');
  const who = h('span', { class: 'who' });
  const zoneLine = new ZoneLine();
  const out = h('button', { type: 'button', class: 'plain', disabled: true, onclick: logOut }, 'Log out'); // until the session is known
  const links = PAGES.map(([text, href, key]) =>
    h('li', {}, h('a', { href, 'aria-current': key === name ? 'page' : null }, text)),
  );
  document.body.append(
    h('a', { class: 'skip', href: '#main' }, 'Skip to the content'),
    h('header', {}, h('span', { class: 'name' }, 'securos-trigger'), h('nav', { 'aria-label': 'Pages' }, h('ul', {}, links)), h('span', { class: 'space' }), verdict, who, out),
    banner,
    main,
    zoneLine.node,
  );
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload()); // a page from before a log-out shows nothing
  /** Names who is logged in; null: nobody. */
  function showPerson(person) {
    const name = person && `${person.user} · ${person.role}`;
    if (who.textContent === (name ?? LOGGED_OUT_NAME)) return; // its link may have the focus
    who.title = name ?? '';
    who.replaceChildren(person && may(person.role, 'configure') ? h('a', { href: '/audit.html', title: `${name}: to the audit log` }, name) : name ?? LOGGED_OUT_NAME);
  }
  let found = null;
  while (!found) {
    try {
      found = await session();
    } catch (refusal) {
      if (refusal.status === 401) return; // the page of the log-in opens
      sayLost(banner);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
  banner.hidden = true;
  setOwner(found);
  if (found.audit_fault) main.before(h('p', { class: 'notice bad', role: 'alert' }, `${found.audit_fault} Nothing can be changed here until it can.`));
  out.disabled = false;
  showPerson(found);
  const live = new Live(found.version);
  let isRunning = null;
  live.on('overview', (overview) => {
    showVerdict(verdict, verdictOf(overview));
    zoneLine.update(overview.zone);
    isRunning = overview.is_running || isPlacedSite(overview); // placed pipelines need no `run`
    startCommand = overview.configuration.start_command;
    sayState(banner, isRunning);
  });
  live.on('state', (state) => {
    main.classList.toggle('is-old', state !== 'open');
    if (state === 'open') showPerson(found);
    if (state !== 'open') showVerdict(verdict, UNKNOWN);
    if (state === 'open' || state === 'late') sayState(banner, isRunning);
    else if (state === 'lost') sayLost(banner);
    else say(banner, 'bad', state);
  });
  addEventListener('loggedout', () => {
    showPerson(null);
    askAgain = null;
    stopAsking();
    say(banner, 'bad', LOGGED_OUT);
  });
  addEventListener('person', ({ detail: { now, before } }) => {
    showPerson(now);
    askAgain = before && (() => askAnother(now, before));
    if (before) askAnother(now, before);
    else stopAsking();
  });
  learnCameraNames(live);
  const can = (role) => may(found.role, role);
  try {
    await start({ main, live, can, user: found });
  } catch (refusal) {
    if (refusal.status === undefined) throw refusal;
    for (const one of main.querySelectorAll('.loading')) one.replaceWith(empty('Not known.')); // nothing loads any more
    for (const one of main.querySelectorAll('.is-coming')) one.hidden = true;
    main.append(h('div', { class: 'notice bad row', role: 'alert' }, h('p', { class: 'grow' }, refusal.message), tryAgain()));
  }
}

function showVerdict(verdict, { kind, short }) {
  verdict.className = `verdict ${kind}`;
  verdict.href = ['wait', 'bad'].includes(kind) ? '/#remarks' : '/';
  verdict.textContent = short;
}

function sayState(banner, isRunning) {
  if (isRunning === false) say(banner, 'wait', `The service does not run. These pages show what its files say; start it with: ${startCommand}`);
  else banner.hidden = true;
}

function sayLost(banner) {
  say(banner, 'wait', 'The console does not answer. This page shows its last answer; trying again …');
}

function say(banner, kind, text) {
  banner.className = kind;
  const next = h('div', {}, prose(text), text === LOGGED_OUT ? logInElsewhere() : '', askAgain && kind === 'bad' ? h('button', { type: 'button', onclick: askAgain }, 'Keep it or throw it away') : '');
  if (next.outerHTML !== banner.firstElementChild?.outerHTML) banner.replaceChildren(next); // the same stays: its link may have the focus
  banner.hidden = false;
}

async function logOut() {
  try {
    await endSession();
    setOwner({ user: '' }); // the next person in this tab sees nothing of it
    location.assign('/login.html');
  } catch (refusal) {
    toast(refusal.message, 'bad');
  }
}

/** Says that the service does not run, and the command that starts it. */
export const startIt = () => `the service does not run.${startCommand && ` Start it with: ${startCommand}`}`;

/** The pipelines of the configuration, from the overview. */
export async function overviewNow(live) {
  return live.overview || get('overview');
}
