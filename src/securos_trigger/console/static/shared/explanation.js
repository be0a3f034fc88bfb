/** Why a node did not fire at a time, from the ledger: one sentence, what was decided then, and what happened around it. */

import { h } from './dom.js';
import { entryDetail } from './timeline.js';
import { clock, counted, moment, reasonKind, reasonText } from './texts.js';

const MOST_SHOWN = 5; // decisions of one node in the asked time

/** What `GET /api/decisions/explain` answers, as elements. */
export function explanation({ asked, nodes, silences, text }) {
  const inTime = silences.filter(({ from, until }) => (!until || new Date(until) >= new Date(asked.from)) && (!from || new Date(from) < new Date(asked.until)));
  const parts = nodes.map((node) => nodePart(node, asked, inTime));
  return [
    asked.remark ? h('p', { class: 'hint' }, asked.remark) : '',
    ...(parts.length ? parts : [h('p', {}, 'The ledger has no decision yet.')]),
    h('details', {}, h('summary', {}, 'As text, to copy'), h('pre', { tabindex: '0' }, text)),
  ];
}

/** A time of which the ledger says nothing, or not all, in one sentence. */
export function silenceText({ why, from, until, frames, events_lost: lost, reason }) {
  const times = `${from ? `from ${moment(from)} ` : ''}${until ? `to ${moment(until)}` : 'on'}`;
  const missing = [frames ? `${counted(frames, 'decision')} not kept` : '', lost ? `${counted(lost, 'event')} lost` : ''].filter(Boolean).join(', ');
  if (why === 'gap') return `The ledger has a gap ${times}: ${missing || 'some lines are missing'}, because of this: ${reason}.`;
  if (why === 'before') return `The ledger begins at ${moment(until)}: what was before that is not known.`;
  if (why === 'not_running') return until ? `No service ran ${times}.` : `No service runs since ${moment(from)}.`;
  if (!until) return `The ledger was written until ${moment(from)}, and no service runs now. What was decided after that is not known.`;
  if (why === 'unmarked') return `The ledger was not written ${times}. Whether a service ran then is not known.`;
  return `The ledger was not written ${times}, when a service began again: the one before it was killed, or could not write it to its end. What was decided meanwhile is not known.`;
}

function nodePart(node, asked, silences) {
  const meant = node.entries.filter(({ from, until }) => new Date(until) >= new Date(asked.from) && new Date(from) < new Date(asked.until));
  const around = node.entries.filter((entry) => !meant.includes(entry) && reasonKind(entry.reason) !== 'quiet');
  const name = [node.pipeline, node.camera, node.node].filter(Boolean).join('/');
  const shown = distinct(meant);
  const unsaid = silences.filter(({ why }) => !meant.length || why !== 'before');
  return h(
    'article',
    { class: 'explained' },
    h('p', { class: 'strong' }, `${name}: ${sentence(meant, node, unsaid)}`),
    ...unsaid.slice(-MOST_SHOWN).map((one) => h('p', { class: 'notice wait' }, silenceText(one))),
    stopped(node),
    ...(node.changes || []).map(({ at, changed }) => h('p', {}, `${clock(at)}: the settings were changed: ${changed.join(', ')}.`)),
    ...shown.map((entry) => h('div', { class: 'moment' }, entryDetail(name, entry))),
    shown.length < meant.length ? h('p', { class: 'hint' }, `and ${counted(meant.length - shown.length, 'decision')} more like these: they are in the timeline`) : '',
    around.length ? h('p', { class: 'hint' }, `Also within ${asked.around_s} s before or after it: `, around.map((entry) => `${clock(entry.from)} ${entry.event_name || reasonText(entry.reason)}`).join(' · ')) : '',
    node.fired_before ? h('p', { class: 'hint' }, `The last event before all of these: ${node.fired_before.event_name} at ${moment(node.fired_before.from)}.`) : '',
  );
}

/** What became of the asked time, in one sentence. */
function sentence(meant, node, unsaid) {
  const fired = meant.filter(({ reason }) => reason === 'fired').length;
  if (fired) return fired === 1 ? 'it fired.' : `it fired ${fired} times.`;
  if (meant.length) return `it did not fire: ${[...new Set(meant.map(({ reason }) => reasonText(reason)))].join('; ')}.`;
  const nearest = [node.frame_before ? `the last one before it at ${moment(node.frame_before)}` : '', node.frame_after ? `the first one after it at ${moment(node.frame_after)}` : ''].filter(Boolean);
  return `no frame ${unsaid.length ? 'is recorded' : 'came'} in that time${nearest.length ? ` (${nearest.join(', ')})` : ''}.`;
}

/** Why no frames come, where the source or the pipeline has stopped. */
function stopped({ stopped: note }) {
  if (!note) return '';
  const what = note.source ? `The source ${note.source} was lost` : `The pipeline ${note.pipeline} failed`;
  return h('p', { class: 'notice wait' }, `${what} at ${moment(note.at)}: ${note.reason}`);
}

/** One decision of each reason and truths, the first; in order. */
function distinct(entries) {
  const first = new Map();
  for (const entry of entries) {
    const key = `${entry.event_id} ${entry.reason} ${(entry.clauses || []).map(({ truth }) => truth)}`;
    if (!first.has(key)) first.set(key, entry);
  }
  const quiet = (entry) => Number(reasonKind(entry.reason) === 'quiet');
  const chosen = [...first.values()].sort((one, other) => quiet(one) - quiet(other)).slice(0, MOST_SHOWN);
  return entries.filter((entry) => chosen.includes(entry));
}
