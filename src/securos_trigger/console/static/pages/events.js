/** Events: live list, search, and everything about one of them. */

import { get, query } from '../shared/api.js';
import { camerasOfEvent } from '../shared/camera_names.js';
import { empty, h, loading, once, select, unturned } from '../shared/dom.js';
import { back, showDetail } from '../shared/event_detail.js';
import { foldedFilters } from '../shared/filter_fold.js';
import { page } from '../shared/shell.js';
import { exact, moment, nodeText, number, sharedOutbox, STATES } from '../shared/texts.js';
import { TimeField } from '../shared/time_field.js';

const NARROW = matchMedia('(max-width: 900px)'); // as in the stylesheet
const SHOWN_LIMIT = 500;
const LOOKED_AT = 200; // rows that may have another state by now
const LOOK_EVERY_MS = 10_000;
const SEARCH_AFTER_MS = 300;
const LEDGER_AFTER_MS = 2_000; // an event may be shown before the ledger has its decision and its attempts
const LEDGER_LOOKS = 10; // where the ledger is off, it never has them

page('events', async ({ main, live, can }) => {
  const list = h('ol', { class: 'rows', 'aria-label': 'Events, newest first' });
  const more = h('button', { type: 'button', hidden: true }, 'Older events');
  const counts = h('p', { class: 'hint', role: 'status' });
  const shared = h('p', { class: 'hint' });
  const detail = h('section', { class: 'panel detail', 'aria-label': 'One event', tabindex: '-1' });
  const times = { since: new TimeField({ name: 'since' }), until: new TimeField({ name: 'until' }) };
  const filters = filterForm(times);
  const wanted = () => ({ ...Object.fromEntries(new FormData(filters)), since: times.since.at?.toISOString() || '', until: times.until.at?.toISOString() || '' });
  main.append(h('h1', { class: 'unseen' }, 'Events'), foldedFilters(filters, () => setOf(filters)), h('div', { class: 'split' }, h('section', { class: 'panel list' }, counts, shared, list, more), detail));
  live.on('overview', (overview) => (shared.textContent = sharedOutbox(overview)));
  let cursor = null;
  let asked = 0;
  let nextLookAt = 0;
  let lookedDownTo = Infinity; // the oldest event of the last look

  const isFiltered = () => Object.values(wanted()).some(Boolean);
  const row = (event) => eventRow(event, () => open(event.number));

  async function load(isMore) {
    const mine = (asked += 1);
    try {
      const found = await get(`events${query({ ...wanted(), cursor: isMore ? cursor : '', limit: 50 })}`);
      if (mine !== asked) return;
      if (!isMore) list.replaceChildren();
      list.append(...found.events.map(row));
      cursor = found.cursor;
      more.hidden = cursor === null;
      counts.textContent = countsText(found.counts);
      if (!list.childElementCount) list.append(h('li', { class: 'none' }, noneText(isFiltered(), cursor)));
      mark();
      giveRoom();
    } catch (refusal) {
      if (mine !== asked) return;
      list.replaceChildren(h('li', { class: 'none' }, empty('The events cannot be read.', refusal.message)));
      live.afterRefusal(refusal, () => load(false));
    }
  }

  let current = location.hash.slice(1); // the number of the event that is shown
  function mark() {
    for (const button of list.querySelectorAll('button')) button.setAttribute('aria-current', String(button.dataset.number === current));
  }

  let shown = null; // the event of the detail
  const unserved = h('p', { class: 'notice bad unserved', hidden: true }, 'No node sends to this receiver any more, so the event waits until one does, or until it is dropped: ', h('a', { href: '/targets.html' }, 'Targets'));

  /** Says of the event that is shown when it waits for a receiver that no node sends to any more. */
  function markUnserved() {
    const isUnserved = (target) => Boolean(live.overview?.targets.some((one) => one.target === target && one.trouble === 'not_served'));
    unserved.hidden = !(shown?.state === 'waiting' && isUnserved(shown.target));
  }

  async function open(number) {
    history.replaceState(null, '', `#${number}`);
    main.classList.add('with-detail');
    await choose(number);
    if (NARROW.matches) detail.focus();
  }

  async function choose(number) {
    current = String(number);
    mark();
    giveRoom();
    shown = null;
    await show(number, LEDGER_LOOKS);
  }

  /** The list has all of the room while there is nothing to choose. */
  function giveRoom() {
    const wasNothing = detail.hidden;
    detail.hidden = !current && !list.querySelector('button[data-number]');
    if (wasNothing && !detail.hidden) chooseNewest();
  }

  /** Where both have room, the newest event is shown until a person chooses one. */
  async function chooseNewest() {
    const newest = list.querySelector('button[data-number]');
    if (newest && !current && !NARROW.matches) await choose(newest.dataset.number);
  }

  let ledgerTimer;
  let shownText = ''; // all of the event that is shown
  async function show(number, looksLeft = 0) {
    try {
      const found = await get(`events/${number}`);
      if (current !== String(number)) return; // another was chosen in the meantime
      const isSame = shown?.number === Number(number) && JSON.stringify(found) === shownText;
      [shown, shownText] = [found.event, JSON.stringify(found)];
      if (!isSame) showDetail(detail, found, { can, close, open, sentAgain: (next) => follow(number, next), unserved });
      markUnserved();
      clearTimeout(ledgerTimer);
      if (looksLeft > 0 && isBeforeItsLedger(found)) ledgerTimer = setTimeout(() => current === String(number) && show(number, looksLeft - 1), LEDGER_AFTER_MS);
    } catch (refusal) {
      if (current !== String(number)) return;
      shownText = '';
      detail.replaceChildren(back(close), empty('This event cannot be shown.', refusal.message));
      live.afterRefusal(refusal, () => current === String(number) && show(number));
    }
  }

  /** Shows an event that was sent again under its new number; its old row leads nowhere now. */
  function follow(old, number) {
    rowOf({ number: old })?.parentElement.remove();
    return number === null ? close() : open(number);
  }

  function close() {
    shown = null;
    current = '';
    history.replaceState(null, '', location.pathname + location.search);
    main.classList.remove('with-detail');
    detail.replaceChildren(empty('Choose an event.', 'Its boxes, texts, clauses and every attempt are shown here.'));
    mark();
  }

  let timer;
  filters.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => load(false), SEARCH_AFTER_MS);
  });
  filters.addEventListener('submit', (event) => event.preventDefault());
  more.addEventListener('click', once(() => load(true)));
  live.on('delivery', (event) => {
    const old = rowOf(event);
    if (old) replace(old, event);
    else if (!isFiltered() && isNewer(event)) add(event);
    mark();
  });
  let isSilent = false; // the service does not answer
  live.on('overview', (overview) => {
    markUnserved();
    if (overview.counts) counts.textContent = countsText(overview.counts);
    const wasSilent = isSilent;
    isSilent = Boolean(overview.is_running && !overview.counts);
    if (wasSilent && !isSilent) load(false);
    else lookAgain();
  });

  const rowOf = ({ number }) => list.querySelector(`button[data-number="${Number(number)}"]`);
  const isNewer = ({ number }) => number > Number(list.querySelector('button[data-number]')?.dataset.number || 0);

  function add(event) {
    for (const none of list.querySelectorAll('.none')) none.remove();
    list.prepend(row(event));
    giveRoom();
    if (list.childElementCount > SHOWN_LIMIT) list.lastElementChild.remove();
  }

  /** Shows another state of an event in its place; the focus stays. */
  function replace(old, event) {
    if (old.querySelector('.tag').textContent === stateText(event)) return;
    const isFocused = document.activeElement === old;
    const item = row(event);
    old.parentElement.replaceWith(item);
    if (isFocused) item.firstElementChild.focus();
  }

  /** Looks what has become of the event that is shown and of the rows that wait, further down each time: the stream says it of the newest events only. */
  async function lookAgain() {
    if (document.hidden || performance.now() < nextLookAt) return;
    nextLookAt = performance.now() + LOOK_EVERY_MS;
    if (shown && STATES[shown.state]?.[1] === 'wait') show(shown.number); // its row may not be in the list
    const waiting = [...list.querySelectorAll('.tag.wait')].map((tag) => Number(tag.parentElement.dataset.number));
    if (!waiting.length) return;
    const from = waiting.find((number) => number < lookedDownTo) ?? waiting[0];
    try {
      const { events, counts: all, cursor: below } = await get(`events${query({ ...wanted(), state: '', cursor: from + 1, limit: LOOKED_AT })}`);
      for (const event of events) if (rowOf(event)) replace(rowOf(event), event);
      lookedDownTo = events.at(-1)?.number ?? Infinity;
      const end = below === null ? 0 : lookedDownTo;
      const found = new Set(events.map(({ number }) => number));
      for (const number of waiting) if (number <= from && number >= end && !found.has(number)) rowOf({ number })?.parentElement.remove(); // dropped, or sent again under a new number
      counts.textContent = countsText(all);
      mark();
    } catch (refusal) {
      counts.textContent = unturned(refusal.message);
    }
  }
  let before = '';
  live.on('state', (state) => {
    if (state === 'open' && before !== 'late') load(false); // after `late` nothing was missed
    before = state;
  });
  const first = location.hash.slice(1);
  list.append(h('li', { class: 'none' }, loading()));
  if (first) detail.append(loading());
  else close();
  await load(false);
  if (first) await open(first);
  else await chooseNewest();
});

