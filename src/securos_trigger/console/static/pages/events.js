/** Events: live list, search, and everything about one of them. */

import { get, post, query } from '../shared/api.js';
import { clauseList } from '../shared/clauses.js';
import { learnCameraNames } from '../shared/camera_names.js';
import { dialog } from '../shared/dialog.js';
import { empty, field, h, loading, select, toast } from '../shared/dom.js';
import { boxOverlay } from '../shared/live_image.js';
import { overviewNow, page } from '../shared/shell.js';
import { ACTIONS, camerasText, cameraText, counted, exact, moment, number, sharedOutbox, STATES, STEP_NAMES } from '../shared/texts.js';

const SHOWN_LIMIT = 500;
const LOOKED_AT = 200; // rows that may have another state by now
const LOOK_EVERY_MS = 10_000;
const SEARCH_AFTER_MS = 300;

page('events', async ({ main, live, can }) => {
  const list = h('ol', { class: 'rows', 'aria-label': 'Events, newest first' });
  const more = h('button', { type: 'button', hidden: true }, 'Older events');
  const counts = h('p', { class: 'hint', role: 'status' });
  const shared = h('p', { class: 'hint' });
  const detail = h('section', { class: 'panel detail', 'aria-label': 'One event', tabindex: '-1' });
  const filters = filterForm();
  main.append(h('h1', { class: 'unseen' }, 'Events'), filters, h('div', { class: 'split' }, h('section', { class: 'panel list' }, counts, shared, list, more), detail));
  live.on('overview', (overview) => (shared.textContent = sharedOutbox(overview)));
  let cursor = null;
  let asked = 0;
  let nextLookAt = 0;
  let lookedDownTo = Infinity; // the oldest event of the last look

  const isFiltered = () => Object.values(values(filters)).some(Boolean);
  const row = (event) => eventRow(event, () => open(event.number));

  async function load(isMore) {
    const mine = (asked += 1);
    try {
      const found = await get(`events${query({ ...values(filters), cursor: isMore ? cursor : '', limit: 50 })}`);
      if (mine !== asked) return;
      if (!isMore) list.replaceChildren();
      list.append(...found.events.map(row));
      cursor = found.cursor;
      more.hidden = cursor === null;
      counts.textContent = countsText(found.counts);
      if (!list.childElementCount) list.append(h('li', { class: 'none' }, noneText(isFiltered(), cursor)));
      mark();
    } catch (refusal) {
      list.replaceChildren(h('li', { class: 'none' }, empty('The events cannot be read.', refusal.message)));
    }
  }

  function mark() {
    const current = location.hash.slice(1);
    for (const button of list.querySelectorAll('button')) button.setAttribute('aria-current', String(button.dataset.number === current));
  }

  /** True for an event that waits for a receiver that no node sends to any more. */
  const isUnserved = ({ state, target }) => state === 'waiting' && Boolean(live.overview?.targets.some((one) => one.target === target && one.trouble === 'not_served'));

  async function open(number) {
    history.replaceState(null, '', `#${number}`);
    mark();
    main.classList.add('with-detail');
    try {
      const found = await get(`events/${number}`);
      showDetail(detail, found, { can, close, again: () => open(number), isUnserved: isUnserved(found.event) });
    } catch (refusal) {
      detail.replaceChildren(back(close), empty('This event cannot be shown.', refusal.message));
    }
    if (matchMedia('(max-width: 900px)').matches) detail.focus();
  }

  function close() {
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
  more.addEventListener('click', () => load(true));
  live.on('delivery', (event) => {
    const old = rowOf(event);
    if (old) replace(old, event);
    else if (!isFiltered() && isNewer(event)) add(event);
    mark();
  });
  live.on('overview', (overview) => {
    if (overview.counts) counts.textContent = countsText(overview.counts);
    lookAgain();
  });

  const rowOf = ({ number }) => list.querySelector(`button[data-number="${Number(number)}"]`);
  const isNewer = ({ number }) => number > Number(list.querySelector('button[data-number]')?.dataset.number || 0);

  function add(event) {
    for (const none of list.querySelectorAll('.none')) none.remove();
    list.prepend(row(event));
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

  /** Looks what has become of the rows that wait, further down each time: the stream says it of the newest events only. */
  async function lookAgain() {
    const waiting = [...list.querySelectorAll('.tag.wait')].map((tag) => Number(tag.parentElement.dataset.number));
    if (!waiting.length || document.hidden || performance.now() < nextLookAt) return;
    nextLookAt = performance.now() + LOOK_EVERY_MS;
    const from = waiting.find((number) => number < lookedDownTo) ?? waiting[0];
    try {
      const { events, counts: all } = await get(`events${query({ ...values(filters), state: '', cursor: from + 1, limit: LOOKED_AT })}`);
      for (const event of events) if (rowOf(event)) replace(rowOf(event), event);
      lookedDownTo = events.at(-1)?.number ?? Infinity;
      counts.textContent = countsText(all);
      mark();
    } catch (refusal) {
      counts.textContent = refusal.message;
    }
  }
  live.on('state', (state) => state === 'open' && load(false));
  const first = location.hash.slice(1);
  list.append(h('li', { class: 'none' }, loading()));
  close();
  await load(false);
  if (first) await open(first);
  const again = () => location.hash.slice(1) || load(false);
  await overviewNow(live).then(({ targets }) => learnCameraNames(targets, again), () => null); // why it cannot be read, the banner says
});

const countsText = (all) => {
  const parts = Object.entries(all).filter(([, count]) => count).map(([state, count]) => `${number(count)} ${STATES[state]?.[0] || state}`);
  return parts.length ? `In all: ${parts.join(' · ')}` : '';
};

const noneText = (isFiltered, cursor) => {
  if (cursor !== null) return empty('Nothing was found among the newest 5,000.', 'Older events may fit: go on below.');
  return isFiltered ? empty('No event fits.', 'Remove a filter.') : empty('No event yet.', 'An event appears here as soon as a node fires.');
};

function filterForm() {
  const states = [['', 'every state'], ...Object.entries(STATES).map(([key, [text]]) => [key, text])];
  const start = new URLSearchParams(location.search);
  const input = (name, label, attributes = {}) => h('input', { name, 'aria-label': label, placeholder: label, value: start.get(name) || '', ...attributes });
  return h(
    'form',
    { class: 'filters', role: 'search', 'aria-label': 'Search events' },
    input('text', 'Name or description', { type: 'search' }),
    input('camera', 'Camera', { class: 'short' }),
    input('node', 'Node', { class: 'short' }),
    select(states, start.get('state') || '', { name: 'state', 'aria-label': 'State' }),
    h('label', { class: 'inline' }, 'from', h('input', { type: 'datetime-local', name: 'since' })),
    h('label', { class: 'inline' }, 'to', h('input', { type: 'datetime-local', name: 'until' })),
  );
}

function values(form) {
  const found = Object.fromEntries(new FormData(form));
  for (const key of ['since', 'until']) if (found[key]) found[key] = new Date(found[key]).toISOString();
  return found;
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
      h('span', { class: 'grow' }, h('span', { class: 'strong' }, event.name), h('span', { class: 'hint' }, `${camerasText(event.camera_ids)} · ${event.node_id}`)),
      h('span', { class: `tag ${kind}` }, stateText(event)),
    ),
  );
}

