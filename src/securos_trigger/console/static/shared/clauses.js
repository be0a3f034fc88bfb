/** A condition's clauses: each with its truth and the values that made it so. */

import { h } from './dom.js';
import { valueText } from './texts.js';

const MARKS = { true: ['yes', 'true'], false: ['no', 'false'], unknown: ['open', 'unknown'] };

/** Why it fired, or how near it came: of a node without a condition, that of the event node whose event it sends (`raised_by`: its id, if known). */
export function firedList({ clauses, upstream_event_id: upstream, raised_by: raisedBy }) {
  if (!upstream || !clauses.length) return clauseList(clauses);
  const ids = (raisedBy || []).flatMap((id, at) => [at ? ' or ' : '', h('code', {}, id)]);
  return h('div', {}, h('p', {}, ids.length ? ids : 'An event node before it', ' raised the event. Its condition became true:'), clauseList(clauses));
}

export function clauseList(clauses) {
  if (!clauses || !clauses.length) return h('p', { class: 'hint' }, 'No condition is recorded: the node has none of its own, and no event node before it named one.');
  return h('ul', { class: 'clauses' }, clauses.map(clauseItem));
}

function clauseItem({ text, depth, truth, seen }) {
  const [kind, word] = MARKS[truth] || MARKS.unknown;
  const values = (seen || []).map(({ path, value, missing, described }) =>
    h('span', { class: 'seen' }, h('code', {}, path), missing ? ` is not there` : ` was ${described ? value : valueText(value)}`),
  );
  return h(
    'li',
    { class: `depth${Math.min(depth, 4)}` },
    h('span', { class: `truth ${kind}` }, word),
    h('span', { class: 'clause' }, h('code', {}, text), values),
  );
}
