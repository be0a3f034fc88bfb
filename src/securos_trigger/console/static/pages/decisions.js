/** Decisions: why a node fired or did not, as a timeline. */

import { get, query } from '../shared/api.js';
import { clauseList } from '../shared/clauses.js';
import { empty, h, loading, select } from '../shared/dom.js';
import { page } from '../shared/shell.js';
import { clock, exact, length, moment, number, reasonKind, reasonText } from '../shared/texts.js';

const SPANS = [['900', '15 minutes'], ['3600', '1 hour'], ['21600', '6 hours'], ['86400', '24 hours']];
const REFRESH_MS = 5000;
const LEAST_SHARE = 0.003; // of the timeline, so that a decision of one frame can be clicked

page('decisions', async ({ main, live }) => {
  const start = new URLSearchParams(location.search);
  const span = select(SPANS, start.get('span') || '900', { name: 'span' });
  const until = h('input', { type: 'datetime-local', name: 'until', step: '1' });
  const node = h('input', { name: 'node', placeholder: 'every node', value: start.get('node') || '', list: 'node-names' });
  const names = h('datalist', { id: 'node-names' });
  const camera = h('select', { name: 'camera' }, h('option', { value: '' }, 'every camera'));
  const form = h('form', { class: 'filters', 'aria-label': 'Time, camera and node' }, labelled('Last', span), labelled('until', until), labelled('Camera', camera), labelled('Node', node), names);
  const ask = h('input', { name: 'at', placeholder: '14:03', required: true, size: '12', 'aria-label': 'Time, such as 14:03 or 14:03:07' });
  const asking = h('form', { class: 'ask' }, h('span', {}, 'Why did it not fire at'), ask, h('button', { type: 'submit' }, 'Explain'));
  const lanes = h('section', { class: 'panel lanes', 'aria-label': 'Timeline' });
  const detail = h('section', { class: 'panel detail', 'aria-label': 'One decision', tabindex: '-1' });
  main.append(h('h1', { class: 'unseen' }, 'Decisions'), h('div', { class: 'bar' }, form, asking), legend(), h('div', { class: 'split wide' }, lanes, detail));
  lanes.append(loading());
  detail.append(empty('Choose a decision.', 'Its clauses and the values at that moment are shown here.'));
  let known = []; // the nodes, each with its cameras
  live.on('overview', ({ pipelines }) => {
    known = pipelines.flatMap((one) => one.nodes);
    names.replaceChildren(...known.map(({ address }) => h('option', { value: address })));
    showCameras(camera, known);
  });
  const isMeant = ({ address }) => !camera.value || known.some((one) => one.address === address && one.camera_ids.includes(camera.value));

  let chosen = '';
  function choose(address, entry) {
    chosen = `${address} ${entry.from}`;
    detail.replaceChildren(...entryDetail(address, entry));
    for (const button of lanes.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset.key === chosen));
  }

  async function load() {
    const to = until.value ? new Date(until.value) : new Date();
    const from = new Date(to.getTime() - Number(span.value) * 1000);
    try {
      const { nodes: all } = await get(`decisions${query({ node: node.value, from: from.toISOString(), to: to.toISOString() })}`);
      const nodes = all.filter(isMeant);
      const focused = document.activeElement?.dataset?.key;
      lanes.replaceChildren(...(nodes.length ? [axis(from, to), ...nodes.map((one) => lane(one, from, to, choose, chosen))] : [empty('No decision in this time.', node.value || camera.value ? 'Is it the right node or camera?' : 'The ledger is written while the service runs.')]));
      if (focused) lanes.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    } catch (refusal) {
      lanes.replaceChildren(empty('The decisions cannot be read.', refusal.message));
    }
  }
  form.addEventListener('change', load);
  form.addEventListener('submit', (event) => event.preventDefault());
  asking.addEventListener('submit', async (event) => {
    event.preventDefault();
    const meant = known.filter(isMeant);
    const asked = node.value || (camera.value && meant.length === 1 ? meant[0].address : '');
    try {
      const { text } = await get(`decisions/explain${query({ at: ask.value, node: asked })}`);
      lookAround(until, ask.value, Number(span.value));
      await load();
      detail.replaceChildren(h('h2', {}, `At ${ask.value}`), h('pre', { tabindex: '0' }, text));
    } catch (refusal) {
      detail.replaceChildren(h('h2', {}, `At ${ask.value}`), h('p', { class: 'notice wait' }, refusal.message));
    }
    detail.focus();
  });
  await load();
  setInterval(() => !until.value && !document.hidden && load(), REFRESH_MS);
});

