/** What a node decided, drawn along a line of time. */

import { query } from './api.js';
import { firedList } from './clauses.js';
import { h } from './dom.js';
import { exact, length, moment, number, reasonKind, reasonText, tick } from './texts.js';
import { localTime } from './typed_time.js';

const NOTHING = 'nothing'; // no frame or message came, or no service ran
const ASKED_AFTER_S = 20; // the answer is about the 30 s before and after it
const LEAST_SHARE = 0.003; // of the timeline, so that a decision of one frame can be clicked

/** What the colours mean. */
export function legend() {
  const kinds = [['fired', 'fired'], ['held', 'held back'], ['near', 'near miss: all clauses but one'], ['quiet', 'not true'], ['nothing', 'nothing decided'], ['asked', 'the time you asked for']];
  return h('ul', { class: 'legend', 'aria-label': 'Colours' }, kinds.map(([kind, text]) => h('li', { class: `for-${kind}` }, h('i', { class: kind }), text)));
}

/** The clock along the top of the lanes. */
export function axis(from, to) {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const place = h('span', {}, tick(from.getTime() + share * (to - from)));
    place.style.left = `${share * 100}%`;
    return place;
  });
  return h('div', { class: 'axis', 'aria-hidden': 'true' }, ticks);
}

/** The decisions of one node as a line of time; `choose(address, entry)` is called with the one that is clicked. */
export function lane({ address, entries, frames_by_reason: frames, has_more: hasMore, nothing_decided: nothing }, from, to, choose, chosen) {
  const track = h('div', { class: 'track', role: 'group', 'aria-label': `${address}: decisions in the order of time, for the arrow keys` });
  const weight = { nothing: 0, quiet: 1, near: 2, held: 3, fired: 4 };
  const ordered = [...entries, ...nothing.map((one) => ({ ...one, reason: NOTHING }))].sort((one, other) => weight[kindOf(one)] - weight[kindOf(other)]);
  for (const entry of ordered) track.append(mark(address, entry, from, to, choose, chosen));
  const counts = Object.entries(frames).sort((one, other) => other[1] - one[1]).map(([reason, count]) => `${number(count)}× ${reasonText(reason)}`);
  return h('div', { class: 'lane' }, h('div', { class: 'lane-head' }, h('h2', {}, address), h('span', { class: 'hint' }, counts.join(' · ') || 'no decision in this time', hasMore ? ' · only the newest are drawn' : '')), track);
}

const kindOf = (entry) => (entry.reason === NOTHING ? NOTHING : entry.is_near_miss ? 'near' : reasonKind(entry.reason));

/** What a decision is, in words. */
const nameOf = (entry) => (entry.reason === NOTHING ? 'nothing decided' : `${reasonText(entry.reason)}${entry.is_near_miss ? ', a near miss' : ''}`);

function mark(address, entry, from, to, choose, chosen) {
  const share = (instant) => Math.min(1, Math.max(0, (new Date(instant) - from) / (to - from)));
  const left = share(entry.from);
  const width = Math.max(LEAST_SHARE, share(entry.until) - left);
  const key = `${address} ${entry.from}`;
  const kind = kindOf(entry);
  const button = h('button', { type: 'button', class: kind, 'data-key': key, 'aria-pressed': String(key === chosen), 'aria-label': `${moment(entry.from)}: ${nameOf(entry)}`, tabindex: kind === 'quiet' ? '-1' : null, onclick: () => choose(address, entry) });
  button.style.left = `min(${Math.min(left, 1 - width) * 100}%, calc(100% - 3px))`; // in sight, however short
  button.style.width = `${width * 100}%`;
  return button;
}

/** The marks of a line of time that a person looks for, by time. */
const marksOf = (track) => [...track.querySelectorAll('button:not(.quiet)')].sort((one, other) => (one.dataset.key < other.dataset.key ? -1 : 1));

/** Makes each line of time one stop of the Tab key: at the mark `key` of its line, else at the newest. */
export function oneStopEach(lanes, key = '') {
  for (const track of lanes.querySelectorAll('.track')) {
    const marks = marksOf(track);
    stopAt(marks, marks.find((one) => one.dataset.key === key) || marks.at(-1));
  }
}

