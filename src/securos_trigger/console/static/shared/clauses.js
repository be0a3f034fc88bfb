/** A condition's clauses: each with its truth and the values that made it so. */

import { h } from './dom.js';
import { valueText } from './texts.js';

const MARKS = { true: ['yes', 'true'], false: ['no', 'false'], unknown: ['open', 'unknown'] };

export function clauseList(clauses) {
  if (!clauses || !clauses.length) return h('p', { class: 'hint' }, 'No clauses are recorded: the node has no condition of its own.');
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
