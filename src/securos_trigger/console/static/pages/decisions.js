/** Decisions: why a node fired or did not, as a timeline. */

import { get, query } from '../shared/api.js';
import { empty, h, loading, select } from '../shared/dom.js';
import { explanations, silenceText } from '../shared/explanation.js';
import { showCameras } from '../shared/camera_choice.js';
import { foldedFilters } from '../shared/filter_fold.js';
import { overviewNow, page } from '../shared/shell.js';
import { axis, entryDetail, lane, legend, markAsked, oneStopEach, withKeys } from '../shared/timeline.js';
import { ASKED_AT, TimeField } from '../shared/time_field.js';
import { ownZone } from '../shared/zones.js';

const SPANS = [['300', '5 minutes'], ['900', '15 minutes'], ['3600', '1 hour'], ['21600', '6 hours'], ['86400', '24 hours']];
const NARROW = matchMedia('(max-width: 900px)'); // as in the stylesheet
const REFRESH_MS = 5000;
const FEW_LANES = 8;
const MOST_SILENCES = 3; // gaps of the ledger, the latest ones
const MOST_EXPLAINED = 8; // nodes of one camera, in one answer

page('decisions', async ({ main, live, can }) => {
  const start = new URLSearchParams(location.search);
  const span = select(SPANS, start.get('span') || (NARROW.matches ? '300' : '900') /* a phone has a third of the room */, { name: 'span' });
  const until = new TimeField({ name: 'until', placeholder: 'now' });
  const node = h('input', { name: 'node', placeholder: 'every node', value: start.get('node') || '', list: 'node-names' });
  const names = h('datalist', { id: 'node-names' });
  const camera = h('select', { name: 'camera' }, h('option', { value: '' }, 'every camera'));
  const form = h('form', { class: 'filters', 'aria-label': 'Time, camera and node' }, labelled('Last', span), labelled('until', until.input), labelled('Camera', camera), labelled('Node', node), names, until.error);
  const at = new TimeField({ name: 'at', isInstant: false, required: true, value: start.get('at') || '', ...ASKED_AT });
  const ask = at.input;
  const asking = h('form', { class: 'ask' }, h('span', {}, 'Why did it not fire at'), ask, h('button', { type: 'submit' }, 'Explain'), at.error);
  const setOf = () => [`last ${span.selectedOptions[0].text}`, until.input.value && `until ${until.input.value}`, camera.value && camera.selectedOptions[0].text, node.value].filter(Boolean);
  const lanes = h('section', { class: 'panel lanes', 'aria-label': 'Timeline' });
  const detail = h('section', { class: 'panel detail', 'aria-label': 'One decision', tabindex: '-1' });
  main.append(h('h1', { class: 'unseen' }, 'Decisions'), h('div', { class: 'bar' }, foldedFilters(form, setOf), asking), legend(), h('div', { class: 'split wide' }, lanes, detail));
  withKeys(lanes, detail);
  lanes.append(loading());
  detail.append(empty('Choose a decision.', 'Its clauses and the values at that moment are shown here.'));
  let known = []; // the nodes, each with its cameras
  const showKnown = ({ pipelines }) => {
    known = pipelines.flatMap(({ name, nodes }) => nodes.map((node) => ({ ...node, muted_as: [name, node.id].filter(Boolean).join('/') }))); // a mute holds for all cameras of a node
    const addresses = known.map(({ address }) => address);
    if (addresses.join('\n') !== [...names.children].map(({ value }) => value).join('\n')) names.replaceChildren(...addresses.map((value) => h('option', { value })));
    showCameras(camera, known);
  };
  await overviewNow(live).then(showKnown, () => null); // why it cannot be read, the decisions say below
  live.on('overview', showKnown);
  if ([...camera.options].some(({ value }) => value === start.get('camera'))) camera.value = start.get('camera');
  const isMuted = (address) => known.some((one) => one.muted_as === address && one.muted_until);
  const isMeant = ({ address }) => !camera.value || known.some((one) => one.address === address && one.camera_ids.includes(camera.value));

  let chosen = '';
  function choose(address, entry) {
    chosen = `${address} ${entry.from}`;
    detail.replaceChildren(...entryDetail(address, entry));
    for (const button of lanes.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.key === chosen));
  }

  let askedFor = null; // the time that was explained last
  let asked = 0; // the newest question; an answer to an older one is not shown
  let answered = 0;

  async function load() {
    const mine = (asked += 1);
    const to = until.at || new Date();
    const from = new Date(to.getTime() - Number(span.value) * 1000);
    try {
      const { nodes: all, silences } = await get(`decisions${query({ node: node.value, from: from.toISOString(), to: to.toISOString() })}`);
      if (mine !== asked) return;
      const nodes = all.filter(isMeant);
      const focused = document.activeElement?.dataset?.key;
      lanes.replaceChildren(...(nodes.length ? [axis(from, to), ...lanesOf(nodes, (one) => lane(one, from, to, choose, chosen))] : [empty('No decision in this time.', node.value || camera.value ? 'Is it the right node or camera?' : 'The ledger is written while the service runs.')]));
      oneStopEach(lanes, focused || chosen);
      if (askedFor) markAsked(lanes, askedFor, from, to);
      main.classList.toggle('has-asked', Boolean(lanes.querySelector('.asked')));
      lanes.append(...silences.filter(({ why }) => ['gap', 'unknown', 'stood_still', 'clock_went_back'].includes(why)).slice(-MOST_SILENCES).map((one) => h('p', { class: 'notice wait' }, silenceText(one))));
      if (focused) lanes.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    } catch (refusal) {
      if (mine === asked) lanes.replaceChildren(empty('The decisions cannot be read.', refusal.message));
    }
    answered = Math.max(answered, mine);
  }
  form.addEventListener('change', load);
  form.addEventListener('submit', (event) => event.preventDefault());
  async function explain() {
    if (!at.check()) return;
    const meant = node.value ? [node.value] : camera.value ? known.filter(isMeant).map(({ address }) => address) : [''];
    detail.replaceChildren(h('h2', {}, `At ${ask.value}`), loading());
    try {
      const answers = await Promise.all(meant.slice(0, MOST_EXPLAINED).map((one) => get(`decisions/explain${query({ at: ask.value, ...ownZone(), node: one })}`)));
      askedFor = answers[0]?.asked || null;
      lookAround(until, at.at, Number(span.value));
      await load();
      const more = meant.length > MOST_EXPLAINED ? h('p', { class: 'hint' }, `${meant.length - MOST_EXPLAINED} more nodes send to this camera: choose one of them above.`) : '';
      detail.replaceChildren(h('h2', {}, `At ${ask.value}`), ...explanations(answers, { can, isMuted }), more);
    } catch (refusal) {
      detail.replaceChildren(h('h2', {}, `At ${ask.value}`), h('p', { class: 'notice wait' }, refusal.message));
    }
    detail.focus({ preventScroll: true });
    if (NARROW.matches) detail.scrollIntoView({ block: 'start' }); // the first answer, not the middle of all
  }
  asking.addEventListener('submit', (event) => {
    event.preventDefault();
    explain();
  });
  if (ask.value && at.check()) await explain();
  else await load();
  setInterval(() => !until.at && !document.hidden && answered === asked && load(), REFRESH_MS);
});

/** The nodes in the order that a person counts in; of many those without a decision in one line. */
function lanesOf(nodes, draw) {
  const sorted = [...nodes].sort((one, other) => one.address.localeCompare(other.address, 'en', { numeric: true }));
  const silent = sorted.filter(({ entries }) => !entries.length);
  if (sorted.length <= FEW_LANES || !silent.length) return sorted.map(draw);
  const names = silent.map(({ address }) => address).join(', ');
  return [...sorted.filter(({ entries }) => entries.length).map(draw), h('p', { class: 'hint' }, `No decision in this time: ${names}`)];
}

/** Moves the timeline so that an instant is in its middle. */
function lookAround(until, at, spanS) {
  until.set(new Date(Math.min(at.getTime() + spanS * 500, Date.now())));
}

const labelled = (text, control) => h('label', { class: 'inline' }, text, control);