/** The filters that are set, each as a text. */
const setOf = (form) => [...form.elements].filter((one) => one.name && one.value).map((one) => (one.tagName === 'SELECT' ? one.selectedOptions[0].text : `${{ since: 'from ', until: 'to ' }[one.name] || ''}${one.value}`));

/** True for an event whose decision or attempts the ledger does not have, or not yet. */
function isBeforeItsLedger({ event, decision, attempts }) {
  const isSettled = STATES[event.state]?.[1] !== 'wait';
  return !decision || (isSettled && !attempts.length);
}

const countsText = (all) => {
  const parts = Object.entries(all).filter(([, count]) => count).map(([state, count]) => `${number(count)} ${STATES[state]?.[0] || state}`);
  return parts.length ? `In all: ${parts.join(' · ')}` : '';
};

const noneText = (isFiltered, cursor) => {
  if (cursor !== null) return empty('Nothing was found among the newest 5,000.', 'Older events may fit: go on below.');
  return isFiltered ? empty('No event fits.', 'Remove a filter.') : empty('No event yet.', 'An event appears here as soon as a node fires.');
};

function filterForm({ since, until }) {
  const states = [['', 'every state'], ...Object.entries(STATES).map(([key, [text]]) => [key, text])];
  const start = new URLSearchParams(location.search);
  const input = (name, label, attributes = {}) => h('input', { name, 'aria-label': label, placeholder: label, value: start.get(name) || '', ...attributes });
  return h(
    'form',
    { class: 'filters', role: 'search', 'aria-label': 'Search events' },
    input('text', 'Name or description', { type: 'search' }),
    input('camera', 'Camera', { class: 'short' }),
    input('node', 'Node or pipeline/node', { class: 'short', placeholder: 'Node', title: 'A node, or pipeline/node' }),
    select(states, start.get('state') || '', { name: 'state', 'aria-label': 'State' }),
    h('label', { class: 'inline' }, 'from', since.input),
    h('label', { class: 'inline' }, 'to', until.input),
    since.error,
    until.error,
  );
}

const stateText = ({ state }) => (STATES[state] || [state])[0];

function eventRow(event, open) {
  const kind = (STATES[event.state] || ['', ''])[1];
  return h(
    'li',
    {},
    h(
      'button',
      { type: 'button', 'data-number': event.number, onclick: open },
      h('time', { title: exact(event.captured_at) }, moment(event.captured_at)),
      h('span', { class: 'grow' }, h('span', { class: 'strong' }, event.name), h('span', { class: 'hint' }, camerasOfEvent(event), ` · ${nodeText(event)}`)),
      h('span', { class: `tag ${kind}` }, stateText(event)),
    ),
  );
}