const back = (close) => h('button', { type: 'button', class: 'plain back', onclick: close }, 'Back to the list');

function showDetail(place, found, { can, close, again, isUnserved }) {
  const { event, boxes } = found;
  const [state, kind] = STATES[event.state] || [event.state, ''];
  const buttons = h('div', { class: 'row' });
  if (event.state === 'dead' && can('operate')) buttons.append(h('button', { type: 'button', class: 'primary', onclick: () => retry(event, again) }, 'Send again'));
  buttons.append(h('button', { type: 'button', onclick: () => copyCurl(event) }, 'Copy as curl'));
  place.replaceChildren(
    back(close),
    h('div', { class: 'panel-head' }, h('h2', {}, event.name), h('span', { class: `tag ${kind}` }, state)),
    event.description ? h('p', { class: 'description' }, event.description) : '',
    isUnserved ? h('p', { class: 'notice bad' }, 'No node sends to this receiver any more, so the event waits until one does, or until it is dropped: ', h('a', { href: '/targets.html' }, 'Targets')) : '',
    event.reason ? h('p', { class: `notice ${event.state === 'dead' ? 'bad' : 'wait'}` }, event.reason) : '',
    imageOf(found, boxes),
    buttons,
    facts(event, boxes),
    h('h3', {}, 'Delivery'),
    attempts(found.attempts),
    steps(found.steps),
    h('h3', {}, 'Why it fired'),
    found.decision ? clauseList(found.decision.clauses) : h('p', { class: 'hint' }, 'The ledger has no decision for this event.'),
  );
}

