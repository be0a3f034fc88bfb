/** Why a node did not fire at a time, from the ledger: one sentence, what else was, what was decided then, and what happened around it. */

import { query } from './api.js';
import { h } from './dom.js';
import { unmuteButton } from './mute.js';
import { localTime } from './typed_time.js';
import { entryDetail } from './timeline.js';
import { fixOf } from './ways.js';
import { counted, moment, reasonKind, reasonText } from './texts.js';

const MOST_SHOWN = 5; // decisions of one node in the asked time
const MOST_AROUND = 8; // lines of what was decided before and after it

/** What `GET /api/decisions/explain` answers to one question or to several, as elements. `can(role)` is of the person; `isMuted(address)`: now. */
export function explanations(unsorted, { can, isMuted }) {
  const answers = silentFirst(unsorted.map((one) => ({ ...one, nodes: silentFirst(one.nodes, (node) => hasFired(node, one.asked)) })), ({ nodes, asked }) => nodes.length > 0 && hasFired(nodes[0], asked));
  const all = answers.flatMap(({ nodes }) => nodes);
  const idOf = (node) => `explained-${all.indexOf(node)}`;
  return [all.length > 1 ? inShort(all, idOf) : '', ...answers.flatMap((answer) => explanation(answer, { can, isMuted, idOf, isOne: all.length === 1 }))];
}

/** The question is why not: what has not fired stands before what has; else in the same order. */
const silentFirst = (all, fired) => [...all].sort((one, other) => Number(fired(one)) - Number(fired(other)));

const isMeant = ({ from, until }, asked) => new Date(until) >= new Date(asked.from) && new Date(from) < new Date(asked.until);
const hasFired = ({ entries }, asked) => entries.some((entry) => entry.reason === 'fired' && isMeant(entry, asked));

/** A line for each node: its name, which leads to its part below, and what became of the asked time. */
function inShort(nodes, idOf) {
  const line = (node) => h('li', {}, h('a', { href: `#${idOf(node)}` }, nameOf(node)), `: ${node.cause.lines[0]}`);
  return h('ul', { class: 'in-short', 'aria-label': 'In short' }, nodes.map(line));
}

function explanation({ asked, nodes, silences, text }, { can, isMuted, idOf, isOne }) {
  const inTime = silences.filter(({ from, until }) => (!until || new Date(until) >= new Date(asked.from)) && (!from || new Date(from) < new Date(asked.until)));
  const parts = nodes.map((node) => nodePart(node, asked, inTime, { can, isMuted, id: idOf(node), isOne }));
  return [
    asked.remark ? h('p', { class: 'hint' }, asked.remark) : '',
    ...(parts.length ? parts : [h('p', {}, 'The ledger has no decision yet.')]),
    h('details', {}, h('summary', {}, 'As text, to copy'), h('pre', { tabindex: '0' }, text)),
  ];
}

const nameOf = ({ pipeline, camera, node }) => [pipeline, camera, node].filter(Boolean).join('/');

/** A time of which the ledger says nothing, or not all, in one sentence. */
export function silenceText({ why, from, until, frames, events_lost: lost, reason }) {
  const times = `${from ? `from ${moment(from)} ` : ''}${until ? `to ${moment(until)}` : 'on'}`;
  const missing = [frames ? `${counted(frames, 'decision')} not kept` : '', lost ? `${counted(lost, 'event')} lost` : ''].filter(Boolean).join(', ');
  if (why === 'gap') return `The ledger has a gap ${times}: ${missing || 'some lines are missing'}, because of this: ${reason}.`;
  if (why === 'stood_still') return `The service stood still ${times}: its process was stopped, or its machine was far too busy. Nothing was read or decided then.`;
  if (why === 'clock_went_back') return `The clock of the machine went back when a service began at ${moment(from)}: times to ${moment(until)} are shown as the clock had them, of both services.`;
  if (why === 'before') return `The ledger begins at ${moment(until)}: what was before that is not known.`;
  if (why === 'finished') return `The run ended at ${moment(from)}: its sources had come to their end.`;
  if (why === 'not_running') return until ? `No service ran ${times}.` : `No service runs since ${moment(from)}.`;
  if (!until) return `The ledger was written until ${moment(from)}, and no service runs now. What was decided after that is not known.`;
  if (why === 'unmarked') return `The ledger was not written ${times}. Whether a service ran then is not known.`;
  return `The ledger was not written ${times}, when a service began again: the one before it was killed, or could not write it to its end. What was decided meanwhile is not known.`;
}

