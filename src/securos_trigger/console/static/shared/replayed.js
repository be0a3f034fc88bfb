/** What a change adds and loses on a recording. */

import { h } from './dom.js';
import { counted, number } from './texts.js';

export function replayed(found, recording) {
  const column = (title, kind, one) => h('div', { class: kind }, h('h3', {}, `${title}: ${number(one.count)}`), h('ul', {}, (one.firings || []).map((firing) => h('li', {}, firingText(firing)))));
  return h(
    'div',
    { class: 'preview' },
    h('h3', {}, `Replay of ${recording}`),
    found.foreign_sources.length ? h('p', { class: 'notice wait' }, `This recording is of another pipeline: its frames are of ${found.foreign_sources.slice(0, 5).join(', ')}. What this node reads may be missing in them.`) : null,
    h('p', { class: found.foreign_sources.length ? 'hint' : 'text' }, sentence(found) + occasionsText(found)),
    h('p', { class: 'hint' }, 'Nothing was sent, and nothing is saved yet. Times are from the beginning of the recording.'),
    h('div', { class: 'replayed' }, column('Added', 'good', found.added), column('Lost', 'wait', found.lost), column('The same', '', found.kept)),
  );
}

/** What the change comes to, in events: that is what operators get. */
function sentence({ before, after, added, lost }) {
  if (before.events === after.events && !added.count && !lost.count) return after.events ? `Nothing changes: ${counted(after.events, 'event')}, with and without the change.` : 'No event, with and without the change.';
  return `${counted(after.events, 'event')} with the change, ${number(before.events)} without it.`;
}

/** What is counted in the columns, where it is not the events. */
const occasionsText = ({ before, after }) =>
  before.events === before.occasions && after.events === after.occasions ? '' : ` Events no more than 2 s apart are one occasion: ${counted(after.occasions, 'occasion')} with the change, ${number(before.occasions)} without it. Occasions are counted below.`;

const firingText = ({ first_event: first, events, length_s: lengthS }) => `${first.position_s.toFixed(1)} s: ${first.name}${events > 1 ? `, ${counted(events, 'event')} within ${lengthS.toFixed(1)} s` : ''}`;

/** A recording in the list: its file, its size, and whose it is where the pipeline reads another source. */
export function recordingText({ path, size_bytes: size, is_finished: isFinished, kind, source, is_own: isOwn }, pipeline) {
  const file = `${path.split('/').pop()} (${number(Math.ceil(size / 1024))} KiB${isFinished ? '' : ', not finished'})`;
  return isOwn ? file : `${file}, ${kind ? `messages of ${kind}` : `of ${source}`}: not what ${pipeline} reads`;
}