const WHY_NO_IMAGE = {
  off: 'Images of events are off, since they show people: the table [images] in the configuration file turns them on.',
  expired: 'It has expired: [images] keep_days says for how long images are kept.',
  gone: 'None was made, or it was deleted: by hand, or to make room for newer ones.',
};

function imageOf({ event, has_image: hasImage, why_no_image: why, box_color: color }, boxes) {
  const whyNot = WHY_NO_IMAGE[why] || '';
  if (!hasImage && !boxes.length) return h('p', { class: 'hint' }, `There is no image of this event. ${whyNot}`);
  const image = hasImage ? h('img', { src: `/api/events/${event.number}/image.jpg`, alt: `The moment of ${event.name}` }) : h('div', { class: 'no-frame' });
  const note = hasImage ? null : h('figcaption', { class: 'hint' }, `Where the boxes were in the frame. There is no image of it. ${whyNot}`);
  return h('figure', {}, h('div', { class: 'frame' }, image, boxOverlay(boxes, color)), note);
}

function facts(event, boxes) {
  const rows = [
    ['Happened', moment(event.captured_at)],
    ['Kept on disk', moment(event.kept_at)],
    [event.state === 'delivered' ? 'Delivered' : event.state === 'dead' ? 'Given up' : 'Next attempt', moment(event.settled_at || event.due_at)],
    ['Node', event.node_id],
    ['Cameras', event.camera_ids.map(cameraText).join(', ') || 'none'],
    ['Asked for', ACTIONS[event.action] || event.action],
    ['Boxes', number(boxes.length)],
    ['Receiver', event.target],
    ['Event id', event.event_id],
  ];
  return h('dl', { class: 'facts' }, rows.filter(([, text]) => text).map(([name, text]) => h('div', {}, h('dt', {}, name), h('dd', {}, text))));
}

function attempts(list) {
  if (!list.length) return h('p', { class: 'hint' }, 'Not tried yet.');
  return h(
    'ol',
    { class: 'attempts' },
    list.map((one) => {
      const words = [one.reason, one.is_late ? 'late' : '', one.is_duplicate ? 'the receiver had it already' : '', one.latency_s !== null && one.latency_s !== undefined ? `after ${one.latency_s.toFixed(2)} s` : '', one.wait_s ? `next in ${one.wait_s.toFixed(0)} s` : ''];
      return h('li', {}, h('time', { title: exact(one.at) }, moment(one.at)), h('span', { class: 'strong' }, STATES[one.state]?.[0] || one.state), h('span', { class: 'hint' }, words.filter(Boolean).join(' · ')));
    }),
  );
}

const STEP_KINDS = { done: 'good', failed: 'bad', waiting: 'wait' };

function steps(list) {
  const rows = list.map((one) => h('li', {}, h('span', {}, one.camera_id === null ? 'no camera' : `camera ${one.camera_id}`), h('span', {}, STEP_NAMES[one.step] || one.step), h('span', { class: `tag ${STEP_KINDS[one.state] || ''}` }, one.state), one.error ? h('span', { class: 'hint' }, one.error) : null));
  return h('ul', { class: 'steps', 'aria-label': 'What was asked of each camera' }, rows);
}

function retry(event, again) {
  const inputs = event.camera_ids.map((id) => field(`Camera ${id}`, h('input', { name: id, value: id }), 'Change the number to send it to another camera.'));
  dialog('Send again', inputs.length ? inputs : h('p', {}, 'The event is tied to no camera.'), 'Send', async (form) => {
    const cameras = Object.fromEntries(event.camera_ids.filter((id) => form.get(id) !== id).map((id) => [id, form.get(id)]));
    const { changed } = await post(`events/${event.number}/retry`, { cameras });
    toast(`${counted(changed, 'event')} will be sent again.`);
    again();
  });
}

async function copyCurl(event) {
  try {
    const { command } = await get(`events/${event.number}/curl`);
    dialog('The request as curl', [h('p', { class: 'hint' }, 'Set TOKEN to the password of the receiver first; it is not in the command.'), h('textarea', { readonly: true, rows: '8', 'aria-label': 'curl command', class: 'code' }, command)], 'Copy', async () => {
      await navigator.clipboard.writeText(command);
      toast('Copied.');
    });
  } catch (refusal) {
    toast(refusal.message, 'bad');
  }
}
