/** The button that tries the address of a source before it is saved. */

import { post } from './api.js';
import { h } from './dom.js';
import { sentences } from './findings.js';
import { labelOf } from './texts.js';

/**
 * The button, and the place of its answer. `bodyOf()` gives the body of `POST /api/sources/try`; `addressOf()` the field that must not be
 * empty, if any. What is typed afterwards takes the answer away. `refusal()`: why what stands there now did not work when it was tried; empty: it was not tried, or works.
 */
export function sourceTrial(bodyOf, addressOf = () => null) {
  const answer = h('div', { class: 'trial', role: 'status' });
  const button = h('button', { type: 'button', onclick: press }, 'Try the address');
  let refused = null; // what did not work when it was tried last: its body, and why
  async function press() {
    if (addressOf()?.reportValidity() === false) return;
    const body = bodyOf();
    const asked = JSON.stringify(body);
    answer.replaceChildren(h('p', { class: 'hint' }, 'Opening it: that takes up to 12 s …'));
    const [kind, text, image] = await answerTo(body, addressOf());
    refused = kind === 'bad' ? { asked, text } : null;
    const isNew = JSON.stringify(bodyOf()) !== asked;
    const shown = image && h('img', { class: 'tried', src: `data:image/jpeg;base64,${image}`, alt: 'The image that has come' });
    answer.replaceChildren(...(isNew ? [] : [h('p', { class: `notice ${kind}` }, text), shown || '']));
    await shown?.decode().catch(() => {}); // it has its height then; one that cannot be shown says so itself
    answer.scrollIntoView({ block: 'nearest' }); // above the buttons, which stay at the lower edge
  }
  const refusal = () => (refused && JSON.stringify(bodyOf()) === refused.asked ? refused.text : '');
  return { button, answer, refusal, forget: () => answer.replaceChildren() };
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
