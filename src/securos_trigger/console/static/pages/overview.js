/** Is it well, and what is to be done? */

import { get, part } from '../shared/api.js';
import { empty, h, loading, unturned } from '../shared/dom.js';
import { linkedSentences } from '../shared/findings.js';
import { HeldBack } from '../shared/held_back.js';
import { LiveImage } from '../shared/live_image.js';
import { mute, unmute } from '../shared/mute.js';
import { pipelineState } from '../shared/pipeline_state.js';
import { page } from '../shared/shell.js';
import { showCameras } from '../shared/camera_choice.js';
import { camerasLabel, camerasOfEvent } from '../shared/camera_names.js';
import { targetState } from '../shared/target_state.js';
import { Remarks } from '../shared/remarks.js';
import { isOfPipeline, troublesOf } from '../shared/troubles.js';
import { ago, counted, exact, moment, nodeText, number, sharedOutbox, since, STATES } from '../shared/texts.js';
import { ASKED_AT, TimeField } from '../shared/time_field.js';
import { isPlacedSite, verdictOf } from '../shared/verdict.js';

const NEWEST = 8;
const MOST_WARNINGS = 3; // on a card
const FEW_PIPELINES = 12; // are found without a search
const MADE_AT_ONCE = 24; // cards; the next ones are made when the end of the list comes into view
const REMARKS = '#remarks';
const listed = new Map(); // pipeline/node -> the time of its newest event in the list

