/** What a change adds and loses on a recording. */

import { h } from './dom.js';
import { counted, number } from './texts.js';

export function replayed(found) {
  const column = (title, kind, one) => h('div', { class: kind }, h('h3', {}, `${title}: ${number(one.count)}`), h('ul', {}, (one.firings || []).map((firing) => h('li', {}, firingText(firing)))));
  return h('div', { class: 'replayed' }, column('Added', 'good', found.added), column('Lost', 'wait', found.lost), column('The same', '', found.kept));
}

const firingText = ({ first_event: first, events, length_s: lengthS }) => `${first.position_s.toFixed(1)} s: ${first.name}${events > 1 ? `, ${counted(events, 'event')} within ${lengthS.toFixed(1)} s` : ''}`;
