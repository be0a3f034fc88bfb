/** What needs a person: what it is, what helps, and the page where that is done. */

import { part } from './api.js';
import { h } from './dom.js';

/** The troubles of an overview as elements. */
export function troublesOf({ troubles, pipelines, configuration }) {
  const found = configuration.mistakes && !troubles.some(({ about }) => about.file) ? [...troubles, MISTAKES] : troubles; // a service that does not run reports none
  return found.map((trouble) =>
    h('div', { class: `notice ${trouble.needs_person ? 'bad' : 'wait'}` }, h('p', { class: 'strong' }, withCode(trouble.text)), trouble.fix ? h('p', {}, withCode(trouble.fix)) : null, listOf(trouble, configuration), wayOf(trouble, pipelines)),
  );
}

const MISTAKES = { text: 'The configuration file has mistakes: the service cannot start with it', fix: 'Correct them in the file, or take the last save back on the page Nodes.', needs_person: true, about: { file: 'mistakes' } };

/** What a trouble of the configuration file is about in full: its mistakes, or each setting with both values. */
function listOf({ about }, { mistakes, changes }) {
  if (about.file === 'mistakes') return h('pre', { tabindex: '0' }, mistakes);
  if (about.file !== 'changes') return null;
  return h('ul', {}, changes.map(({ setting, in_force: inForce, in_file: inFile }) => h('li', {}, `${setting}: ${inForce} in force, ${inFile} in the file`)));
}

/** A text whose commands stand between backticks, with each command as code. */
const withCode = (text) => text.split('`').map((part, place) => (place % 2 ? h('code', {}, part) : part));

/** A link to the page where the trouble is looked into: the receivers, or the form of what it is about. */
function wayOf({ text, about }, pipelines) {
  if (about.file) return h('p', {}, h('a', { href: '/nodes.html' }, 'Nodes'));
  if (about.target || text.startsWith('Deliveries given up')) return h('p', {}, h('a', { href: '/targets.html' }, 'Receivers and dead letters'));
  const { name, nodes } = pipelines.find((one) => one.name === about.pipeline || one.nodes.some(({ address }) => address === about.address)) || {};
  if (name === undefined) return null;
  const node = about.node || nodes.find(({ address }) => address === about.address)?.id || '';
  return h('p', {}, h('a', { href: `/nodes.html#${part(name)}/${part(node)}` }, node ? `Open the form of ${node}` : `Open the source of ${name}`));
}
