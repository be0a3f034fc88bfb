/** The button that tries the address of a source before it is saved. */

import { post } from './api.js';
import { h } from './dom.js';
import { sentences } from './findings.js';
import { labelOf } from './texts.js';

/**
 * The button, and the place of its answer. `bodyOf()` gives the body of `POST /api/sources/try`; `addressOf()` the field that must not be
 * empty, if any. What is typed afterwards takes the answer away.
 */
export function sourceTrial(bodyOf, addressOf = () => null) {
  const answer = h('div', { role: 'status' });
  const button = h('button', { type: 'button', onclick: press }, 'Try the address');
  async function press() {
    if (addressOf()?.reportValidity() === false) return;
    const body = bodyOf();
    const asked = JSON.stringify(body);
    answer.replaceChildren(h('p', { class: 'hint' }, 'Opening it: that takes up to 12 s …'));
    const [kind, text] = await answerTo(body);
    const isNew = JSON.stringify(bodyOf()) !== asked;
    answer.replaceChildren(isNew ? '' : h('p', { class: `notice ${kind}` }, text));
  }
  return { button, answer, forget: () => answer.replaceChildren() };
}

async function answerTo(body) {
  try {
    const { works, text } = await post('sources/try', body);
    return [works === null ? 'wait' : works ? 'good' : 'bad', text];
  } catch (refusal) {
    if (refusal.status === undefined) throw refusal;
    const text = ({ place, where, what, fix }) => `${labelOf((place || where).match(/\w+(?=\W*$)/)?.[0] || 'Source')}: ${sentences({ what, fix })}`;
    return ['bad', (refusal.body?.mistakes || []).map(text).join(' ') || refusal.message];
  }
}
