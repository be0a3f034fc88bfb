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
    const [kind, text, image] = await answerTo(body, addressOf());
    const isNew = JSON.stringify(bodyOf()) !== asked;
    answer.replaceChildren(...(isNew ? [] : [h('p', { class: `notice ${kind}` }, text), image ? h('img', { class: 'tried', src: `data:image/jpeg;base64,${image}`, alt: 'The image that has come' }) : '']));
  }
  return { button, answer, forget: () => answer.replaceChildren() };
}

async function answerTo(body, address) {
  try {
    const { works, text, image } = await post('sources/try', body);
    return [works === null ? 'wait' : works ? 'good' : 'bad', text, image];
  } catch (refusal) {
    if (refusal.status === undefined) throw refusal;
    const nameOf = (key) => (address && ['path', 'url'].includes(key) ? address.labels[0].textContent : labelOf(key));
    const text = ({ place, where, what, fix }) => `${nameOf((place || where).match(/\w+(?=\W*$)/)?.[0] || 'Source')}: ${sentences({ what, fix })}`;
    return ['bad', (refusal.body?.mistakes || []).map(text).join(' ') || refusal.message];
  }
}
