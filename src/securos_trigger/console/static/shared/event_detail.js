/** One event: its image, boxes, facts, attempts and steps, and what a person can do with it. */

import { get } from './api.js';
import { cameraLabel } from './camera_names.js';
import { firedList } from './clauses.js';
import { dialog } from './dialog.js';
import { h, toast } from './dom.js';
import { boxOverlay } from './live_image.js';
import { camerasOf, dropDead, sendAgain } from './send_again.js';
import { ACTIONS, exact, isDamaged, moment, nodeText, number, STATES, STEP_NAMES } from './texts.js';

export const back = (close) => h('button', { type: 'button', class: 'plain back', onclick: close }, 'Back to the list');

/** Shows an event in its place. `unserved` is a notice that its page shows and hides; `sentAgain(number)` shows it under its new number, or null: it is gone. */
export function showDetail(place, found, { can, close, open, sentAgain, unserved }) {
  const { event, boxes } = found;
  const [state, kind] = STATES[event.state] || [event.state, ''];
  const buttons = h('div', { class: 'row' });
  const canChange = event.state === 'dead' && can('operate');
  if (isDamaged(event)) {
    const choice = { target: event.target, ids: [String(event.number)] };
    if (canChange) buttons.append(h('button', { type: 'button', class: 'danger', onclick: () => dropDead(choice, '1 event', () => sentAgain(null)) }, 'Drop …'));
  } else {
    if (canChange) buttons.append(h('button', { type: 'button', class: 'primary', onclick: () => retry(event, sentAgain) }, 'Send again'));
    buttons.append(h('button', { type: 'button', onclick: () => copyCurl(event) }, 'Copy as curl'));
  }
  place.replaceChildren(
    back(close),
    h('div', { class: 'panel-head' }, h('h2', {}, event.name), h('span', { class: `tag ${kind}` }, state)),
    event.description ? h('p', { class: 'description' }, event.description) : '',
    unserved,
    event.reason ? h('p', { class: `notice ${event.state === 'dead' ? 'bad' : 'wait'}` }, event.reason) : '',
    imageOf(found, boxes),
    buttons,
    facts(event, boxes),
    h('h3', {}, 'Delivery'),
    ...attempts(found, open),
    found.steps.length ? steps(found.steps) : h('p', { class: 'hint' }, 'What was asked of each camera is not known: the row is damaged.'),
    h('h3', {}, 'Why it fired'),
    found.decision ? firedList(found.decision) : h('p', { class: 'hint' }, 'The ledger has no decision for this event.'),
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
    ['Node', nodeText(event)],
    ['Cameras', event.camera_ids.length ? event.camera_ids.flatMap((id, at) => [at ? ', ' : '', cameraLabel(id)]) : isDamaged(event) ? 'not known' : 'none'],
    ['Asked for', ACTIONS[event.action] || event.action],
    ['Boxes', number(boxes.length)],
    ['Receiver', event.target],
    ['Event id', event.event_id],
  ];
  return h('dl', { class: 'facts' }, rows.filter(([, text]) => text).map(([name, text]) => h('div', {}, h('dt', {}, name), h('dd', {}, text))));
}

/** How often it was tried, and the last answer, as the outbox knows it: in an outage it counts no attempt. */
const tried = ({ attempts: count, reason }) => `${count > 1 ? `${number(count)} attempts failed, the last one` : 'the last attempt failed'}: ${reason}`;

function attempts({ attempts: list, waits_behind: ahead, event }, open) {
  const isWaiting = event.state === 'waiting' || event.state === 'sending';
  const behind = ahead ? h('p', { class: 'notice wait' }, 'It waits behind ', h('button', { type: 'button', class: 'plain', onclick: () => open(ahead.number) }, `${ahead.name}, ${moment(ahead.captured_at)}`), `, of the same camera, of which ${tried(ahead)}`) : '';
  const unwritten = isWaiting && event.reason && !list.some(({ state }) => state === 'retry') ? h('p', { class: 'hint' }, `Not delivered yet: ${tried(event)}`) : '';
  if (!list.length) return [behind, unwritten || h('p', { class: 'hint' }, isWaiting ? 'Not tried yet.' : 'The ledger has no attempt of this event, or not yet.')];
  return [behind, unwritten, attemptList(list)];
}

function attemptList(list) {
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

function retry(event, sentAgain) {
  const hint = 'Change the number to send it to another camera.';
  sendAgain({ title: 'Send again', hint, cameras: camerasOf([event]), target: event.target, path: `events/${event.number}/retry`, done: ({ number: next }) => sentAgain(next) });
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