/** Offers the cameras that the nodes send to. */
function showCameras(choice, nodes) {
  const ids = [...new Set(nodes.flatMap((one) => one.camera_ids))].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  if (ids.join() === [...choice.options].slice(1).map(({ value }) => value).join()) return;
  const chosen = choice.value;
  choice.replaceChildren(h('option', { value: '' }, 'every camera'), ...ids.map((id) => h('option', { value: id }, id)));
  choice.value = ids.includes(chosen) ? chosen : '';
}

/** Moves the timeline so that a time of the clock is in its middle: today, or yesterday when it is still to come. */
function lookAround(until, text, spanS) {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!found) return;
  const at = new Date();
  at.setHours(Number(found[1]), Number(found[2]), Number(found[3] || 0), 0);
  if (at > new Date()) at.setDate(at.getDate() - 1);
  const end = new Date(Math.min(at.getTime() + spanS * 500, Date.now()));
  until.value = new Date(end.getTime() - end.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

const labelled = (text, control) => h('label', { class: 'inline' }, text, control);

function legend() {
  const kinds = [['fired', 'fired'], ['held', 'held back'], ['near', 'near miss: all clauses but one'], ['quiet', 'not true']];
  return h('ul', { class: 'legend', 'aria-label': 'Colours' }, kinds.map(([kind, text]) => h('li', {}, h('i', { class: kind }), text)));
}

function axis(from, to) {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const tick = h('span', {}, clock(from.getTime() + share * (to - from)));
    tick.style.left = `${share * 100}%`;
    return tick;
  });
  return h('div', { class: 'axis', 'aria-hidden': 'true' }, ticks);
}

function lane({ address, entries, frames_by_reason: frames, has_more: hasMore }, from, to, choose, chosen) {
  const track = h('div', { class: 'track' });
  const weight = { quiet: 0, near: 1, held: 2, fired: 3 };
  const ordered = [...entries].sort((one, other) => weight[kindOf(one)] - weight[kindOf(other)]);
  for (const entry of ordered) track.append(mark(address, entry, from, to, choose, chosen));
  const counts = Object.entries(frames).sort((one, other) => other[1] - one[1]).map(([reason, count]) => `${number(count)}× ${reasonText(reason)}`);
  return h('div', { class: 'lane' }, h('div', { class: 'lane-head' }, h('h2', {}, address), h('span', { class: 'hint' }, counts.join(' · ') || 'no decision in this time', hasMore ? ' · only the newest are drawn' : '')), track);
}

const kindOf = (entry) => (entry.is_near_miss ? 'near' : reasonKind(entry.reason));

function mark(address, entry, from, to, choose, chosen) {
  const share = (instant) => Math.min(1, Math.max(0, (new Date(instant) - from) / (to - from)));
  const left = share(entry.from);
  const width = Math.max(LEAST_SHARE, share(entry.until) - left);
  const key = `${address} ${entry.from}`;
  const kind = kindOf(entry);
  const button = h('button', { type: 'button', class: kind, 'data-key': key, 'aria-pressed': String(key === chosen), 'aria-label': `${clock(entry.from)}: ${reasonText(entry.reason)}${entry.is_near_miss ? ', a near miss' : ''}`, tabindex: kind === 'quiet' ? '-1' : null, onclick: () => choose(address, entry) });
  button.style.left = `${Math.min(left, 1 - width) * 100}%`;
  button.style.width = `${width * 100}%`;
  return button;
}

function entryDetail(address, entry) {
  const span = (new Date(entry.until) - new Date(entry.from)) / 1000;
  const title = entry.event_name || (entry.is_near_miss ? 'Near miss' : 'Not fired');
  const facts = [
    entry.interval_left_s ? `The interval had ${entry.interval_left_s.toFixed(1)} s left.` : '',
    entry.inactive_until ? `Until ${moment(entry.inactive_until)}.` : '',
    ...(entry.flags || []).map((flag) => `Flag: ${flag}.`),
  ].filter(Boolean);
  return [
    h('div', { class: 'panel-head' }, h('h2', {}, title), h('span', { class: `tag ${{ fired: 'good', held: 'wait' }[reasonKind(entry.reason)] || ''}` }, reasonText(entry.reason))),
    h('p', { class: 'hint', title: exact(entry.from) }, `${address} · ${moment(entry.from)}${span >= 1 ? `, for ${length(span)}` : ''} · ${number(entry.frames)} ${entry.frames === 1 ? 'frame' : 'frames'}`),
    ...facts.map((text) => h('p', {}, text)),
    entry.event_id ? h('p', {}, h('a', { href: `/events.html?text=${encodeURIComponent(entry.event_name || '')}` }, 'Find the event')) : '',
    clauseList(entry.clauses),
  ];
}
