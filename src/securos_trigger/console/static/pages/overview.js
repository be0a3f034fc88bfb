/** Is it well, and what is to be done? */

import { get, post } from '../shared/api.js';
import { dialog, empty, field, h, loading, select, toast } from '../shared/dom.js';
import { LiveImage } from '../shared/live_image.js';
import { page } from '../shared/shell.js';
import { ago, counted, exact, moment, number, reasonKind, reasonText, since, STATES } from '../shared/texts.js';

const NEWEST = 8;

page('overview', ({ main, live, can }) => {
  const head = h('section', { class: 'verdict-line', 'aria-label': 'State' });
  const troubles = h('section', { class: 'troubles', 'aria-label': 'What needs a person' });
  const cards = h('section', { class: 'cards', 'aria-label': 'Pipelines' });
  const targets = h('section', { class: 'panel', 'aria-label': 'Receivers' });
  const events = h('ol', { class: 'rows' });
  const newest = h('section', { class: 'panel short-list', 'aria-label': 'Newest events' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Newest events'), h('a', { href: '/events.html' }, 'All events')), events);
  main.append(h('h1', { class: 'unseen' }, 'Overview'), head, troubles, h('div', { class: 'with-side' }, cards, h('div', { class: 'column' }, newest, targets)));
  showNewest(events, live);
  head.append(loading());
  const known = new Map(); // pipeline name -> card
  live.on('overview', (overview) => {
    head.replaceChildren(...headOf(overview));
    troubles.replaceChildren(...troublesOf(overview));
    for (const pipeline of overview.pipelines) {
      if (!known.has(pipeline.name)) known.set(pipeline.name, new Card(pipeline.name, cards));
      known.get(pipeline.name).update(pipeline, can);
    }
    for (const [name, card] of known) {
      if (overview.pipelines.some((one) => one.name === name)) continue;
      card.end();
      known.delete(name);
    }
    if (!known.size) cards.replaceChildren(empty('No pipeline yet.', 'Make one from a camera or a file on the page Nodes.', h('a', { class: 'button primary', href: '/nodes.html' }, 'New pipeline')));
    targets.replaceChildren(...targetsOf(overview));
  });
});

function headOf({ verdict, losses, counts, started_at: startedAt, version }) {
  const [kind, sentence] = {
    healthy: ['good', 'Everything works.'],
    trouble: ['bad', 'A person must act.'],
    not_running: ['off', 'The service does not run.'],
  }[verdict];
  const waiting = counts ? counts.waiting + counts.sending : null;
  const lost = losses ? losses.count : null;
  const lead = losses && losses.is_losing ? `Events are being lost: ${losses.reason}` : sentence;
  const about = startedAt ? `Running since ${moment(startedAt)} · version ${version}` : '';
  return [
    h('div', { class: `lead ${losses && losses.is_losing ? 'bad' : kind}` }, h('p', { class: 'sentence' }, lead), h('p', { class: 'hint', title: exact(startedAt) }, about)),
    h(
      'dl',
      { class: 'figures' },
      figure('waiting', waiting, waiting ? 'wait' : ''),
      figure('delivered', counts && counts.delivered),
      figure('given up', counts && counts.dead, counts && counts.dead ? 'bad' : ''),
      figure('lost', lost, lost ? 'bad' : ''),
    ),
  ];
}

const figure = (name, value, kind = '') => h('div', { class: kind }, h('dd', {}, number(value)), h('dt', {}, name));

function troublesOf({ troubles, configuration }) {
  const nodes = troubles.map(({ text, fix, needs_person: needsPerson }) =>
    h('div', { class: `notice ${needsPerson ? 'bad' : 'wait'}` }, h('p', { class: 'strong' }, text), fix ? h('p', {}, fix) : null),
  );
  if (configuration.changes.length) {
    const text = counted(configuration.changes.length, 'setting');
    nodes.push(h('div', { class: 'notice wait' }, h('p', { class: 'strong' }, `${text} of the file ${configuration.changes.length === 1 ? 'is' : 'are'} not in force.`), h('p', {}, configuration.changes.map((one) => one.setting || one).join(', '))));
  }
  return nodes;
}

const PIPELINE_STATES = { running: ['good', 'running'], restarting: ['wait', 'starting again'], ended: ['off', 'ended'], failed: ['bad', 'failed'] };

/** The sentence on a pipeline, and its colour by meaning. */
function pipelineState(state) {
  if (!state) return ['off', 'not running'];
  if (state.source_lost_reason) return ['bad', `no frames since ${moment(state.source_lost_since)}: ${state.source_lost_reason}`];
  if (state.frozen_since) return ['bad', `one and the same image since ${moment(state.frozen_since)}`];
  const [kind, text] = PIPELINE_STATES[state.state] || ['off', state.state];
  return [kind, state.reason ? `${text}: ${state.reason}` : text];
}

class Card {
  constructor(name, place) {
    this.image = new LiveImage(name);
    this.state = h('p', { class: 'state' });
    this.speed = h('span', { class: 'hint' });
    this.nodes = h('ul', { class: 'node-list' });
    this.node = h('article', { class: 'panel card' }, this.image.node, h('div', { class: 'card-head' }, h('h2', {}, name), this.speed), this.state, this.nodes);
    if (!place.querySelector('article')) place.replaceChildren();
    place.append(this.node);
  }

  update({ state, source, nodes }, can) {
    const [kind, text] = pipelineState(state);
    this.state.className = `state ${kind}`;
    this.state.textContent = text;
    this.state.title = source;
    this.image.node.classList.toggle('is-old', Boolean(state && (state.source_lost_reason || state.frozen_since)));
    this.speed.textContent = state && state.state === 'running' ? `${state.frames_per_s.toFixed(1)} frames/s` : '';
    const items = nodes.map((node) => nodeItem(node, can));
    this.nodes.replaceChildren(...(items.length ? items : [h('li', { class: 'hint' }, 'No trigger node.')]));
  }

  end() {
    this.image.end();
    this.node.remove();
  }
}

function nodeItem(node, can) {
  const cameras = node.camera_ids.length ? `camera ${node.camera_ids.join(', ')}` : 'no camera';
  const last = node.last_event_at ? h('time', { title: exact(node.last_event_at) }, `last event ${ago(node.last_event_at)}`) : 'no event yet';
  const muted = node.muted_until ? h('span', { class: 'tag wait', title: node.mute_reason }, `muted until ${moment(node.muted_until)}`) : null;
  const off = node.is_enabled === false ? h('span', { class: 'tag' }, 'off') : null;
  const action = node.muted_until
    ? h('button', { type: 'button', class: 'plain', onclick: () => unmute(node), 'aria-label': `End the mute of ${node.id}` }, 'Unmute')
    : h('button', { type: 'button', class: 'plain', onclick: () => mute(node), 'aria-label': `Mute ${node.id}` }, 'Mute');
  return h(
    'li',
    {},
    h('div', { class: 'grow' }, h('a', { class: 'strong', href: `/decisions.html?node=${encodeURIComponent(node.address)}` }, node.id), muted, off, h('p', { class: 'hint' }, cameras, ' · ', last, why(node.decisions))),
    can('operate') ? action : null,
  );
}

/** What holds most events back. */
function why(decisions) {
  const held = Object.entries(decisions || {}).filter(([reason, count]) => count && reasonKind(reason) === 'held');
  if (!held.length) return '';
  const [reason, count] = held.sort((one, other) => other[1] - one[1])[0];
  return ` · held back ${number(count)}×: ${reasonText(reason)}`;
}

function mute({ address, id }) {
  const lengths = [['15m', '15 minutes'], ['1h', '1 hour'], ['4h', '4 hours'], ['12h', '12 hours'], ['3d', '3 days']];
  const content = [
    field('For', select(lengths, '1h', { name: 'for' })),
    field('Reason', h('input', { name: 'reason', maxlength: '200', placeholder: 'Works at the gate' }), 'Shown to everybody, and kept in the audit log.'),
  ];
  dialog(`Mute ${id}`, content, 'Mute', async (form) => {
    await post('mute', { nodes: [address], for: form.get('for'), reason: form.get('reason') });
    toast(`${id} is muted. Events are decided on, and not sent.`);
  });
}

async function unmute({ address, id }) {
  try {
    await post('unmute', { nodes: [address] });
    toast(`${id} sends events again.`);
  } catch (refusal) {
    toast(refusal.message, 'bad');
  }
}

function targetsOf({ targets }) {
  const items = targets.map((one) => {
    const [kind, text] = targetState(one);
    const queue = [one.waiting ? `${number(one.waiting)} waiting for ${since(one.oldest_at)}` : '', one.relayed ? `${number(one.relayed)} relayed for ${since(one.relayed_oldest_at)}` : '', one.dead ? `${number(one.dead)} given up` : ''];
    return h('li', {}, h('p', { class: 'strong' }, h('span', { class: `dot ${kind}` }), one.target), h('p', { class: kind === 'bad' ? 'bad' : 'hint' }, [text, ...queue].filter(Boolean).join(' · ')));
  });
  return [
    h('div', { class: 'panel-head' }, h('h2', {}, 'Receivers'), h('a', { href: '/targets.html' }, 'Certificates')),
    items.length ? h('ul', { class: 'receiver-list' }, items) : empty('No trigger node sends anywhere yet.'),
  ];
}

/** The newest events, as they come. */
async function showNewest(place, live) {
  const add = (event) => {
    const [state, kind] = STATES[event.state] || [event.state, ''];
    for (const old of place.querySelectorAll(`[data-number="${Number(event.number)}"], .none`)) old.remove();
    const open = () => location.assign(`/events.html#${event.number}`);
    place.prepend(h('li', { 'data-number': event.number }, h('button', { type: 'button', onclick: open }, h('time', { title: exact(event.captured_at) }, moment(event.captured_at)), h('span', { class: 'grow' }, h('span', { class: 'strong' }, event.name), h('span', { class: 'hint' }, event.camera_ids.length ? `camera ${event.camera_ids.join(', ')}` : 'no camera')), kind ? h('span', { class: `tag ${kind}` }, state) : null)));
    while (place.childElementCount > NEWEST) place.lastElementChild.remove();
  };
  place.append(h('li', { class: 'none' }, empty('No event yet.')));
  live.on('delivery', add);
  const { events } = await get(`events?limit=${NEWEST}`);
  events.reverse().forEach(add);
}

function targetState({ is_healthy: isHealthy, trouble, reason, failing_since: failingSince }) {
  if (isHealthy) return ['good', 'healthy'];
  if (isHealthy === null || isHealthy === undefined) return ['off', 'nothing was sent yet'];
  const kind = trouble === 'unreachable' ? 'wait' : 'bad';
  return [kind, `${reason || trouble}${failingSince ? `, since ${moment(failingSince)}` : ''}`];
}
