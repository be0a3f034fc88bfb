/** What needs a person: what it is, what helps, and the page where that is done. */

import { part } from './api.js';
import { h } from './dom.js';
import { counted } from './texts.js';

/** The troubles of an overview as elements, and the settings that are not in force. */
export function troublesOf(overview) {
  const { troubles, configuration } = overview;
  const nodes = troubles.map((trouble) =>
    h('div', { class: `notice ${trouble.needs_person ? 'bad' : 'wait'}` }, h('p', { class: 'strong' }, withCode(trouble.text)), trouble.fix ? h('p', {}, withCode(trouble.fix)) : null, wayOf(trouble, overview.pipelines)),
  );
  if (configuration.changes.length) {
    const text = counted(configuration.changes.length, 'setting');
    nodes.push(h('div', { class: 'notice wait' }, h('p', { class: 'strong' }, `${text} of the file ${configuration.changes.length === 1 ? 'is' : 'are'} not in force.`), h('p', {}, configuration.changes.map((one) => one.setting || one).join(', '))));
  }
  return nodes;
}

/** A text whose commands stand between backticks, with each command as code. */
const withCode = (text) => text.split('`').map((part, place) => (place % 2 ? h('code', {}, part) : part));

/** A link to the page where the trouble is looked into: the receivers, or the form of what it is about. */
function wayOf({ text, about }, pipelines) {
  if (about.target || text.startsWith('Deliveries given up')) return h('p', {}, h('a', { href: '/targets.html' }, 'Receivers and dead letters'));
  const { name, nodes } = pipelines.find((one) => one.name === about.pipeline || one.nodes.some(({ address }) => address === about.address)) || {};
  if (name === undefined) return null;
  const node = about.node || nodes.find(({ address }) => address === about.address)?.id || '';
  return h('p', {}, h('a', { href: `/nodes.html#${part(name)}/${part(node)}` }, node ? 'Its form' : 'Its source'));
}