function stopAt(marks, stop) {
  for (const one of marks) one.setAttribute('tabindex', one === stop ? '0' : '-1');
}

/** Lets the arrow keys, Home and End go along a line of time, and Tab from the chosen mark to `detail`, which explains it. */
export function withKeys(lanes, detail) {
  lanes.addEventListener('keydown', (event) => {
    const track = event.target.closest('.track');
    if (!track) return;
    if (event.key === 'Tab' && !event.shiftKey && event.target.getAttribute('aria-pressed') === 'true') {
      event.preventDefault();
      detail.focus();
      return;
    }
    const marks = marksOf(track);
    const place = marks.indexOf(event.target);
    const next = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: marks.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault(); // nothing scrolls
    if (!marks[next]) return;
    stopAt(marks, marks[next]);
    marks[next].focus();
  });
}

/** Marks a time that was asked for on every line of the timeline. */
export function markAsked(lanes, asked, from, to) {
  const share = (instant) => (new Date(instant) - from) / (to - from);
  const [left, right] = [share(asked.from), share(asked.until)];
  if (right < 0 || left > 1) return;
  for (const track of lanes.querySelectorAll('.track')) {
    const mark = h('i', { class: 'asked', title: `Asked for: ${moment(asked.from)}` });
    mark.style.left = `${Math.max(0, left) * 100}%`;
    mark.style.width = `${(Math.min(1, right) - Math.max(0, left)) * 100}%`;
    track.append(mark);
  }
}

/** One decision: when, for how long, why, and the clauses with their values. */
export function entryDetail(address, entry) {
  const span = (new Date(entry.until) - new Date(entry.from)) / 1000;
  if (entry.reason === NOTHING) return nothingDetail(address, entry, span);
  const title = entry.event_name || (entry.is_near_miss ? 'Near miss' : 'Not fired');
  const facts = [
    entry.interval_left_s ? `The interval had ${entry.interval_left_s.toFixed(1)} s left.` : '',
    entry.reason === 'no_event' && (entry.clauses || []).length ? noEventText(entry.clauses[0].truth) : '',
    entry.inactive_until ? `Until ${moment(entry.inactive_until)}.` : '',
    ...(entry.flags || []).map((flag) => `Flag: ${flag}.`),
  ].filter(Boolean);
  return [
    h('div', { class: 'panel-head' }, h('h2', {}, title), h('span', { class: `tag ${{ fired: 'good', held: 'wait' }[reasonKind(entry.reason)] || ''}` }, reasonText(entry.reason))),
    h('p', { class: 'hint', title: exact(entry.from) }, `${address} · ${moment(entry.from)}${span >= 1 ? `, for ${length(span)}` : ''} · ${number(entry.frames)} ${entry.frames === 1 ? 'frame' : 'frames'}`),
    ...facts.map((text) => h('p', {}, text)),
    entry.event_id ? h('p', {}, h('a', { href: `/events.html?text=${encodeURIComponent(entry.event_name || '')}` }, 'Find the event')) : '',
    firedList(entry),
  ];
}

/** A time without decisions, and the way to its reason: the time to ask for is that at which it began. */
function nothingDetail(address, entry, span) {
  const asked = new Date(new Date(entry.from).getTime() + Math.min(span / 2, ASKED_AFTER_S) * 1000);
  return [
    h('div', { class: 'panel-head' }, h('h2', {}, 'Nothing decided')),
    h('p', { class: 'hint', title: exact(entry.from) }, `${address} · ${moment(entry.from)}, for ${length(span)}`),
    h('p', {}, 'No frame or message came to the node in this time, or no service ran.'),
    h('p', {}, h('a', { href: `/decisions.html${query({ node: address, at: localTime(asked) })}` }, 'Explain it')),
  ];
}

/** Why the event nodes before a node raised nothing: `truth` is of their conditions. */
const noEventText = (truth) => `No node before this one raised an event. ${truth === 'true' ? 'The condition was true already: an' : 'An'} event node raises one only when its condition becomes true:`;
