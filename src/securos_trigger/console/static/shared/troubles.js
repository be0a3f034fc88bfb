/** What needs a person: what it is, what helps, and the page where that is done. */

import { h } from './dom.js';
import { counted } from './texts.js';

/** The troubles of an overview as elements, and the settings that are not in force. */
export function troublesOf(overview) {
  const { troubles, configuration } = overview;
  const nodes = troubles.map((trouble) =>
    h('div', { class: `notice ${trouble.needs_person ? 'bad' : 'wait'}` }, h('p', { class: 'strong' }, withCode(trouble.text)), trouble.fix ? h('p', {}, withCode(trouble.fix)) : null, wayOf(trouble, overview)),
  );
  if (configuration.changes.length) {
    const text = counted(configuration.changes.length, 'setting');
    nodes.push(h('div', { class: 'notice wait' }, h('p', { class: 'strong' }, `${text} of the file ${configuration.changes.length === 1 ? 'is' : 'are'} not in force.`), h('p', {}, configuration.changes.map((one) => one.setting || one).join(', '))));
  }
  return nodes;
}

/** A text whose commands stand between backticks, with each command as code. */
const withCode = (text) => text.split('`').map((part, place) => (place % 2 ? h('code', {}, part) : part));

/** A link to the page where the trouble is looked into: the receivers, or the form of what it names. */
function wayOf({ text }, { pipelines, targets }) {
  if (text.startsWith('Deliveries given up') || targets.some(({ target }) => names(text, target))) return h('p', {}, h('a', { href: '/targets.html' }, 'Receivers and dead letters'));
  const addressed = pipelines.flatMap((one) => one.nodes.map(({ address, id }) => [address, `${one.name}/${id}`])).find(([address]) => names(text, address));
  if (addressed) return h('p', {}, h('a', { href: `/nodes.html#${addressed[1].split('/').map(encodeURIComponent).join('/')}` }, 'Its form'));
  const pipeline = pipelines.find(({ name }) => names(text, name));
  return pipeline ? h('p', {}, h('a', { href: `/nodes.html#${encodeURIComponent(pipeline.name)}/` }, 'Its source')) : null;
}

/** True when the text has the name as a word of its own. */
function names(text, name) {
  const at = text.indexOf(name);
  return at >= 0 && !/[\w/-]/.test(text[at - 1] || ' ') && !/[\w/-]/.test(text[at + name.length] || ' ');
}