/** `isOne`: the only one, whose answer stands nowhere above. */
function nodePart(node, asked, silences, { can, isMuted, id, isOne }) {
  const meant = node.entries.filter((entry) => isMeant(entry, asked));
  const around = node.entries.filter((entry) => !meant.includes(entry) && reasonKind(entry.reason) !== 'quiet');
  const name = nameOf(node);
  const address = [node.pipeline, node.node].filter(Boolean).join('/'); // what a mute is of
  const shown = distinct(meant);
  const unsaid = silences.filter(({ why }) => !meant.length || why !== 'before');
  return h(
    'article',
    { class: 'explained', id, tabindex: '-1' },
    h('p', { class: 'strong' }, isOne ? `${name}: ${node.cause.lines[0]}` : name),
    nearestText(meant, node),
    ...nextOf(node.cause, address, asked, { can, isMuted }),
    node.cause.lines.length > 1 ? h('ul', { 'aria-label': 'What else' }, node.cause.lines.slice(1).map((line) => h('li', {}, line[0].toUpperCase() + line.slice(1)))) : '',
    ...unsaid.slice(-MOST_SHOWN).map((one) => h('p', { class: 'notice wait' }, silenceText(one))),
    ['source_lost', 'pipeline_failed'].includes(node.cause.kind) ? '' : stopped(node),
    ...(node.periods.length ? [h('ul', { 'aria-label': 'What held then' }, node.periods.slice(-MOST_SHOWN).map((one) => h('li', {}, periodText(one))))] : []),
    node.periods.length > MOST_SHOWN ? h('p', { class: 'hint' }, `and ${counted(node.periods.length - MOST_SHOWN, 'time')} more: the text below sums them up`) : '',
    ...(node.changes || []).map(({ at, changed }) => h('p', {}, `${moment(at)}: the settings were changed: ${changed.join(', ')}.`)),
    ...shown.map((entry) => h('div', { class: 'moment' }, entryDetail(name, entry))),
    shown.length < meant.length ? h('p', { class: 'hint' }, `and ${counted(meant.length - shown.length, 'decision')} more like these: they are in the timeline`) : '',
    ...aroundList(around, asked),
    node.fired_before ? h('p', { class: 'hint' }, `The last event before all of these: ${node.fired_before.event_name} at ${moment(node.fired_before.from)}.`) : '',
  );
}

/** What was decided around the asked time: equal decisions are one line with their number. */
function aroundList(around, asked) {
  if (!around.length) return [];
  const groups = grouped(around, aroundText);
  const lines = [...groups].map(([what, of]) => (of.length === 1 ? `${moment(of[0].from)} ${what}` : `${moment(of[0].from)} to ${moment(of.at(-1).from)} ${what}, ${of.length} times`));
  const more = lines.length - MOST_AROUND;
  return [
    h('p', { class: 'hint' }, `Also within ${asked.around_s} s before or after it:`),
    h('ul', { class: 'hint' }, lines.slice(0, MOST_AROUND).map((line) => h('li', {}, line))),
    more > 0 ? h('p', { class: 'hint' }, `${more} more: the timeline has them all`) : '',
  ];
}

/** Lists of the entries of each name, by the first of each. */
function grouped(entries, nameOf) {
  const groups = new Map();
  for (const entry of entries) groups.set(nameOf(entry), [...(groups.get(nameOf(entry)) || []), entry]);
  return groups;
}

const aroundText = (entry) => entry.event_name || reasonText(entry.reason);

/** What to do next. A mute that still holds is ended by a button. */
function nextOf({ kind, next }, address, asked, { can, isMuted }) {
  if (!next) return [];
  if (kind === 'muted' && !isMuted(address)) return [h('p', {}, 'The mute has ended since then: the node sends events again.')];
  const [, clock, why] = /^ask about (\d{1,2}:\d{2}[\d:.]*)(: .+)$/.exec(next) || []; // of the day that was asked about
  if (clock) return [h('p', {}, h('a', { href: `/decisions.html${query({ node: address, at: `${localTime(new Date(asked.from)).slice(0, 10)} ${clock}` })}` }, `Ask about ${clock}`), why)];
  const ways = kind === 'muted' && can('operate') ? [unmuteButton(address)] : [];
  return fixOf(next[0].toUpperCase() + next.slice(1), { can, isMuted: () => false, ways });
}

/** Where no frame was in the asked time: the nearest ones. */
function nearestText(meant, node) {
  const nearest = meant.length ? [] : [node.frame_before ? `the last one before it at ${moment(node.frame_before)}` : '', node.frame_after ? `the first one after it at ${moment(node.frame_after)}` : ''].filter(Boolean);
  return nearest.length ? h('p', {}, `The nearest frames: ${nearest.join(', ')}.`) : '';
}

const HELD = {
  source_lost: ({ source }) => `the source ${source} was lost`,
  pipeline_failed: ({ pipeline }) => `the pipeline ${pipeline} failed`,
  pipeline_ended: ({ pipeline }) => `the pipeline ${pipeline} had come to its end`,
  pipeline_reloaded: ({ pipeline }) => `a save or a reload ended the pipeline ${pipeline}, to begin it again or to remove it`,
  source_frozen: ({ source }) => `the source ${source} gave the same image again and again`,
  source_times_unusable: ({ source }) => `the time stamps of ${source} could not be used`,
  source_behind: ({ source }) => `the source ${source} came faster than this machine takes it`,
  messages_too_old: ({ cameras }) => `messages${cameras ? ` of camera ${cameras}` : ''} were too old to raise an event`,
  camera_offline: ({ source, cameras }) => `the source ${source} said that its camera ${cameras || ''} is offline`,
  camera_unknown: ({ cameras }) => `messages came of camera ${cameras}, which is not in the camera map`,
  input_held_up: ({ source }) => `messages of ${source} could not be written to the disk`,
  message_malformed: ({ source }) => `messages of ${source} could not be read`,
  node_failed: ({ node }) => `the node ${node} failed on frames`,
  reload_refused: () => 'the changed configuration was refused and the one before it went on',
  muted: () => 'the node was muted',
};

/** What held from when to when, such as a mute. */
function periodText(one) {
  const ended = one.ended ? ` (${one.ended})` : '';
  const planned = one.planned_until && one.planned_until !== one.until ? `, planned until ${moment(one.planned_until)}` : '';
  const isMoment = one.until && moment(one.from) === moment(one.until);
  const until = one.until ? `to ${moment(one.until)}${ended}` : 'on';
  const when = isMoment ? `At ${moment(one.from)}${ended}` : `From ${moment(one.from)} ${until}`;
  return `${when}${planned}: ${HELD[one.what](one)}${one.reason ? `: ${one.reason}` : ''}`;
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
