/** What a change adds and loses on a recording. */

import { h } from './dom.js';
import { counted, number } from './texts.js';

export function replayed(found, recording) {
  const column = (title, kind, one) => h('div', { class: kind }, h('h3', {}, `${title}: ${number(one.count)}`), h('ul', {}, (one.firings || []).map((firing) => h('li', {}, firingText(firing)))));
  return h(
    'div',
    { class: 'preview' },
    h('h3', {}, `Replay of ${recording}`),
    h('p', { class: 'text' }, sentence(found)),
    found.foreign_sources.length ? h('p', { class: 'notice wait' }, `This recording is of another pipeline: its frames are of ${found.foreign_sources.slice(0, 5).join(', ')}. What this node reads may be missing in them.`) : null,
    h('p', { class: 'hint' }, 'Nothing was sent, and nothing is saved yet. Times are from the beginning of the recording.'),
    h('div', { class: 'replayed' }, column('Added', 'good', found.added), column('Lost', 'wait', found.lost), column('The same', '', found.kept)),
  );
}

/** What the change comes to. */
function sentence({ added, lost, kept }) {
  const [after, before] = [kept.count + added.count, kept.count + lost.count];
  if (added.count || lost.count) return `With the change it fires ${counted(after, 'time')}, without it ${counted(before, 'time')}.`;
  return after ? `Nothing changes: it fires ${counted(after, 'time')}, with and without the change.` : 'It does not fire, with and without the change.';
}

const firingText = ({ first_event: first, events, length_s: lengthS }) => `${first.position_s.toFixed(1)} s: ${first.name}${events > 1 ? `, ${counted(events, 'event')} within ${lengthS.toFixed(1)} s` : ''}`;

/** A recording in the list: its file, its size, and whose it is where the pipeline reads another source. */
export function recordingText({ path, size_bytes: size, is_finished: isFinished, kind, source, is_own: isOwn }, pipeline) {
  const file = `${path.split('/').pop()} (${number(Math.ceil(size / 1024))} KiB${isFinished ? '' : ', not finished'})`;
  return isOwn ? file : `${file}, ${kind ? `messages of ${kind}` : `of ${source}`}: not what ${pipeline} reads`;
}