page('overview', ({ main, live, can }) => {
  const head = h('section', { class: 'verdict-line', 'aria-label': 'State' });
  const remarks = new Remarks();
  const cards = h('section', { class: 'cards', 'aria-label': 'Pipelines' });
  const find = h('input', { type: 'search', placeholder: 'Find a pipeline, a node or a camera', 'aria-label': 'Find a pipeline, a node or a camera', hidden: true });
  const found = h('p', { class: 'hint', role: 'status' });
  const receivers = h('div');
  const targets = h('section', { class: 'panel', 'aria-label': 'Receivers' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Receivers'), h('a', { href: '/targets.html' }, 'Certificates')), receivers);
  const whyNot = new WhyNot();
  const events = h('ol', { class: 'rows' });
  const newest = h('section', { class: 'panel short-list', 'aria-label': 'Newest events' }, h('div', { class: 'panel-head' }, h('h2', {}, 'Newest events'), h('a', { href: '/events.html' }, 'All events')), events);
  const more = h('button', { type: 'button', hidden: true, onclick: showMore });
  const rest = h('div', { class: 'with-side', hidden: true }, h('div', { class: 'column' }, find, found, cards, more), h('div', { class: 'column' }, whyNot.node, newest, targets));
  main.append(h('h1', { class: 'unseen' }, 'Overview'), head, remarks.node, rest);
  const shared = h('p', { class: 'hint' });
  events.after(shared);
  showNewest(events, live, () => live.overview && showCards());
  head.append(loading());
  const known = new Map(); // pipeline name -> card
  let most = MADE_AT_ONCE;
  /** Shows the first `most` pipelines that the search finds. `most` grows by MADE_AT_ONCE when their end comes into view. */
  function showCards() {
    const { pipelines } = live.overview;
    const warnings = warningsByPipeline(live.overview);
    const wanted = find.value.trim().toLowerCase();
    const fitting = wanted ? pipelines.filter((one) => textOf(one).includes(wanted)) : pipelines;
    const shown = new Set(fitting.slice(0, most));
    let next = null; // the card that stands behind
    for (const [at, pipeline] of [...pipelines.entries()].reverse()) {
      if (shown.has(pipeline) && !known.has(pipeline.name)) known.set(pipeline.name, new Card(pipeline.name, cards, next));
      const card = known.get(pipeline.name);
      if (!card) continue;
      next = card.node;
      card.node.hidden = !shown.has(pipeline);
      if (!card.node.hidden) card.update({ ...pipeline, warnings: shortened(warnings.get(at) || []), isNow: live.state === 'open' }, can);
    }
    more.hidden = fitting.length <= most;
    more.textContent = `Show more (${counted(fitting.length - shown.size, 'pipeline')} left)`;
    find.hidden = pipelines.length <= FEW_PIPELINES && !find.value; // a search stays until it is cleared
    found.textContent = wanted ? `${number(fitting.length)} of ${counted(pipelines.length, 'pipeline')}` : '';
  }
  function showMore() {
    most += MADE_AT_ONCE;
    showCards();
  }
  new IntersectionObserver((entries) => entries.at(-1).isIntersecting && showMore(), { rootMargin: '600px' }).observe(more);
  live.on('overview', (overview) => {
    rest.hidden = false; // with what stands above it, so that nothing moves
    remarks.show(troublesOf(overview, can), overview.configuration.warnings.filter(({ place }) => isOfPipeline(place)).length, whyUnknown(overview));
    head.replaceChildren(...headOf(overview));
    showCards();
    const names = new Set(overview.pipelines.map((one) => one.name));
    for (const [name, card] of known) {
      if (names.has(name)) continue;
      card.end();
      known.delete(name);
    }
    if (!overview.pipelines.length) cards.replaceChildren(noneText(overview, can));
    receivers.replaceChildren(...targetsOf(overview, live.state === 'open'));
    whyNot.update(overview);
    shared.textContent = sharedOutbox(overview);
    goToRemarks();
  });
  /** Goes to the first remark when the address asks for it, once. */
  function goToRemarks() {
    if (location.hash !== REMARKS || !remarks.goToFirst()) return;
    history.replaceState(null, '', location.pathname);
  }
  addEventListener('hashchange', goToRemarks);
  live.on('state', (state) => {
    if (live.overview) {
      showCards();
      receivers.replaceChildren(...targetsOf(live.overview, state === 'open'));
    }
    if (state !== 'open' && !live.overview) {
      rest.hidden = false;
      cards.replaceChildren(empty('The pipelines are not known.'));
      receivers.replaceChildren(empty('The receivers are not known.'));
    }
    if (state !== 'open') head.replaceChildren(h('div', { class: 'lead off' }, h('p', { class: 'sentence' }, 'How things are now is not known.'), h('p', { class: 'hint' }, live.overview ? 'Below is the last known state.' : '')), figuresOf({}));
  });
  find.addEventListener('input', () => {
    most = MADE_AT_ONCE;
    if (live.overview) showCards();
  });
});

/** Why there may be remarks that are not known; empty: a service has answered, or none is needed. */
const whyUnknown = (overview) => (overview.verdict === 'starting' ? 'the service is starting' : overview.is_running || isPlacedSite(overview) ? '' : 'the service does not run');

/** What a search finds a pipeline by, in lower case. */
const textOf = ({ name, source, nodes }) => [name, source, ...nodes.flatMap((one) => [one.id, ...one.camera_ids.map((id) => `camera ${id}`)])].join('\n').toLowerCase();

/** What stands in the place of the pipelines while there are none. */
function noneText({ configuration, is_running: isRunning }, can) {
  if (configuration.mistakes) return empty('The pipelines are not known.', 'The configuration file has mistakes.');
  if (!can('configure')) return empty('No pipeline yet.', 'Only a person with the role configure can make one.');
  const start = isRunning ? 'The service starts it at once.' : `Then start the service: ${configuration.start_command}`;
  return empty('No pipeline yet.', `Make one from a camera or a file. ${start}`, h('a', { class: 'button primary', href: '/nodes.html?new' }, 'New pipeline'));
}

/** What `check` warns of, by the number of the pipeline. The overview has the pipelines of the file first, in its order. */
function warningsByPipeline({ configuration }) {
  const found = new Map();
  for (const one of configuration.warnings) {
    if (!isOfPipeline(one.place)) continue; // it stands at the top
    const at = Number(one.place.match(/\d+/)[0]);
    if (!found.has(at)) found.set(at, []);
    found.get(at).push(one);
  }
  return found;
}

/** The first warnings of one pipeline, each as what stands in a line. */
function shortened(own) {
  const more = own.length > MOST_WARNINGS ? [`${counted(own.length - MOST_WARNINGS, 'more warning')}: see its forms on the page Nodes.`] : [];
  return [...own.slice(0, MOST_WARNINGS), ...more];
}

function headOf(overview) {
  const { started_at: startedAt, version } = overview;
  const { kind, sentence, remarks } = verdictOf(overview);
  const about = startedAt ? `Running since ${moment(startedAt)} · version ${version}` : '';
  return [
    h('div', { class: `lead ${kind}` }, h('p', { class: 'sentence' }, kind === 'bad' || (kind === 'wait' && remarks) ? h('a', { href: REMARKS }, sentence) : sentence), h('p', { class: 'hint', title: exact(startedAt) }, about)),
    figuresOf(overview),
  ];
}

/** The counts of the site; "–" where they are not known, in the same place. */
function figuresOf({ losses, counts }) {
  const waiting = counts ? counts.waiting + counts.sending : null;
  const lost = losses ? losses.count : null;
  return h(
    'dl',
    { class: 'figures' },
    figure('waiting', waiting, waiting ? 'wait' : ''),
    figure('delivered', counts && counts.delivered),
    figure('dead letters', counts && counts.dead, counts && counts.dead ? 'wait' : ''),
    figure('lost', lost, lost ? (losses.is_losing ? 'bad' : 'wait') : ''),
  );
}

const figure = (name, value, kind = '') => h('div', { class: kind }, h('dd', {}, number(value)), h('dt', {}, name));

class Card {
  /** Stands before the card `next`; at the end where that is null. */
  constructor(name, place, next) {
    this.image = new LiveImage(name);
    this.state = h('span');
    this.source = h('a', {}, '');
    this.line = h('p', { class: 'state' }, this.state, ' ', this.source);
    this.speed = h('span', { class: 'hint' });
    this.warnings = h('ul', { class: 'notice wait', 'aria-label': `Warnings about ${name}`, hidden: true });
    this.none = h('li', { class: 'hint' }, 'No trigger node.');
    this.nodes = h('ul', { class: 'node-list' }, this.none);
    this.items = new Map(); // address -> NodeItem
    this.node = h('article', { class: 'panel card' }, this.image.node, h('div', { class: 'card-head' }, h('h2', { title: name }, name), this.speed), this.line, this.warnings, this.nodes);
    if (!place.querySelector('article')) place.replaceChildren();
    place.insertBefore(this.node, next);
  }

  /** Takes over what the overview says; `can` says what the person may do. */
  update(pipeline, can) {
    const now = JSON.stringify([pipeline, pipeline.nodes.map((one) => listed.get(one.address))]);
    const isMoving = pipeline.nodes.some((one) => one.last_event_at); // how long ago changes by itself
    if (now === this.shown && !isMoving) return;
    this.shown = now;
    const { name, state, source, nodes, isNow } = pipeline;
    const [kind, text] = pipelineState(pipeline, isNow);
    this.line.className = `state ${kind}`;
    this.line.title = unturned(source);
    this.state.textContent = unturned(text);
    if (state && state.input) this.image.node.classList.add('has-none');
    this.image.node.classList.toggle('is-old', Boolean(state && (state.source_lost_reason || state.frozen_since)));
    this.image.lost((state && state.source_lost_reason && state.source_lost_since) || null);
    const isOfSource = Boolean(state && (state.source_lost_reason || state.frozen_since));
    this.source.href = `/nodes.html#${part(name)}${isOfSource ? '/' : ''}`;
    this.source.textContent = isOfSource ? 'Change its source' : 'Open its nodes'; // what failed may be any part of it
    this.source.hidden = !state || (!state.source_lost_reason && !state.frozen_since && state.state !== 'failed');
    this.speed.textContent = isNow && state && state.state === 'running' ? `${state.frames_per_s.toFixed(1)} frames/s` : '';
    this.warnings.hidden = !pipeline.warnings.length;
    this.warnings.replaceChildren(...pipeline.warnings.map((one) => h('li', {}, typeof one === 'string' ? one : linkedSentences(one))));
    this.none.hidden = nodes.length > 0;
    for (const node of nodes) {
      if (!this.items.has(node.address)) this.items.set(node.address, new NodeItem(pipeline.name, node, this.nodes, can));
      this.items.get(node.address).update(node, { isKnown: pipeline.in_file || node.camera_ids.length > 0, isRunning: Boolean(state), isNow });
    }
    for (const [address, item] of this.items) {
      if (nodes.some((one) => one.address === address)) continue;
      item.node.remove();
      this.items.delete(address);
    }
  }

  end() {
    this.image.end();
    this.node.remove();
  }
}

/** One trigger node. Its link and its button stay the same elements: a click, the focus and a reader's place outlive an update. */
class NodeItem {
  constructor(pipeline, { address, id }, place, can) {
    this.mutedAs = [pipeline, id].filter(Boolean).join('/'); // a mute holds for all cameras of a node
    this.link = h('a', { class: 'strong', href: `/decisions.html?node=${encodeURIComponent(address)}` }, id);
    this.tags = h('span');
    this.about = h('p', { class: 'hint' });
    this.heldBack = new HeldBack();
    this.action = h('button', { type: 'button', class: 'plain', onclick: () => (this.shown.muted_until ? unmute(this.mutedAs) : mute({ address: this.mutedAs })) });
    this.node = h('li', {}, h('div', { class: 'grow' }, this.link, this.tags, this.about), can('operate') ? this.action : null);
    place.append(this.node);
  }

  /** `isKnown`: the file says which cameras it has. `isRunning`: the service says what it has done. `isNow`: just now; else no length of time may stand still. */
  update(node, { isKnown, isRunning, isNow }) {
    this.shown = node;
    const { muted_until: mutedUntil, muted_since: mutedSince } = node;
    const last = node.last_event_at ? h('time', { title: exact(node.last_event_at) }, `last event ${isNow ? ago(node.last_event_at) : `at ${moment(node.last_event_at)}`}`) : isRunning ? 'no event since the start' : listed.has(node.address) ? `last event at ${moment(listed.get(node.address))}` : 'last event not known';
    const muted = mutedUntil ? h('span', { class: 'tag wait' }, `muted until ${moment(mutedUntil)}${mutedSince ? `, since ${moment(mutedSince)}` : ''}${node.muted_by ? ` by ${node.muted_by}` : ''}${node.mute_reason ? `: ${node.mute_reason}` : ''}`) : '';
    const inactive = node.hours_begin_at ? h('span', { class: 'tag' }, `outside its active hours until ${moment(node.hours_begin_at)}`) : '';
    this.tags.replaceChildren(muted, inactive, node.is_enabled === false ? h('span', { class: 'tag' }, 'off') : '');
    this.about.replaceChildren(...(isKnown ? [camerasLabel(node.camera_ids), ' · '] : []), last, this.heldBack.words(node.decisions, Boolean(mutedUntil)));
    this.action.textContent = mutedUntil ? 'Unmute' : 'Mute';
    this.action.setAttribute('aria-label', `${mutedUntil ? 'Unmute' : 'Mute'} ${this.mutedAs}`);
  }
}

function targetsOf({ targets, is_running: isRunning, configuration, troubles }, isNow) {
  const items = targets.map((one) => {
    const [kind, text] = targetState(one, isRunning, troubles, isNow);
    const queue = [one.waiting ? `${number(one.waiting)} waiting for ${since(one.oldest_at)}` : '', one.relayed ? `${number(one.relayed)} relayed for ${since(one.relayed_oldest_at)}` : '', one.dead ? `${number(one.dead)} dead letter${one.dead === 1 ? '' : 's'}` : ''];
    return h('li', {}, h('p', { class: 'strong' }, h('span', { class: `dot ${kind}` }), one.target), h('p', { class: kind === 'bad' ? 'bad' : 'hint' }, [text, ...queue].filter(Boolean).join(' · ')));
  });
  return [items.length ? h('ul', { class: 'receiver-list' }, items) : configuration.mistakes ? empty('The receivers are not known.') : empty('No trigger node sends anywhere yet.')];
}

/** The question of an operator: a camera and a time. The page Decisions answers it. */
class WhyNot {
  constructor() {
    this.camera = h('select', { name: 'camera', 'aria-label': 'Camera' }, h('option', { value: '' }, 'every camera'));
    const at = new TimeField({ name: 'at', isInstant: false, required: true, ...ASKED_AT, size: '8' });
    const form = h('form', { action: '/decisions.html', onsubmit: (event) => at.check() || event.preventDefault() }, this.camera, at.input, h('button', { type: 'submit' }, 'Explain'), at.error);
    this.node = h('section', { class: 'panel why-not', 'aria-label': 'Why did it not fire?' }, h('h2', {}, 'Why did it not fire?'), form);
  }

  update({ pipelines }) {
    showCameras(this.camera, pipelines.flatMap((one) => one.nodes));
  }
}

/** The events that came last, by their time: those of one moment come in any order. */
async function showNewest(place, live, onListed) {
  const add = (event) => {
    const known = listed.get(nodeText(event));
    if (!known || Date.parse(known) < Date.parse(event.captured_at)) listed.set(nodeText(event), event.captured_at);
    const [state, kind] = STATES[event.state] || [event.state, ''];
    for (const none of place.querySelectorAll('.none')) none.remove();
    const old = place.querySelector(`[data-number="${Number(event.number)}"]`);
    const open = () => location.assign(`/events.html#${event.number}`);
    const at = new Date(event.captured_at).getTime() || 0;
    const item = h('li', { 'data-number': event.number, 'data-at': at }, h('button', { type: 'button', onclick: open }, h('time', { title: exact(event.captured_at) }, moment(event.captured_at)), h('span', { class: 'grow' }, h('span', { class: 'strong' }, event.name), h('span', { class: 'hint' }, camerasOfEvent(event), ` · ${nodeText(event)}`)), kind ? h('span', { class: `tag ${kind}` }, state) : null));
    const isFocused = old?.contains(document.activeElement);
    place.insertBefore(item, old || [...place.children].find((one) => Number(one.dataset.at) < at) || null);
    if (old) old.remove();
    if (isFocused) item.firstElementChild.focus();
    while (place.childElementCount > NEWEST) [...place.children].reduce((first, one) => (Number(one.dataset.number) < Number(first.dataset.number) ? one : first)).remove();
  };
  const sayNone = (...why) => place.replaceChildren(h('li', { class: 'none' }, empty(...why)));
  sayNone('No event yet.');
  live.on('delivery', add);
  async function load() {
    try {
      const { events } = await get(`events?limit=${NEWEST}`);
      if (place.querySelector('.none')) sayNone('No event yet.');
      events.reverse().forEach(add);
      onListed();
    } catch (refusal) {
      sayNone('The events cannot be read.', refusal.message);
      live.afterRefusal(refusal, load);
    }
  }
  await load();
}
