/** What needs a person: what it is, what helps, and the page where that is done. */

import { part } from './api.js';
import { h } from './dom.js';
import { placedSentences } from './findings.js';
import { fixOf, withCode } from './ways.js';

/** The troubles of an overview as elements, the worst first. `can(role)` is of the person. */
export function troublesOf({ troubles, pipelines, configuration }, can) {
  const found = configuration.mistakes && !troubles.some(({ about }) => about.file) ? [...troubles, MISTAKES] : troubles; // a service that does not run reports none
  const shown = found.map((trouble) => {
    const ways = trouble.fix.includes('`securos-trigger unmute ') ? [] : [wayOf(trouble, pipelines)].filter(Boolean); // a button ends a mute
    return notice(trouble.needs_person ? 'bad' : 'wait', trouble.text, listOf(trouble, configuration), fixOf(trouble.fix, { can, ways, address: trouble.about.address }));
  });
  return [...shown, ...configuration.warnings.filter(({ place }) => !isOfPipeline(place)).map((one) => notice('wait', placedSentences(one), null, []))];
}

const MISTAKES = { text: 'The configuration file has mistakes: the service cannot start with it', fix: 'Correct them in the file, or take the last save back on the page Nodes.', needs_person: true, about: { file: 'mistakes' } };

/** What a trouble of the configuration file is about in full: its mistakes, or each setting with both values. */
function listOf({ about }, { mistakes, changes }) {
  if (about.file === 'mistakes') return h('pre', { tabindex: '0' }, mistakes);
  if (about.file !== 'changes') return null;
  return h('ul', {}, changes.map(({ setting, in_force: inForce, in_file: inFile }) => h('li', {}, `${setting}: ${inForce} in force, ${inFile} in the file`)));
}

const notice = (kind, text, list, rest) => h('div', { class: `notice ${kind}` }, h('p', { class: 'strong' }, withCode(text)), list, rest);

/** True for a place in the file that stands at a card of the overview. */
export const isOfPipeline = (place) => /^pipelines\[\d+\]/.test(place);

/** A link to the page where the trouble is looked into: the receivers, or the form of what it is about. */
function wayOf({ text, about }, pipelines) {
  if (about.file) return link('/nodes.html', 'Nodes');
  if (about.target || text.startsWith('Deliveries given up')) return link('/targets.html', 'Receivers and dead letters');
  const { name, nodes } = pipelines.find((one) => one.name === about.pipeline || one.nodes.some(({ address }) => address === about.address)) || {};
  if (name === undefined) return null;
  if (about.node_type) return link(`/nodes.html#${part(name)}/${part(about.node_type)}`, `Open the ${about.node_type} of ${name}`);
  const node = about.node || nodes.find(({ address }) => address === about.address)?.id || '';
  return link(`/nodes.html#${part(name)}/${part(node)}`, node ? `Open the form of ${node}` : `Open the source of ${name}`);
}

const link = (href, text) => h('a', { class: 'button', href }, text);
